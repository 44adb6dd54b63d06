/* The categories of a CSV column: words, in the order of their labels. */
#ifndef DLT_INGEST_CSV_CATEGORIES_H
#define DLT_INGEST_CSV_CATEGORIES_H

#include "dltrain/extend/keys.h"
#include "dltrain/status.h"
#include "formats/csv_reader.h"
#include "ingest/csv_table.h"

/* Makes the column one of categories: those given, in their order, or none yet (count -1 or 0).
 * Errors: CONFIG for a value that is given twice; MEM. */
DLT_CHECKED dlt_status dlt_csv_categories_start(dlt_csv_column *column, const dlt_strings *values);

/* Adds the category of missing words to given ones. Errors: MEM. */
DLT_CHECKED dlt_status dlt_csv_categories_add_missing(dlt_csv_column *column);

/* The index of a word among the column's categories, adding it where they are discovered; -1 where
 * they are closed and it is none of them. Errors: FORMAT with the reader's file and line for a
 * surplus category or a word that is not UTF-8, MEM. */
DLT_CHECKED dlt_status dlt_csv_category(dlt_csv_column *column, const dlt_csv_reader *reader,
                                        const char *word, int64_t *index);

/* Puts discovered categories into order, numbers by size and then words, in the columns and in all
 * rows. Errors: FORMAT for two that are the same number (path is the file to name); MEM. */
DLT_CHECKED dlt_status dlt_csv_categories_sort(dlt_csv_table *table, const char *path);

#endif
