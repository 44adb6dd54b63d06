/* The error-feedback residuals (comm/compression.h) as a part of the state of a run: a row of the
 * size of the parameters for each micro-batch of a whole batch. A rank keeps the rows of the
 * micro-batches that it computes; rank 0 sees all of them while it saves or hashes the state. An
 * update that is left out, for its loss or norm is not finite, leaves them as its roundings have
 * made them: it ends the run, and no checkpoint is made of it. */
#ifndef DLT_ENGINE_FEEDBACK_RESIDUALS_H
#define DLT_ENGINE_FEEDBACK_RESIDUALS_H

#include "checkpoint/snapshot.h"
#include "engine/strategy.h"

typedef struct dlt_feedback_residuals {
    int64_t first;    /* the rows seen here are those of micro-batches [first, first + count) */
    int64_t count;    /* 0: none are kept, or this rank has no micro-batch */
    int64_t elements; /* of a row */
    dlt_real
        *rows; /* this rank's, borrowed from the reducer; on rank 0 those of all ranks, in `all` */
    dlt_real
        *all; /* owned; costs memory only from assemble, or loading, to forget; NULL elsewhere */
} dlt_feedback_residuals;

/** strategy: has them in its reducer; NULL: there are none. Not collective. Owns: caller owns *out;
 * it borrows strategy's reducer. Errors: MEM. */
DLT_CHECKED dlt_status dlt_feedback_residuals_create(const dlt_strategy *strategy,
                                                     dlt_feedback_residuals *out);
void dlt_feedback_residuals_destroy(dlt_feedback_residuals *residuals);

/** Names the rows, of reals of that type, for saving or loading. Errors: MEM. */
DLT_CHECKED dlt_status dlt_feedback_residuals_add(const dlt_feedback_residuals *residuals,
                                                  dlt_h5_type type, dlt_snapshot *snapshot);

/** Rank 0 gets the rows of all. Collective. Errors: MPI. */
DLT_CHECKED dlt_status dlt_feedback_residuals_assemble(const dlt_strategy *strategy,
                                                       dlt_feedback_residuals *residuals);
/** After loading: rank 0 takes its own rows from those of all. Not collective. */
void dlt_feedback_residuals_adopt(const dlt_strategy *strategy, dlt_feedback_residuals *residuals);
/** Gives back the memory of rows of other ranks. Not collective. */
void dlt_feedback_residuals_forget(dlt_feedback_residuals *residuals);

/** Chains the rows to a hash; the same at any number of ranks on rank 0 after assemble. */
uint64_t dlt_feedback_residuals_hash(uint64_t seed, const dlt_feedback_residuals *residuals);

#endif
