/* How lines of labelled text are read: the settings of `format: {labelled_text: ...}`. */
#ifndef DLT_INGEST_LABELLED_TEXT_SETTINGS_H
#define DLT_INGEST_LABELLED_TEXT_SETTINGS_H

#include "data/split.h"
#include "dltrain/extend/keys.h"
#include "dltrain/status.h"

#include <stdbool.h>
#include <stdint.h>

/* What separates words. */
#define DLT_TEXT_BLANKS " \t\v\f"

typedef struct dlt_labelled_text_files {
    dlt_strings file;
} dlt_labelled_text_files;

typedef struct dlt_labelled_text_settings {
    dlt_labelled_text_files splits[DLT_SPLITS];
    const char *separator;
    bool header;
    const char *text;
    const char *target;
    bool lower_case;
    int64_t minimum_count;
    int64_t words;   /* numbers, those of no word's own included */
    int64_t longest; /* words of a text; -1: any number */
} dlt_labelled_text_settings;

extern const dlt_key dlt_labelled_text_keys[];

/* Errors: CONFIG for a separator that is not one character, or could be in a label. */
DLT_CHECKED dlt_status dlt_labelled_text_check(const dlt_labelled_text_settings *settings);

#endif
