/* A run: its configuration and the settings read from it. */
#ifndef DLT_RUN_RUN_H
#define DLT_RUN_RUN_H

#include "config/config.h"
#include "dltrain/comm.h"
#include "dltrain/run.h"
#include "run/run_settings.h"

struct dlt_run {
    dlt_config *config;
    dlt_config *default_metrics; /* NULL if the run file names its own */
    dlt_run_settings settings;   /* borrows from config */
};

/** Makes a run of a document. Takes *config, also after a failure. Not collective. Owns: caller
 * owns *out. Errors: CONFIG, MEM. */
DLT_CHECKED dlt_status dlt_run_of_config(dlt_config **config, dlt_run **out);

/** Adds the resolved run file: every key with the value it has. Not collective. Errors: MEM. */
DLT_CHECKED dlt_status dlt_run_print(const dlt_run *run, dlt_text *out);

/** All ranks compare their runs, value by value. Collective. Errors: MISMATCH "rank 1 was started
 *  with train.epochs 3, rank 0 with 5" (agreed); MPI. */
DLT_CHECKED dlt_status dlt_run_check_alike(const dlt_comm *comm, const dlt_run *run);

#endif
