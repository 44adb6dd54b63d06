/* The fields that a table is divided into: x and y, or those of the key `fields`. */
#ifndef DLT_INGEST_CSV_FIELDS_H
#define DLT_INGEST_CSV_FIELDS_H

#include "dltrain/status.h"
#include "ingest/csv_features.h"
#include "ingest/csv_settings.h"
#include "ingest/csv_table.h"

#include <stdbool.h>
#include <stdint.h>

/* One element of a sample: a feature, or a column as it is, divided by a scale. */
typedef struct dlt_csv_element {
    int64_t feature;              /* -1: none */
    const dlt_csv_column *column; /* borrowed from the table */
} dlt_csv_element;

typedef struct dlt_csv_field {
    const char *name; /* borrowed from the settings, or a literal */
    bool is_label;    /* its one column is a class */
    bool is_flat;     /* one number per sample, without a dimension */
    double scale;     /* of columns as they are */
    int64_t first;    /* of its elements */
    int64_t count;
} dlt_csv_field;

typedef struct dlt_csv_fields {
    int count;
    dlt_csv_field *at;         /* owned */
    dlt_csv_element *elements; /* owned */
} dlt_csv_fields;

/* Lays out the fields of a table whose features are made: of the settings, or x, and y where there
 * is a target. Owns: caller owns *out, also after a failure. Errors: MEM. */
DLT_CHECKED dlt_status dlt_csv_fields_make(const dlt_csv_table *table,
                                           const dlt_csv_features *features,
                                           const dlt_csv_settings *settings, dlt_csv_fields *out);
void dlt_csv_fields_destroy(dlt_csv_fields *fields);

#endif
