/* The buffers of micro-batches that are made ahead of the step. */
#ifndef DLT_DATA_RING_H
#define DLT_DATA_RING_H

#include "data/collator.h"

#include <stdatomic.h>

typedef struct dlt_ring_entry {
    dlt_collated buffers;
    int maker; /* who makes its micro-batch */
    dlt_status status;
    atomic_llong made; /* number of the micro-batch that it holds, counted from 1 */
} dlt_ring_entry;

typedef struct dlt_ring {
    int depth;
    dlt_ring_entry *entries; /* [depth] */
    /* What they point into: a block for each kind of buffer. */
    int64_t *samples;
    char *fields[DLT_FIELDS_MAX];
} dlt_ring;

/** Room for micro-batches of up to `count` samples, of dlt_loader_depth. Not collective. Owns:
 * caller owns *out, also after a failure. Errors: MEM. */
DLT_CHECKED dlt_status dlt_ring_create(const dlt_loader_options *options, int64_t count,
                                       dlt_ring *out);
void dlt_ring_destroy(dlt_ring *ring);

#endif
