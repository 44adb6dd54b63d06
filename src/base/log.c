/* Formats messages into at most 1024 bytes and hands them to the sink. The default sink prints
 * warnings only. The sink has no lock, so the program replaces it before it starts threads. */
#include "base/log.h"

#include <stdarg.h>
#include <stdio.h>

static void write_stderr(void *context, dlt_log_level level, const char *message) {
    (void)context;
    if (level >= DLT_LOG_WARNING)
        fprintf(stderr, "dltrain: warning: %s\n", message);
}

static struct {
    dlt_log_sink *write;
    void *context;
} sink = {write_stderr, NULL};

void dlt_log_set_sink(dlt_log_sink *write, void *context) {
    sink.write = write != NULL ? write : write_stderr;
    sink.context = write != NULL ? context : NULL;
}

void dlt_log(dlt_log_level level, const char *format, ...) {
    char message[1024];
    va_list arguments;
    va_start(arguments, format);
    vsnprintf(message, sizeof message, format, arguments);
    va_end(arguments);
    sink.write(sink.context, level, message);
}
