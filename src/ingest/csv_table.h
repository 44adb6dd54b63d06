/* The records of CSV files as one table of numbers: what the settings say of each column, words as
 * the index of their category, missing numbers as NaN. */
#ifndef DLT_INGEST_CSV_TABLE_H
#define DLT_INGEST_CSV_TABLE_H

#include "base/text.h"

#include <stdbool.h>
#include <stdint.h>

typedef enum dlt_csv_role { DLT_CSV_NUMBER, DLT_CSV_CATEGORY, DLT_CSV_IGNORED } dlt_csv_role;

/* The value of a word in a column where it has no category. */
#define DLT_CSV_NO_CATEGORY (-1.0)

typedef struct dlt_csv_column {
    char *name; /* owned */
    dlt_csv_role role;
    bool target;
    bool closed;         /* no further categories: they were given, or training is over */
    bool in_field;       /* one of the key `fields` lists it */
    bool nameless;       /* its header is empty, and no setting speaks of it: it must be empty */
    int64_t field;       /* of the file being read; -1: not in it */
    int64_t value_index; /* position in a row of values; -1 if ignored */
    char **categories;   /* [category_count]; owned */
    int64_t category_count;
    int64_t category_room;
    int64_t unseen;   /* fields that became 0 in all columns for being no category */
    int64_t suspects; /* fields that became a category, but may stand for a missing value */
    char suspect[8];  /* the last of them */
} dlt_csv_column;

typedef struct dlt_csv_table {
    int64_t column_count;
    dlt_csv_column *columns; /* owned */
    int64_t width;           /* values in a row */
    int64_t rows;
    int64_t room;
    int64_t *record;         /* [rows] the number of each among those of its files, from 0; owned */
    int64_t records;         /* read of the files so far: the training files, or the test files */
    int64_t train_rows;      /* of the training files; those of the test files follow */
    int64_t dropped_missing; /* records left out for a missing value */
    int64_t dropped_unseen;  /* for a word that is no category */
    bool lacks_target;       /* no file has the target's column */
    bool made_by_recipe;     /* the columns are those of another import */
    int64_t fields;          /* of a record of the first file, or of the recipe's */
    dlt_text notes;          /* a line for each thing that was left out or is doubtful */
    double *values;          /* [rows, width]; owned */
} dlt_csv_table;

void dlt_csv_table_destroy(dlt_csv_table *table);

#endif
