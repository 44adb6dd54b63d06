#include "kernels/kernels_internal.h"

#include "kernels/onednn/onednn.h"

#include <dnnl.h>

void dlt_kernels_add_onednn(dlt_kernels *table) {
    table->name = "onednn";
    table->gemm = dlt_k_gemm_onednn;
    table->conv2d_create = dlt_k_create_conv2d_onednn;
    table->conv2d_destroy = dlt_k_destroy_conv2d_onednn;
    table->conv2d_forward = dlt_k_forward_conv2d_onednn;
    table->conv2d_backward_data = dlt_k_backward_data_conv2d_onednn;
    table->conv2d_backward_weights = dlt_k_backward_weights_conv2d_onednn;
    table->conv2d_backward = dlt_k_backward_conv2d_onednn;
}

bool dlt_kernels_can_add_bf16(void) {
    int has = (int)dnnl_get_effective_cpu_isa();
    int needed = (int)dnnl_cpu_isa_avx512_core_bf16;
    return (has & needed) == needed;
}

void dlt_kernels_add_bf16(dlt_kernels *table) {
    table->name = "onednn-bf16";
    table->dense_create = dlt_k_create_dense_bf16;
    table->dense_destroy = dlt_k_destroy_dense_bf16;
    table->dense_forward = dlt_k_forward_dense_bf16;
    table->dense_backward_data = dlt_k_backward_data_dense_bf16;
    table->dense_backward_weights = dlt_k_backward_weights_dense_bf16;
    table->conv2d_create = dlt_k_create_conv2d_bf16;
}
