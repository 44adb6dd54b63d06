/* Batch norm forward: one pass over x for the statistics, one that normalises and does what
 * follows. */
#include "kernels/ref/batch_norm.h"
#include "kernels/ref/ref.h"

#include <math.h>

/* Sums of x - shift and of its square per column of a block; the columns are those of the wide row.
 */
typedef struct column_sums {
    dlt_real shift[DLT_K_COLUMNS];
    double sum[DLT_K_COLUMNS];
    double square[DLT_K_COLUMNS];
} column_sums;

DLT_K_INLINE void add_rows(int64_t rows, int64_t width, int64_t stride, const dlt_real *restrict x,
                           const dlt_real *restrict shift, dlt_real *restrict sum,
                           dlt_real *restrict square) {
    for (int64_t i = 0; i < rows; i++)
        for (int64_t j = 0; j < width; j++) {
            dlt_real centred = x[i * stride + j] - shift[j];
            sum[j] += centred;
            square[j] += centred * centred;
        }
}

DLT_K_INLINE void add_chunks(int64_t rows, int64_t width, int64_t stride, const dlt_real *x,
                             column_sums *of) {
    for (int64_t first = 0; first < rows; first += DLT_K_CHUNK) {
        int64_t count = rows - first < DLT_K_CHUNK ? rows - first : DLT_K_CHUNK;
        dlt_real sum[DLT_K_COLUMNS] = {0};
        dlt_real square[DLT_K_COLUMNS] = {0};
        add_rows(count, width, stride, x + first * stride, of->shift, sum, square);
        for (int64_t j = 0; j < width; j++) {
            of->sum[j] += (double)sum[j];
            of->square[j] += (double)square[j];
        }
    }
}

/* The mean of the first rows, rounded: near the mean of all, so that a large mean costs no digits
 * of the variance (Chan, Golub, LeVeque 1983, "Algorithms for computing the sample variance", on
 * shifted data). */
DLT_K_INLINE void choose_shift(const dlt_k_columns *block, int64_t n, int64_t d, const dlt_real *x,
                               dlt_real *shift) {
    int64_t rows = n < DLT_K_COLUMNS ? n : DLT_K_COLUMNS;
    double sum[DLT_K_COLUMNS] = {0};
    for (int64_t i = 0; i < rows; i++)
        for (int64_t j = 0; j < block->columns; j++)
            sum[j] += (double)x[i * d + j];
    for (int64_t j = 0; j < block->width; j++)
        shift[j] = (dlt_real)(sum[j % block->columns] / (double)rows);
}

/* Mean and biased variance of the block's columns. The constant width lets the compiler unroll. */
DLT_K_INLINE void column_statistics(const dlt_k_columns *block, int64_t n, int64_t d,
                                    const dlt_real *x, double *mean, double *variance) {
    column_sums of = {.sum = {0}, .square = {0}};
    choose_shift(block, n, d, x, of.shift);
    if (block->width == DLT_K_COLUMNS)
        add_chunks(block->rows, DLT_K_COLUMNS, block->stride, x, &of);
    else
        add_chunks(block->rows, block->width, block->stride, x, &of);
    dlt_k_fold_columns(block, of.sum);
    dlt_k_fold_columns(block, of.square);
    add_chunks(block->tail, block->columns, d, x + block->rows * block->stride, &of);
    for (int64_t j = 0; j < block->columns; j++) {
        double centre = of.sum[j] / (double)n;
        mean[j] = (double)of.shift[j] + centre;
        double square = of.square[j] / (double)n - centre * centre;
        variance[j] = square < 0 ? 0 : square; /* which only rounding makes negative */
    }
}

/* What follows is a constant of each call, so that every loop does one thing. */
DLT_K_INLINE void normalise_rows(int64_t rows, int64_t width, int64_t stride, bool relu,
                                 const dlt_real *restrict x, const dlt_k_affine *restrict of,
                                 const dlt_real *restrict addend, dlt_real *restrict y) {
    for (int64_t i = 0; i < rows; i++)
        for (int64_t j = 0; j < width; j++) {
            dlt_real value = dlt_k_normalise(of, j, x[i * stride + j]);
            if (addend != NULL)
                value += addend[i * stride + j];
            y[i * stride + j] = relu && value < 0 ? 0 : value;
        }
}

DLT_K_INLINE void normalise_wide(const dlt_k_columns *block, bool relu, const dlt_real *x,
                                 const dlt_k_affine *of, const dlt_real *addend, dlt_real *y) {
    if (block->width == DLT_K_COLUMNS)
        normalise_rows(block->rows, DLT_K_COLUMNS, block->stride, relu, x, of, addend, y);
    else
        normalise_rows(block->rows, block->width, block->stride, relu, x, of, addend, y);
}

/* x, y, mean and inv_std are at the block's first column. */
DLT_K_INLINE void normalise_block(const dlt_k_columns *block, const dlt_batch_norm *norm,
                                  const dlt_real *x, const dlt_real *mean, const dlt_real *inv_std,
                                  dlt_real *y) {
    dlt_k_affine of = {0};
    const dlt_real *addend = norm->addend != NULL ? norm->addend + block->first : NULL;
    dlt_k_affine_of(block, norm, mean, inv_std, &of);
    if (addend == NULL && !norm->relu)
        normalise_wide(block, false, x, &of, NULL, y);
    else if (addend == NULL)
        normalise_wide(block, true, x, &of, NULL, y);
    else if (!norm->relu)
        normalise_wide(block, false, x, &of, addend, y);
    else
        normalise_wide(block, true, x, &of, addend, y);
    int64_t tail = block->rows * block->stride;
    normalise_rows(block->tail, block->columns, norm->d, norm->relu, x + tail, &of,
                   addend != NULL ? addend + tail : NULL, y + tail);
}

DLT_K_CLONES
void dlt_k_forward_batch_norm(const dlt_batch_norm *norm, const dlt_real *x, dlt_real *y,
                              dlt_real *mean, dlt_real *variance, dlt_real *inv_std) {
    for (int64_t first = 0; first < norm->d; first += DLT_K_COLUMNS) {
        dlt_k_columns block = dlt_k_columns_at(norm->n, norm->d, first);
        double block_mean[DLT_K_COLUMNS];
        double block_variance[DLT_K_COLUMNS];
        column_statistics(&block, norm->n, norm->d, x + first, block_mean, block_variance);
        for (int64_t j = 0; j < block.columns; j++) {
            mean[first + j] = (dlt_real)block_mean[j];
            variance[first + j] = (dlt_real)block_variance[j];
            inv_std[first + j] = (dlt_real)(1 / sqrt(block_variance[j] + (double)norm->epsilon));
        }
        normalise_block(&block, norm, x + first, mean + first, inv_std + first, y + first);
    }
}

DLT_K_CLONES
void dlt_k_batch_norm_inference(const dlt_batch_norm *norm, const dlt_real *x, const dlt_real *mean,
                                const dlt_real *variance, dlt_real *y) {
    for (int64_t first = 0; first < norm->d; first += DLT_K_COLUMNS) {
        dlt_k_columns block = dlt_k_columns_at(norm->n, norm->d, first);
        dlt_real inv_std[DLT_K_COLUMNS];
        for (int64_t j = 0; j < block.columns; j++)
            inv_std[j] = (dlt_real)(1 / sqrt((double)variance[first + j] + (double)norm->epsilon));
        normalise_block(&block, norm, x + first, mean + first, inv_std, y + first);
    }
}
