/* A training run from its folder to its summary: set-up, epochs, conclusion. The set-up alternates
 * work that may fail on one rank with agreements, and writes nothing before all that the run needs
 * is there. */
#include "dltrain/trainer.h"

#include "base/clock.h"
#include "base/error.h"
#include "comm/alike.h"
#include "comm/collectives.h"
#include "engine/alike.h"
#include "engine/metric_sums.h"
#include "run/replaced.h"
#include "session/find_checkpoint.h"
#include "session/monitor.h"
#include "train/trainer_parts.h"

#include <math.h>
#include <stdio.h>

static dlt_status name_folder(dlt_trainer *trainer) {
    char root[4096];
    if (trainer->options->out != NULL)
        return dlt_folder_name(trainer->options->out, &trainer->folder);
    int length = snprintf(root, sizeof root, "runs/%s", trainer->run->settings.name);
    if (length < 0 || (size_t)length >= sizeof root)
        return dlt_fail(DLT_ERR_ARG, "the run's name is too long");
    return dlt_folder_name(root, &trainer->folder);
}

static dlt_status create_task(dlt_trainer *trainer) {
    dlt_task_options options = {
        .run = trainer->run, .training = true, .heartbeat = trainer->heartbeat};
    bool per_rank = trainer->run->settings.train.micro_batch == DLT_MICRO_BATCH_PER_RANK;
    bool any_threads = trainer->run->settings.train.threads == DLT_THREADS_AUTO;
    if (trainer->options->resume && (per_rank || any_threads)) {
        char path[DLT_PATH_BYTES];
        DLT_TRY(dlt_newest_checkpoint(trainer->comm, &trainer->folder, path));
        if (path[0] != '\0' && per_rank)
            DLT_TRY(dlt_recorded_micro_batch(trainer->comm, path, &options.micro_batch));
        if (path[0] != '\0' && any_threads)
            DLT_TRY(dlt_recorded_threads(trainer->comm, path, &options.threads));
    }
    return dlt_engine_open(&trainer->engine, &options);
}

static dlt_status open_log(dlt_trainer *trainer) {
    dlt_status status = DLT_OK;
    if (dlt_comm_rank(trainer->comm) == 0)
        status = dlt_metrics_log_open(trainer->folder.metrics,
                                      trainer->options->resume ? trainer->engine.state.step : -1,
                                      &trainer->log);
    return dlt_agree_first(trainer->comm, status);
}

static dlt_status start_state(dlt_trainer *trainer) {
    const dlt_engine_options options = {.whole_gradients = trainer->observer != NULL};
    DLT_TRY(dlt_engine_start(&trainer->engine, &options));
    if (trainer->options->resume)
        DLT_TRY(dlt_trainer_resume(trainer));
    if (trainer->saved_step < 0)
        DLT_TRY(dlt_trainer_init_from(trainer));
    return dlt_start_check_alike(&trainer->engine.task);
}

static dlt_status start_deadlines(dlt_trainer *trainer) {
    dlt_snapshot *all = NULL;
    DLT_TRY(dlt_state_snapshot(&trainer->engine.task, NULL, &trainer->engine.state, &all));
    dlt_deadlines deadlines = dlt_deadlines_make(dlt_clock_s(), dlt_snapshot_bytes(all));
    dlt_snapshot_destroy(&all);
    deadlines.began_s = trainer->deadlines.began_s;
    trainer->deadlines = deadlines;
    return DLT_OK;
}

static dlt_status start_replicas(dlt_trainer *trainer) {
    dlt_snapshot *tensors = NULL;
    DLT_TRY(dlt_state_held_by_all(&trainer->engine.task, trainer->engine.strategy,
                                  &trainer->engine.state, &tensors));
    return dlt_replicas_create(&tensors, &trainer->replicas);
}

static dlt_status start_checks(dlt_trainer *trainer) {
    DLT_TRY(start_deadlines(trainer));
    return start_replicas(trainer);
}

/* Rank 0 writes for all. */
static dlt_status start_writer(dlt_trainer *trainer) {
    const dlt_checkpoint_settings *settings = &trainer->run->settings.checkpoint;
    const dlt_writer_options options = {.h5_lock = trainer->engine.task.h5_lock,
                                        .folder = trainer->folder.checkpoints,
                                        .keep = settings->keep,
                                        .async = settings->async};
    dlt_status status = DLT_OK;
    if (dlt_comm_rank(trainer->comm) == 0)
        status = dlt_writer_create(&options, &trainer->writer);
    return dlt_agree_first(trainer->comm, status);
}

static dlt_status begin_observation(dlt_trainer *trainer) {
    const dlt_observer *observer = trainer->observer;
    if (observer == NULL)
        return DLT_OK;
    DLT_TRY(dlt_state_assemble(trainer->engine.strategy, &trainer->engine.state));
    return dlt_agree(trainer->comm, observer->begin(observer->context, &trainer->engine.task,
                                                    &trainer->engine.state));
}

static void set_up_for(const dlt_trainer *trainer, const char *words) {
    dlt_heartbeat_doing(trainer->heartbeat, DLT_PHASE_SETTING_UP, words);
}

static void note_put_back(dlt_trainer *trainer) {
    dlt_console_note(
        &trainer->console,
        "note       %s holds the earlier run again, because the one that was to replace "
        "it ended before its first checkpoint",
        trainer->folder.root);
}

/* A verification owns its folder already. */
static dlt_status own_folder(dlt_trainer *trainer) {
    const dlt_folder_claim claim = {.heartbeat = trainer->heartbeat,
                                    .stop = trainer->options->stop};
    bool put_back = false;
    DLT_TRY(dlt_agree(trainer->comm, name_folder(trainer)));
    if (trainer->observer != NULL)
        return DLT_OK;
    DLT_TRY(dlt_folder_own(trainer->comm, &claim, &trainer->folder, &put_back));
    if (put_back)
        note_put_back(trainer);
    return DLT_OK;
}

/* A resumed run with nothing left to train leaves config.yaml as it was: no weight comes of the new
 * one. */
bool dlt_trainer_has_work(const dlt_trainer *trainer) {
    return !trainer->engine.state.stopped_early && !dlt_trainer_has_all_steps(trainer) &&
           trainer->engine.state.epoch < trainer->run->settings.train.epochs;
}

/* A fresh run removes the one that it replaces, which may have its own data or first weights. */
static dlt_status check_inputs(const dlt_trainer *trainer) {
    dlt_status status = DLT_OK;
    if (trainer->options->resume)
        return DLT_OK;
    if (dlt_comm_rank(trainer->comm) == 0)
        status = dlt_run_files_check(&trainer->folder,
                                     dlt_h5_lock_has_read(trainer->engine.task.h5_lock));
    return dlt_agree_first(trainer->comm, status);
}

/* Nothing is written, and no earlier run removed, before everything that this run needs is there.
 */
static dlt_status set_up(dlt_trainer *trainer) {
    const dlt_train_options *options = trainer->options;
    set_up_for(trainer, "looking at the run folder");
    DLT_TRY(own_folder(trainer));
    DLT_TRY(dlt_folder_check(trainer->comm, &trainer->folder, options->resume, options->overwrite));
    DLT_TRY(create_task(trainer));
    DLT_TRY(dlt_agree(trainer->comm, dlt_monitor_check(&trainer->engine.task)));
    dlt_console_heading(&trainer->console, &trainer->engine.task);
    set_up_for(trainer, options->resume ? "reading the checkpoint" : "making the initial state");
    DLT_TRY(start_state(trainer));
    DLT_TRY(check_inputs(trainer));
    DLT_TRY(dlt_agree(trainer->comm, start_checks(trainer)));
    DLT_TRY(start_writer(trainer));
    DLT_TRY(dlt_engine_load(&trainer->engine));
    set_up_for(trainer, "writing to the run folder");
    trainer->owns_folder = !options->resume;
    DLT_TRY(
        dlt_folder_prepare(trainer->comm, &trainer->folder,
                           !options->resume || dlt_trainer_has_work(trainer) ? trainer->run : NULL,
                           options->overwrite, trainer->observer == NULL));
    DLT_TRY(open_log(trainer));
    return begin_observation(trainer);
}

/* A run that failed before its first checkpoint has nothing to go on from: its folder would only
 * be in the way of the next start. What it was to replace stays then. */
static void leave_folder(dlt_trainer *trainer, dlt_status status) {
    if (trainer->writer == NULL || !trainer->owns_folder)
        return;
    dlt_writer_settle(trainer->writer);
    bool useless = status != DLT_OK && dlt_writer_figures_of(trainer->writer).count == 0;
    if (useless && !dlt_replaced_is_there(&trainer->folder))
        dlt_folder_discard(&trainer->folder);
    else if (dlt_folder_settle(&trainer->folder))
        note_put_back(trainer);
}

static dlt_status run_epochs(dlt_trainer *trainer) {
    trainer->stopping = trainer->engine.state.stopped_early;
    if (trainer->stopping)
        trainer->stop_reason = DLT_STOP_EARLY;
    if (dlt_trainer_has_all_steps(trainer)) {
        trainer->stop_reason = DLT_STOP_STEPS;
        trainer->stopping = true;
    }
    while (trainer->engine.state.epoch < trainer->run->settings.train.epochs && !trainer->stopping)
        DLT_TRY(dlt_trainer_epoch(trainer));
    trainer->steps_done = trainer->engine.state.step;
    trainer->epochs_done = trainer->engine.state.epoch;
    if (trainer->stop_reason != DLT_STOP_NONFINITE)
        DLT_TRY(dlt_trainer_save(trainer, true, false));
    return dlt_trainer_finish_saving(trainer);
}

static const char *class_names(const dlt_trainer *trainer) {
    return dlt_dataset_facts_of(trainer->engine.task.train.data)->class_names;
}

static dlt_status evaluate_restored(dlt_trainer *trainer) {
    if (!trainer->run->settings.early_stopping.restore_best ||
        isnan(trainer->engine.state.best_value))
        return DLT_OK;
    DLT_TRY(dlt_trainer_restore_best(trainer));
    if (trainer->engine.task.validation.data == NULL)
        return DLT_OK;
    dlt_evaluation_destroy(&trainer->validation);
    trainer->has_validation = true;
    return dlt_engine_evaluate(&trainer->engine, &trainer->engine.task.validation,
                               &trainer->validation);
}

static dlt_status test(dlt_trainer *trainer) {
    if (trainer->engine.task.test.data == NULL)
        return DLT_OK;
    DLT_TRY(dlt_engine_evaluate(&trainer->engine, &trainer->engine.task.test, &trainer->test));
    trainer->has_test = true;
    return dlt_agree_first(trainer->comm,
                           dlt_console_evaluation(&trainer->console, "test", trainer->folder.root,
                                                  &trainer->test, class_names(trainer)));
}

/* A stopped run has no time left for the test data, a diverged one no use for it. */
static bool is_complete(const dlt_trainer *trainer) {
    return trainer->stop_reason == DLT_STOP_FINISHED || trainer->stop_reason == DLT_STOP_EARLY;
}

static dlt_status conclude(dlt_trainer *trainer, dlt_train_result *result) {
    if (is_complete(trainer)) {
        DLT_TRY(evaluate_restored(trainer));
        DLT_TRY(test(trainer));
    }
    dlt_heartbeat_phase(trainer->heartbeat, DLT_PHASE_SAVING);
    DLT_TRY(dlt_trainer_summarise(trainer, result));
    bool goes_on = result->stop_reason == DLT_STOP_SIGNAL || result->stop_reason == DLT_STOP_TIME;
    static const char *const ends[] = {
        [DLT_STOP_FINISHED] = "finished",          [DLT_STOP_EARLY] = "stopped early",
        [DLT_STOP_SIGNAL] = "stopped by a signal", [DLT_STOP_TIME] = "stopped at the time limit",
        [DLT_STOP_STEPS] = "stopped as asked",     [DLT_STOP_NONFINITE] = "diverged"};
    dlt_console_note(&trainer->console, "%s after %lld update%s, state %s, results in %s%s",
                     ends[result->stop_reason], (long long)result->steps,
                     result->steps == 1 ? "" : "s", result->state_hash, trainer->folder.root,
                     goes_on ? "; go on with --resume" : "");
    return DLT_OK;
}

static void tear_down(dlt_trainer *trainer) {
    dlt_writer_destroy(&trainer->writer);
    dlt_replicas_destroy(&trainer->replicas);
    dlt_metrics_log_close(&trainer->log);
    dlt_record_destroy(&trainer->record);
    dlt_evaluation_destroy(&trainer->validation);
    dlt_evaluation_destroy(&trainer->test);
    dlt_engine_destroy(&trainer->engine);
    dlt_folder_destroy(&trainer->folder);
}

static dlt_status train_on(const dlt_comm *comm, dlt_run *run, const dlt_train_options *options,
                           const dlt_observer *observer, dlt_train_result *result) {
    dlt_trainer trainer = {.run = run,
                           .options = options,
                           .observer = observer,
                           .heartbeat = dlt_watchdog_heartbeat(options->watchdog),
                           .deadlines = {.began_s = dlt_clock_s()},
                           .saved_step = -1,
                           .train_loss = NAN,
                           .stop_reason = DLT_STOP_FINISHED};
    DLT_TRY(dlt_engine_arrange(comm, run, &trainer.engine));
    trainer.comm = trainer.engine.comm;
    trainer.console = dlt_console_make(trainer.comm, options->console, options->is_terminal);
    dlt_status status = set_up(&trainer);
    const bool has_begun = status == DLT_OK;
    if (has_begun) {
        dlt_trainer_begin_watch(&trainer);
        status = run_epochs(&trainer);
    }
    if (status == DLT_OK)
        status = conclude(&trainer, result);
    result->has_begun = has_begun;
    dlt_trainer_end_watch(&trainer, status);
    leave_folder(&trainer, status);
    tear_down(&trainer);
    return status;
}

/* The command has compared them already; other programs have not. */
static dlt_status check_options_alike(const dlt_comm *comm, const dlt_train_options *options) {
    dlt_text facts = DLT_TEXT_EMPTY;
    dlt_text_add(&facts, "the run folder\t%s\n", options->out != NULL ? options->out : "runs/NAME");
    dlt_text_add(&facts, "%s%s", options->resume ? "resume\n" : "",
                 options->overwrite ? "overwrite\n" : "");
    return dlt_check_facts(comm, DLT_FACT_START, &facts);
}

dlt_status dlt_train_observed(const dlt_comm *comm, dlt_run *run, const dlt_train_options *options,
                              const dlt_observer *observer, dlt_train_result *result) {
    result->has_begun = false;
    dlt_watchdog_join(options->watchdog, comm);
    dlt_heartbeat_doing(dlt_watchdog_heartbeat(options->watchdog), DLT_PHASE_SETTING_UP,
                        "arranging the ranks");
    DLT_TRY(dlt_run_check_alike(comm, run));
    DLT_TRY(check_options_alike(comm, options));
    return train_on(comm, run, options, observer, result);
}

dlt_status dlt_train(const dlt_comm *comm, dlt_run *run, const dlt_train_options *options,
                     dlt_train_result *result) {
    return dlt_train_observed(comm, run, options, NULL, result);
}
