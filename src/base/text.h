/* Text that grows. An allocation failure is remembered and reported once, at the end, so that
 * building text needs no check per piece. */
#ifndef DLT_BASE_TEXT_H
#define DLT_BASE_TEXT_H

#include "dltrain/status.h"

#include <stdbool.h>
#include <stddef.h>

typedef struct dlt_text {
    char *data; /* NULL or terminated; owned */
    size_t used;
    size_t room;
    bool failed;
} dlt_text;

#define DLT_TEXT_EMPTY ((dlt_text){0})

__attribute__((format(printf, 2, 3))) void dlt_text_add(dlt_text *text, const char *format, ...);
void dlt_text_add_bytes(dlt_text *text, const char *data, size_t bytes);
/** Adds words folded into lines of at most `columns` columns (0: one line); `at` columns of the
 * line are taken already, and lines that follow begin with `indent` blanks. Line ends in words
 * stay. Ends without a line end. */
void dlt_text_add_folded(dlt_text *text, const char *words, int at, int indent, int columns);
/** Forgets the content, keeps the memory. */
void dlt_text_clear(dlt_text *text);
/** Keeps the first `bytes` bytes, at most all. */
void dlt_text_cut(dlt_text *text, size_t bytes);
/** The content, "" if nothing was added; borrowed. */
const char *dlt_text_of(const dlt_text *text);
/** MEM if any addition failed. */
DLT_CHECKED dlt_status dlt_text_check(const dlt_text *text);
void dlt_text_destroy(dlt_text *text);

#endif
