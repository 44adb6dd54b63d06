/* The functions of the plain table, one file per family; contracts in dltrain/extend/kernels.h. */
#ifndef DLT_KERNELS_REF_H
#define DLT_KERNELS_REF_H

#include "dltrain/extend/kernels.h"

/* gemm.c */
void dlt_k_gemm_ref(bool transpose_a, bool transpose_b, int64_t m, int64_t n, int64_t k,
                    dlt_real alpha, const dlt_real *a, int64_t lda, const dlt_real *b, int64_t ldb,
                    dlt_real beta, dlt_real *c, int64_t ldc);

/* bias.c */
void dlt_k_bias_add(int64_t n, int64_t d, const dlt_real *bias, dlt_real *y);
void dlt_k_column_sum(int64_t n, int64_t d, const dlt_real *x, dlt_real *out);

/* dense.c: by dense->kernels->gemm, for every table whose gemm needs no plan */
dlt_status dlt_k_create_dense(dlt_dense *dense);
void dlt_k_destroy_dense(dlt_dense *dense);
void dlt_k_forward_dense(const dlt_dense *dense, const dlt_real *x, const dlt_real *weight,
                         const dlt_real *bias, dlt_real *y, void *workspace);
void dlt_k_backward_data_dense(const dlt_dense *dense, const dlt_real *dy, const dlt_real *weight,
                               dlt_real *dx, void *workspace);
void dlt_k_backward_weights_dense(const dlt_dense *dense, const dlt_real *x, const dlt_real *dy,
                                  dlt_real *dweight, dlt_real *dbias, void *workspace);

/* conv2d.c */
dlt_status dlt_k_create_conv2d_ref(dlt_conv2d *conv);
void dlt_k_destroy_conv2d_ref(dlt_conv2d *conv);
void dlt_k_forward_conv2d_ref(const dlt_conv2d *conv, const dlt_real *x, const dlt_real *weight,
                              const dlt_real *bias, dlt_real *y, void *workspace);
void dlt_k_backward_data_conv2d_ref(const dlt_conv2d *conv, const dlt_real *dy,
                                    const dlt_real *weight, dlt_real *dx, void *workspace);
void dlt_k_backward_weights_conv2d_ref(const dlt_conv2d *conv, const dlt_real *x,
                                       const dlt_real *dy, dlt_real *dweight, dlt_real *dbias,
                                       void *workspace);
void dlt_k_backward_conv2d_ref(const dlt_conv2d *conv, const dlt_real *x, const dlt_real *dy,
                               const dlt_real *weight, dlt_real *dx, dlt_real *dweight,
                               dlt_real *dbias, void *workspace);

/* max_pool2d.c, avg_pool2d.c */
void dlt_k_forward_max_pool2d(int64_t n, const dlt_kernel_geometry *geometry, bool relu,
                              const dlt_real *x, dlt_real *y, int32_t *argmax);
void dlt_k_backward_max_pool2d(int64_t n, const dlt_kernel_geometry *geometry, const dlt_real *dy,
                               const int32_t *argmax, dlt_real *dx);
void dlt_k_forward_avg_pool2d(int64_t n, const dlt_kernel_geometry *geometry, bool count_padding,
                              const dlt_real *x, dlt_real *y);
void dlt_k_backward_avg_pool2d(int64_t n, const dlt_kernel_geometry *geometry, bool count_padding,
                               const dlt_real *dy, dlt_real *dx);

/* batch_norm_sync.c */
void dlt_k_sums_batch_norm(int64_t n, int64_t d, const dlt_real *x, double *sums);
void dlt_k_slopes_batch_norm(int64_t n, int64_t d, const dlt_real *x, const dlt_real *dy,
                             const dlt_real *mean, double *sums);
void dlt_k_spread_batch_norm(int64_t n, int64_t d, const dlt_real *x, const dlt_real *dy,
                             const dlt_real *weight, const dlt_real *mean, const dlt_real *inv_std,
                             const dlt_real *mean_dy, const dlt_real *slope, dlt_real *dx);
/* batch_norm.c */
void dlt_k_forward_batch_norm(const dlt_batch_norm *norm, const dlt_real *x, dlt_real *y,
                              dlt_real *mean, dlt_real *variance, dlt_real *inv_std);
void dlt_k_batch_norm_inference(const dlt_batch_norm *norm, const dlt_real *x, const dlt_real *mean,
                                const dlt_real *variance, dlt_real *y);

/* batch_norm_backward.c */
void dlt_k_backward_batch_norm(const dlt_batch_norm *norm, const dlt_real *x, const dlt_real *y,
                               const dlt_real *dy, const dlt_real *mean, const dlt_real *inv_std,
                               dlt_real *dx, dlt_real *daddend, dlt_real *dweight, dlt_real *dbias);

/* layer_norm.c */
void dlt_k_forward_layer_norm(int64_t n, int64_t d, const dlt_real *x, const dlt_real *weight,
                              const dlt_real *bias, dlt_real epsilon, dlt_real *y, dlt_real *mean,
                              dlt_real *inv_std);
void dlt_k_backward_layer_norm(int64_t n, int64_t d, const dlt_real *x, const dlt_real *dy,
                               const dlt_real *weight, const dlt_real *mean,
                               const dlt_real *inv_std, dlt_real *dx, dlt_real *dweight,
                               dlt_real *dbias);

/* lstm.c */
void dlt_k_forward_lstm(int64_t units, dlt_real *gates, const dlt_real *c_before, dlt_real *c,
                        dlt_real *h);
void dlt_k_backward_lstm(int64_t units, const dlt_real *gates, const dlt_real *c_before,
                         const dlt_real *c, const dlt_real *dh, dlt_real *dc, dlt_real *dgates);

/* attention.c */
int64_t dlt_k_attention_workspace_bytes(void);
void dlt_k_forward_attention(const dlt_attention *self, const dlt_attention_call *call,
                             void *workspace);
void dlt_k_backward_attention(const dlt_attention *self, const dlt_attention_call *call,
                              void *workspace);

/* softmax.c */
void dlt_k_forward_softmax(int64_t n, int64_t d, const dlt_real *x, dlt_real *y);
void dlt_k_backward_softmax(int64_t n, int64_t d, const dlt_real *y, const dlt_real *dy,
                            dlt_real *dx);

/* activation.c */
void dlt_k_forward_relu(int64_t count, const dlt_real *x, dlt_real *y);
void dlt_k_backward_relu(int64_t count, const dlt_real *y, const dlt_real *dy, dlt_real *dx);
void dlt_k_forward_leaky_relu(int64_t count, dlt_real slope, const dlt_real *x, dlt_real *y);
void dlt_k_backward_leaky_relu(int64_t count, dlt_real slope, const dlt_real *x, const dlt_real *dy,
                               dlt_real *dx);
void dlt_k_forward_elu(int64_t count, dlt_real alpha, const dlt_real *x, dlt_real *y);
void dlt_k_backward_elu(int64_t count, dlt_real alpha, const dlt_real *x, const dlt_real *y,
                        const dlt_real *dy, dlt_real *dx);
void dlt_k_forward_sigmoid(int64_t count, const dlt_real *x, dlt_real *y);
void dlt_k_backward_sigmoid(int64_t count, const dlt_real *y, const dlt_real *dy, dlt_real *dx);
void dlt_k_forward_tanh(int64_t count, const dlt_real *x, dlt_real *y);
void dlt_k_backward_tanh(int64_t count, const dlt_real *y, const dlt_real *dy, dlt_real *dx);
void dlt_k_forward_gelu(int64_t count, bool approximate, const dlt_real *x, dlt_real *y);
void dlt_k_backward_gelu(int64_t count, bool approximate, const dlt_real *x, const dlt_real *dy,
                         dlt_real *dx);

/* elementwise.c */
void dlt_k_add(int64_t count, const dlt_real *x, const dlt_real *z, dlt_real *y);

/* dropout.c */
void dlt_k_dropout(int64_t count, const uint32_t key[2], const uint32_t high[2], uint32_t threshold,
                   dlt_real scale, const dlt_real *x, dlt_real *y);

/* cross_entropy.c */
double dlt_k_cross_entropy(int64_t n, int64_t d, const dlt_real *logits, const int32_t *labels,
                           const double *class_weight, const dlt_real *row_weight,
                           dlt_real smoothing, dlt_real *dlogits, double *weight_sum);

#endif
