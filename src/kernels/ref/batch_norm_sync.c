/* Batch norm in two halves, so that sums over other micro-batches can come in between. Sums in
 * double. */
#include "kernels/ref/ref.h"

#include "kernels/vector.h"

#include <math.h>
#include <stddef.h>
#include <string.h>

DLT_K_CLONES
void dlt_k_sums_batch_norm(int64_t n, int64_t d, const dlt_real *restrict x,
                           double *restrict sums) {
    double *restrict squares = sums + d;
    memset(sums, 0, 2 * (size_t)d * sizeof *sums);
    for (int64_t i = 0; i < n; i++)
        for (int64_t j = 0; j < d; j++) {
            double value = (double)x[i * d + j];
            sums[j] += value;
            squares[j] += value * value;
        }
}

DLT_K_CLONES
void dlt_k_slopes_batch_norm(int64_t n, int64_t d, const dlt_real *restrict x,
                             const dlt_real *restrict dy, const dlt_real *restrict mean,
                             double *restrict sums) {
    double *restrict products = sums + d;
    memset(sums, 0, 2 * (size_t)d * sizeof *sums);
    for (int64_t i = 0; i < n; i++)
        for (int64_t j = 0; j < d; j++) {
            double slope = (double)dy[i * d + j];
            sums[j] += slope;
            products[j] += slope * ((double)x[i * d + j] - (double)mean[j]);
        }
}

DLT_K_CLONES
void dlt_k_spread_batch_norm(int64_t n, int64_t d, const dlt_real *restrict x,
                             const dlt_real *restrict dy, const dlt_real *restrict weight,
                             const dlt_real *restrict mean, const dlt_real *restrict inv_std,
                             const dlt_real *restrict mean_dy, const dlt_real *restrict slope,
                             dlt_real *restrict dx) {
    for (int64_t i = 0; i < n; i++)
        for (int64_t j = 0; j < d; j++) {
            dlt_real scale = weight != NULL ? weight[j] * inv_std[j] : inv_std[j];
            dlt_real centred = x[i * d + j] - mean[j];
            dx[i * d + j] = scale * (dy[i * d + j] - mean_dy[j] - centred * slope[j]);
        }
}
