/* The columns of a CSV table: their names, roles and categories. */
#ifndef DLT_DATA_IMPORT_CSV_COLUMNS_H
#define DLT_DATA_IMPORT_CSV_COLUMNS_H

#include "data/import/csv_reader.h"
#include "data/import/csv_table.h"

/* Makes the columns of the record that reader stands at, a header or (where there is none) the
 * first record. Errors: CONFIG for names in the settings that the file does not have; FORMAT; MEM.
 */
DLT_CHECKED dlt_status dlt_csv_columns_make(dlt_csv_table *table, const dlt_csv_reader *reader,
                                            const dlt_csv_settings *settings);

/* The index of a word among the column's categories, adding it where they are discovered. Errors:
 * FORMAT with the reader's file and line for an unknown or a surplus category, MEM. */
DLT_CHECKED dlt_status dlt_csv_category(dlt_csv_column *column, const dlt_csv_reader *reader,
                                        const char *word, int64_t *index);

/* Puts discovered categories into sorted order, in the columns and in all rows. Errors: MEM. */
DLT_CHECKED dlt_status dlt_csv_categories_sort(dlt_csv_table *table);

#endif
