/* The transforms of a run, in order, ready to be applied to samples. */
#ifndef DLT_DATA_TRANSFORM_PLAN_H
#define DLT_DATA_TRANSFORM_PLAN_H

#include "dltrain/extend/transform.h"
#include "dltrain/status.h"

#include <stdint.h>

typedef struct dlt_transform_step {
    const dlt_transform_ops *ops;
    dlt_transform_context context;
    uint32_t index; /* in the run file's list: names the stream of random numbers */
} dlt_transform_step;

typedef struct dlt_transform_plan {
    dlt_transform_step *steps; /* owned */
    int64_t count;
    dlt_real *scratch; /* owned; one sample */
} dlt_transform_plan;

/** Checks the transforms on samples of the context's shape and keeps those that apply: random ones
 * only in training. Settings, mean and std are borrowed until destroy.
 *  Errors: CONFIG or SHAPE, with the place in the run file; MEM */
DLT_CHECKED dlt_status dlt_transform_plan_make(const dlt_selection_list *transforms,
                                               const dlt_transform_context *context, bool training,
                                               dlt_transform_plan *out);
void dlt_transform_plan_destroy(dlt_transform_plan *plan);

/** Transforms one sample in place; random numbers depend on (seed, epoch, sample) alone. */
void dlt_transform_plan_apply(const dlt_transform_plan *plan, uint64_t seed, int64_t epoch,
                              int64_t sample, dlt_real *x);

#endif
