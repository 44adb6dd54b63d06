/* The prefetch thread: reads, converts and transforms the micro-batches of a batch sampler ahead of
 * the step. */
#ifndef DLT_DATA_LOADER_H
#define DLT_DATA_LOADER_H

#include "data/loader_options.h"

typedef struct dlt_loader dlt_loader;

/** Checks the transforms, allocates the ring and starts the thread.
 *  Not collective. Owns: caller owns *out; it borrows all that options names until destroy.
 *  Errors: CONFIG or SHAPE from transforms; MEM; INTERNAL if no thread can be started */
DLT_CHECKED dlt_status dlt_loader_create(const dlt_loader_options *options, dlt_loader **out);
/** Stops the thread and releases everything; quick also when the batch sampler is not at its end.
 */
void dlt_loader_destroy(dlt_loader **loader);

/** The next micro-batch; made here and now if the thread has not begun it, else waiting for it if
 * need be. *out NULL at the end of the batch sampler. After a failure, that failure (same text),
 * now and ever after. */
DLT_CHECKED dlt_status dlt_loader_next(dlt_loader *loader, const dlt_micro_batch **out);
/** Hands the buffer back; no system call; several out at once go back in the order in which they
 * came.
 */
void dlt_loader_release(dlt_loader *loader, const dlt_micro_batch *batch);
/** Seconds that next took, since create, for micro-batches that were not there: waiting for them or
 * making them. */
double dlt_loader_wait_s(const dlt_loader *loader);

#endif
