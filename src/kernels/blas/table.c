/* Replaces the matrix product and the convolutions; the other entries stay those of ref. */
#include "kernels/kernels_internal.h"

#include "kernels/blas/blas.h"

void dlt_kernels_add_blas(dlt_kernels *table) {
    table->name = "blas";
    table->gemm = dlt_k_gemm_blas;
    table->conv2d_create = dlt_k_create_conv2d_blas;
    table->conv2d_destroy = dlt_k_destroy_conv2d_blas;
    table->conv2d_forward = dlt_k_forward_conv2d_blas;
    table->conv2d_backward_data = dlt_k_backward_data_conv2d_blas;
    table->conv2d_backward_weights = dlt_k_backward_weights_conv2d_blas;
    table->conv2d_backward = dlt_k_backward_conv2d_blas;
}
