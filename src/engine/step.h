/* One update: micro-batches, reduction, clipping, optimizer. */
#ifndef DLT_ENGINE_STEP_H
#define DLT_ENGINE_STEP_H

#include "engine/problem.h"
#include "engine/source.h"
#include "engine/state.h"
#include "engine/strategy.h"
#include "engine/sync.h"
#include "report/marks.h"

/** What a step works on; all borrowed. */
typedef struct dlt_stepper {
    dlt_problem *problem;
    dlt_train_state *state;
    dlt_strategy *strategy;
    dlt_source source;
    dlt_sync *sync; /* NULL for a model without synchronised nodes */
    dlt_cut cut;
    dlt_ledger ledger;     /* this rank's samples since the last merge into the state's */
    dlt_marks *marks;      /* where this rank stands; NULL: nobody asks */
    int64_t train_metrics; /* metrics counted on training batches: the first ones of the run */
    int64_t total_steps;
} dlt_stepper;

/** What this rank tells all others with an update; zero: nothing. */
typedef struct dlt_step_asks {
    dlt_status failure; /* something went wrong here before: told like a failure of the update */
    double stop;        /* a signal's number asks for a stop */
    bool save;          /* a checkpoint is due */
    bool time_up;       /* the time limit is near */
} dlt_step_asks;

typedef struct dlt_step_result {
    int64_t samples;
    double loss;
    double lr;
    bool finite;     /* false: nothing was updated */
    double stop;     /* some rank was asked to stop: its signal number */
    bool save;       /* some rank asked for it */
    bool time_up;    /* some rank asked for it */
    double reduce_s; /* waiting for the sums of all ranks, and sharing what follows from them */
    double update_s; /* the optimizer's part */
    const dlt_real *
        gradients; /* summed over the batch, where the strategy shows them whole; borrowed until the next
                                  update */
} dlt_step_result;

/** Numbers of micro-batches that occur: of a whole batch and of the last one. Returns their count,
 * 1 or 2. */
int dlt_step_micros(const dlt_cut *cut, int64_t micros[2]);

/** Tells the reducer what this rank votes; status: of its part so far. Before its last micro-batch is computed. */
void dlt_step_vote(dlt_stepper *stepper, const dlt_step_asks *asks, dlt_status status);

/** Samples of the epoch under way that are done. */
int64_t dlt_stepper_samples_done(const dlt_stepper *stepper);

/** The learning rate of the next update. */
double dlt_stepper_lr(const dlt_stepper *stepper);

/** Computes the next update and advances the state by it; allocates nothing.
 *  Collective: Collective; asks may differ
 *  Errors:     asks->failure and those of reading data, agreed by all ranks; MPI
 *  Exact:      same bits for any number of ranks
 */
DLT_CHECKED dlt_status dlt_step(dlt_stepper *stepper, const dlt_step_asks *asks,
                                dlt_step_result *result);

#endif
