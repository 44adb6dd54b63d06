/* Where a step takes its micro-batches from: the loader of a run, or samples in memory that a
 * benchmark made. */
#ifndef DLT_ENGINE_SOURCE_H
#define DLT_ENGINE_SOURCE_H

#include "data/loader.h"
#include "dltrain/status.h"

typedef struct dlt_source_ops {
    /** The next micro-batch of this rank, borrowed until release; *out NULL at the end. Not
     * collective. */
    dlt_status (*next)(void *self, const dlt_micro_batch **out);
    void (*release)(void *self, const dlt_micro_batch *batch);
} dlt_source_ops;

/** One source; self is borrowed from whoever made it. */
typedef struct dlt_source {
    const dlt_source_ops *ops;
    void *self;
} dlt_source;

dlt_source dlt_source_of_loader(dlt_loader *loader);

#endif
