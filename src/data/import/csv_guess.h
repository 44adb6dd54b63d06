/* What the columns of a table are, found out by reading it: for a table without a description. */
#ifndef DLT_DATA_IMPORT_CSV_GUESS_H
#define DLT_DATA_IMPORT_CSV_GUESS_H

#include "base/text.h"
#include "dltrain/status.h"

/* Adds the keys of `format: {csv: ...}` after `file`, each with a comma before it, and a line to
 * notes for each thing that the reader should know. target names the column to predict. Errors: ARG
 * without a target, naming the columns, or for one that is not there; IO, FORMAT, MEM. */
DLT_CHECKED dlt_status dlt_csv_guess(const char *path, const char *target, dlt_text *keys,
                                     dlt_text *notes);

#endif
