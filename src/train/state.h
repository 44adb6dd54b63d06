/* What a run remembers from one update to the next: all that its future depends on. */
#ifndef DLT_TRAIN_STATE_H
#define DLT_TRAIN_STATE_H

#include "checkpoint/snapshot.h"
#include "dltrain/plugin/optimizer.h"
#include "dltrain/plugin/schedule.h"
#include "train/ledger.h"
#include "train/metric_sums.h"
#include "train/problem.h"

/** The state value that holds the shape of one sample, as text. */
#define DLT_STATE_INPUT "input"

typedef struct dlt_train_state {
    int64_t step;       /* updates done */
    int64_t epoch;      /* under way, 0 for the first */
    int64_t epoch_step; /* updates done in it */
    int64_t samples;    /* seen since the start */
    double schedule[DLT_SCHEDULE_STATE];
    /* sums over the epoch under way: loss, weight, the first metric's */
    double epoch_sums[DLT_TRAINING_SUMS_MAX];
    dlt_ledger ledger; /* of the epoch under way, all ranks, as of the last merge */
    double best_value; /* of the monitored value; NAN: none yet */
    int64_t best_step;
    int64_t best_epoch;
    int64_t stalled; /* validations without improvement */
    bool stopped_early;
    int slot_count;
    const char *slot_names[DLT_OPTIMIZER_SLOTS_MAX];
    dlt_real *slots[DLT_OPTIMIZER_SLOTS_MAX]; /* flat like the parameters, owned */
} dlt_train_state;

/** Zero state with optimizer slots for the problem. Not collective. Errors: MEM. */
DLT_CHECKED dlt_status dlt_state_create(const dlt_problem *problem, dlt_train_state *out);
void dlt_state_destroy(dlt_train_state *state);

/** Describes parameters, running state, slots and values for saving or loading; tensors are
 * borrowed. Not collective. Owns: caller owns *out. Errors: MEM. */
DLT_CHECKED dlt_status dlt_state_snapshot(const dlt_problem *problem, dlt_train_state *state,
                                          dlt_snapshot **out);

/** Takes the values of a loaded snapshot (its tensors are in place already). Errors: FORMAT,
 * MISMATCH if it was made with another batch, micro-batch, seed or data set. */
DLT_CHECKED dlt_status dlt_state_adopt(const dlt_problem *problem, const dlt_snapshot *snapshot,
                                       dlt_train_state *state);

/** A hash of parameters, running state, optimizer slots and the number of updates. */
uint64_t dlt_state_hash(const dlt_problem *problem, const dlt_train_state *state);

/** True if every parameter is finite. */
bool dlt_state_is_finite(const dlt_problem *problem);

#endif
