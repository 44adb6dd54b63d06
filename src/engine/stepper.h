/* What a step works on, and what the ranks tell each other with it. */
#ifndef DLT_ENGINE_STEPPER_H
#define DLT_ENGINE_STEPPER_H

#include "engine/objectives.h"
#include "engine/source.h"
#include "engine/state.h"
#include "engine/strategy.h"
#include "engine/task.h"
#include "report/heartbeat.h"

/** What a step works on; all borrowed. */
typedef struct dlt_stepper {
    dlt_task *task;
    dlt_train_state *state;
    dlt_strategy *strategy;
    dlt_source source;
    struct dlt_denominators *denominators; /* NULL for a run with one loss */
    struct dlt_sync *sync;                 /* NULL for a model without synchronised nodes */
    dlt_batch_partition partition;
    dlt_coverage coverage;    /* this rank's samples since the last merge into the state's */
    dlt_heartbeat *heartbeat; /* where this rank stands; NULL: nobody asks */
    int64_t train_metrics;    /* metrics counted on training batches: the first ones of the run */
    int64_t total_steps;
} dlt_stepper;

/** What this rank tells all others with an update; zero: nothing. */
typedef struct dlt_step_requests {
    dlt_status failure; /* something went wrong here before: told like a failure of the update */
    double stop;        /* a signal's number asks for a stop */
    bool save;          /* a checkpoint is due */
    bool time_up;       /* the time limit is near */
} dlt_step_requests;

/** Tells the reducer this rank's reduction flags; status: of its part so far. Before its last
 * micro-batch is computed. */
void dlt_step_set_flags(dlt_stepper *stepper, const dlt_step_requests *requests, dlt_status status);

/** The losses of a micro-batch of training whose forward has been computed. */
dlt_objectives_call dlt_stepper_losses(const dlt_stepper *stepper, const dlt_micro_batch *batch,
                                       int in_flight, double *block);

/** Samples of the epoch under way that are done. */
int64_t dlt_stepper_samples_done(const dlt_stepper *stepper);

/** The learning rate of the next update. */
double dlt_stepper_lr(const dlt_stepper *stepper);

#endif
