/* One array in the order of its memory beside two others with strides of their own: what
 * broadcasting, reductions, slices, transpositions and stacks of matrices have in common.
 *
 *   dlt_strided each = {0};
 *   dlt_strided_axis(&each, ...);           once per dimension, the outermost first
 *   while (dlt_strided_next(&each))         element i of a run lies at packed[each.at + i] and
 *       ...                                 at others[k][each.offset[k] + i * each.step[k]]
 */
#ifndef DLT_LAYERS_STRIDED_H
#define DLT_LAYERS_STRIDED_H

#include "dltrain/shape.h"

#include <stdbool.h>
#include <stdint.h>

/* The dimensions of a sample and the batch; and the arrays beside the packed one. */
enum { DLT_STRIDED_RANK = DLT_SHAPE_MAX + 1, DLT_STRIDED_OTHERS = 2 };

typedef struct dlt_strided {
    int rank;
    int64_t extent[DLT_STRIDED_RANK];
    int64_t stride[DLT_STRIDED_OTHERS][DLT_STRIDED_RANK]; /* in elements; 0 repeats */
    int64_t index[DLT_STRIDED_RANK];
    bool begun;
    /* the current run */
    int64_t count;
    int64_t at;
    int64_t offset[DLT_STRIDED_OTHERS];
    int64_t step[DLT_STRIDED_OTHERS];
} dlt_strided;

/** Appends an inner dimension. It is merged with the one around it where all arrays allow that, so
 * that runs are long. */
void dlt_strided_axis(dlt_strided *each, int64_t extent, int64_t stride_0, int64_t stride_1);

/** Moves to the first or next run; false behind the last one. */
bool dlt_strided_next(dlt_strided *each);

/** Strides of a packed array that is broadcast to `rank` dimensions, aligned at the last one: 0 for
 * dimensions that it lacks or has with size 1. */
void dlt_strides_of(const dlt_shape *shape, int rank, int64_t *out);

/** The shape to which two shapes broadcast, as in NumPy and ONNX; false if they do not. */
bool dlt_shape_broadcast(const dlt_shape *a, const dlt_shape *b, dlt_shape *out);

#endif
