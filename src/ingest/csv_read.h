/* Reads CSV files into a table. */
#ifndef DLT_INGEST_CSV_READ_H
#define DLT_INGEST_CSV_READ_H

#include "dltrain/import.h"
#include "dltrain/status.h"
#include "ingest/csv_settings.h"
#include "ingest/csv_table.h"
#include "ingest/file_list.h"

/* Reads the files: of the first, columns become those of a table that has none yet; those of others
 * are found by their names. Owns: caller owns what *table holds, also after a failure. Errors:
 * FORMAT with file and line, CONFIG for columns that are not there, IO, MEM; as
 * dlt_import_go_on. */
DLT_CHECKED dlt_status dlt_csv_table_read(const dlt_file_list *files,
                                          const dlt_csv_settings *settings,
                                          const dlt_import_output *output, dlt_csv_table *table);
/* Ends the training files: sorts the categories, which are closed from now on. Errors: FORMAT for
 * two that are the same number; MEM. */
DLT_CHECKED dlt_status dlt_csv_table_close(dlt_csv_table *table, const char *path);

#endif
