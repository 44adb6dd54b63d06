/* What the columns of a table without a description hold, found out by reading all of it. */
#ifndef DLT_INGEST_CSV_SURVEY_H
#define DLT_INGEST_CSV_SURVEY_H

#include "base/text.h"
#include "dltrain/import.h"
#include "dltrain/status.h"
#include "formats/csv_reader.h"
#include "formats/csv_value.h"
#include "ingest/csv_settings.h"
#include "ingest/csv_table.h"

/* With more different words than this, a column is none of words. */
enum { DLT_CSV_WORDS_MAX = 64 };

/* What has been seen of one column. */
typedef struct dlt_csv_column_survey {
    int64_t numbers;
    int64_t words;
    int64_t otherwise;                /* dates, and numbers with a comma */
    char example[81];                 /* the first of these */
    dlt_csv_kind kind;                /* its kind */
    int64_t line;                     /* and its line */
    double largest;                   /* of the numbers, without sign */
    bool has_fraction;                /* not all numbers are whole */
    int different;                    /* values; DLT_CSV_WORDS_MAX + 1: more than these */
    uint64_t seen[DLT_CSV_WORDS_MAX]; /* their hashes */
} dlt_csv_column_survey;

typedef struct dlt_csv_survey {
    dlt_csv_table table;       /* columns with the roles that settings give them, without rows */
    dlt_csv_column *target;    /* borrowed from the table */
    dlt_csv_column_survey *at; /* [table.column_count]; owned */
} dlt_csv_survey;

/* The separator that the first line has most of. Errors: IO, MEM. */
DLT_CHECKED dlt_status dlt_csv_survey_separator(const char *path, char *out);

/* Reads the table by settings, whose `header` is found out unless they give it; a line of notes
 * says what was concluded. Owns: caller owns what *out holds, also after a failure. Errors: ARG
 * where nothing tells whether there is a header, and without a target or for one that is not there;
 * CONFIG for other columns that are not there; FORMAT, IO, MEM; as
 * dlt_import_go_on. */
DLT_CHECKED dlt_status dlt_csv_survey_make(const char *path, bool gives_header,
                                           dlt_csv_settings *settings,
                                           const dlt_import_output *output, dlt_csv_survey *out,
                                           dlt_text *notes);
void dlt_csv_survey_destroy(dlt_csv_survey *survey);

#endif
