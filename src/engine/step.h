/* One update: micro-batches, reduction, clipping, optimizer. */
#ifndef DLT_ENGINE_STEP_H
#define DLT_ENGINE_STEP_H

#include "engine/stepper.h"

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
    /* summed over the batch, where the strategy shows them whole; borrowed until the next update.
     * Those of tables are the reducer's rows. */
    const dlt_real *gradients;
    const dlt_reducer *reducer;
} dlt_step_result;

/** Computes the next update and advances the state by it; allocates nothing.
 *  Collective: Collective; requests may differ
 *  Errors:     requests->failure and those of reading data, agreed by all ranks; MPI
 *  Exact:      same bits for any number of ranks
 */
DLT_CHECKED dlt_status dlt_step(dlt_stepper *stepper, const dlt_step_requests *requests,
                                dlt_step_result *result);

/* The parts of an update, of which dlt_step is made, for a program that computes something between
 * them: begin, for each of this rank's micro-batches read, forward, the losses or other gradients
 * of the outputs, backward and dlt_reducer_push, then reduce and finish. */

/** Opens the next update. Not collective. Errors: INTERNAL. */
DLT_CHECKED dlt_status dlt_step_begin(dlt_stepper *stepper, dlt_step_result *result);

/** The next micro-batch of this rank, borrowed from the source. Not collective. Errors: those of
 * reading data. */
DLT_CHECKED dlt_status dlt_step_read(dlt_stepper *stepper, const dlt_micro_batch **batch);

/** Computes the model's outputs; *call is what backward needs. Not collective. */
void dlt_step_forward(dlt_stepper *stepper, const dlt_micro_batch *batch, dlt_sums leaf,
                      dlt_model_call *call);

/** Computes the gradients of the parameters, those of the outputs being there. Not collective. */
void dlt_step_backward(dlt_stepper *stepper, const dlt_model_call *call, dlt_sums leaf);

/** Adds up over the ranks. mine: how this rank's part went. After a failure the update is closed.
 *  Collective: Collective; mine may differ
 *  Errors:     mine, agreed by all ranks; CONFIG where nothing counts for a loss; MPI
 */
DLT_CHECKED dlt_status dlt_step_reduce(dlt_stepper *stepper, dlt_status mine, dlt_total *total,
                                       dlt_step_result *result);

/** Changes the parameters and advances the state, unless loss or gradient is not finite.
 *  Collective: Collective
 *  Errors:     MPI
 */
DLT_CHECKED dlt_status dlt_step_finish(dlt_stepper *stepper, const dlt_total *total,
                                       dlt_step_result *result);

/** What makes the gradient of the loss out of the sum in total->reals, before clipping. */
double dlt_step_scale(const dlt_task *task, const dlt_total *total);

#endif
