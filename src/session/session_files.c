/* The state of a session as a checkpoint file: rank 0 writes it, and every rank reads it. */
#include "base/error.h"
#include "base/hash.h"
#include "checkpoint/checkpoint.h"
#include "comm/collectives.h"
#include "engine/alike.h"
#include "session/session_parts.h"

static dlt_status save_here(dlt_engine *engine, const char *path) {
    dlt_snapshot *snapshot = NULL;
    dlt_status status = dlt_state_snapshot(&engine->task, NULL, &engine->state, &snapshot);
    if (status == DLT_OK)
        status = dlt_checkpoint_save(engine->task.h5_lock, path, snapshot);
    dlt_snapshot_destroy(&snapshot);
    return status;
}

dlt_status dlt_session_save(dlt_session *session, const char *path) {
    dlt_engine *engine = &session->engine;
    DLT_TRY(dlt_agree(engine->comm, dlt_session_check_idle(session)));
    DLT_TRY(dlt_coverage_merge(engine->comm, &engine->stepper.coverage, &engine->state.coverage));
    DLT_TRY(dlt_state_assemble(engine->strategy, &engine->state));
    dlt_status status = DLT_OK;
    if (dlt_comm_rank(engine->comm) == 0)
        status = save_here(engine, path);
    dlt_state_forget(engine->strategy, &engine->state);
    return dlt_agree_first(engine->comm, status);
}

static dlt_status load_here(dlt_engine *engine, const char *path, uint64_t *contents) {
    dlt_snapshot *snapshot = NULL;
    dlt_status status =
        dlt_state_snapshot(&engine->task, engine->strategy, &engine->state, &snapshot);
    if (status == DLT_OK)
        status = dlt_checkpoint_load(engine->task.h5_lock, path, snapshot);
    if (status == DLT_OK) {
        *contents = snapshot->contents;
        status = dlt_state_adopt(engine->strategy, snapshot, &engine->state);
    }
    dlt_snapshot_destroy(&snapshot);
    return status;
}

dlt_status dlt_session_load(dlt_session *session, const char *path) {
    dlt_engine *engine = &session->engine;
    uint64_t contents = 0;
    dlt_status status = dlt_session_check_idle(session);
    if (status == DLT_OK)
        status = load_here(engine, path, &contents);
    DLT_TRY(dlt_agree(engine->comm, status));
    DLT_TRY(dlt_contents_check_alike(engine->comm, path, contents));
    engine->stepper.coverage = (dlt_coverage){0};
    return dlt_session_resettle(session);
}

dlt_status dlt_session_hash(dlt_session *session, char out[17]) {
    dlt_engine *engine = &session->engine;
    uint64_t hash = 0;
    DLT_TRY(dlt_engine_hash(engine, &hash));
    dlt_hash_format(hash, out);
    return DLT_OK;
}
