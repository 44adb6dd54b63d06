/* What a run remembers from one update to the next: all that its future depends on. */
#ifndef DLT_ENGINE_STATE_H
#define DLT_ENGINE_STATE_H

#include "checkpoint/snapshot.h"
#include "dltrain/extend/optimizer.h"
#include "dltrain/extend/schedule.h"
#include "engine/coverage.h"
#include "engine/feedback_residuals.h"
#include "engine/metric_sums.h"
#include "engine/strategy.h"
#include "engine/task.h"

/** The state value that holds the shape of one sample, as text. */
#define DLT_STATE_INPUT "input"
/** And the type of its elements in the file. */
#define DLT_STATE_INPUT_TYPE "input_type"
/** The largest length to which sequences were padded. */
#define DLT_STATE_LENGTH "length"
/** Those that say which validation data values were of: a fingerprint and a number of samples, both
 * 0 if there was none. */
#define DLT_STATE_VALIDATION_DATA    "validation_data"
#define DLT_STATE_VALIDATION_SAMPLES "validation_samples"

/* The optimizer's states and the EMA of the weights. */
enum { DLT_OPTIM_STATES_MAX = DLT_OPTIMIZER_STATES_MAX + 1 };

typedef struct dlt_train_state {
    int64_t step;       /* updates done */
    int64_t epoch;      /* under way, 0 for the first */
    int64_t epoch_step; /* updates done in it */
    int64_t samples;    /* seen since the start */
    /* per rank, of the run that wrote the checkpoint resumed from; 0: none, or unknown */
    int64_t threads_before;
    double schedule[DLT_SCHEDULE_STATE];
    /* sums over the epoch under way: loss, weight, the first metric's */
    double epoch_sums[DLT_TRAINING_SUMS_MAX];
    dlt_coverage coverage; /* of the epoch under way, all ranks, as of the last merge */
    double best_value;     /* of the monitored value; NAN: none yet */
    int64_t best_step;
    int64_t best_epoch;
    int64_t stalled; /* validations without improvement */
    bool stopped_early;
    int optim_state_count; /* the optimizer's, then the EMA if there is one */
    const char *optim_state_names[DLT_OPTIM_STATES_MAX];
    /* flat like the parameters; valid in the ranges that this rank keeps, or after
     * dlt_state_assemble on rank 0; owned */
    dlt_real *optim_states[DLT_OPTIM_STATES_MAX];
    dlt_real *ema;                    /* of the weights, one of the optimizer states; NULL: none */
    dlt_feedback_residuals residuals; /* of error feedback */
} dlt_train_state;

/** Zero state with optimizer states for the task. strategy: says which ranges of them this rank
 * keeps, and has the error-feedback residuals; NULL: all optimizer states, and no residuals. Not
 * collective. Errors: MEM. */
DLT_CHECKED dlt_status dlt_state_create(const dlt_task *task, const dlt_strategy *strategy,
                                        dlt_train_state *out);
void dlt_state_destroy(dlt_train_state *state);

/** Describes parameters, running state, optimizer states, residuals and values for saving or
 * loading; tensors are borrowed. strategy: of optimizer states, loading fills the ranges that this
 * rank keeps; NULL: all of them. Not collective. Owns: caller owns *out. Errors: MEM. */
DLT_CHECKED dlt_status dlt_state_snapshot(const dlt_task *task, const dlt_strategy *strategy,
                                          dlt_train_state *state, dlt_snapshot **out);

/** The model's parameters and running statistics alone. Not collective. Owns: caller owns *out.
 * Errors: MEM. */
DLT_CHECKED dlt_status dlt_state_model_snapshot(const dlt_task *task, dlt_snapshot **out);

/** The tensors alone that every rank holds under this strategy. Not collective. Owns: caller owns
 * *out. Errors: MEM. */
DLT_CHECKED dlt_status dlt_state_held_by_all(const dlt_task *task, const dlt_strategy *strategy,
                                             dlt_train_state *state, dlt_snapshot **out);

/** Rank 0's optimizer states and residuals become whole, for it to save or hash the state.
 * Collective. Errors: MPI. */
DLT_CHECKED dlt_status dlt_state_assemble(dlt_strategy *strategy, dlt_train_state *state);
/** Bytes of the ranges of all optimizer states that this rank keeps. Not collective. */
int64_t dlt_state_kept_bytes(const dlt_strategy *strategy, const dlt_train_state *state);
/** Gives back the memory of what this rank holds of optimizer states and residuals and does not
 * keep. Not collective. */
void dlt_state_forget(const dlt_strategy *strategy, dlt_train_state *state);

/** Takes the values of a loaded snapshot (its tensors are in place already). Errors: FORMAT,
 * MISMATCH if it was made with another batch, micro-batch, seed, precision, gradient compression or
 * data set. */
DLT_CHECKED dlt_status dlt_state_adopt(const dlt_strategy *strategy, const dlt_snapshot *snapshot,
                                       dlt_train_state *state);

/** The comparison alone, before anything is loaded. Not collective. Errors: as dlt_state_adopt. */
DLT_CHECKED dlt_status dlt_state_check_identity(const dlt_task *task, const dlt_snapshot *snapshot);

/** A hash of parameters, running state, optimizer states, residuals and the number of updates. */
uint64_t dlt_state_hash(const dlt_task *task, const dlt_train_state *state);

/** True if every parameter is finite. */
bool dlt_state_is_finite(const dlt_task *task);

#endif
