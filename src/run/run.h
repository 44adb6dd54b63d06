/* A run: its configuration and the settings read from it. */
#ifndef DLT_RUN_RUN_H
#define DLT_RUN_RUN_H

#include "config/config.h"
#include "dltrain/comm.h"
#include "dltrain/run.h"
#include "run/run_settings.h"

/** The metrics of a run file that names none: those of its losses. */
typedef struct dlt_default_metrics {
    dlt_config *configs[DLT_LOSSES_MAX]; /* owned; of each loss */
    char loss_names[DLT_LOSSES_MAX][DLT_LOSS_NAME_BYTES];
    dlt_metric_settings common[DLT_METRICS_MAX];
    dlt_selection at[DLT_METRICS_MAX];
} dlt_default_metrics;

struct dlt_run {
    dlt_config *config;
    dlt_default_metrics default_metrics;
    dlt_run_settings settings; /* borrows from config */
};

/** Makes a run of a document. Takes *config, also after a failure. Not collective. Owns: caller
 * owns *out. Errors: CONFIG, MEM. */
DLT_CHECKED dlt_status dlt_run_of_config(dlt_config **config, dlt_run **out);
/** The name of loss `index`: the run file's; else its kind, with a running number where there are
 * several of a kind. Not collective. */
void dlt_run_name_loss(const dlt_run_settings *settings, int64_t index,
                       char out[DLT_LOSS_NAME_BYTES]);

/** Adds the resolved run file: every key with the value it has. Not collective. Errors: MEM. */
DLT_CHECKED dlt_status dlt_run_print(const dlt_run *run, dlt_text *out);

/** All ranks compare their runs, value by value. Collective. Errors: MISMATCH "rank 1 was started
 *  with train.epochs 3, rank 0 with 5" (agreed); MPI. */
DLT_CHECKED dlt_status dlt_run_check_alike(const dlt_comm *comm, const dlt_run *run);

#endif
