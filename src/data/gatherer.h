/* Makes micro-batches: samples of the epoch's order, converted and transformed. One per thread. */
#ifndef DLT_DATA_GATHERER_H
#define DLT_DATA_GATHERER_H

#include "data/loader_options.h"
#include "data/transform_plan.h"

typedef struct dlt_gatherer {
    const dlt_loader_options *options; /* borrowed */
    dlt_transform_plan plan;
    int64_t width;       /* elements of one sample */
    dlt_order order;     /* of order_epoch */
    int64_t order_epoch; /* -1: none yet */
} dlt_gatherer;

/** The buffers of one micro-batch, to which `batch` points; borrowed. */
typedef struct dlt_gathered {
    dlt_micro_batch batch;
    int64_t *samples;
    int32_t *labels;  /* NULL unless labels are wanted */
    dlt_real *values; /* NULL unless values are wanted */
} dlt_gathered;

/** Checks the transforms. Not collective. Owns: caller owns *out, also after a failure; it borrows
 * options. Errors: CONFIG or SHAPE from transforms; MEM. */
DLT_CHECKED dlt_status dlt_gatherer_create(const dlt_loader_options *options, dlt_gatherer *out);
void dlt_gatherer_destroy(dlt_gatherer *gatherer);

/** Fills the buffers; allocates nothing. Not collective. Errors: those of reading. */
DLT_CHECKED dlt_status dlt_gatherer_fill(dlt_gatherer *gatherer, const dlt_stop *stop,
                                         dlt_gathered *out);

#endif
