/* y = (x - mean) / std, with one mean and std for all elements, one per feature (last dimension),
 * or one per element. */
#ifndef DLT_DATA_TRANSFORMS_MOMENTS_H
#define DLT_DATA_TRANSFORMS_MOMENTS_H

#include "dltrain/extend/transform.h"

/** SHAPE if count fits neither 1, nor the features, nor the elements; CONFIG if a std is not a
 * positive number. */
DLT_CHECKED dlt_status dlt_moments_check(const dlt_transform_context *context, int64_t count,
                                         const double *mean, const double *std);

void dlt_moments_apply(const dlt_transform_context *context, int64_t count, const double *mean,
                       const double *std, dlt_real *x);

#endif
