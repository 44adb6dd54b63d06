/* What oneDNN prepares for a convolution of fixed shape: made in conv2d_create, used by the calls.
 *
 * Images stay plain NHWC. For the weights the library may want a packed layout of its own; then
 * each pass packs them from (or unpacks them to) the plain [R, S, C/groups, K] inside the call, a
 * copy of few bytes beside the images.
 *
 * In bf16 both operands of a product are rounded to bf16, its sum and result are float. The images
 * are then taken in blocks of samples, so small that a block rounded just before is still in the
 * core's cache when it is multiplied; in float a block is the whole call. All scratch is the
 * caller's workspace:
 *   [packed weights | scratchpad | zeros for a missing bias, or a block's packed weight gradient |
 *    rounded block of x | rounded block of y], each aligned to 64 bytes. */
#ifndef DLT_KERNELS_CONV2D_PLAN_H
#define DLT_KERNELS_CONV2D_PLAN_H

#include "kernels/onednn/primitive.h"

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
    int64_t block;  /* samples of one execution */
    int64_t blocks; /* block * blocks is the convolution's n */
    dlt_k_array x;  /* one block of images */
    dlt_k_array y;
    dnnl_memory_t weights; /* plain */
    dnnl_memory_t bias;
    int64_t weight_count;
    dlt_k_pass forward;
    dlt_k_pass backward_data;
    dlt_k_pass backward_weights;
    dlt_kernels below; /* the table that does what this one leaves; empty if it leaves nothing */
    dlt_conv2d below_conv;
} dlt_k_conv2d_plan;

/* Where a pass has its slices of the workspace, in bytes. */
typedef struct dlt_k_slices {
    int64_t scratchpad;
    int64_t spare;
    int64_t x;
    int64_t y;
    int64_t end;
} dlt_k_slices;

dlt_k_slices dlt_k_slices_of(const dlt_conv2d *conv, const dlt_k_conv2d_plan *plan,
                             const dlt_k_pass *pass);

#endif
