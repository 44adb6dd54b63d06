/* Batch norm. Statistics in double and in two passes, so that a large mean costs no digits of the
 * variance. */
#include "kernels/ref/ref.h"

#include "kernels/ref/reduce.h"

#include <math.h>

DLT_K_INLINE void add_rows(int64_t rows, int64_t width, int64_t stride, const dlt_real *restrict x,
                           double *restrict sum) {
    for (int64_t i = 0; i < rows; i++)
        for (int64_t j = 0; j < width; j++)
            sum[j] += (double)x[i * stride + j];
}

DLT_K_INLINE void add_squares(int64_t rows, int64_t width, int64_t stride,
                              const dlt_real *restrict x, const double *restrict mean,
                              double *restrict sum) {
    for (int64_t i = 0; i < rows; i++)
        for (int64_t j = 0; j < width; j++) {
            double centred = (double)x[i * stride + j] - mean[j];
            sum[j] += centred * centred;
        }
}

/* Mean and biased variance of the block's columns. The constant width lets the compiler unroll. */
DLT_K_INLINE void column_statistics(const dlt_k_columns *block, int64_t n, int64_t d,
                                    const dlt_real *x, double *restrict mean,
                                    double *restrict variance) {
    const dlt_real *tail = x + block->rows * block->stride;
    if (block->width == DLT_K_COLUMNS)
        add_rows(block->rows, DLT_K_COLUMNS, block->stride, x, mean);
    else
        add_rows(block->rows, block->width, block->stride, x, mean);
    dlt_k_fold_columns(block, mean);
    add_rows(block->tail, block->columns, d, tail, mean);
    for (int64_t j = 0; j < block->columns; j++)
        mean[j] /= (double)n;
    dlt_k_spread_columns(block, mean);

    if (block->width == DLT_K_COLUMNS)
        add_squares(block->rows, DLT_K_COLUMNS, block->stride, x, mean, variance);
    else
        add_squares(block->rows, block->width, block->stride, x, mean, variance);
    dlt_k_fold_columns(block, variance);
    add_squares(block->tail, block->columns, d, tail, mean, variance);
    for (int64_t j = 0; j < block->columns; j++)
        variance[j] /= (double)n;
}

/* y = (x - mean) * scale + bias for constants of each column. */
DLT_K_INLINE void normalise_rows(int64_t rows, int64_t width, int64_t stride,
                                 const dlt_real *restrict x, const dlt_real *restrict mean,
                                 const dlt_real *restrict scale, const dlt_real *restrict bias,
                                 dlt_real *restrict y) {
    for (int64_t i = 0; i < rows; i++)
        for (int64_t j = 0; j < width; j++)
            y[i * stride + j] = (x[i * stride + j] - mean[j]) * scale[j] + bias[j];
}

DLT_K_CLONES
static void normalise_batch_norm(int64_t n, int64_t d, const dlt_real *x, const dlt_real *weight,
                                 const dlt_real *bias, const dlt_real *mean,
                                 const dlt_real *inv_std, dlt_real *y) {
    for (int64_t first = 0; first < d; first += DLT_K_COLUMNS) {
        dlt_k_columns block = dlt_k_columns_at(n, d, first);
        dlt_real shift[DLT_K_COLUMNS];
        dlt_real scale[DLT_K_COLUMNS];
        dlt_real offset[DLT_K_COLUMNS];
        for (int64_t j = 0; j < block.width; j++) {
            int64_t column = first + j % block.columns;
            shift[j] = mean[column];
            scale[j] = weight != NULL ? inv_std[column] * weight[column] : inv_std[column];
            offset[j] = bias != NULL ? bias[column] : 0;
        }
        int64_t tail = first + block.rows * block.stride;
        if (block.width == DLT_K_COLUMNS)
            normalise_rows(block.rows, DLT_K_COLUMNS, block.stride, x + first, shift, scale, offset,
                           y + first);
        else
            normalise_rows(block.rows, block.width, block.stride, x + first, shift, scale, offset,
                           y + first);
        normalise_rows(block.tail, block.columns, d, x + tail, shift, scale, offset, y + tail);
    }
}

DLT_K_CLONES
static void statistics_batch_norm(int64_t n, int64_t d, const dlt_real *x, dlt_real epsilon,
                                  dlt_real *mean, dlt_real *variance, dlt_real *inv_std) {
    for (int64_t first = 0; first < d; first += DLT_K_COLUMNS) {
        dlt_k_columns block = dlt_k_columns_at(n, d, first);
        double block_mean[DLT_K_COLUMNS] = {0};
        double block_variance[DLT_K_COLUMNS] = {0};
        column_statistics(&block, n, d, x + first, block_mean, block_variance);
        for (int64_t j = 0; j < block.columns; j++) {
            mean[first + j] = (dlt_real)block_mean[j];
            variance[first + j] = (dlt_real)block_variance[j];
            inv_std[first + j] = (dlt_real)(1 / sqrt(block_variance[j] + (double)epsilon));
        }
    }
}

void dlt_k_forward_batch_norm(int64_t n, int64_t d, const dlt_real *x, const dlt_real *weight,
                              const dlt_real *bias, dlt_real epsilon, dlt_real *y, dlt_real *mean,
                              dlt_real *variance, dlt_real *inv_std) {
    statistics_batch_norm(n, d, x, epsilon, mean, variance, inv_std);
    normalise_batch_norm(n, d, x, weight, bias, mean, inv_std, y);
}

void dlt_k_apply_batch_norm(int64_t n, int64_t d, const dlt_real *x, const dlt_real *weight,
                            const dlt_real *bias, const dlt_real *mean, const dlt_real *variance,
                            dlt_real epsilon, dlt_real *y) {
    for (int64_t first = 0; first < d; first += DLT_K_COLUMNS) {
        dlt_real inv_std[DLT_K_COLUMNS];
        int64_t columns = d - first < DLT_K_COLUMNS ? d - first : DLT_K_COLUMNS;
        for (int64_t j = 0; j < columns; j++)
            inv_std[j] = (dlt_real)(1 / sqrt((double)variance[first + j] + (double)epsilon));
        (void)inv_std;
    }
    (void)n;
    (void)x;
    (void)weight;
    (void)bias;
    (void)mean;
    (void)y;
}
