/* The common part of `normalize` and `standardize`. One loop serves the statistics per feature and
 * those per element: features are the last dimension, so both repeat after `count` elements. */
#include "data/transforms/moments.h"

#include <math.h>

static int64_t features_of(const dlt_shape *shape) {
    return shape->rank == 0 ? 1 : shape->dim[shape->rank - 1];
}

dlt_status dlt_moments_check(const dlt_transform_context *context, int64_t count,
                             const double *mean, const double *std) {
    const int64_t features = features_of(&context->shape);
    const int64_t elements = dlt_shape_count(&context->shape);
    char text[DLT_SHAPE_TEXT_BYTES];
    if (count != 1 && count != features && count != elements)
        return dlt_transform_error(context, DLT_ERR_SHAPE,
                                   "%lld values of mean and std do not fit samples of shape %s",
                                   (long long)count, dlt_shape_text(&context->shape, text));
    for (int64_t i = 0; i < count; i++)
        if (!isfinite(mean[i]) || !isfinite(std[i]) || std[i] <= 0)
            return dlt_transform_error(context, DLT_ERR_CONFIG,
                                       "mean %g and std %g of feature %lld cannot be used: std "
                                       "must be a positive number",
                                       mean[i], std[i], (long long)i);
    return DLT_OK;
}

void dlt_moments_apply(const dlt_transform_context *context, int64_t count, const double *mean,
                       const double *std, dlt_real *x) {
    const int64_t elements = dlt_shape_count(&context->shape);
    if (count == 1) {
        const dlt_real one_mean = (dlt_real)mean[0];
        const dlt_real one_std = (dlt_real)std[0];
        for (int64_t i = 0; i < elements; i++)
            x[i] = (x[i] - one_mean) / one_std;
        return;
    }
    for (int64_t i = 0; i < elements; i += count)
        for (int64_t d = 0; d < count; d++)
            x[i + d] = (x[i + d] - (dlt_real)mean[d]) / (dlt_real)std[d];
}
