/* The columns of a CSV table: their names and roles, and where they are in the records of a file.
 */
#ifndef DLT_DATA_IMPORT_CSV_COLUMNS_H
#define DLT_DATA_IMPORT_CSV_COLUMNS_H

#include "data/import/csv_reader.h"
#include "data/import/csv_table.h"

/* Makes the columns of the record that reader stands at, a header or (where there is none) the
 * first record. Errors: CONFIG for names in the settings that the file does not have; FORMAT for a
 * name that occurs twice; MEM. */
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
