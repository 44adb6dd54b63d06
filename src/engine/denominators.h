/* The weight of each loss over a batch, where there are several: each one's gradient is divided by
 * its own before the gradients are added, so it must be known before the first backward. */
#ifndef DLT_ENGINE_DENOMINATORS_H
#define DLT_ENGINE_DENOMINATORS_H

#include "comm/reducer.h"
#include "engine/task.h"

typedef struct dlt_denominators {
    const dlt_task *task; /* borrowed */
    dlt_reducer *reducer; /* owned; NULL where the weights follow from the number of samples */
    int batches_max;      /* micro-batches that this rank takes of a batch */
    const dlt_micro_batch **batches; /* [batches_max]: those under way; owned, its items borrowed */
    double *weights;                 /* [objective_count], of the batch under way; owned */
} dlt_denominators;

/** *out NULL for a run with one loss.
 *  Collective: Collective
 *  Owns:       caller owns *out; it borrows task
 *  Errors:     MEM (agreed)
 */
DLT_CHECKED dlt_status dlt_denominators_create(const dlt_task *task,
                                               const dlt_batch_partition *partition,
                                               dlt_denominators **out);
void dlt_denominators_destroy(dlt_denominators **denominators);

/** Whether the targets of a whole batch must be read before its first backward; NULL: no. */
bool dlt_denominators_need_data(const dlt_denominators *denominators);

/** Finds the weights of a batch of `samples` samples in `micros` micro-batches, `count` of which
 * are in denominators->batches. *failed: some rank has failed_here; there are no weights then.
 *  Collective: Collective where dlt_denominators_need_data
 *  Errors:     MPI
 *  Exact:      same bits for any number of ranks
 */
DLT_CHECKED dlt_status dlt_denominators_find(dlt_denominators *denominators, int64_t micros,
                                             int64_t samples, int count, bool failed_here,
                                             bool *failed);

#endif
