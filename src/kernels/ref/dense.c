/* Dense layers as products of the table's own gemm. */
#include "kernels/ref/ref.h"

#include <stddef.h>

dlt_status dlt_k_create_dense(dlt_dense *dense) {
    dense->workspace_bytes = 0;
    dense->plan = NULL;
    return DLT_OK;
}

void dlt_k_destroy_dense(dlt_dense *dense) {
    dense->plan = NULL;
}

void dlt_k_forward_dense(const dlt_dense *dense, const dlt_real *x, const dlt_real *weight,
                         const dlt_real *bias, dlt_real *y, void *workspace) {
    (void)workspace;
    int64_t n = dense->n, d = dense->d, k = dense->k;
    dense->kernels->gemm(false, false, n, k, d, 1, x, d, weight, k, 0, y, k);
    if (bias != NULL)
        dense->kernels->bias_add(n, k, bias, y);
}

void dlt_k_backward_data_dense(const dlt_dense *dense, const dlt_real *dy, const dlt_real *weight,
                               dlt_real *dx, void *workspace) {
    (void)workspace;
    int64_t n = dense->n, d = dense->d, k = dense->k;
    dense->kernels->gemm(false, true, n, d, k, 1, dy, k, weight, k, 0, dx, d);
}

void dlt_k_backward_weights_dense(const dlt_dense *dense, const dlt_real *x, const dlt_real *dy,
                                  dlt_real *dweight, dlt_real *dbias, void *workspace) {
    (void)workspace;
    int64_t n = dense->n, d = dense->d, k = dense->k;
    dense->kernels->gemm(true, false, d, k, n, 1, x, d, dy, k, 0, dweight, k);
    if (dbias != NULL)
        dense->kernels->column_sum(n, k, dy, dbias);
}
