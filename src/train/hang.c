/* What the watchdog of a training run is told, and what it says of where a rank stands. */
#include "train/trainer_parts.h"

#include "base/error.h"
#include "comm/collectives.h"

#include <math.h>
#include <stdio.h>

static const double LEAST_LIMIT_S = 60;
static const double MEDIANS = 20;
/* Until some updates have been timed: the first one of a large model builds much. */
static const double FIRST_LIMIT_S = 600;
enum { TIMED_UPDATES = 4 };

static void describe_reading(const dlt_trainer *trainer, char *out, size_t bytes) {
    const char *path = dlt_dataset_reading(trainer->problem.train.data);
    if (path != NULL)
        snprintf(out, bytes, "reading %s", path);
    else
        snprintf(out, bytes, "waiting for data");
}

static void describe_place(void *context, char *out, size_t bytes) {
    const dlt_trainer *trainer = context;
    long long next = atomic_load(&trainer->marks.step) + 1;
    switch ((dlt_phase)atomic_load(&trainer->marks.phase)) {
    case DLT_PHASE_READING:
        describe_reading(trainer, out, bytes);
        break;
    case DLT_PHASE_COMPUTING:
        snprintf(out, bytes, "computing node %s in update %lld",
                 dlt_model_node_at(trainer->problem.model), next);
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
    case DLT_PHASE_BETWEEN:
        snprintf(out, bytes, "between updates %lld and %lld", next - 1, next);
        break;
    }
}

static dlt_status create_here(dlt_trainer *trainer) {
    double asked = trainer->run->settings.train.watchdog_s;
    const dlt_watchdog_options options = {.folder = trainer->folder.root,
                                          .rank = dlt_comm_rank(trainer->comm),
                                          .size = dlt_comm_size(trainer->comm),
                                          .limit_s = isnan(asked) ? FIRST_LIMIT_S : asked,
                                          .marks = &trainer->marks,
                                          .describe = describe_place,
                                          .describe_context = trainer,
                                          .on_hang = trainer->options->on_hang,
                                          .hang_context = trainer->options->hang_context};
    return dlt_watchdog_create(&options, &trainer->watchdog);
}

dlt_status dlt_trainer_start_watchdog(dlt_trainer *trainer) {
    atomic_store(&trainer->marks.step, trainer->state.step);
    if (trainer->options->on_hang == NULL || trainer->run->settings.train.watchdog_s == 0)
        return DLT_OK;
    if (dlt_comm_rank(trainer->comm) == 0)
        dlt_watchdog_clear(trainer->folder.root);
    DLT_TRY(dlt_barrier(trainer->comm));
    return dlt_agree(trainer->comm, create_here(trainer));
}

void dlt_trainer_mark_step(dlt_trainer *trainer) {
    dlt_mark_step(&trainer->marks, trainer->state.step);
    dlt_mark_phase(&trainer->marks, DLT_PHASE_BETWEEN);
    int64_t timed = trainer->timing.steps;
    bool now = timed >= TIMED_UPDATES && (timed & (timed - 1)) == 0;
    if (trainer->watchdog == NULL || !now || !isnan(trainer->run->settings.train.watchdog_s))
        return;
    double median_s = dlt_timing_quantile_s(&trainer->timing, 0.5);
    dlt_watchdog_set_limit(trainer->watchdog, fmax(LEAST_LIMIT_S, MEDIANS * median_s));
}
