/* Which files a CSV description names. */
#ifndef DLT_DATA_IMPORT_CSV_FILES_H
#define DLT_DATA_IMPORT_CSV_FILES_H

#include "data/import/csv_table.h"
#include "data/import/format.h"

/* Finds each name as dlt_format_locate does; one with `*`, `?` or `[` stands for all files of that pattern, in
 * alphabetical order. Owns: caller owns *out, also after a failure. Errors: as dlt_format_locate; IO for a
 * pattern that no file has; CONFIG for a file that is named twice. */
DLT_CHECKED dlt_status dlt_csv_files_find(const dlt_format_site *site, const dlt_strings *names,
                                          dlt_csv_files *out);
void dlt_csv_files_destroy(dlt_csv_files *files);

#endif
