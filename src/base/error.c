/* Keeps the error record of each thread. The record has a fixed size, so recording a failure
 * allocates nothing and cannot fail; a long sentence is truncated. dlt_fail_at writes the sentence
 * and begins a new trace, dlt_error_frame adds a line to the trace, and dlt_error_adopt takes over
 * the record of another thread or rank. */
#include "base/error.h"

#include <stdarg.h>
#include <stdio.h>
#include <string.h>

typedef struct error_record {
    char message[DLT_ERROR_MESSAGE_BYTES];
    char trace[DLT_ERROR_TRACE_BYTES];
} error_record;

static _Thread_local error_record last_error;

const char *dlt_status_name(dlt_status status) {
#define STATUS_NAME(code, name, meaning) [code] = (name),
    static const char *const names[] = {DLT_STATUS_LIST(STATUS_NAME)};
#undef STATUS_NAME
    return (unsigned)status < DLT_STATUS_COUNT ? names[status] : "unknown";
}

const char *dlt_error_message(void) {
    return last_error.message;
}

const char *dlt_error_trace(void) {
    return last_error.trace;
}

void dlt_error_clear(void) {
    last_error.message[0] = '\0';
    last_error.trace[0] = '\0';
}

static void append_trace(const char *format, va_list arguments) {
    size_t used = strlen(last_error.trace);
    size_t room = sizeof last_error.trace - used;
    if (room < 2)
        return;
    if (used > 0) {
        last_error.trace[used++] = '\n';
        room--;
    }
    vsnprintf(last_error.trace + used, room, format, arguments);
}

void dlt_error_frame(const char *format, ...) {
    va_list arguments;
    va_start(arguments, format);
    append_trace(format, arguments);
    va_end(arguments);
}

/* A sentence may quote names and values of a file: line ends would break it up, and escape
 * sequences would reach the terminal. Bytes above 0x7F are UTF-8 and stay. */
static void make_printable(char *sentence) {
    for (; *sentence != '\0'; sentence++)
        if ((unsigned char)*sentence < 0x20 || *sentence == 0x7F)
            *sentence = ' ';
}

dlt_status dlt_fail_at(const char *file, int line, dlt_status code, const char *format, ...) {
    /* Formatted aside first: an argument may be the current message itself. */
    char message[DLT_ERROR_MESSAGE_BYTES];
    va_list arguments;
    va_start(arguments, format);
    vsnprintf(message, sizeof message, format, arguments);
    va_end(arguments);
    make_printable(message);
    memcpy(last_error.message, message, sizeof message);
    last_error.trace[0] = '\0';
    dlt_error_frame("%s:%d (%s)", file, line, dlt_status_name(code));
    return code;
}

void dlt_error_adopt(const char *message, const char *trace) {
    snprintf(last_error.message, sizeof last_error.message, "%s", message);
    snprintf(last_error.trace, sizeof last_error.trace, "%s", trace);
}
