/* The functions of the oneDNN table; contracts in dltrain/plugin/kernels.h. */
#ifndef DLT_KERNELS_ONEDNN_H
#define DLT_KERNELS_ONEDNN_H

#include "dltrain/plugin/kernels.h"

/* gemm.c */
void dlt_k_gemm_onednn(bool transpose_a, bool transpose_b, int64_t m, int64_t n, int64_t k,
                       dlt_real alpha, const dlt_real *a, int64_t lda, const dlt_real *b,
                       int64_t ldb, dlt_real beta, dlt_real *c, int64_t ldc);

/* conv2d_plan.c */
dlt_status dlt_k_create_conv2d_onednn(dlt_conv2d *conv);
void dlt_k_destroy_conv2d_onednn(dlt_conv2d *conv);

/* conv2d.c */
void dlt_k_forward_conv2d_onednn(const dlt_conv2d *conv, const dlt_real *x, const dlt_real *weight,
                                 const dlt_real *bias, dlt_real *y, void *workspace);
void dlt_k_backward_data_conv2d_onednn(const dlt_conv2d *conv, const dlt_real *dy,
                                       const dlt_real *weight, dlt_real *dx, void *workspace);
void dlt_k_backward_weights_conv2d_onednn(const dlt_conv2d *conv, const dlt_real *x,
                                          const dlt_real *dy, dlt_real *dweight, dlt_real *dbias,
                                          void *workspace);

#endif
