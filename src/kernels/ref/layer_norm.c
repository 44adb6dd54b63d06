/* Layer normalisation of each row of x [N, D] (Ba, Kiros, Hinton 2016, arXiv 1607.06450):
 *
 *   y = (x - mean) inv_std weight + bias,   inv_std = 1 / sqrt(variance + epsilon)
 *
 * The variance takes a second pass over the row, because E[x^2] - mean^2 would cancel. All sums are
 * taken in double. Backward reads mean and inv_std of each row from forward. */
#include "kernels/ref/ref.h"

#include "kernels/ref/reduce.h"

#include <math.h>
#include <stddef.h>

DLT_K_INLINE double sum_of_squares(int64_t d, const dlt_real *x, double mean) {
    double lane[DLT_K_LANES] = {0};
    int64_t whole = d - d % DLT_K_LANES;
    for (int64_t j = 0; j < whole; j += DLT_K_LANES)
        for (int i = 0; i < DLT_K_LANES; i++) {
            double centred = (double)x[j + i] - mean;
            lane[i] += centred * centred;
        }
    for (int64_t j = whole; j < d; j++) {
        double centred = (double)x[j] - mean;
        lane[j - whole] += centred * centred;
    }
    return dlt_k_fold_lanes(lane);
}

DLT_K_CLONES
void dlt_k_forward_layer_norm(int64_t n, int64_t d, const dlt_real *restrict x,
                              const dlt_real *restrict weight, const dlt_real *restrict bias,
                              dlt_real epsilon, dlt_real *restrict y, dlt_real *restrict mean,
                              dlt_real *restrict inv_std) {
    for (int64_t i = 0; i < n; i++) {
        double row_mean = dlt_k_sum(d, x + i * d) / (double)d;
        double variance = sum_of_squares(d, x + i * d, row_mean) / (double)d;
        mean[i] = (dlt_real)row_mean;
        inv_std[i] = (dlt_real)(1 / sqrt(variance + (double)epsilon));
        for (int64_t j = 0; j < d; j++) {
            dlt_real normal = (x[i * d + j] - mean[i]) * inv_std[i];
            dlt_real scaled = weight != NULL ? normal * weight[j] : normal;
            y[i * d + j] = bias != NULL ? scaled + bias[j] : scaled;
        }
    }
}

/* Of one row: sum of g = dy weight, and sum of g (x - mean) inv_std. */
DLT_K_INLINE void row_gradients(int64_t d, const dlt_real *x, const dlt_real *dy,
                                const dlt_real *weight, dlt_real mean, dlt_real inv_std,
                                double *sum, double *product) {
    double sum_lane[DLT_K_LANES] = {0};
    double product_lane[DLT_K_LANES] = {0};
    for (int64_t start = 0; start < d; start += DLT_K_LANES) {
        int64_t lanes = d - start < DLT_K_LANES ? d - start : DLT_K_LANES;
        for (int64_t i = 0; i < lanes; i++) {
            int64_t j = start + i;
            double slope = (double)(weight != NULL ? dy[j] * weight[j] : dy[j]);
            sum_lane[i] += slope;
            product_lane[i] += slope * (double)((x[j] - mean) * inv_std);
        }
    }
    *sum = dlt_k_fold_lanes(sum_lane);
    *product = dlt_k_fold_lanes(product_lane);
}

/* dx = inv_std (g - mean of g - normal * mean of g normal), normal = (x - mean) inv_std: the
 * derivation of batch norm's backward pass (Ioffe and Szegedy 2015, section 3), along rows. */
DLT_K_CLONES
static void backward_data_layer_norm(int64_t n, int64_t d, const dlt_real *restrict x,
                                     const dlt_real *restrict dy, const dlt_real *restrict weight,
                                     const dlt_real *restrict mean,
                                     const dlt_real *restrict inv_std, dlt_real *restrict dx) {
    for (int64_t i = 0; i < n; i++) {
        double sum;
        double product;
        row_gradients(d, x + i * d, dy + i * d, weight, mean[i], inv_std[i], &sum, &product);
        dlt_real mean_slope = (dlt_real)(sum / (double)d);
        dlt_real mean_product = (dlt_real)(product / (double)d);
        for (int64_t j = 0; j < d; j++) {
            dlt_real normal = (x[i * d + j] - mean[i]) * inv_std[i];
            dlt_real slope = weight != NULL ? dy[i * d + j] * weight[j] : dy[i * d + j];
            dx[i * d + j] = inv_std[i] * (slope - mean_slope - normal * mean_product);
        }
    }
}

DLT_K_CLONES
static void backward_params_layer_norm(int64_t n, int64_t d, const dlt_real *restrict x,
                                       const dlt_real *restrict dy, const dlt_real *restrict mean,
                                       const dlt_real *restrict inv_std, dlt_real *restrict dweight,
                                       dlt_real *restrict dbias) {
    for (int64_t first = 0; first < d; first += DLT_K_COLUMNS) {
        int64_t columns = d - first < DLT_K_COLUMNS ? d - first : DLT_K_COLUMNS;
        double sum[DLT_K_COLUMNS] = {0};
        double product[DLT_K_COLUMNS] = {0};
        for (int64_t i = 0; i < n; i++)
            for (int64_t j = 0; j < columns; j++) {
                double slope = (double)dy[i * d + first + j];
                sum[j] += slope;
                product[j] += slope * (double)((x[i * d + first + j] - mean[i]) * inv_std[i]);
            }
        for (int64_t j = 0; j < columns; j++) {
            if (dweight != NULL)
                dweight[first + j] = (dlt_real)product[j];
            if (dbias != NULL)
                dbias[first + j] = (dlt_real)sum[j];
        }
    }
}

void dlt_k_backward_layer_norm(int64_t n, int64_t d, const dlt_real *x, const dlt_real *dy,
                               const dlt_real *weight, const dlt_real *mean,
                               const dlt_real *inv_std, dlt_real *dx, dlt_real *dweight,
                               dlt_real *dbias) {
    if (dx != NULL)
        backward_data_layer_norm(n, d, x, dy, weight, mean, inv_std, dx);
    if (dweight != NULL || dbias != NULL)
        backward_params_layer_norm(n, d, x, dy, mean, inv_std, dweight, dbias);
}
