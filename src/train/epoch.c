/* One epoch: its updates, then coverage check, validation, judgement, log and checkpoint, in this
 * order. What a single rank knows (a signal, its clock, rank 0's failure to write) travels as a
 * request with the next update, so all ranks act on it at the same update. Every other decision
 * follows from values that are equal on all ranks. A checkpoint that is due at the last update
 * waits for the end of the epoch. */
#include "train/trainer_parts.h"

#include "base/clock.h"
#include "base/error.h"
#include "comm/collectives.h"
#include "engine/metric_sums.h"

#include <math.h>

/* Rank 0's failure to write the log is kept and travels with the next update. */
static void append_record(dlt_trainer *trainer) {
    if (trainer->log != NULL && trainer->log_status == DLT_OK)
        trainer->log_status = dlt_metrics_log_append(trainer->log, &trainer->record);
}

static void begin_record(dlt_trainer *trainer) {
    const dlt_train_state *state = &trainer->engine.state;
    dlt_record_clear(&trainer->record);
    dlt_record_int(&trainer->record, "step", state->step);
    dlt_record_int(&trainer->record, "epoch", state->epoch + 1);
    dlt_record_int(&trainer->record, "samples", state->samples);
}

static void log_step(dlt_trainer *trainer, const dlt_step_result *step) {
    if (trainer->engine.state.step % trainer->run->settings.log.every_steps != 0)
        return;
    begin_record(trainer);
    dlt_record_real(&trainer->record, "loss", step->loss);
    dlt_record_real(&trainer->record, "lr", step->lr);
    append_record(trainer);
}

static bool train_metric(const dlt_trainer *trainer, dlt_metric_result *out) {
    if (trainer->engine.stepper.train_metrics == 0)
        return false;
    dlt_sums_finish(&trainer->engine.task, 0, trainer->engine.state.epoch_sums, out);
    return true;
}

static void show_step(dlt_trainer *trainer) {
    if (trainer->console.out == NULL)
        return;
    dlt_metric_result metric;
    bool has_metric = train_metric(trainer, &metric);
    int64_t done = dlt_stepper_samples_done(&trainer->engine.stepper);
    dlt_console_step(&trainer->console, done, dlt_engine_epoch_loss(&trainer->engine),
                     has_metric ? &metric : NULL);
}

/* Whether rank 0 could write everything so far. Asked before a checkpoint, too: a run that resumed
 * from it would miss the lines that were lost. */
static dlt_status agree_on_log(dlt_trainer *trainer) {
    dlt_heartbeat_phase(trainer->heartbeat, DLT_PHASE_AGREEING);
    return dlt_agree_first(trainer->comm, trainer->log_status);
}

static bool is_save_due_by_steps(const dlt_trainer *trainer) {
    int64_t every = trainer->run->settings.checkpoint.every_steps;
    return every > 0 && trainer->engine.state.step % every == 0;
}

/* What is due at the last update of an epoch waits until the epoch has been judged and logged: a
 * run that resumed from in between would do both a second time. */
static dlt_status save_if_due(dlt_trainer *trainer, const dlt_step_result *step) {
    bool due = is_save_due_by_steps(trainer) || step->save;
    if (!due || trainer->engine.state.epoch_step ==
                    dlt_batch_partition_steps(&trainer->engine.stepper.partition))
        return DLT_OK;
    DLT_TRY(agree_on_log(trainer));
    return dlt_trainer_save(trainer, true, false);
}

static dlt_status check_replicas_if_due(dlt_trainer *trainer) {
    int64_t every = trainer->run->settings.train.check_every;
    if (every == 0 || trainer->engine.state.step % every != 0 || dlt_comm_size(trainer->comm) == 1)
        return DLT_OK;
    dlt_heartbeat_phase(trainer->heartbeat, DLT_PHASE_AGREEING);
    return dlt_replicas_check(trainer->comm, &trainer->replicas, trainer->engine.state.step);
}

/* A checkpoint that is due by the clock waits until the one before is on disk. */
static bool is_save_due(dlt_trainer *trainer, double now_s) {
    if (trainer->writer == NULL)
        return false;
    dlt_writer_figures figures = dlt_writer_figures_of(trainer->writer);
    if (figures.count > 0)
        trainer->deadlines.save_cost_s = figures.last_s;
    return dlt_deadlines_save_due(&trainer->deadlines, &trainer->run->settings.checkpoint, now_s) &&
           !dlt_writer_is_busy(trainer->writer);
}

/* A signal, or a console that is closed or full: nobody would see whether the run goes well. */
static bool is_to_stop(const dlt_trainer *trainer) {
    const volatile sig_atomic_t *signal = trainer->options->stop;
    FILE *console = trainer->console.out;
    return (signal != NULL && *signal != 0) || (console != NULL && ferror(console) != 0);
}

/* Rank 0's failure to write a checkpoint takes the way of one to write the log. */
static dlt_step_requests collect_requests(dlt_trainer *trainer, double now_s) {
    const dlt_train_options *options = trainer->options;
    if (trainer->writer != NULL && trainer->log_status == DLT_OK)
        trainer->log_status = dlt_writer_poll(trainer->writer);
    return (dlt_step_requests){
        .failure = trainer->log_status,
        .stop = is_to_stop(trainer) ? 1 : 0,
        .save = is_save_due(trainer, now_s),
        .time_up = dlt_deadlines_time_up(&trainer->deadlines, options->time_limit_s, now_s)};
}

static void stop(dlt_trainer *trainer, dlt_stop_reason reason) {
    trainer->stop_reason = reason;
    trainer->stopping = true;
}

static void stop_not_finite(dlt_trainer *trainer, const dlt_step_result *step) {
    stop(trainer, DLT_STOP_NONFINITE);
    begin_record(trainer);
    dlt_record_real(&trainer->record, "loss", step->loss);
    dlt_record_real(&trainer->record, "lr", step->lr);
    append_record(trainer);
}

bool dlt_trainer_has_all_steps(const dlt_trainer *trainer) {
    const dlt_observer *observer = trainer->observer;
    return observer != NULL && observer->last_step > 0 &&
           trainer->engine.state.step >= observer->last_step;
}

static dlt_status run_step(dlt_trainer *trainer) {
    double began = dlt_clock_s();
    dlt_step_requests requests = collect_requests(trainer, began);
    dlt_step_result step;
    DLT_TRY(dlt_step(&trainer->engine.stepper, &requests, &step));
    double ended = dlt_clock_s();
    dlt_trainer_heartbeat(trainer);
    dlt_timing_add(&trainer->timing, ended - began, step.reduce_s, step.samples);
    dlt_deadlines_step(&trainer->deadlines, began, ended);
    trainer->epoch_train_s += ended - began;
    trainer->epoch_samples += step.samples;
    if (!step.finite) {
        stop_not_finite(trainer, &step);
        return DLT_OK;
    }
    log_step(trainer, &step);
    show_step(trainer);
    if (trainer->observer != NULL) {
        DLT_TRY(dlt_state_assemble(trainer->engine.strategy, &trainer->engine.state));
        trainer->observer->after_update(trainer->observer->context, &step);
    }
    if (step.stop > 0)
        stop(trainer, DLT_STOP_SIGNAL);
    else if (dlt_trainer_has_all_steps(trainer))
        stop(trainer, DLT_STOP_STEPS);
    else if (step.time_up)
        stop(trainer, DLT_STOP_TIME);
    DLT_TRY(check_replicas_if_due(trainer));
    return save_if_due(trainer, &step);
}

static void report_epoch(dlt_trainer *trainer, bool validated, bool best) {
    dlt_metric_result metric;
    bool has_metric = train_metric(trainer, &metric);
    double lr = dlt_stepper_lr(&trainer->engine.stepper);
    double time_s = dlt_clock_s() - trainer->epoch_began_s;
    double rate = dlt_fraction((double)trainer->epoch_samples, trainer->epoch_train_s);
    begin_record(trainer);
    dlt_record_real(&trainer->record, "train_loss", trainer->train_loss);
    if (has_metric) {
        char key[96];
        snprintf(key, sizeof key, "train_%s", metric.values[0].name);
        dlt_record_real(&trainer->record, key, metric.values[0].value);
    }
    if (validated)
        dlt_evaluation_record(&trainer->validation, "val", &trainer->record);
    dlt_record_real(&trainer->record, "lr", lr);
    dlt_record_real(&trainer->record, "samples_per_s", rate);
    dlt_record_real(&trainer->record, "time_s", time_s);
    append_record(trainer);
    dlt_epoch_report report = {.epoch = trainer->engine.state.epoch + 1,
                               .epochs = trainer->run->settings.train.epochs,
                               .train_loss = trainer->train_loss,
                               .train_metric = has_metric ? &metric : NULL,
                               .validation = validated ? &trainer->validation : NULL,
                               .lr = lr,
                               .samples_per_s = rate,
                               .time_s = time_s,
                               .best = best};
    dlt_console_epoch_end(&trainer->console, &report);
}

static dlt_status end_epoch(dlt_trainer *trainer) {
    dlt_epoch_end end;
    const dlt_run_settings *settings = &trainer->run->settings;
    DLT_TRY(dlt_engine_end_epoch(&trainer->engine, &trainer->validation, &end));
    trainer->train_loss = end.train_loss;
    trainer->has_validation = trainer->has_validation || end.validated;
    report_epoch(trainer, end.validated, end.best);
    DLT_TRY(agree_on_log(trainer));
    dlt_engine_next_epoch(&trainer->engine);
    int64_t every = settings->checkpoint.every_epochs;
    bool by_epochs = every > 0 && trainer->engine.state.epoch % every == 0;
    bool keep_best = settings->checkpoint.best || settings->early_stopping.restore_best;
    DLT_TRY(dlt_trainer_save(trainer, by_epochs || is_save_due_by_steps(trainer),
                             end.best && keep_best));
    if (trainer->engine.state.stopped_early && !trainer->stopping)
        stop(trainer, DLT_STOP_EARLY);
    return DLT_OK;
}

dlt_status dlt_trainer_epoch(dlt_trainer *trainer) {
    int64_t steps = dlt_batch_partition_steps(&trainer->engine.stepper.partition);
    trainer->epoch_began_s = dlt_clock_s();
    trainer->epoch_train_s = 0;
    trainer->epoch_samples = 0;
    dlt_console_epoch_begin(&trainer->console, trainer->engine.state.epoch + 1,
                            trainer->run->settings.train.epochs,
                            trainer->engine.task.train.subset.count,
                            dlt_stepper_samples_done(&trainer->engine.stepper));
    while (trainer->engine.state.epoch_step < steps && !trainer->stopping)
        DLT_TRY(run_step(trainer));
    if (trainer->engine.state.epoch_step == steps && trainer->stop_reason != DLT_STOP_NONFINITE)
        return end_epoch(trainer);
    dlt_progress_end(&trainer->console.bar, NULL);
    return agree_on_log(trainer);
}
