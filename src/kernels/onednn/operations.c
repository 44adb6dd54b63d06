/* Version 3 describes an operation in one call; version 2 fills a struct first, and describes that.
 */
#include "kernels/onednn/operations.h"

#include "base/error.h"

dlt_status dlt_k_check_onednn(dnnl_status_t status, const char *what) {
    if (status == dnnl_success)
        return DLT_OK;
    if (status == dnnl_out_of_memory)
        return dlt_fail(DLT_ERR_MEM, "oneDNN has no memory to plan %s", what);
    return dlt_fail(DLT_ERR_INTERNAL, "oneDNN refused the plan of %s (status %d)", what,
                    (int)status);
}

#if DLT_ONEDNN_API == 3

dlt_status dlt_k_create_layout(int rank, const dnnl_dims_t dims, dnnl_data_type_t type,
                               dnnl_format_tag_t tag, const char *what, dlt_k_layout *out) {
    return dlt_k_check_onednn(dnnl_memory_desc_create_with_tag(out, rank, dims, type, tag), what);
}

void dlt_k_destroy_layout(dlt_k_layout layout) {
    if (layout != NULL)
        dnnl_memory_desc_destroy(layout);
}

dnnl_status_t dlt_k_describe_convolution(const dlt_k_operation *of, dnnl_engine_t engine,
                                         const_dnnl_primitive_attr_t attributes,
                                         dnnl_primitive_desc_t *out) {
    const dlt_k_geometry *geometry = of->geometry;
    return dnnl_convolution_forward_primitive_desc_create(
        out, engine, dnnl_forward_training, dnnl_convolution_direct, of->source, of->weights,
        of->bias, of->destination, geometry->strides, geometry->dilations, geometry->padding_before,
        geometry->padding_after, attributes);
}

dnnl_status_t dlt_k_describe_convolution_backward_data(const dlt_k_operation *of,
                                                       dnnl_engine_t engine,
                                                       const_dnnl_primitive_attr_t attributes,
                                                       dnnl_primitive_desc_t *out) {
    const dlt_k_geometry *geometry = of->geometry;
    return dnnl_convolution_backward_data_primitive_desc_create(
        out, engine, dnnl_convolution_direct, of->source, of->weights, of->destination,
        geometry->strides, geometry->dilations, geometry->padding_before, geometry->padding_after,
        of->hint, attributes);
}

dnnl_status_t dlt_k_describe_convolution_backward_weights(const dlt_k_operation *of,
                                                          dnnl_engine_t engine,
                                                          const_dnnl_primitive_attr_t attributes,
                                                          dnnl_primitive_desc_t *out) {
    const dlt_k_geometry *geometry = of->geometry;
    return dnnl_convolution_backward_weights_primitive_desc_create(
        out, engine, dnnl_convolution_direct, of->source, of->weights, of->bias, of->destination,
        geometry->strides, geometry->dilations, geometry->padding_before, geometry->padding_after,
        of->hint, attributes);
}

dnnl_status_t dlt_k_describe_inner_product(const dlt_k_operation *of, dnnl_engine_t engine,
                                           const_dnnl_primitive_attr_t attributes,
                                           dnnl_primitive_desc_t *out) {
    return dnnl_inner_product_forward_primitive_desc_create(out, engine, dnnl_forward_training,
                                                            of->source, of->weights, of->bias,
                                                            of->destination, attributes);
}

dnnl_status_t dlt_k_describe_inner_product_backward_weights(const dlt_k_operation *of,
                                                            dnnl_engine_t engine,
                                                            const_dnnl_primitive_attr_t attributes,
                                                            dnnl_primitive_desc_t *out) {
    return dnnl_inner_product_backward_weights_primitive_desc_create(
        out, engine, of->source, of->weights, of->bias, of->destination, of->hint, attributes);
}

dnnl_status_t dlt_k_describe_matmul(const dlt_k_operation *of, dnnl_engine_t engine,
                                    const_dnnl_primitive_attr_t attributes,
                                    dnnl_primitive_desc_t *out) {
    return dnnl_matmul_primitive_desc_create(out, engine, of->source, of->weights, of->bias,
                                             of->destination, attributes);
}

#else

#include "base/alloc.h"

dlt_status dlt_k_create_layout(int rank, const dnnl_dims_t dims, dnnl_data_type_t type,
                               dnnl_format_tag_t tag, const char *what, dlt_k_layout *out) {
    DLT_TRY(DLT_NEW(*out, 1));
    return dlt_k_check_onednn(dnnl_memory_desc_init_by_tag(*out, rank, dims, type, tag), what);
}

void dlt_k_destroy_layout(dlt_k_layout layout) {
    dlt_free(layout);
}

dnnl_status_t dlt_k_describe_convolution(const dlt_k_operation *of, dnnl_engine_t engine,
                                         const_dnnl_primitive_attr_t attributes,
                                         dnnl_primitive_desc_t *out) {
    const dlt_k_geometry *geometry = of->geometry;
    dnnl_convolution_desc_t convolution;
    dnnl_status_t status = dnnl_dilated_convolution_forward_desc_init(
        &convolution, dnnl_forward_training, dnnl_convolution_direct, of->source, of->weights,
        of->bias, of->destination, geometry->strides, geometry->dilations, geometry->padding_before,
        geometry->padding_after);
    return status == dnnl_success
               ? dnnl_primitive_desc_create(out, &convolution, attributes, engine, NULL)
               : status;
}

dnnl_status_t dlt_k_describe_convolution_backward_data(const dlt_k_operation *of,
                                                       dnnl_engine_t engine,
                                                       const_dnnl_primitive_attr_t attributes,
                                                       dnnl_primitive_desc_t *out) {
    const dlt_k_geometry *geometry = of->geometry;
    dnnl_convolution_desc_t convolution;
    dnnl_status_t status = dnnl_dilated_convolution_backward_data_desc_init(
        &convolution, dnnl_convolution_direct, of->source, of->weights, of->destination,
        geometry->strides, geometry->dilations, geometry->padding_before, geometry->padding_after);
    return status == dnnl_success
               ? dnnl_primitive_desc_create(out, &convolution, attributes, engine, of->hint)
               : status;
}

dnnl_status_t dlt_k_describe_convolution_backward_weights(const dlt_k_operation *of,
                                                          dnnl_engine_t engine,
                                                          const_dnnl_primitive_attr_t attributes,
                                                          dnnl_primitive_desc_t *out) {
    const dlt_k_geometry *geometry = of->geometry;
    dnnl_convolution_desc_t convolution;
    dnnl_status_t status = dnnl_dilated_convolution_backward_weights_desc_init(
        &convolution, dnnl_convolution_direct, of->source, of->weights, of->bias, of->destination,
        geometry->strides, geometry->dilations, geometry->padding_before, geometry->padding_after);
    return status == dnnl_success
               ? dnnl_primitive_desc_create(out, &convolution, attributes, engine, of->hint)
               : status;
}

dnnl_status_t dlt_k_describe_inner_product(const dlt_k_operation *of, dnnl_engine_t engine,
                                           const_dnnl_primitive_attr_t attributes,
                                           dnnl_primitive_desc_t *out) {
    dnnl_inner_product_desc_t product;
    dnnl_status_t status = dnnl_inner_product_forward_desc_init(
        &product, dnnl_forward_training, of->source, of->weights, of->bias, of->destination);
    return status == dnnl_success
               ? dnnl_primitive_desc_create(out, &product, attributes, engine, NULL)
               : status;
}

dnnl_status_t dlt_k_describe_inner_product_backward_weights(const dlt_k_operation *of,
                                                            dnnl_engine_t engine,
                                                            const_dnnl_primitive_attr_t attributes,
                                                            dnnl_primitive_desc_t *out) {
    dnnl_inner_product_desc_t product;
    dnnl_status_t status = dnnl_inner_product_backward_weights_desc_init(
        &product, of->source, of->weights, of->bias, of->destination);
    return status == dnnl_success
               ? dnnl_primitive_desc_create(out, &product, attributes, engine, of->hint)
               : status;
}

dnnl_status_t dlt_k_describe_matmul(const dlt_k_operation *of, dnnl_engine_t engine,
                                    const_dnnl_primitive_attr_t attributes,
                                    dnnl_primitive_desc_t *out) {
    dnnl_matmul_desc_t product;
    dnnl_status_t status =
        dnnl_matmul_desc_init(&product, of->source, of->weights, of->bias, of->destination);
    return status == dnnl_success
               ? dnnl_primitive_desc_create(out, &product, attributes, engine, NULL)
               : status;
}

#endif
