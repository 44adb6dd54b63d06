/* Looks up the monitored value by name (train_loss, val_loss, val_METRIC) and compares it with the
 * best so far. NaN never counts as better; any other value is better than none. The best value and
 * the count of patience are part of the state, so a resume continues them. Losses and metrics are
 * equal on all ranks, and so is every decision here. */
#include "session/monitor.h"

#include "base/alloc.h"
#include "base/error.h"
#include "engine/metric_sums.h"

#include <math.h>
#include <string.h>

static dlt_status unknown_monitor(const dlt_run *run, const char *name) {
    dlt_position position = dlt_config_position(run->config, "early_stopping.monitor");
    return dlt_config_fail(&position,
                           "'early_stopping.monitor' is '%s', but this run has no such value; use "
                           "train_loss, val_loss, or val_ and the name of a metric of the run",
                           name);
}

dlt_status dlt_monitor_value(const dlt_run *run, const dlt_monitor_input *input, bool *found,
                             double *value, bool *higher_is_better) {
    const char *name = run->settings.early_stopping.monitor;
    const char *prefix = "val_";
    if (name == NULL)
        name = input->has_validation_data ? "val_loss" : "train_loss";
    *higher_is_better = false;
    *value = input->train_loss;
    *found = true;
    if (strcmp(name, "train_loss") == 0)
        return DLT_OK;
    if (strncmp(name, prefix, strlen(prefix)) != 0 || !input->has_validation_data)
        return unknown_monitor(run, name);
    *found = input->validation != NULL;
    if (*found &&
        !dlt_evaluation_find(input->validation, name + strlen(prefix), value, higher_is_better))
        return unknown_monitor(run, name);
    return DLT_OK;
}

/* An evaluation of no samples has every name that one of some samples has. */
dlt_status dlt_monitor_check(const dlt_task *task) {
    double *sums = NULL;
    dlt_evaluation blank = {0};
    dlt_monitor_input input = {.validation = &blank,
                               .has_validation_data = task->validation.data != NULL};
    bool found = false;
    bool higher_is_better = false;
    double value = 0;
    DLT_TRY(DLT_NEW(sums, dlt_sums_length(task, task->metric_count)));
    dlt_status status = dlt_evaluation_of_sums(task, sums, &blank);
    if (status == DLT_OK)
        status = dlt_monitor_value(task->run, &input, &found, &value, &higher_is_better);
    dlt_evaluation_destroy(&blank);
    dlt_free(sums);
    return status;
}

static bool improves(double value, double best, bool higher_is_better, double min_delta) {
    if (isnan(value))
        return false;
    if (isnan(best))
        return true;
    return higher_is_better ? value > best + min_delta : value < best - min_delta;
}

void dlt_monitor_update(const dlt_run *run, double value, bool higher_is_better,
                        dlt_train_state *state, bool *best) {
    const dlt_early_stopping_settings *settings = &run->settings.early_stopping;
    *best = improves(value, state->best_value, higher_is_better, settings->min_delta);
    state->stalled = *best ? 0 : state->stalled + 1;
    if (*best) {
        state->best_value = value;
        state->best_step = state->step;
        state->best_epoch = state->epoch;
    }
    state->stopped_early = settings->patience > 0 && state->stalled >= settings->patience;
}
