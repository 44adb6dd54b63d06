/* What an importer leaves out, counted by reason, with the first names of each. */
#ifndef DLT_DATA_LEFT_OUT_H
#define DLT_DATA_LEFT_OUT_H

#include "base/text.h"
#include "dltrain/status.h"

#include <stdbool.h>
#include <stdint.h>

enum { DLT_LEFT_OUT_REASONS = 16, DLT_LEFT_OUT_NAMES = 3 };

typedef struct dlt_left_out_reason {
    char reason[48]; /* "not a picture" */
    int64_t count;
    char *names[DLT_LEFT_OUT_NAMES]; /* of the first ones; owned */
} dlt_left_out_reason;

typedef struct dlt_left_out {
    int64_t count;
    int reasons;
    dlt_left_out_reason at[DLT_LEFT_OUT_REASONS];
} dlt_left_out;

/* Counts one thing; a reason too many counts as "other". Errors: MEM. */
DLT_CHECKED dlt_status dlt_left_out_add(dlt_left_out *left_out, const char *reason,
                                        const char *name);
/* Adds "3 files: not a picture (2): a.txt, b.md; link (1): c" to text; nothing where nothing was
 * left out. */
void dlt_left_out_print(const dlt_left_out *left_out, dlt_text *text);
/* Frees it, ready for use again. */
void dlt_left_out_clear(dlt_left_out *left_out);

/* Adds a name, cut after 120 bytes, to a sentence: what does not print becomes '?'. */
void dlt_name_print(const char *name, dlt_text *text);
/* A line of well-formed UTF-8 without control characters. */
bool dlt_name_is_text(const char *name);

#endif
