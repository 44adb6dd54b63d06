/* What the watchdog of a training run is told, and what it says of where a rank stands. */
#include "train/trainer_parts.h"

#include <math.h>
#include <stdio.h>

static const double MEDIANS = 20;
/* Until some updates have been timed: the first one of a large model builds much. */
static const double FIRST_LIMIT_S = 600;
enum { TIMED_UPDATES = 4 };

static void describe_reading(const dlt_trainer *trainer, char *out, size_t bytes) {
    const char *path = dlt_dataset_reading(trainer->engine.task.train.data);
    if (path != NULL)
        snprintf(out, bytes, "reading %s", path);
    else
        snprintf(out, bytes, "waiting for data");
}

static void describe_place(void *context, char *out, size_t bytes) {
    const dlt_trainer *trainer = context;
    long long next = atomic_load(&trainer->heartbeat->step) + 1;
    switch ((dlt_phase)atomic_load(&trainer->heartbeat->phase)) {
    case DLT_PHASE_READING:
        describe_reading(trainer, out, bytes);
        break;
    case DLT_PHASE_COMPUTING:
        snprintf(out, bytes, "computing node %s in update %lld",
                 dlt_model_node_at(trainer->engine.task.model), next);
        break;
    case DLT_PHASE_REDUCING:
        snprintf(out, bytes, "in the reduction of update %lld", next);
        break;
    case DLT_PHASE_EVALUATING:
        snprintf(out, bytes, "evaluating after update %lld", next - 1);
        break;
    case DLT_PHASE_SAVING:
        snprintf(out, bytes, "at the checkpoint of update %lld", next - 1);
        break;
    case DLT_PHASE_AGREEING:
        snprintf(out, bytes, "agreeing with the other ranks after update %lld", next - 1);
        break;
    case DLT_PHASE_SETTING_UP:
    case DLT_PHASE_ENDING:
    case DLT_PHASE_BETWEEN:
        snprintf(out, bytes, "between updates %lld and %lld", next - 1, next);
        break;
    }
}

void dlt_trainer_begin_watch(dlt_trainer *trainer) {
    dlt_watchdog *watchdog = trainer->options->watchdog;
    if (watchdog == NULL)
        return;
    if (isnan(trainer->run->settings.train.watchdog_s))
        dlt_watchdog_set_limit(watchdog, FIRST_LIMIT_S);
    dlt_watchdog_ask(watchdog, describe_place, trainer);
    dlt_heartbeat_step(trainer->heartbeat, trainer->engine.state.step);
    dlt_heartbeat_phase(trainer->heartbeat, DLT_PHASE_BETWEEN);
}

void dlt_trainer_end_watch(dlt_trainer *trainer, dlt_status status) {
    dlt_watchdog_ask(trainer->options->watchdog, NULL, NULL);
    if (status == DLT_OK)
        dlt_heartbeat_doing(trainer->heartbeat, DLT_PHASE_ENDING, "done, and leaving MPI");
    else
        dlt_heartbeat_doing(trainer->heartbeat, DLT_PHASE_SETTING_UP,
                            "clearing up after a failure");
}

void dlt_trainer_heartbeat(dlt_trainer *trainer) {
    dlt_heartbeat_step(trainer->heartbeat, trainer->engine.state.step);
    dlt_heartbeat_phase(trainer->heartbeat, DLT_PHASE_BETWEEN);
    int64_t timed = trainer->timing.steps;
    bool now = timed >= TIMED_UPDATES && (timed & (timed - 1)) == 0;
    if (!now || !isnan(trainer->run->settings.train.watchdog_s))
        return;
    double median_s = dlt_timing_quantile_s(&trainer->timing, 0.5);
    dlt_watchdog_set_limit(trainer->options->watchdog,
                           fmax(DLT_WATCHDOG_LEAST_S, MEDIANS * median_s));
}
