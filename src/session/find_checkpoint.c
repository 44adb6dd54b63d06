/* Rank 0 looks and tells the others: ranks may disagree on what exists on a shared file system. */
#include "session/find_checkpoint.h"

#include "base/alloc.h"
#include "base/error.h"
#include "checkpoint/snapshot.h"
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
    dlt_h5_lock *h5_lock = NULL;
    dlt_snapshot *snapshot = NULL;
    dlt_status status = dlt_h5_lock_create(&h5_lock);
    if (status == DLT_OK)
        status = dlt_snapshot_create(&snapshot);
    if (status == DLT_OK)
        status = dlt_checkpoint_read_state(h5_lock, checkpoint, snapshot);
    if (status == DLT_OK && dlt_snapshot_has(snapshot, name))
        status = dlt_snapshot_get_int(snapshot, name, out);
    dlt_snapshot_destroy(&snapshot);
    dlt_h5_lock_destroy(&h5_lock);
    return status;
}

static dlt_status read_recorded(const dlt_comm *comm, const char *checkpoint, const char *name,
                                int64_t *out) {
    *out = 0;
    dlt_status status = dlt_comm_rank(comm) == 0 ? read_value(checkpoint, name, out) : DLT_OK;
    DLT_TRY(dlt_agree_first(comm, status));
    return dlt_broadcast(comm, out, (int64_t)sizeof *out);
}

dlt_status dlt_recorded_step(const dlt_comm *comm, const char *checkpoint, int64_t *out) {
    return read_recorded(comm, checkpoint, "step", out);
}

dlt_status dlt_recorded_micro_batch(const dlt_comm *comm, const char *checkpoint, int64_t *out) {
    return read_recorded(comm, checkpoint, "micro_batch", out);
}

dlt_status dlt_recorded_threads(const dlt_comm *comm, const char *checkpoint, int64_t *out) {
    return read_recorded(comm, checkpoint, "threads", out);
}

/* On rank 0; a file that cannot be read is for the reader of the weights to name. */
static bool is_current_here(const char *newest, const char *best) {
    int64_t step = 0;
    int64_t best_step = 0;
    int64_t found = 0;
    bool known = read_value(newest, "step", &step) == DLT_OK &&
                 read_value(newest, "best_step", &best_step) == DLT_OK &&
                 read_value(best, "step", &found) == DLT_OK;
    return !known || found == best_step || found > step;
}

dlt_status dlt_best_is_current(const dlt_comm *comm, const dlt_folder *folder, const char *best,
                               bool *out) {
    char newest[DLT_PATH_BYTES];
    int64_t current = 1;
    dlt_error_clear();
    /* All checkpoints but the best may be damaged. */
    if (dlt_newest_checkpoint(comm, folder, newest) == DLT_OK && newest[0] != '\0' &&
        dlt_comm_rank(comm) == 0)
        current = is_current_here(newest, best);
    DLT_TRY(dlt_broadcast(comm, &current, (int64_t)sizeof current));
    *out = current != 0;
    return DLT_OK;
}
