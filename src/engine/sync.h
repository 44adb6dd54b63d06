/* The micro-batches of a batch together through a model with synchronised nodes: all of them
 * forward to such a node, its sums added over the batch, all of them onward; and backward likewise.
 */
#ifndef DLT_ENGINE_SYNC_H
#define DLT_ENGINE_SYNC_H

#include "comm/reducer.h"
#include "engine/stepper.h"
#include "engine/task.h"

typedef struct dlt_sync dlt_sync;

/** What a model with synchronised nodes needs beside its plain step; *out NULL for a model without.
 *  Collective: Collective
 *  Owns:       caller owns *out; it borrows task
 *  Errors:     MEM (agreed)
 */
DLT_CHECKED dlt_status dlt_sync_create(const dlt_task *task, const dlt_batch_partition *partition,
                                       dlt_sync **out);
void dlt_sync_destroy(dlt_sync **sync);

/** Computes this rank's micro-batches of the next batch and pushes them to the stepper's reducer.
 *  The status is this rank's own; the reduction that follows tells it to all.
 *  Collective: Collective; requests may differ
 *  Errors:     requests->failure; those of reading data; MPI
 *  Exact:      same bits for any number of ranks
 */
DLT_CHECKED dlt_status dlt_sync_compute(dlt_stepper *stepper, const dlt_step_requests *requests,
                                        int64_t micros, int64_t samples);

#endif
