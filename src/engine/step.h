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

#endif
