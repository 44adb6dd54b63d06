#include "train/saver.h"

#include "train/trainer_parts.h"

#include "base/alloc.h"
#include "base/clock.h"
#include "base/error.h"
#include "comm/collectives.h"

#include <string.h>

dlt_status dlt_newest_checkpoint(const dlt_comm *comm, const dlt_folder *folder,
                                 char path[DLT_PATH_BYTES]) {
    dlt_status status = DLT_OK;
    memset(path, 0, DLT_PATH_BYTES);
    if (dlt_comm_rank(comm) == 0) {
        char *found = NULL;
        status = dlt_checkpoint_latest(folder->checkpoints, &found);
        if (status == DLT_OK && found != NULL && strlen(found) >= DLT_PATH_BYTES)
            status = dlt_fail(DLT_ERR_ARG, "the path %s is too long", found);
        else if (status == DLT_OK && found != NULL)
            memcpy(path, found, strlen(found) + 1);
        dlt_free(found);
    }
    DLT_TRY(dlt_agree_first(comm, status));
    return dlt_broadcast(comm, path, DLT_PATH_BYTES);
}

/* 0 where an older checkpoint lacks it. */
static dlt_status read_value(const char *checkpoint, const char *name, int64_t *out) {
    dlt_h5_gate *gate = NULL;
    dlt_snapshot *snapshot = NULL;
    dlt_status status = dlt_h5_gate_create(&gate);
    if (status == DLT_OK)
        status = dlt_snapshot_create(&snapshot);
    if (status == DLT_OK)
        status = dlt_checkpoint_read_state(gate, checkpoint, snapshot);
    if (status == DLT_OK && dlt_snapshot_has(snapshot, name))
        status = dlt_snapshot_get_int(snapshot, name, out);
    dlt_snapshot_destroy(&snapshot);
    dlt_h5_gate_destroy(&gate);
    return status;
}

static dlt_status read_recorded(const dlt_comm *comm, const char *checkpoint, const char *name,
                                int64_t *out) {
    *out = 0;
    dlt_status status = dlt_comm_rank(comm) == 0 ? read_value(checkpoint, name, out) : DLT_OK;
    DLT_TRY(dlt_agree_first(comm, status));
    return dlt_broadcast(comm, out, (int64_t)sizeof *out);
}

dlt_status dlt_recorded_micro_batch(const dlt_comm *comm, const char *checkpoint, int64_t *out) {
    return read_recorded(comm, checkpoint, "micro_batch", out);
}

dlt_status dlt_recorded_threads(const dlt_comm *comm, const char *checkpoint, int64_t *out) {
    return read_recorded(comm, checkpoint, "threads", out);
}

static dlt_status load_here(dlt_trainer *trainer, const char *path) {
    dlt_snapshot *snapshot = NULL;
    dlt_status status =
        dlt_state_snapshot(&trainer->problem, trainer->strategy, &trainer->state, &snapshot);
    if (status == DLT_OK)
        status = dlt_checkpoint_load(trainer->problem.gate, path, snapshot);
    if (status == DLT_OK)
        status = dlt_state_adopt(trainer->strategy, snapshot, &trainer->state);
    dlt_snapshot_destroy(&snapshot);
    return status;
}

dlt_status dlt_trainer_resume(dlt_trainer *trainer) {
    char path[DLT_PATH_BYTES];
    DLT_TRY(dlt_newest_checkpoint(trainer->comm, &trainer->folder, path));
    if (path[0] == '\0') {
        dlt_console_note(&trainer->console, "note       %s has no checkpoint yet; starting anew",
                         trainer->folder.root);
        return DLT_OK;
    }
    DLT_TRY(dlt_agree(trainer->comm, load_here(trainer, path)));
    trainer->saved_step = trainer->state.step;
    dlt_console_note(&trainer->console, "resumed    update %lld, epoch %lld, from %s",
                     (long long)trainer->state.step, (long long)trainer->state.epoch + 1, path);
    int64_t before = trainer->state.threads_before;
    if (before != 0 && before != trainer->problem.placement.threads)
        dlt_console_note(
            &trainer->console,
            "note       the checkpoint was computed with %lld thread%s per rank, and this run has "
            "%d: the bits may differ from those of a run that was not interrupted",
            (long long)before, before == 1 ? "" : "s", trainer->problem.placement.threads);
    return DLT_OK;
}

static dlt_status init_from_here(dlt_trainer *trainer, const char *path) {
    dlt_snapshot *snapshot = NULL;
    dlt_status status = dlt_state_snapshot(&trainer->problem, NULL, &trainer->state, &snapshot);
    if (status == DLT_OK)
        status = dlt_checkpoint_read_params(trainer->problem.gate, path, snapshot);
    dlt_snapshot_destroy(&snapshot);
    return status;
}

dlt_status dlt_trainer_init_from(dlt_trainer *trainer) {
    const char *path = trainer->run->settings.train.init_from;
    if (path == NULL)
        return DLT_OK;
    return dlt_agree(trainer->comm, init_from_here(trainer, path));
}

/* All ranks hold the same parameters, so all see the same. */
static bool stop_if_not_finite(dlt_trainer *trainer) {
    if (dlt_state_is_finite(&trainer->problem))
        return false;
    trainer->stop_reason = DLT_STOP_NONFINITE;
    trainer->stopping = true;
    return true;
}

static dlt_status submit_here(dlt_trainer *trainer, const dlt_writer_order *order) {
    dlt_snapshot *snapshot = NULL;
    DLT_TRY(dlt_folder_still_own(&trainer->folder));
    DLT_TRY(dlt_state_snapshot(&trainer->problem, NULL, &trainer->state, &snapshot));
    return dlt_writer_submit(trainer->writer, &snapshot, order);
}

static dlt_status submit(dlt_trainer *trainer, const dlt_writer_order *order) {
    DLT_TRY(dlt_ledger_merge(trainer->comm, &trainer->stepper.ledger, &trainer->state.ledger));
    DLT_TRY(dlt_state_assemble(trainer->strategy, &trainer->state));
    dlt_status status = DLT_OK;
    if (dlt_comm_rank(trainer->comm) == 0)
        status = submit_here(trainer, order);
    dlt_state_forget(trainer->strategy, &trainer->state);
    return dlt_agree_first(trainer->comm, status);
}

dlt_status dlt_trainer_save(dlt_trainer *trainer, bool generation, bool best) {
    dlt_writer_order order = {.step = trainer->state.step,
                              .generation =
                                  generation && trainer->saved_step != trainer->state.step,
                              .best = best};
    if (!(order.generation || best) || stop_if_not_finite(trainer))
        return DLT_OK;
    double began = dlt_clock_s();
    dlt_mark_phase(trainer->marks, DLT_PHASE_SAVING);
    DLT_TRY(submit(trainer, &order));
    dlt_mark_phase(trainer->marks, DLT_PHASE_BETWEEN);
    trainer->save_stall_s += dlt_clock_s() - began;
    if (order.generation) {
        trainer->saved_step = trainer->state.step;
        trainer->pace.saved_s = began;
    }
    return DLT_OK;
}

dlt_status dlt_trainer_finish_saving(dlt_trainer *trainer) {
    dlt_status status = DLT_OK;
    double began = dlt_clock_s();
    dlt_mark_phase(trainer->marks, DLT_PHASE_SAVING);
    if (trainer->writer != NULL) {
        dlt_writer_settle(trainer->writer);
        status = dlt_writer_poll(trainer->writer);
    }
    DLT_TRY(dlt_agree_first(trainer->comm, status));
    trainer->save_stall_s += dlt_clock_s() - began;
    return DLT_OK;
}

dlt_status dlt_trainer_restore_best(dlt_trainer *trainer) {
    char *path = dlt_checkpoint_best_path(trainer->folder.checkpoints);
    dlt_status status = path != NULL ? load_here(trainer, path) : DLT_ERR_MEM;
    dlt_free(path);
    DLT_TRY(dlt_agree(trainer->comm, status));
    dlt_console_note(&trainer->console, "restored   the best weights, of update %lld",
                     (long long)trainer->state.step);
    return DLT_OK;
}
