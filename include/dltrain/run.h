/** A run file, read and checked. */
#ifndef DLTRAIN_RUN_H
#define DLTRAIN_RUN_H

#include "dltrain/status.h"

#ifdef __cplusplus
extern "C" {
#endif

typedef struct dlt_run dlt_run;

/** Reads a run file strictly and applies overrides "a.b=VALUE".
 *  Collective: Not collective; each rank reads it, dlt_train agrees on failures and compares
 *              contents
 *  Owns:       caller owns *out
 *  Errors:     IO if the file cannot be read; CONFIG with file, line and column; MEM
 */
DLT_CHECKED dlt_status dlt_run_load(const char *path, const char *const *overrides,
                                    int override_count, dlt_run **out);

/** Reads a run file from text in memory; `source` stands for the file's name in messages. Samples
 *  may come from arrays instead of `data.train`, which is then left out (session.h).
 *  Collective: Not collective
 *  Owns:       caller owns *out; text and source are copied
 *  Errors:     CONFIG with source, line and column; MEM
 */
DLT_CHECKED dlt_status dlt_run_parse(const char *text, const char *source, dlt_run **out);

/** Releases a run; NULL-safe.
 *  Collective: Not collective
 *  Errors:     none
 */
void dlt_run_destroy(dlt_run **run);

/** The run's name.
 *  Collective: Not collective
 *  Owns:       borrowed from the run
 *  Errors:     none
 */
const char *dlt_run_name(const dlt_run *run);

#ifdef __cplusplus
}
#endif
#endif
