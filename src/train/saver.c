/* Checkpoints of a run: which one to go on from, what a resume makes of it, when one is written,
 * and the way back to the best. Rank 0 writes and looks for files; every rank reads. */
#include "train/trainer_parts.h"

#include "base/alloc.h"
#include "base/clock.h"
#include "base/error.h"
#include "base/log.h"
#include "comm/collectives.h"
#include "engine/alike.h"
#include "io/atomic_file.h"
#include "session/find_checkpoint.h"
#include "session/initial_weights.h"
#include "train/resume.h"

#include <stdarg.h>
#include <stdio.h>
#include <string.h>

/* Values that decide which optimizer states there are may change, too, as long as they are the
 * same. */
static dlt_status name_states_cause(const char *said, const char *message, dlt_status mismatch) {
    static const char *const causes[] = {"changed    optimizer.", "changed    train.ema",
                                         "changed    data.transform", "changed    loss"};
    static const char prefix[] = "changed    ";
    for (size_t i = 0; i < sizeof causes / sizeof causes[0]; i++) {
        const char *line = strstr(said, causes[i]);
        if (line == NULL)
            continue;
        line += sizeof prefix - 1;
        const char *end = strstr(line, " from here on");
        return dlt_fail(mismatch, "%.600s: %.*s", message,
                        end != NULL ? (int)(end - line) : (int)strcspn(line, "\n"), line);
    }
    return mismatch;
}

/* What does not fit is a consequence of what has changed in the run file, which says it better. */
static dlt_status explain_mismatch(const dlt_trainer *trainer, const char *path,
                                   dlt_status mismatch) {
    char message[DLT_ERROR_MESSAGE_BYTES];
    char trace[DLT_ERROR_TRACE_BYTES];
    dlt_snapshot *stored = NULL;
    dlt_resume_change change = {.said = DLT_TEXT_EMPTY};
    snprintf(message, sizeof message, "%s", dlt_error_message());
    snprintf(trace, sizeof trace, "%s", dlt_error_trace());
    dlt_status status = dlt_snapshot_create(&stored);
    if (status == DLT_OK)
        status = dlt_checkpoint_read_state(trainer->engine.task.h5_lock, path, stored);
    if (status == DLT_OK)
        status = dlt_resume_compare(trainer->run, path, stored->run_file, &change);
    if (status != DLT_ERR_MISMATCH)
        dlt_error_adopt(message, trace);
    if (status == DLT_OK)
        mismatch = name_states_cause(dlt_text_of(&change.said), message, mismatch);
    dlt_resume_destroy(&change);
    dlt_snapshot_destroy(&stored);
    return mismatch;
}

/* The tensors of a checkpoint, its values, and the snapshot that has both. */
static dlt_status load_here(dlt_trainer *trainer, const char *path, dlt_snapshot **snapshot) {
    DLT_TRY(dlt_state_snapshot(&trainer->engine.task, trainer->engine.strategy,
                               &trainer->engine.state, snapshot));
    dlt_status status = dlt_checkpoint_load(trainer->engine.task.h5_lock, path, *snapshot);
    if (status == DLT_ERR_MISMATCH)
        status = explain_mismatch(trainer, path, status);
    return status;
}

static dlt_status resume_here(dlt_trainer *trainer, const char *path, bool best_is_lost,
                              dlt_resume_change *change, uint64_t *contents) {
    dlt_snapshot *snapshot = NULL;
    dlt_status status = load_here(trainer, path, &snapshot);
    if (status == DLT_OK)
        *contents = snapshot->contents;
    if (status == DLT_OK)
        status = dlt_resume_compare(trainer->run, path, snapshot->run_file, change);
    if (status == DLT_OK)
        status = dlt_state_adopt(trainer->engine.strategy, snapshot, &trainer->engine.state);
    if (status == DLT_OK)
        dlt_resume_apply(&trainer->engine.task, snapshot, best_is_lost, change,
                         &trainer->engine.state);
    dlt_snapshot_destroy(&snapshot);
    return status;
}

/* Whether the best weights are asked for and not there. Rank 0 looks for all. */
static dlt_status look_for_best(const dlt_trainer *trainer, bool *lost) {
    const dlt_run_settings *settings = &trainer->run->settings;
    int64_t missing = 0;
    dlt_status status = DLT_OK;
    if (dlt_comm_rank(trainer->comm) == 0 &&
        (settings->checkpoint.best || settings->early_stopping.restore_best)) {
        char *path = dlt_checkpoint_best_path(trainer->folder.checkpoints);
        status = path != NULL ? DLT_OK : DLT_ERR_MEM;
        missing = path != NULL && !dlt_path_exists(path);
        dlt_free(path);
    }
    DLT_TRY(dlt_agree_first(trainer->comm, status));
    DLT_TRY(dlt_broadcast(trainer->comm, &missing, (int64_t)sizeof missing));
    *lost = missing != 0;
    return DLT_OK;
}

static void say_threads(dlt_trainer *trainer) {
    int64_t before = trainer->engine.state.threads_before;
    if (before != 0 && before != trainer->engine.task.placement.threads)
        dlt_console_note(
            &trainer->console,
            "note       the checkpoint was computed with %lld thread%s per rank, and this run has "
            "%d: the bits may differ from those of a run that was not interrupted",
            (long long)before, before == 1 ? "" : "s", trainer->engine.task.placement.threads);
}

/* Without a console, as in a verification, as a warning of the log: what is stored has got another
 * meaning. */
__attribute__((format(printf, 3, 4))) static void say(dlt_trainer *trainer, const char *label,
                                                      const char *format, ...) {
    char text[DLT_ERROR_MESSAGE_BYTES];
    va_list arguments;
    va_start(arguments, format);
    vsnprintf(text, sizeof text, format, arguments);
    va_end(arguments);
    if (trainer->console.out != NULL)
        dlt_console_note(&trainer->console, "%-10s %s", label, text);
    else if (dlt_comm_rank(trainer->comm) == 0)
        dlt_log(DLT_LOG_WARNING, "resumed: %s", text);
}

static void say_changes(dlt_trainer *trainer, const dlt_resume_change *change) {
    static const char changed[] = "changed    ";
    const char *line = dlt_text_of(&change->said);
    for (size_t bytes = strcspn(line, "\n"); bytes >= sizeof changed; bytes = strcspn(line, "\n")) {
        const int skipped = (int)sizeof changed - 1;
        say(trainer, "changed", "%.*s", (int)bytes - skipped, line + skipped);
        line += bytes + 1;
    }
    if (change->effects & DLT_RESUME_BEST)
        say(trainer, "anew", "the best value and patience begin anew: %s", change->cause);
    else if (change->effects & DLT_RESUME_PATIENCE)
        say(trainer, "anew", "patience is counted anew: %s", change->cause);
    if (change->best_is_lost)
        say(trainer, "anew", "the best value begins anew: best.h5 is not there");
    if (change->effects & DLT_RESUME_SUMS && trainer->engine.state.epoch_step > 0)
        say(trainer, "anew", "loss and metric of epoch %lld are those of its rest",
            (long long)trainer->engine.state.epoch + 1);
    if (change->effects & DLT_RESUME_SCHEDULE)
        say(trainer, "anew", "the schedule's state begins anew");
    if (!dlt_trainer_has_work(trainer))
        dlt_console_note(&trainer->console, "note       nothing is left to train");
    if (change->had_stopped && !trainer->engine.state.stopped_early)
        say(trainer, "goes on", "it had stopped after %lld validations without improvement",
            (long long)change->stalled);
}

/* What only some ranks refuse is no matter of the run file: their machines have another file,
 * perhaps an old one that a network file system remembers for a while. */
static dlt_status tell_lasting(const dlt_comm *comm, dlt_status here, dlt_status all) {
    int64_t some_accept = 0;
    DLT_TRY(dlt_max_int(comm, here == DLT_OK, &some_accept));
    return some_accept != 0 ? DLT_ERR_IO : all;
}

dlt_status dlt_trainer_resume(dlt_trainer *trainer) {
    char path[DLT_PATH_BYTES];
    bool best_is_lost = false;
    uint64_t contents = 0;
    dlt_resume_change change = {.said = DLT_TEXT_EMPTY};
    DLT_TRY(dlt_newest_checkpoint(trainer->comm, &trainer->folder, path));
    if (path[0] == '\0') {
        dlt_console_note(&trainer->console, "note       %s has no checkpoint yet; starting anew",
                         trainer->folder.root);
        return DLT_OK;
    }
    DLT_TRY(look_for_best(trainer, &best_is_lost));
    const dlt_status here = resume_here(trainer, path, best_is_lost, &change, &contents);
    dlt_status status = dlt_agree(trainer->comm, here);
    if (status == DLT_OK)
        status = dlt_contents_check_alike(trainer->comm, path, contents);
    else
        status = tell_lasting(trainer->comm, here, status);
    if (status == DLT_OK) {
        trainer->saved_step = trainer->engine.state.step;
        dlt_console_note(&trainer->console, "resumed    update %lld, epoch %lld, from %s",
                         (long long)trainer->engine.state.step,
                         (long long)trainer->engine.state.epoch + 1, path);
        say_changes(trainer, &change);
        say_threads(trainer);
    }
    dlt_resume_destroy(&change);
    return status;
}

dlt_status dlt_trainer_init_from(dlt_trainer *trainer) {
    char path[DLT_PATH_BYTES];
    dlt_init_report report = {0};
    if (trainer->run->settings.train.init_from == NULL)
        return DLT_OK;
    dlt_status status = dlt_engine_init_from(&trainer->engine, path, &report);
    if (status == DLT_OK) {
        dlt_console_note(&trainer->console, "init_from  %lld of %lld parameters from %s%s%s",
                         (long long)report.taken_count, (long long)report.count, path,
                         report.left.used > 0 ? ": " : "",
                         report.left.used > 0 ? dlt_text_of(&report.taken) : "");
        if (report.left.used > 0)
            dlt_console_note(&trainer->console, "           initialised afresh: it has %s",
                             dlt_text_of(&report.left));
        if (report.statistics > 0)
            dlt_console_note(
                &trainer->console, "           %lld of %lld running statistics%s",
                (long long)report.taken_statistics, (long long)report.statistics,
                report.taken_statistics < report.statistics ? "; the others begin afresh" : "");
    }
    dlt_init_report_destroy(&report);
    return status;
}

/* All ranks hold the same parameters, so all see the same. */
static bool stop_if_not_finite(dlt_trainer *trainer) {
    if (dlt_state_is_finite(&trainer->engine.task))
        return false;
    trainer->stop_reason = DLT_STOP_NONFINITE;
    trainer->stopping = true;
    return true;
}

static dlt_status submit_here(dlt_trainer *trainer, const dlt_writer_order *order) {
    dlt_snapshot *snapshot = NULL;
    DLT_TRY(dlt_folder_still_own(&trainer->folder));
    DLT_TRY(dlt_state_snapshot(&trainer->engine.task, NULL, &trainer->engine.state, &snapshot));
    return dlt_writer_submit(trainer->writer, &snapshot, order);
}

static dlt_status submit(dlt_trainer *trainer, const dlt_writer_order *order) {
    DLT_TRY(dlt_coverage_merge(trainer->comm, &trainer->engine.stepper.coverage,
                               &trainer->engine.state.coverage));
    DLT_TRY(dlt_state_assemble(trainer->engine.strategy, &trainer->engine.state));
    dlt_status status = DLT_OK;
    if (dlt_comm_rank(trainer->comm) == 0)
        status = submit_here(trainer, order);
    dlt_state_forget(trainer->engine.strategy, &trainer->engine.state);
    return dlt_agree_first(trainer->comm, status);
}

dlt_status dlt_trainer_save(dlt_trainer *trainer, bool generation, bool best) {
    dlt_writer_order order = {.step = trainer->engine.state.step,
                              .generation =
                                  generation && trainer->saved_step != trainer->engine.state.step,
                              .best = best};
    if (!(order.generation || best) || stop_if_not_finite(trainer))
        return DLT_OK;
    double began = dlt_clock_s();
    dlt_heartbeat_phase(trainer->heartbeat, DLT_PHASE_SAVING);
    DLT_TRY(submit(trainer, &order));
    dlt_heartbeat_phase(trainer->heartbeat, DLT_PHASE_BETWEEN);
    trainer->save_stall_s += dlt_clock_s() - began;
    if (order.generation) {
        trainer->saved_step = trainer->engine.state.step;
        trainer->deadlines.saved_s = began;
    }
    return DLT_OK;
}

dlt_status dlt_trainer_finish_saving(dlt_trainer *trainer) {
    dlt_status status = DLT_OK;
    double began = dlt_clock_s();
    dlt_heartbeat_phase(trainer->heartbeat, DLT_PHASE_SAVING);
    if (trainer->writer != NULL) {
        dlt_writer_settle(trainer->writer);
        status = dlt_writer_poll(trainer->writer);
    }
    DLT_TRY(dlt_agree_first(trainer->comm, status));
    trainer->save_stall_s += dlt_clock_s() - began;
    return DLT_OK;
}

static dlt_status restore_here(dlt_trainer *trainer, const char *path, uint64_t *contents) {
    dlt_snapshot *snapshot = NULL;
    dlt_status status = load_here(trainer, path, &snapshot);
    if (status == DLT_OK)
        *contents = snapshot->contents;
    if (status == DLT_OK)
        status = dlt_state_adopt(trainer->engine.strategy, snapshot, &trainer->engine.state);
    dlt_snapshot_destroy(&snapshot);
    return status;
}

/* A run that was killed after it had written a better one, and was resumed with other settings, may
 * have the best of updates that this run never made. */
dlt_status dlt_trainer_restore_best(dlt_trainer *trainer) {
    int64_t step = -1;
    uint64_t contents = 0;
    char *path = dlt_checkpoint_best_path(trainer->folder.checkpoints);
    dlt_status status = dlt_agree(trainer->comm, path != NULL ? DLT_OK : DLT_ERR_MEM);
    if (status == DLT_OK)
        status = dlt_recorded_step(trainer->comm, path, &step);
    bool is_own = step == trainer->engine.state.best_step;
    if (status == DLT_OK && is_own)
        status = dlt_agree(trainer->comm, restore_here(trainer, path, &contents));
    if (status == DLT_OK && is_own)
        status = dlt_contents_check_alike(trainer->comm, path, contents);
    dlt_free(path);
    DLT_TRY(status);
    if (is_own)
        dlt_console_note(&trainer->console, "restored   the best weights, of update %lld",
                         (long long)trainer->engine.state.step);
    else
        dlt_console_note(&trainer->console,
                         "note       best.h5 has update %lld, but the best of this run was %lld: "
                         "the last weights are kept",
                         (long long)step, (long long)trainer->engine.state.best_step);
    return DLT_OK;
}
