/* What oneDNN prepares for a convolution of fixed shape: made in conv2d_create, used by the calls.
 *
 * Images stay plain NHWC. For the weights the library may want a packed layout of its own; then
 * each pass packs them from (or unpacks them to) the plain [R, S, C/groups, K] inside the call, a
 * copy of few bytes beside the images. All scratch is the caller's workspace:
 *   [packed weights | scratchpad | zeros for a missing bias], each aligned to 64 bytes. */
#ifndef DLT_KERNELS_CONV2D_PLAN_H
#define DLT_KERNELS_CONV2D_PLAN_H

#include "dltrain/plugin/kernels.h"

#include <dnnl.h>

/* Forward, backward to the data, or backward to the weights. Memory objects carry layouts; the
 * pointers are set per call. */
typedef struct dlt_k_pass {
    dnnl_primitive_t convolution; /* NULL: `below` is faster, or the library cannot */
    dnnl_primitive_t reorder;     /* plain to packed weights, or back; NULL if the layouts agree */
    dnnl_memory_t weights;        /* in the layout of the convolution */
    dnnl_memory_t scratchpad;
    int64_t weights_bytes; /* of the packed weights; 0 without reorder */
    int64_t scratchpad_bytes;
} dlt_k_pass;

typedef struct dlt_k_conv2d_plan {
    dnnl_engine_t engine;
    dnnl_stream_t stream;
    dnnl_memory_t x;
    dnnl_memory_t y;
    dnnl_memory_t weights; /* plain */
    dnnl_memory_t bias;
    dlt_k_pass forward;
    dlt_k_pass backward_data;
    dlt_k_pass backward_weights;
    dlt_kernels below; /* the table that does what this one leaves */
    dlt_conv2d below_conv;
} dlt_k_conv2d_plan;

/** bytes rounded up to the alignment of workspace slices. */
static inline int64_t dlt_k_slice_bytes(int64_t bytes) {
    return (bytes + 63) / 64 * 64;
}

#endif
