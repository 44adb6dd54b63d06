/* How a CSV file is read: the settings of `format: {csv: …}`. */
#ifndef DLT_INGEST_CSV_SETTINGS_H
#define DLT_INGEST_CSV_SETTINGS_H

#include "dltrain/extend/keys.h"
#include "dltrain/status.h"

#include <stdbool.h>
#include <stdint.h>

typedef enum dlt_csv_missing {
    DLT_CSV_MISSING_ERROR,
    DLT_CSV_MISSING_DROP,
    DLT_CSV_MISSING_MEAN,
    DLT_CSV_MISSING_MEDIAN
} dlt_csv_missing;

/* Of the inputs that are words. */
typedef enum dlt_csv_missing_category {
    DLT_CSV_MISSING_CATEGORY_ERROR,
    DLT_CSV_MISSING_CATEGORY_OWN,
    DLT_CSV_MISSING_CATEGORY_ZEROS
} dlt_csv_missing_category;

/* A word that training has not seen. */
typedef enum dlt_csv_unseen {
    DLT_CSV_UNSEEN_ERROR,
    DLT_CSV_UNSEEN_DROP,
    DLT_CSV_UNSEEN_ZEROS
} dlt_csv_unseen;

/* The category that a missing word makes where it makes one. */
#define DLT_CSV_MISSING_NAME "(missing)"

enum { DLT_CSV_CATEGORIES_MAX = 1024 };

typedef enum dlt_csv_target { DLT_CSV_TARGET_NUMBER, DLT_CSV_TARGET_CLASS } dlt_csv_target;

/* A column of words that becomes one column of 0 and 1 per word. */
typedef struct dlt_csv_one_hot {
    const char *column;
    dlt_strings values; /* count -1: those of the file, sorted */
} dlt_csv_one_hot;

/* What the columns of a field are. */
typedef enum dlt_csv_field_kind {
    DLT_CSV_FIELD_INPUT,  /* features: standardised numbers, and 0 and 1 for words */
    DLT_CSV_FIELD_TARGET, /* numbers, divided by the scale */
    DLT_CSV_FIELD_CLASS   /* one column of class names */
} dlt_csv_field_kind;

typedef struct dlt_csv_field_settings {
    dlt_strings columns;
    int kind; /* dlt_csv_field_kind */
    double scale;
} dlt_csv_field_settings;

typedef struct dlt_csv_settings {
    dlt_strings file; /* names or patterns */
    bool header;
    dlt_strings columns; /* names; count -1: from the header, or numbers */
    const char *separator;
    dlt_strings missing_tokens;
    int missing;           /* dlt_csv_missing */
    int missing_category;  /* dlt_csv_missing_category */
    int unseen;            /* dlt_csv_unseen */
    dlt_named_list fields; /* of dlt_csv_field_settings; count -1: x, and y of the target */
    const char *target;
    int target_kind; /* dlt_csv_target */
    dlt_strings target_values;
    double target_scale;
    dlt_selection_list encode;
    dlt_strings ignore;
    bool standardize;
    dlt_strings test; /* one fraction, or names or patterns of files */
    dlt_reals split;  /* shares of training, validation and test; count -1: `test` decides */
    int64_t seed;
} dlt_csv_settings;

extern const dlt_key dlt_csv_keys[];
/* The one choice of `encode`. */
extern const dlt_registry_entry dlt_csv_one_hot_entry;

/* True if `test` is a number, false if it names files. */
bool dlt_csv_is_fraction(const dlt_strings *test, double *fraction);

/* Errors: CONFIG without a target or fields, or for both, for names that no dataset can have, and
 * for fields that are to be like another table's. */
DLT_CHECKED dlt_status dlt_csv_check_fields(const dlt_csv_settings *settings, bool is_like);

/* Errors: CONFIG unless the separator is one character that can be one. */
DLT_CHECKED dlt_status dlt_csv_check_separator(const dlt_csv_settings *settings);

#endif
