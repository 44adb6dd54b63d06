/* Batch norm. Statistics in double and in two passes, so that a large mean costs no digits of the
 * variance. */
#include "kernels/ref/ref.h"

#include "kernels/ref/reduce.h"

#include <math.h>
#include <stddef.h>

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

/* One block of columns; inv_std holds the values of this block, the others of all columns. */
DLT_K_INLINE void normalise_block(const dlt_k_columns *block, int64_t d, const dlt_real *x,
                                  const dlt_real *weight, const dlt_real *bias,
                                  const dlt_real *mean, const dlt_real *inv_std, dlt_real *y) {
    dlt_real shift[DLT_K_COLUMNS];
    dlt_real scale[DLT_K_COLUMNS];
    dlt_real offset[DLT_K_COLUMNS];
    for (int64_t j = 0; j < block->width; j++) {
        int64_t column = j % block->columns;
        int64_t of_all = block->first + column;
        shift[j] = mean[of_all];
        scale[j] = weight != NULL ? inv_std[column] * weight[of_all] : inv_std[column];
        offset[j] = bias != NULL ? bias[of_all] : 0;
    }
    x += block->first;
    y += block->first;
    if (block->width == DLT_K_COLUMNS)
        normalise_rows(block->rows, DLT_K_COLUMNS, block->stride, x, shift, scale, offset, y);
    else
        normalise_rows(block->rows, block->width, block->stride, x, shift, scale, offset, y);
    int64_t tail = block->rows * block->stride;
    normalise_rows(block->tail, block->columns, d, x + tail, shift, scale, offset, y + tail);
}

DLT_K_CLONES
void dlt_k_forward_batch_norm(int64_t n, int64_t d, const dlt_real *x, const dlt_real *weight,
                              const dlt_real *bias, dlt_real epsilon, dlt_real *y, dlt_real *mean,
                              dlt_real *variance, dlt_real *inv_std) {
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
        normalise_block(&block, d, x, weight, bias, mean, inv_std + first, y);
    }
}

DLT_K_CLONES
void dlt_k_apply_batch_norm(int64_t n, int64_t d, const dlt_real *x, const dlt_real *weight,
                            const dlt_real *bias, const dlt_real *mean, const dlt_real *variance,
                            dlt_real epsilon, dlt_real *y) {
    for (int64_t first = 0; first < d; first += DLT_K_COLUMNS) {
        dlt_k_columns block = dlt_k_columns_at(n, d, first);
        dlt_real inv_std[DLT_K_COLUMNS];
        for (int64_t j = 0; j < block.columns; j++)
            inv_std[j] = (dlt_real)(1 / sqrt((double)variance[first + j] + (double)epsilon));
        normalise_block(&block, d, x, weight, bias, mean, inv_std, y);
    }
}

/* sum += dy, product += dy (x - mean) */
DLT_K_INLINE void add_gradients(int64_t rows, int64_t width, int64_t stride,
                                const dlt_real *restrict x, const dlt_real *restrict dy,
                                const double *restrict mean, double *restrict sum,
                                double *restrict product) {
    for (int64_t i = 0; i < rows; i++)
        for (int64_t j = 0; j < width; j++) {
            double slope = (double)dy[i * stride + j];
            sum[j] += slope;
            product[j] += slope * ((double)x[i * stride + j] - mean[j]);
        }
}

/* Sums over all rows of the block's columns; mean becomes that of the wide row. */
DLT_K_INLINE void column_gradients(const dlt_k_columns *block, int64_t d, const dlt_real *x,
                                   const dlt_real *dy, double *mean, double *sum, double *product) {
    dlt_k_spread_columns(block, mean);
    if (block->width == DLT_K_COLUMNS)
        add_gradients(block->rows, DLT_K_COLUMNS, block->stride, x, dy, mean, sum, product);
    else
        add_gradients(block->rows, block->width, block->stride, x, dy, mean, sum, product);
    dlt_k_fold_columns(block, sum);
    dlt_k_fold_columns(block, product);
    int64_t tail = block->rows * block->stride;
    add_gradients(block->tail, block->columns, d, x + tail, dy + tail, mean, sum, product);
}

/* What each column contributes to dx = scale (dy - mean_dy - (x - mean) slope). */
typedef struct column_constants {
    dlt_real mean[DLT_K_COLUMNS];
    dlt_real mean_dy[DLT_K_COLUMNS];
    dlt_real slope[DLT_K_COLUMNS];
    dlt_real scale[DLT_K_COLUMNS];
} column_constants;

DLT_K_INLINE void backward_rows(int64_t rows, int64_t width, int64_t stride,
                                const dlt_real *restrict x, const dlt_real *restrict dy,
                                const column_constants *restrict of, dlt_real *restrict dx) {
    for (int64_t i = 0; i < rows; i++)
        for (int64_t j = 0; j < width; j++) {
            dlt_real centred = x[i * stride + j] - of->mean[j];
            dlt_real residual = dy[i * stride + j] - of->mean_dy[j] - centred * of->slope[j];
            dx[i * stride + j] = residual * of->scale[j];
        }
}

DLT_K_INLINE void backward_block(const dlt_k_columns *block, int64_t d, const dlt_real *x,
                                 const dlt_real *dy, const column_constants *of, dlt_real *dx) {
    if (block->width == DLT_K_COLUMNS)
        backward_rows(block->rows, DLT_K_COLUMNS, block->stride, x, dy, of, dx);
    else
        backward_rows(block->rows, block->width, block->stride, x, dy, of, dx);
    int64_t tail = block->rows * block->stride;
    backward_rows(block->tail, block->columns, d, x + tail, dy + tail, of, dx + tail);
}

/* Ioffe and Szegedy 2015, section 3: the derivatives of the mean and the variance are sums over the
 * rows of dy and of dy (x - mean). The sums live in the block, so the workspace stays unused. */
DLT_K_CLONES
void dlt_k_backward_batch_norm(int64_t n, int64_t d, const dlt_real *x, const dlt_real *dy,
                               const dlt_real *weight, const dlt_real *mean,
                               const dlt_real *inv_std, dlt_real *dx, dlt_real *dweight,
                               dlt_real *dbias, dlt_real *workspace) {
    (void)workspace;
    for (int64_t first = 0; first < d; first += DLT_K_COLUMNS) {
        dlt_k_columns block = dlt_k_columns_at(n, d, first);
        double shift[DLT_K_COLUMNS];
        double sum[DLT_K_COLUMNS] = {0};
        double product[DLT_K_COLUMNS] = {0};
        for (int64_t j = 0; j < block.columns; j++)
            shift[j] = (double)mean[first + j];
        column_gradients(&block, d, x + first, dy + first, shift, sum, product);

        column_constants of;
        for (int64_t j = 0; j < block.width; j++) {
            int64_t column = j % block.columns;
            double inverse = (double)inv_std[first + column];
            of.mean[j] = mean[first + column];
            of.mean_dy[j] = (dlt_real)(sum[column] / (double)n);
            of.slope[j] = (dlt_real)(product[column] / (double)n * inverse * inverse);
            of.scale[j] = inv_std[first + column] * (weight != NULL ? weight[first + column] : 1);
        }
        if (dx != NULL)
            backward_block(&block, d, x + first, dy + first, &of, dx + first);
        for (int64_t j = 0; j < block.columns; j++) {
            if (dweight != NULL)
                dweight[first + j] = (dlt_real)(product[j] * (double)inv_std[first + j]);
            if (dbias != NULL)
                dbias[first + j] = (dlt_real)sum[j];
        }
    }
}
