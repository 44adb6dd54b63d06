/* Where oneDNN 2 and oneDNN 3 differ: how a layout is held, and how an operation is described.
 * Everything else in this folder is the same for both, in the words of this header. CMake finds out
 * which of the two compiles and sets DLT_ONEDNN_API. */
#ifndef DLT_KERNELS_ONEDNN_OPERATIONS_H
#define DLT_KERNELS_ONEDNN_OPERATIONS_H

#include "dltrain/status.h"

#include <dnnl.h>

/* A layout that was created, and one that is borrowed from a description. In version 2 they point
 * to a struct, in version 3 they are handles; the library's functions take either. */
#if DLT_ONEDNN_API == 3
typedef dnnl_memory_desc_t dlt_k_layout;
typedef const_dnnl_memory_desc_t dlt_k_const_layout;
#else
typedef dnnl_memory_desc_t *dlt_k_layout;
typedef const dnnl_memory_desc_t *dlt_k_const_layout;
#endif

/** MEM or INTERNAL where the library refuses to plan `what` ("a convolution"). */
DLT_CHECKED dlt_status dlt_k_check_onednn(dnnl_status_t status, const char *what);

/** A layout of an array. Owns: caller owns *out. Errors: MEM, INTERNAL naming `what` ("a
 * convolution"). */
DLT_CHECKED dlt_status dlt_k_create_layout(int rank, const dnnl_dims_t dims, dnnl_data_type_t type,
                                           dnnl_format_tag_t tag, const char *what,
                                           dlt_k_layout *out);
/** NULL-safe. */
void dlt_k_destroy_layout(dlt_k_layout layout);

/** How a window moves over an image, by height and width. */
typedef struct dlt_k_geometry {
    dnnl_dims_t strides;
    dnnl_dims_t dilations; /* oneDNN counts the gaps: 0 is dense */
    dnnl_dims_t padding_before;
    dnnl_dims_t padding_after;
} dlt_k_geometry;

/** An operation on layouts: of a backward pass those of the gradients in place of what they belong
 *  to. Everything is borrowed. */
typedef struct dlt_k_operation {
    dlt_k_const_layout source;
    dlt_k_const_layout weights;
    dlt_k_const_layout bias; /* NULL: none */
    dlt_k_const_layout destination;
    const dlt_k_geometry *geometry;   /* of a convolution */
    const_dnnl_primitive_desc_t hint; /* of a backward pass: the forward one */
} dlt_k_operation;

/** Describes an operation; what the library says of it. */
typedef dnnl_status_t dlt_k_describe(const dlt_k_operation *operation, dnnl_engine_t engine,
                                     const_dnnl_primitive_attr_t attributes,
                                     dnnl_primitive_desc_t *out);

dlt_k_describe dlt_k_describe_convolution;
dlt_k_describe dlt_k_describe_convolution_backward_data;
dlt_k_describe dlt_k_describe_convolution_backward_weights;
dlt_k_describe dlt_k_describe_inner_product;
dlt_k_describe dlt_k_describe_inner_product_backward_weights;
dlt_k_describe dlt_k_describe_matmul;

#endif
