/* The monitored value: which epoch is the best so far, and whether to stop. */
#ifndef DLT_SESSION_MONITOR_H
#define DLT_SESSION_MONITOR_H

#include "engine/evaluation.h"
#include "engine/state.h"

/** What an epoch found out, for the monitor. */
typedef struct dlt_monitor_input {
    double train_loss;
    const dlt_evaluation *validation; /* NULL: not evaluated, or no validation data */
    bool has_validation_data;
} dlt_monitor_input;

/** Looks up the monitored value. false where this epoch has none (not validated).
 *  Not collective. Errors: CONFIG if `early_stopping.monitor` names nothing that exists. */
DLT_CHECKED dlt_status dlt_monitor_value(const dlt_run *run, const dlt_monitor_input *input,
                                         bool *found, double *value, bool *higher_is_better);

/** Checks before the first update what dlt_monitor_value would find out after the first epoch.
 *  Not collective. Errors: CONFIG; MEM. */
DLT_CHECKED dlt_status dlt_monitor_check(const dlt_task *task);

/** Takes a value into the state: *best tells whether it is the best so far; state->stopped_early
 * becomes true when patience is at its end. */
void dlt_monitor_update(const dlt_run *run, double value, bool higher_is_better,
                        dlt_train_state *state, bool *best);

#endif
