/* The elements of x that a CSV table makes, and how each comes from its column. */
#ifndef DLT_INGEST_CSV_FEATURES_H
#define DLT_INGEST_CSV_FEATURES_H

#include "base/text.h"
#include "dltrain/status.h"
#include "ingest/csv_settings.h"
#include "ingest/csv_table.h"

/* A number, or whether a word is a certain category. */
typedef struct dlt_csv_feature {
    const dlt_csv_column *column; /* borrowed from the table */
    int64_t category;             /* -1: a number */
} dlt_csv_feature;

typedef struct dlt_csv_features {
    int64_t count;
    dlt_csv_feature *at; /* owned, as the arrays are */
    double *mean;        /* [count]: x = (number - mean) / std */
    double *std;
    double *fill;   /* [count]: what a missing number becomes */
    dlt_text names; /* newline-separated */
} dlt_csv_features;

/* Of all columns that are inputs; mean 0, std 1 and fill 0. Owns: caller owns *out, also after a
 * failure. Errors: FORMAT for none or too many; MEM. */
DLT_CHECKED dlt_status dlt_csv_features_make(const dlt_csv_table *table, const char *path,
                                             dlt_csv_features *out);
void dlt_csv_features_destroy(dlt_csv_features *features);

/* Fill, mean and deviation of all numbers from `count` training records, named in rows. Notes on
 * the table say which columns are constant. Errors: FORMAT for a column without any value; MEM. */
DLT_CHECKED dlt_status dlt_csv_features_measure(dlt_csv_features *features, dlt_csv_table *table,
                                                const dlt_csv_settings *settings,
                                                const int64_t *rows, int64_t count,
                                                const char *path);

/* The element of x that a row of the table has. */
double dlt_csv_feature_value(const dlt_csv_features *features, const double *row, int64_t index);

/* Says on the table's notes what was left out or replaced, and what is doubtful. */
void dlt_csv_features_note(const dlt_csv_features *features, dlt_csv_table *table,
                           const char *path);

#endif
