/* The columns of a CSV table: their names and roles, and where they are in the records of a file.
 */
#ifndef DLT_INGEST_CSV_COLUMNS_H
#define DLT_INGEST_CSV_COLUMNS_H

#include "dltrain/status.h"
#include "formats/csv_reader.h"
#include "ingest/csv_settings.h"
#include "ingest/csv_table.h"

/* Makes the columns of the record that reader stands at, as numbers with a name and no role.
 * Errors: CONFIG for a wrong separator and for `columns` that do not fit, FORMAT for a name that
 * occurs twice or is not UTF-8; MEM. */
DLT_CHECKED dlt_status dlt_csv_columns_name(dlt_csv_table *table, const dlt_csv_reader *reader,
                                            const dlt_csv_settings *settings);

/* Gives named columns the roles of `ignore` and `encode`. Errors: CONFIG for a name that there is
 * not, or that has two roles; MEM. */
DLT_CHECKED dlt_status dlt_csv_columns_set_inputs(dlt_csv_table *table,
                                                  const dlt_csv_reader *reader,
                                                  const dlt_csv_settings *settings);

/* A column by name or, failing that, by number from 0; NULL if there is none. */
dlt_csv_column *dlt_csv_columns_find(const dlt_csv_table *table, const char *name);

/* Adds the names of the first columns, as many as a sentence holds. */
void dlt_csv_columns_list(const dlt_csv_table *table, dlt_text *list);

/* Makes the columns of the record that reader stands at, a header or (where there is none) the
 * first record, with their roles. Errors: as dlt_csv_columns_name and dlt_csv_columns_set_inputs;
 * FORMAT for a header of numbers alone. */
DLT_CHECKED dlt_status dlt_csv_columns_make(dlt_csv_table *table, const dlt_csv_reader *reader,
                                            const dlt_csv_settings *settings);

/* Finds the columns that there are in another file, by their names. Errors: FORMAT naming a column
 * that the file lacks, or that training does not know; as dlt_csv_columns_make. */
DLT_CHECKED dlt_status dlt_csv_columns_match(dlt_csv_table *table, const dlt_csv_reader *reader,
                                             const dlt_csv_settings *settings);

/* Gives the columns that hold something their places in a row of values. */
void dlt_csv_columns_place(dlt_csv_table *table);

/* A column of words as inputs: with a category of its own for a missing word where the settings say
 * so. Errors: CONFIG, MEM. */
DLT_CHECKED dlt_status dlt_csv_columns_encode(dlt_csv_column *column, const dlt_strings *values,
                                              const dlt_csv_settings *settings);

#endif
