/* The `data:` section of the run file. */
#ifndef DLT_DATA_SETTINGS_H
#define DLT_DATA_SETTINGS_H

#include "dltrain/extend/keys.h"

#include <stdbool.h>

typedef struct dlt_data_settings {
    const char *train;      /* NULL: from memory */
    const char *test;       /* NULL: none */
    const char *validation; /* NULL: none; a fraction ("0.1") or a prefix */
    const char *x;
    const char *y;
    const char *test_x;       /* NULL: as x */
    const char *test_y;       /* NULL: as y */
    const char *validation_x; /* NULL: as x */
    const char *validation_y; /* NULL: as y */
    dlt_named_list fields;    /* of dlt_field_settings; count -1: x and y */
    dlt_ints lengths;         /* of shape classes, ascending; or one DLT_LENGTHS_AUTO */
    bool shuffle;
    dlt_selection_list transform;
    int64_t prefetch;       /* micro-batches read ahead */
    int64_t shuffle_buffer; /* samples, or one of the names of shuffle_buffer.h */
    int verify;             /* dlt_verify_when */
} dlt_data_settings;

/* Of one field, under the name that models and losses use. */
typedef struct dlt_field_settings {
    const char *dataset; /* NULL: as the field is named */
    int dtype;           /* dlt_field_dtype */
} dlt_field_settings;

/* What every transform has beside its own keys. */
typedef struct dlt_transform_settings {
    dlt_strings fields; /* that it acts on; count -1: the first of reals */
} dlt_transform_settings;

/* A name that the key `data.lengths` takes. */
enum { DLT_LENGTHS_AUTO = -1 };

/* When the samples are compared with their fingerprints before the run. */
typedef enum dlt_verify_when {
    DLT_VERIFY_AUTO,
    DLT_VERIFY_ALWAYS,
    DLT_VERIFY_NEVER
} dlt_verify_when;

extern const dlt_key dlt_data_keys[];

#endif
