/* The functions of the OpenBLAS table; contracts in dltrain/extend/kernels.h. */
#ifndef DLT_KERNELS_BLAS_H
#define DLT_KERNELS_BLAS_H

#include "dltrain/extend/kernels.h"

/* gemm.c */
void dlt_k_gemm_blas(bool transpose_a, bool transpose_b, int64_t m, int64_t n, int64_t k,
                     dlt_real alpha, const dlt_real *a, int64_t lda, const dlt_real *b, int64_t ldb,
                     dlt_real beta, dlt_real *c, int64_t ldc);

/* conv2d.c */
dlt_status dlt_k_create_conv2d_blas(dlt_conv2d *conv);
void dlt_k_destroy_conv2d_blas(dlt_conv2d *conv);
void dlt_k_forward_conv2d_blas(const dlt_conv2d *conv, const dlt_real *x, const dlt_real *weight,
                               const dlt_real *bias, dlt_real *y, void *workspace);
void dlt_k_backward_data_conv2d_blas(const dlt_conv2d *conv, const dlt_real *dy,
                                     const dlt_real *weight, dlt_real *dx, void *workspace);
void dlt_k_backward_weights_conv2d_blas(const dlt_conv2d *conv, const dlt_real *x,
                                        const dlt_real *dy, dlt_real *dweight, dlt_real *dbias,
                                        void *workspace);
void dlt_k_backward_conv2d_blas(const dlt_conv2d *conv, const dlt_real *x, const dlt_real *dy,
                                const dlt_real *weight, dlt_real *dx, dlt_real *dweight,
                                dlt_real *dbias, void *workspace);

#endif
