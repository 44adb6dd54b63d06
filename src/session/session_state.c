/* Keeping and restoring the state of a session in memory. A kept state is a snapshot as a
 * checkpoint describes it, whose tensors lie in one block of its own. A rank copies the ranges of
 * the optimizer states that it keeps, and of residuals its own rows; rank 0, which sees all rows,
 * copies all. Everything is compared before the first byte is restored. */
#include "base/alloc.h"
#include "base/cast.h"
#include "base/error.h"
#include "comm/collectives.h"
#include "session/session_parts.h"

#include <string.h>

struct dlt_session_state {
    dlt_snapshot *snapshot; /* its tensors lie in copy */
    char *copy;             /* owned */
    int ranks;
    int rank;
};

static int64_t tensor_bytes(const dlt_snapshot_tensor *tensor) {
    return dlt_shape_count(&tensor->shape) * dlt_h5_type_bytes(tensor->type);
}

/* What of a tensor this rank keeps. */
static void copy_kept(const dlt_snapshot_tensor *parts_of, const char *from, char *to) {
    const int64_t bytes = dlt_h5_type_bytes(parts_of->type);
    if (!parts_of->is_partial)
        memcpy(to, from, (size_t)tensor_bytes(parts_of));
    for (int64_t i = 0; i < parts_of->part_count; i++) {
        const dlt_snapshot_part *part = &parts_of->parts[i];
        memcpy(to + part->first * bytes, from + part->first * bytes, (size_t)(part->count * bytes));
    }
}

/* Memory that is not written costs nothing, so a tensor has room for all of its elements. */
static dlt_status copy_tensors(dlt_session_state *state) {
    const int64_t line = 64;
    dlt_snapshot *snapshot = state->snapshot;
    int64_t bytes = 0;
    for (int64_t i = 0; i < snapshot->tensor_count; i++)
        bytes += dlt_ceil_div(tensor_bytes(&snapshot->tensors[i]), line) * line;
    DLT_TRY(DLT_NEW(state->copy, bytes));
    char *at = state->copy;
    for (int64_t i = 0; i < snapshot->tensor_count; i++) {
        dlt_snapshot_tensor *tensor = &snapshot->tensors[i];
        copy_kept(tensor, tensor->data, at);
        tensor->data = at;
        at += dlt_ceil_div(tensor_bytes(tensor), line) * line;
    }
    return DLT_OK;
}

static dlt_status keep_here(dlt_engine *engine, dlt_session_state **out) {
    DLT_TRY(DLT_NEW(*out, 1));
    (*out)->ranks = dlt_comm_size(engine->comm);
    (*out)->rank = dlt_comm_rank(engine->comm);
    DLT_TRY(dlt_state_snapshot(&engine->task, engine->strategy, &engine->state, &(*out)->snapshot));
    return copy_tensors(*out);
}

dlt_status dlt_session_keep(dlt_session *session, dlt_session_state **out) {
    dlt_engine *engine = &session->engine;
    *out = NULL;
    DLT_TRY(dlt_agree(engine->comm, dlt_session_check_idle(session)));
    DLT_TRY(dlt_coverage_merge(engine->comm, &engine->stepper.coverage, &engine->state.coverage));
    DLT_TRY(dlt_state_assemble(engine->strategy, &engine->state));
    dlt_status status = dlt_agree(engine->comm, keep_here(engine, out));
    dlt_state_forget(engine->strategy, &engine->state);
    if (status != DLT_OK)
        dlt_session_state_destroy(out);
    return status;
}

void dlt_session_state_destroy(dlt_session_state **state) {
    if (state == NULL || *state == NULL)
        return;
    dlt_snapshot_destroy(&(*state)->snapshot);
    dlt_free((*state)->copy);
    dlt_free(*state);
    *state = NULL;
}

static dlt_status check_tensors(const dlt_snapshot *kept, const dlt_snapshot *now) {
    char theirs[DLT_SHAPE_TEXT_BYTES];
    char ours[DLT_SHAPE_TEXT_BYTES];
    for (int64_t i = 0; i < now->tensor_count; i++) {
        const dlt_snapshot_tensor *tensor = &now->tensors[i];
        const dlt_snapshot_tensor *from = dlt_snapshot_find(kept, tensor->name);
        if (from == NULL)
            return dlt_fail(DLT_ERR_MISMATCH,
                            "the kept state is of another run: it lacks %s %s, which this session "
                            "has",
                            tensor->name, dlt_shape_text(&tensor->shape, ours));
        if (!dlt_shape_equal(&from->shape, &tensor->shape) || from->type != tensor->type)
            return dlt_fail(DLT_ERR_MISMATCH,
                            "the kept state is of another model: it has %s %s, this session %s",
                            tensor->name, dlt_shape_text(&from->shape, theirs),
                            dlt_shape_text(&tensor->shape, ours));
    }
    for (int64_t i = 0; i < kept->tensor_count; i++)
        if (dlt_snapshot_find(now, kept->tensors[i].name) == NULL)
            return dlt_fail(DLT_ERR_MISMATCH,
                            "the kept state is of another run: it has %s, which this session lacks",
                            kept->tensors[i].name);
    if (strcmp(kept->model, now->model) == 0)
        return DLT_OK;
    return dlt_fail(DLT_ERR_MISMATCH, "the kept state is of another model: names and shapes agree, "
                                      "but its settings differ");
}

static dlt_status check_kept(const dlt_engine *engine, const dlt_session_state *state,
                             const dlt_snapshot *now) {
    const int ranks = dlt_comm_size(engine->comm);
    if (state->ranks != ranks || state->rank != dlt_comm_rank(engine->comm))
        return dlt_fail(DLT_ERR_MISMATCH,
                        "the kept state is that of rank %d of %d, and this is rank %d of %d",
                        state->rank, state->ranks, dlt_comm_rank(engine->comm), ranks);
    DLT_TRY(check_tensors(state->snapshot, now));
    return dlt_state_check_identity(&engine->task, state->snapshot);
}

static void copy_back(const dlt_session_state *state, dlt_snapshot *now) {
    for (int64_t i = 0; i < now->tensor_count; i++) {
        dlt_snapshot_tensor *tensor = &now->tensors[i];
        copy_kept(tensor, dlt_snapshot_find(state->snapshot, tensor->name)->data, tensor->data);
    }
}

dlt_status dlt_session_restore(dlt_session *session, const dlt_session_state *state) {
    dlt_engine *engine = &session->engine;
    dlt_snapshot *now = NULL;
    dlt_status status = dlt_state_snapshot(&engine->task, engine->strategy, &engine->state, &now);
    if (status == DLT_OK)
        status = dlt_session_check_idle(session);
    if (status == DLT_OK)
        status = check_kept(engine, state, now);
    status = dlt_agree(engine->comm, status);
    if (status == DLT_OK) {
        copy_back(state, now);
        status = dlt_state_adopt(engine->strategy, state->snapshot, &engine->state);
    }
    dlt_snapshot_destroy(&now);
    DLT_TRY(status);
    engine->stepper.coverage = (dlt_coverage){0};
    return dlt_session_resettle(session);
}
