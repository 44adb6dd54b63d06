/* An axis that continues the one outside of it without a gap, in both other arrays, is merged with
 * it, so that the innermost run, over which callers loop with fixed steps, is as long as possible.
 * The outer axes count like an odometer. A broadcast dimension has stride 0. */
#include "layers/strided.h"

void dlt_strided_axis(dlt_strided *each, int64_t extent, int64_t stride_0, int64_t stride_1) {
    if (extent == 1)
        return;
    int outer = each->rank - 1;
    if (outer >= 0 && each->stride[0][outer] == extent * stride_0 &&
        each->stride[1][outer] == extent * stride_1) {
        each->extent[outer] *= extent;
        each->stride[0][outer] = stride_0;
        each->stride[1][outer] = stride_1;
        return;
    }
    each->extent[each->rank] = extent;
    each->stride[0][each->rank] = stride_0;
    each->stride[1][each->rank] = stride_1;
    each->rank++;
}

bool dlt_strided_next(dlt_strided *each) {
    int inner = each->rank - 1;
    if (!each->begun) {
        each->begun = true;
        each->count = inner >= 0 ? each->extent[inner] : 1;
        for (int k = 0; k < DLT_STRIDED_OTHERS; k++)
            each->step[k] = inner >= 0 ? each->stride[k][inner] : 0;
        return true;
    }
    each->at += each->count;
    for (int d = inner - 1; d >= 0; d--) {
        bool more = ++each->index[d] < each->extent[d];
        for (int k = 0; k < DLT_STRIDED_OTHERS; k++)
            each->offset[k] += each->stride[k][d] * (more ? 1 : 1 - each->extent[d]);
        if (more)
            return true;
        each->index[d] = 0;
    }
    return false;
}

void dlt_strides_of(const dlt_shape *shape, int rank, int64_t *out) {
    int64_t stride = 1;
    for (int i = 1; i <= rank; i++) {
        int64_t extent = i <= shape->rank ? shape->dim[shape->rank - i] : 1;
        out[rank - i] = extent == 1 ? 0 : stride;
        stride *= extent;
    }
}

bool dlt_shape_broadcast(const dlt_shape *a, const dlt_shape *b, dlt_shape *out) {
    *out = a->rank >= b->rank ? *a : *b;
    for (int i = 1; i <= a->rank && i <= b->rank; i++) {
        int64_t of_a = a->dim[a->rank - i];
        int64_t of_b = b->dim[b->rank - i];
        if (of_a != of_b && of_a != 1 && of_b != 1)
            return false;
        out->dim[out->rank - i] = of_a == 1 ? of_b : of_a;
    }
    return true;
}
