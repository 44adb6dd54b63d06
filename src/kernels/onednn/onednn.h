/* The functions of the oneDNN table; contracts in dltrain/extend/kernels.h. */
#ifndef DLT_KERNELS_ONEDNN_H
#define DLT_KERNELS_ONEDNN_H

#include "dltrain/extend/kernels.h"

/* gemm.c */
void dlt_k_gemm_onednn(bool transpose_a, bool transpose_b, int64_t m, int64_t n, int64_t k,
                       dlt_real alpha, const dlt_real *a, int64_t lda, const dlt_real *b,
                       int64_t ldb, dlt_real beta, dlt_real *c, int64_t ldc);

/* dense_bf16.c */
dlt_status dlt_k_create_dense_bf16(dlt_dense *dense);
void dlt_k_destroy_dense_bf16(dlt_dense *dense);
void dlt_k_forward_dense_bf16(const dlt_dense *dense, const dlt_real *x, const dlt_real *weight,
                              const dlt_real *bias, dlt_real *y, void *workspace);
void dlt_k_backward_data_dense_bf16(const dlt_dense *dense, const dlt_real *dy,
                                    const dlt_real *weight, dlt_real *dx, void *workspace);
void dlt_k_backward_weights_dense_bf16(const dlt_dense *dense, const dlt_real *x,
                                       const dlt_real *dy, dlt_real *dweight, dlt_real *dbias,
                                       void *workspace);

/* conv2d_plan.c; what operands are is decided here, and the other functions do the same for both */
dlt_status dlt_k_create_conv2d_onednn(dlt_conv2d *conv);
dlt_status dlt_k_create_conv2d_bf16(dlt_conv2d *conv);
void dlt_k_destroy_conv2d_onednn(dlt_conv2d *conv);

/* conv2d.c */
void dlt_k_forward_conv2d_onednn(const dlt_conv2d *conv, const dlt_real *x, const dlt_real *weight,
                                 const dlt_real *bias, dlt_real *y, void *workspace);
void dlt_k_backward_data_conv2d_onednn(const dlt_conv2d *conv, const dlt_real *dy,
                                       const dlt_real *weight, dlt_real *dx, void *workspace);
void dlt_k_backward_weights_conv2d_onednn(const dlt_conv2d *conv, const dlt_real *x,
                                          const dlt_real *dy, dlt_real *dweight, dlt_real *dbias,
                                          void *workspace);
void dlt_k_backward_conv2d_onednn(const dlt_conv2d *conv, const dlt_real *x, const dlt_real *dy,
                                  const dlt_real *weight, dlt_real *dx, dlt_real *dweight,
                                  dlt_real *dbias, void *workspace);

#endif
