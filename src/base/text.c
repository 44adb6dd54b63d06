/* Appends, folds and shortens text in one buffer, which grows to one and a half times the bytes
 * needed, at least 256, and is always terminated. After a failed allocation every addition does
 * nothing. dlt_text_add formats twice: to measure, then to write. Folding counts a column per UTF-8
 * sequence, so the width of wide and combining characters is wrong. */
#include "base/text.h"

#include "base/alloc.h"
#include "base/cast.h"
#include "base/error.h"

#include <stdarg.h>
#include <stdio.h>
#include <string.h>

static bool make_room(dlt_text *text, size_t bytes) {
    size_t needed = text->used + bytes + 1;
    if (text->failed || needed <= text->room)
        return !text->failed;
    size_t room = needed < 256 ? 256 : needed + needed / 2;
    char *data = dlt_alloc((int64_t)room, 1);
    if (data == NULL) {
        text->failed = true;
        return false;
    }
    if (text->data != NULL)
        memcpy(data, text->data, text->used);
    dlt_free(text->data);
    text->data = data;
    text->room = room;
    return true;
}

void dlt_text_add_bytes(dlt_text *text, const char *data, size_t bytes) {
    if (!make_room(text, bytes))
        return;
    memcpy(text->data + text->used, data, bytes);
    text->used += bytes;
    text->data[text->used] = '\0';
}

void dlt_text_add(dlt_text *text, const char *format, ...) {
    va_list arguments;
    va_start(arguments, format);
    va_list again;
    va_copy(again, arguments);
    int bytes = vsnprintf(NULL, 0, format, arguments);
    text->failed = text->failed || bytes < 0;
    if (bytes > 0 && make_room(text, (size_t)bytes)) {
        vsnprintf(text->data + text->used, (size_t)bytes + 1, format, again);
        text->used += (size_t)bytes;
    }
    va_end(again);
    va_end(arguments);
}

/* Columns of `bytes` bytes of UTF-8. */
static int columns_of(const char *word, size_t bytes) {
    int columns = 0;
    for (size_t i = 0; i < bytes; i++)
        columns += ((unsigned char)word[i] & 0xC0) != 0x80;
    return columns;
}

void dlt_text_add_folded(dlt_text *text, const char *words, int at, int indent, int columns) {
    bool begins = true;
    for (const char *word = words; *word != '\0';) {
        size_t bytes = strcspn(word, " \n");
        int width = columns_of(word, bytes);
        if (!begins && columns > 0 && at + 1 + width > columns && at > indent) {
            dlt_text_add(text, "\n%*s", indent, "");
            at = indent;
            begins = true;
        }
        at += width + !begins;
        dlt_text_add(text, "%s%.*s", begins ? "" : " ", (int)bytes, word);
        begins = false;
        word += bytes;
        if (*word == '\n') {
            dlt_text_add(text, "\n%*s", indent, "");
            at = indent;
            begins = true;
        }
        word += *word != '\0';
    }
}

void dlt_text_clear(dlt_text *text) {
    text->used = 0;
    if (text->data != NULL)
        text->data[0] = '\0';
}

void dlt_text_cut(dlt_text *text, size_t bytes) {
    if (bytes >= text->used)
        return;
    text->used = bytes;
    text->data[bytes] = '\0';
}

const char *dlt_text_of(const dlt_text *text) {
    return text->data != NULL ? text->data : "";
}

dlt_status dlt_text_check(const dlt_text *text) {
    return text->failed
               ? dlt_fail(DLT_ERR_MEM, "no memory for a text after its first %zu bytes", text->used)
               : DLT_OK;
}

void dlt_text_destroy(dlt_text *text) {
    dlt_free(text->data);
    *text = DLT_TEXT_EMPTY;
}
