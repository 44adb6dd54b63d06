/* The records of a CSV file as a table of numbers: what the settings say of each column, words as
 * the index of their category, missing numbers as NaN. */
#ifndef DLT_DATA_IMPORT_CSV_TABLE_H
#define DLT_DATA_IMPORT_CSV_TABLE_H

#include "data/import/csv_settings.h"
#include "dltrain/status.h"

#include <stdbool.h>
#include <stdint.h>

enum { DLT_CSV_CATEGORIES_MAX = 1024 };

typedef enum dlt_csv_role { DLT_CSV_NUMBER, DLT_CSV_CATEGORY, DLT_CSV_IGNORED } dlt_csv_role;

typedef struct dlt_csv_column {
    char *name; /* owned */
    dlt_csv_role role;
    bool target;
    bool closed;       /* the categories were given: others are errors */
    int64_t slot;      /* position in a row of values; -1 if ignored */
    char **categories; /* [category_count]; owned */
    int64_t category_count;
    int64_t category_room;
} dlt_csv_column;

typedef struct dlt_csv_table {
    int64_t column_count;
    dlt_csv_column *columns; /* owned */
    int64_t width;           /* values in a row */
    int64_t rows;
    int64_t room;
    int64_t dropped; /* records left out for a missing value */
    double *values;  /* [rows, width]; owned */
} dlt_csv_table;

/* Reads the file. Owns: caller owns what *table holds, also after a failure. Errors: FORMAT with
 * file and line, CONFIG for columns that are not there, IO, MEM. */
DLT_CHECKED dlt_status dlt_csv_table_read(const char *path, const dlt_csv_settings *settings,
                                          dlt_csv_table *table);
void dlt_csv_table_destroy(dlt_csv_table *table);

#endif
