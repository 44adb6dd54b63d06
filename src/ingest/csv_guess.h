/* What the columns of a table are, found out by reading it: for a table without a description. */
#ifndef DLT_INGEST_CSV_GUESS_H
#define DLT_INGEST_CSV_GUESS_H

#include "base/text.h"
#include "config/config.h"
#include "dltrain/status.h"
#include "ingest/csv_survey.h"

/* Complete settings; they borrow from the survey, and from the configuration of what was given. */
typedef struct dlt_csv_guess {
    dlt_csv_settings settings;
    dlt_csv_survey survey;
    char separator[2];
    dlt_csv_one_hot *words; /* of the columns in encode; owned */
    dlt_selection *encode;  /* owned */
    const char **ignore;    /* owned; the names are borrowed */
} dlt_csv_guess;

/* Completes the settings of `format: {csv: ...}`: those that config gives are kept and decide how
 * the table is read, the others are guessed; a line of notes says each thing that the reader should
 * know. Owns: caller owns what *out holds, also after a failure. Errors: ARG as
 * dlt_csv_survey_make, and for columns of dates or of numbers with a comma; CONFIG, IO, FORMAT,
 * MEM. */
DLT_CHECKED dlt_status dlt_csv_guess_make(const char *path, const dlt_config *config,
                                          const dlt_csv_settings *given,
                                          const dlt_import_output *output, dlt_csv_guess *out,
                                          dlt_text *notes);
void dlt_csv_guess_destroy(dlt_csv_guess *guess);

#endif
