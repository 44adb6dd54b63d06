/* The description of data that has none, made from what the data looks like. */
#ifndef DLT_INGEST_GUESS_H
#define DLT_INGEST_GUESS_H

#include "base/text.h"
#include "config/config.h"
#include "dltrain/import.h"

#include <stdbool.h>

struct dlt_csv_guess;

/* A description as text, and the folder that its files are in. */
typedef struct dlt_guess {
    dlt_text document;
    dlt_text source;
    dlt_text notes; /* a line for each thing that the user should know */
    bool is_table;
    struct dlt_csv_guess *table; /* what dlt_guess_table has found out; owned */
    dlt_selection format;        /* its settings are of table */
} dlt_guess;

/* True for a folder, and for a file with the ending of a table, an archive or plain text. */
bool dlt_guess_is_data(const char *path);
/* True for a name with the ending of a table, whether or not there is such a file. */
bool dlt_guess_is_table(const char *path);

/* Whether a folder holds pictures, at whatever depth. Errors: IO, MEM. */
DLT_CHECKED dlt_status dlt_guess_has_pictures(const char *folder, bool *out);

/* Describes it; of a table only where it is. Owns: caller owns what *out holds, also after a
 * failure. Errors: ARG for pictures without class folders unless they are to be like others; IO,
 * FORMAT, MEM. */
DLT_CHECKED dlt_status dlt_guess_description(const dlt_import_options *options, dlt_guess *out);
/* Completes the settings of a table; format and config are those of its description with the
 * options' settings, from which guess->format borrows. Errors: as dlt_csv_guess_make. */
DLT_CHECKED dlt_status dlt_guess_table(const dlt_import_options *options, const dlt_config *config,
                                       const dlt_selection *format, dlt_guess *guess);
void dlt_guess_destroy(dlt_guess *guess);

#endif
