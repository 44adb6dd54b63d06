/* Makes micro-batches: samples of the epoch's order, converted and transformed. One per thread. */
#ifndef DLT_DATA_COLLATOR_H
#define DLT_DATA_COLLATOR_H

#include "data/length_order.h"
#include "data/loader_options.h"
#include "data/transform_plan.h"

typedef struct dlt_collator {
    const dlt_loader_options *options; /* borrowed */
    dlt_transform_plan plan;
    char *stored[DLT_FIELDS_MAX]; /* owned: samples as they are read, of a field that the
                                     transforms reshape */
    dlt_order order;              /* of order_epoch */
    int64_t order_epoch;          /* -1: none yet */
    bool by_length;               /* batches are formed by it */
    dlt_length_order lengths;
} dlt_collator;

/** The buffers of one micro-batch, to which `batch` points; borrowed. */
typedef struct dlt_collated {
    dlt_micro_batch batch;
    int64_t *samples;
} dlt_collated;

/** Checks the transforms; count: samples of the largest micro-batch. Not collective. Owns: caller
 * owns *out, also after a failure; it borrows options. Errors: CONFIG or SHAPE from transforms;
 * MEM. */
DLT_CHECKED dlt_status dlt_collator_create(const dlt_loader_options *options, int64_t count,
                                           dlt_collator *out);
void dlt_collator_destroy(dlt_collator *collator);

/** Fills the buffers; allocates nothing. Not collective. Errors: those of reading. */
DLT_CHECKED dlt_status dlt_collator_fill(dlt_collator *collator, const dlt_micro_batch_id *id,
                                         dlt_collated *out);

#endif
