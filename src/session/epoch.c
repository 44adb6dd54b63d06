/* The end of an epoch in the order that resumed runs depend on: coverage check, validation,
 * judgement. Losses and metrics are equal on all ranks, and so is every decision. */
#include "session/epoch.h"

#include "base/error.h"
#include "dltrain/extend/schedule.h"
#include "engine/ema.h"
#include "engine/metric_sums.h"
#include "engine/objectives.h"
#include "session/monitor.h"

dlt_status dlt_engine_evaluate(dlt_engine *engine, const dlt_task_split *split,
                               dlt_evaluation *out) {
    const dlt_evaluation_options options = {
        .task = &engine->task, .split = split, .heartbeat = engine->task.heartbeat};
    DLT_TRY(dlt_ema_exchange(engine->strategy, &engine->state));
    dlt_status status = dlt_evaluate_split(&options, out);
    DLT_TRY(dlt_ema_exchange(engine->strategy, &engine->state));
    return status;
}

double dlt_engine_epoch_loss(const dlt_engine *engine) {
    return dlt_objectives_total(&engine->task, engine->state.epoch_sums);
}

/* All ranks hold the same merged checksum, so all see the same. */
static dlt_status balance_coverage(dlt_engine *engine) {
    dlt_train_state *state = &engine->state;
    dlt_heartbeat_phase(engine->task.heartbeat, DLT_PHASE_AGREEING);
    DLT_TRY(dlt_coverage_merge(engine->comm, &engine->stepper.coverage, &state->coverage));
    return dlt_coverage_check(&state->coverage, &engine->full_epoch, state->epoch + 1);
}

static dlt_status validate(dlt_engine *engine, dlt_evaluation *validation, bool *validated) {
    const dlt_train_settings *train = &engine->task.run->settings.train;
    const int64_t epoch = engine->state.epoch + 1;
    *validated = engine->task.validation.data != NULL &&
                 (epoch == train->epochs || epoch % train->validate_every == 0);
    if (!*validated)
        return DLT_OK;
    dlt_evaluation_destroy(validation);
    return dlt_engine_evaluate(engine, &engine->task.validation, validation);
}

/* Best weights, early stopping and the plateau schedule look at the same value. */
static dlt_status judge(dlt_engine *engine, const dlt_evaluation *validation, dlt_epoch_end *end) {
    const dlt_run *run = engine->task.run;
    dlt_monitor_input input = {.train_loss = end->train_loss,
                               .validation = end->validated ? validation : NULL,
                               .has_validation_data = engine->task.validation.data != NULL};
    bool found = false;
    double value = 0;
    bool higher_is_better = false;
    DLT_TRY(dlt_monitor_value(run, &input, &found, &value, &higher_is_better));
    if (!found)
        return DLT_OK;
    dlt_monitor_update(run, value, higher_is_better, &engine->state, &end->best);
    const dlt_selection *schedule = &run->settings.schedule;
    const dlt_schedule_ops *ops = (const dlt_schedule_ops *)(const void *)schedule->kind;
    if (ops != NULL && ops->observe != NULL)
        ops->observe(schedule->settings, value, !higher_is_better, engine->state.schedule);
    return DLT_OK;
}

dlt_status dlt_engine_end_epoch(dlt_engine *engine, dlt_evaluation *validation,
                                dlt_epoch_end *out) {
    *out = (dlt_epoch_end){.train_loss = dlt_engine_epoch_loss(engine)};
    if (engine->loader != NULL)
        DLT_TRY(balance_coverage(engine));
    DLT_TRY(validate(engine, validation, &out->validated));
    return judge(engine, validation, out);
}

void dlt_engine_next_epoch(dlt_engine *engine) {
    dlt_train_state *state = &engine->state;
    state->epoch++;
    state->epoch_step = 0;
    for (int i = 0; i < DLT_TRAINING_SUMS_MAX; i++)
        state->epoch_sums[i] = 0;
    state->coverage = (dlt_coverage){0};
}
