/* Shows the reducer's residuals to the code that saves, loads and hashes a state. A rank's `rows`
 * are those of its reducer. Where other ranks have some, rank 0 has a second buffer, `all`, for all
 * rows: assemble fills it before a save or a hash, adopt copies rank 0's own rows back after a
 * load, and forget returns its memory to the system. */
#include "engine/feedback_residuals.h"

#include "base/alloc.h"
#include "base/error.h"
#include "base/hash.h"

#include <string.h>

static const dlt_error_feedback *feedback_of(const dlt_strategy *strategy) {
    return dlt_reducer_error_feedback(strategy->reducer);
}

dlt_status dlt_feedback_residuals_create(const dlt_strategy *strategy,
                                         dlt_feedback_residuals *out) {
    *out = (dlt_feedback_residuals){0};
    if (strategy == NULL || feedback_of(strategy)->leaves == 0)
        return DLT_OK;
    const dlt_error_feedback *mine = feedback_of(strategy);
    *out = (dlt_feedback_residuals){.first = mine->first,
                                    .count = mine->count,
                                    .elements = mine->elements,
                                    .rows = mine->residuals};
    if (dlt_comm_rank(strategy->task->comm) != 0 || mine->count == mine->leaves)
        return DLT_OK;
    DLT_TRY(DLT_NEW(out->all, mine->leaves * mine->elements));
    out->first = 0;
    out->count = mine->leaves;
    out->rows = out->all;
    return DLT_OK;
}

void dlt_feedback_residuals_destroy(dlt_feedback_residuals *residuals) {
    dlt_free(residuals->all);
    *residuals = (dlt_feedback_residuals){0};
}

dlt_status dlt_feedback_residuals_add(const dlt_feedback_residuals *residuals, dlt_h5_type type,
                                      dlt_snapshot *snapshot) {
    const dlt_shape shape = {.rank = 1, .dim = {residuals->elements}};
    for (int64_t i = 0; i < residuals->count; i++)
        DLT_TRY(dlt_snapshot_add(snapshot, type, &shape, residuals->rows + i * residuals->elements,
                                 DLT_SNAPSHOT_ERROR_FEEDBACK "/%lld",
                                 (long long)(residuals->first + i)));
    return DLT_OK;
}

dlt_status dlt_feedback_residuals_assemble(const dlt_strategy *strategy,
                                           dlt_feedback_residuals *residuals) {
    const dlt_error_feedback *mine = feedback_of(strategy);
    return mine->leaves > 0 ? dlt_error_feedback_assemble(mine, residuals->rows) : DLT_OK;
}

void dlt_feedback_residuals_adopt(const dlt_strategy *strategy, dlt_feedback_residuals *residuals) {
    const dlt_error_feedback *mine = feedback_of(strategy);
    if (residuals->all != NULL)
        memcpy(mine->residuals, residuals->all + mine->first * mine->elements,
               (size_t)dlt_error_feedback_bytes(mine));
}

void dlt_feedback_residuals_forget(dlt_feedback_residuals *residuals) {
    if (residuals->all != NULL)
        dlt_forget(residuals->all,
                   residuals->count * residuals->elements * (int64_t)sizeof *residuals->all);
}

uint64_t dlt_feedback_residuals_hash(uint64_t seed, const dlt_feedback_residuals *residuals) {
    int64_t elements = residuals->count * residuals->elements;
    if (elements == 0)
        return seed;
    return dlt_hash(seed, residuals->rows, (size_t)elements * sizeof *residuals->rows);
}
