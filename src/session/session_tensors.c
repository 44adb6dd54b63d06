/* The tensors of a session by name: those of a checkpoint, without its leading slash. Of optimizer
 * states that the ranks share among them, reading assembles the whole on rank 0, which sends it to
 * all, and writing changes only the ranges that a rank keeps. */
#include "base/alloc.h"
#include "base/cast.h"
#include "base/error.h"
#include "base/hash.h"
#include "comm/alike.h"
#include "comm/collectives.h"
#include "session/session_parts.h"

#include <math.h>
#include <string.h>

static bool begins_with(const char *name, const char *prefix) {
    return strncmp(name, prefix, strlen(prefix)) == 0;
}

/* Statistics of the data and residuals of single micro-batches are no tensors of the model. */
static bool is_listed(const dlt_snapshot_tensor *tensor) {
    const dlt_h5_type real = sizeof(dlt_real) == sizeof(double) ? DLT_H5_F64 : DLT_H5_F32;
    return tensor->type == real &&
           (begins_with(tensor->name, "/params/") || begins_with(tensor->name, "/buffers/") ||
            begins_with(tensor->name, "/optim/"));
}

dlt_status dlt_session_list_tensors(dlt_session *session) {
    dlt_engine *engine = &session->engine;
    DLT_TRY(dlt_state_snapshot(&engine->task, engine->strategy, &engine->state, &session->tensors));
    DLT_TRY(DLT_NEW(session->listed, session->tensors->tensor_count));
    for (int64_t i = 0; i < session->tensors->tensor_count; i++)
        if (is_listed(&session->tensors->tensors[i]))
            session->listed[session->listed_count++] = &session->tensors->tensors[i];
    return DLT_OK;
}

int64_t dlt_session_tensor_count(const dlt_session *session) {
    return session->listed_count;
}

static dlt_session_tensor describe(const dlt_snapshot_tensor *tensor) {
    return (dlt_session_tensor){
        .name = tensor->name + 1, .shape = tensor->shape, .count = dlt_shape_count(&tensor->shape)};
}

dlt_status dlt_session_tensor_at(const dlt_session *session, int64_t index,
                                 dlt_session_tensor *out) {
    if (index < 0 || index >= session->listed_count)
        return dlt_fail(DLT_ERR_ARG, "there is no tensor %lld: the session has %lld, from 0",
                        (long long)index, (long long)session->listed_count);
    *out = describe(session->listed[index]);
    return DLT_OK;
}

static dlt_status find(const dlt_session *session, const char *name,
                       const dlt_snapshot_tensor **out) {
    for (int64_t i = 0; i < session->listed_count; i++)
        if (strcmp(session->listed[i]->name + 1, name) == 0) {
            *out = session->listed[i];
            return DLT_OK;
        }
    return dlt_fail(DLT_ERR_ARG, "the session has no tensor '%s'; the first of its %lld is '%s'",
                    name, (long long)session->listed_count,
                    session->listed_count > 0 ? session->listed[0]->name + 1 : "");
}

dlt_status dlt_session_tensor_find(const dlt_session *session, const char *name,
                                   dlt_session_tensor *out) {
    const dlt_snapshot_tensor *tensor = NULL;
    DLT_TRY(find(session, name, &tensor));
    *out = describe(tensor);
    return DLT_OK;
}

static dlt_status find_for(const dlt_session *session, const char *name, int64_t count,
                           const dlt_snapshot_tensor **out) {
    char text[DLT_SHAPE_TEXT_BYTES];
    DLT_TRY(find(session, name, out));
    if (dlt_shape_count(&(*out)->shape) == count)
        return DLT_OK;
    return dlt_fail(DLT_ERR_SHAPE, "'%s' has shape %s, %lld elements, not %lld", name,
                    dlt_shape_text(&(*out)->shape, text),
                    (long long)dlt_shape_count(&(*out)->shape), (long long)count);
}

dlt_status dlt_session_read(dlt_session *session, const char *name, int64_t count, dlt_real *out) {
    dlt_engine *engine = &session->engine;
    const dlt_snapshot_tensor *tensor = NULL;
    const size_t bytes = (size_t)count * sizeof *out;
    DLT_TRY(dlt_agree(engine->comm, find_for(session, name, count, &tensor)));
    if (tensor == NULL) /* never: clang-tidy cannot see that the ranks agreed on one */
        return DLT_ERR_INTERNAL;
    if (!tensor->is_partial) {
        memcpy(out, tensor->data, bytes);
        return DLT_OK;
    }
    DLT_TRY(dlt_state_assemble(engine->strategy, &engine->state));
    if (dlt_comm_rank(engine->comm) == 0)
        memcpy(out, tensor->data, bytes);
    dlt_state_forget(engine->strategy, &engine->state);
    return dlt_broadcast(engine->comm, out, (int64_t)bytes);
}

static dlt_status check_finite(const char *name, int64_t count, const dlt_real *values) {
    for (int64_t i = 0; i < count; i++)
        if (!isfinite(values[i]))
            return dlt_fail(DLT_ERR_ARG, "value %lld for '%s' is not finite", (long long)i, name);
    return DLT_OK;
}

static dlt_status check_values_alike(const dlt_comm *comm, const char *name, int64_t count,
                                     const dlt_real *values) {
    char digits[17];
    dlt_text facts = DLT_TEXT_EMPTY;
    dlt_hash_format(dlt_hash(0, values, (size_t)count * sizeof *values), digits);
    dlt_text_add(&facts, "values for '%s' with the checksum\t%s\n", name, digits);
    return dlt_check_facts(comm, DLT_FACT_HELD, &facts);
}

static void write_here(const dlt_snapshot_tensor *tensor, int64_t count, const dlt_real *values) {
    dlt_real *to = tensor->data;
    if (!tensor->is_partial)
        memcpy(to, values, (size_t)count * sizeof *to);
    for (int64_t i = 0; i < tensor->part_count; i++) {
        const dlt_snapshot_part *part = &tensor->parts[i];
        memcpy(to + part->first, values + part->first, (size_t)part->count * sizeof *to);
    }
}

dlt_status dlt_session_write(dlt_session *session, const char *name, int64_t count,
                             const dlt_real *values) {
    const dlt_comm *comm = session->engine.comm;
    const dlt_snapshot_tensor *tensor = NULL;
    dlt_status status = find_for(session, name, count, &tensor);
    if (status == DLT_OK)
        status = dlt_session_check_idle(session);
    if (status == DLT_OK)
        status = check_finite(name, count, values);
    DLT_TRY(dlt_agree(comm, status));
    DLT_TRY(check_values_alike(comm, name, count, values));
    if (tensor != NULL) /* always */
        write_here(tensor, count, values);
    /* The ranks of a node may share the memory of the parameters. */
    return dlt_barrier(comm);
}
