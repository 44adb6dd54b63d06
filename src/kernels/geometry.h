/* Where the taps of a window fall in the image. */
#ifndef DLT_KERNELS_GEOMETRY_H
#define DLT_KERNELS_GEOMETRY_H

#include "base/cast.h"
#include "dltrain/extend/kernels.h"

/* Along one axis, the taps first <= t < end of a window lie inside the image, tap t at position
 * origin + t * dilation; the others lie in the padding. */
typedef struct dlt_k_span {
    int64_t origin;
    int64_t first;
    int64_t end;
} dlt_k_span;

/** The span of the window that starts at origin, of `taps` taps, in an image of `size`. */
static inline dlt_k_span dlt_k_span_at(int64_t origin, int64_t dilation, int64_t taps,
                                       int64_t size) {
    int64_t first = origin < 0 ? dlt_ceil_div(-origin, dilation) : 0;
    int64_t end = origin < size ? dlt_ceil_div(size - origin, dilation) : 0;
    return (dlt_k_span){origin, dlt_min_i64(first, taps), dlt_min_i64(end, taps)};
}

/** The rows of the image under output row `out`. */
static inline dlt_k_span dlt_k_span_rows(const dlt_kernel_geometry *geometry, int64_t out) {
    return dlt_k_span_at(out * geometry->stride_h - geometry->pad_top, geometry->dilation_h,
                         geometry->r, geometry->h);
}

/** The columns of the image under output column `out`. */
static inline dlt_k_span dlt_k_span_columns(const dlt_kernel_geometry *geometry, int64_t out) {
    return dlt_k_span_at(out * geometry->stride_w - geometry->pad_left, geometry->dilation_w,
                         geometry->s, geometry->w);
}

#endif
