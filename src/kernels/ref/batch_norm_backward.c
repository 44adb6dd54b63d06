/* Batch norm backward: one pass for the sums over the rows, one for the gradient of x (Ioffe and
 * Szegedy 2015, section 3: the derivatives of the mean and the variance are sums over the rows of
 * dy and of dy (x - mean)). */
#include "kernels/ref/batch_norm.h"
#include "kernels/ref/ref.h"

/* Whose gradient dy is, and how the part of it that relu lets through is found. */
typedef enum gradient_kind {
    OF_NORM, /* of the normalised value: all of it */
    OF_RELU, /* of its relu: the value is computed again, which costs less than reading it */
    /* of the relu of its sum with something: as y says, which is 0 where nothing passes */
    OF_ADDED_RELU
} gradient_kind;

/* The arrays of one call from a block's first column on. */
typedef struct gradient_arrays {
    const dlt_real *x;
    const dlt_real *y; /* OF_ADDED_RELU only */
    const dlt_real *dy;
    dlt_real *daddend; /* or NULL */
    dlt_real *dx;      /* or NULL */
} gradient_arrays;

DLT_K_INLINE gradient_arrays move_arrays(const gradient_arrays *at, int64_t offset) {
    return (gradient_arrays){.x = at->x + offset,
                             .y = at->y != NULL ? at->y + offset : NULL,
                             .dy = at->dy + offset,
                             .daddend = at->daddend != NULL ? at->daddend + offset : NULL,
                             .dx = at->dx != NULL ? at->dx + offset : NULL};
}

/* NaN passes, as in relu's own backward. */
DLT_K_INLINE dlt_real pass_gradient(gradient_kind kind, const dlt_k_affine *of, int64_t j,
                                    dlt_real x, dlt_real y, dlt_real dy) {
    if (kind == OF_NORM)
        return dy;
    dlt_real value = kind == OF_RELU ? dlt_k_normalise(of, j, x) : y;
    return value <= 0 ? 0 : dy;
}

/* sum += g, product += g (x - mean), daddend = g, for the gradient g that passes. */
DLT_K_INLINE void add_rows(int64_t rows, int64_t width, int64_t stride, gradient_kind kind,
                           const gradient_arrays *at, const dlt_k_affine *restrict of,
                           dlt_real *restrict sum, dlt_real *restrict product) {
    const dlt_real *restrict x = at->x, *restrict y = at->y, *restrict dy = at->dy;
    dlt_real *restrict daddend = at->daddend;
    for (int64_t i = 0; i < rows; i++)
        for (int64_t j = 0; j < width; j++) {
            int64_t k = i * stride + j;
            dlt_real value = kind == OF_ADDED_RELU ? y[k] : 0;
            dlt_real g = pass_gradient(kind, of, j, x[k], value, dy[k]);
            if (daddend != NULL)
                daddend[k] = g;
            sum[j] += g;
            product[j] += g * (x[k] - of->mean[j]);
        }
}

DLT_K_INLINE void add_chunks(int64_t rows, int64_t width, int64_t stride, gradient_kind kind,
                             const gradient_arrays *at, const dlt_k_affine *of, double *sums,
                             double *products) {
    for (int64_t first = 0; first < rows; first += DLT_K_CHUNK) {
        int64_t count = rows - first < DLT_K_CHUNK ? rows - first : DLT_K_CHUNK;
        gradient_arrays chunk = move_arrays(at, first * stride);
        dlt_real sum[DLT_K_COLUMNS] = {0};
        dlt_real product[DLT_K_COLUMNS] = {0};
        add_rows(count, width, stride, kind, &chunk, of, sum, product);
        for (int64_t j = 0; j < width; j++) {
            sums[j] += (double)sum[j];
            products[j] += (double)product[j];
        }
    }
}

/* Sums over all rows of the block's columns. */
DLT_K_INLINE void sum_block(const dlt_k_columns *block, int64_t d, gradient_kind kind,
                            const gradient_arrays *at, const dlt_k_affine *of, double *sum,
                            double *product) {
    if (block->width == DLT_K_COLUMNS)
        add_chunks(block->rows, DLT_K_COLUMNS, block->stride, kind, at, of, sum, product);
    else
        add_chunks(block->rows, block->width, block->stride, kind, at, of, sum, product);
    dlt_k_fold_columns(block, sum);
    dlt_k_fold_columns(block, product);
    gradient_arrays tail = move_arrays(at, block->rows * block->stride);
    add_chunks(block->tail, block->columns, d, kind, &tail, of, sum, product);
}

/* What each column contributes to dx = scale (g - mean_g - (x - mean) slope). */
typedef struct column_slopes {
    dlt_real mean_g[DLT_K_COLUMNS];
    dlt_real slope[DLT_K_COLUMNS];
} column_slopes;

DLT_K_INLINE void spread_rows(int64_t rows, int64_t width, int64_t stride, gradient_kind kind,
                              const gradient_arrays *at, const dlt_k_affine *restrict of,
                              const column_slopes *restrict slopes) {
    const dlt_real *restrict x = at->x, *restrict y = at->y, *restrict dy = at->dy;
    dlt_real *restrict dx = at->dx;
    for (int64_t i = 0; i < rows; i++)
        for (int64_t j = 0; j < width; j++) {
            int64_t k = i * stride + j;
            dlt_real value = kind == OF_ADDED_RELU ? y[k] : 0;
            dlt_real g = pass_gradient(kind, of, j, x[k], value, dy[k]);
            dlt_real residual = g - slopes->mean_g[j] - (x[k] - of->mean[j]) * slopes->slope[j];
            dx[k] = residual * of->scale[j];
        }
}

DLT_K_INLINE void spread_block(const dlt_k_columns *block, int64_t d, gradient_kind kind,
                               const gradient_arrays *at, const dlt_k_affine *of,
                               const column_slopes *slopes) {
    if (block->width == DLT_K_COLUMNS)
        spread_rows(block->rows, DLT_K_COLUMNS, block->stride, kind, at, of, slopes);
    else
        spread_rows(block->rows, block->width, block->stride, kind, at, of, slopes);
    gradient_arrays tail = move_arrays(at, block->rows * block->stride);
    spread_rows(block->tail, block->columns, d, kind, &tail, of, slopes);
}

/* One block of columns for one kind of gradient. */
DLT_K_INLINE void backward_block(const dlt_k_columns *block, const dlt_batch_norm *norm,
                                 gradient_kind kind, const gradient_arrays *at,
                                 const dlt_k_affine *of, const dlt_real *inv_std, double *sum,
                                 double *product) {
    sum_block(block, norm->d, kind, at, of, sum, product);
    if (at->dx == NULL)
        return;
    column_slopes slopes = {0};
    for (int64_t j = 0; j < block->width; j++) {
        int64_t column = j % block->columns;
        double inverse = (double)inv_std[block->first + column];
        slopes.mean_g[j] = (dlt_real)(sum[column] / (double)norm->n);
        slopes.slope[j] = (dlt_real)(product[column] / (double)norm->n * inverse * inverse);
    }
    gradient_arrays second = *at;
    if (at->daddend == NULL) {
        spread_block(block, norm->d, kind, &second, of, &slopes);
        return;
    }
    /* The first pass has left there what passes. */
    second.dy = at->daddend;
    spread_block(block, norm->d, OF_NORM, &second, of, &slopes);
}

DLT_K_INLINE void backward_of_kind(const dlt_batch_norm *norm, gradient_kind kind,
                                   const gradient_arrays *at, const dlt_real *mean,
                                   const dlt_real *inv_std, dlt_real *dweight, dlt_real *dbias) {
    for (int64_t first = 0; first < norm->d; first += DLT_K_COLUMNS) {
        dlt_k_columns block = dlt_k_columns_at(norm->n, norm->d, first);
        gradient_arrays arrays = move_arrays(at, first);
        double sum[DLT_K_COLUMNS] = {0};
        double product[DLT_K_COLUMNS] = {0};
        dlt_k_affine of = {0};
        dlt_k_affine_of(&block, norm, mean + first, inv_std + first, &of);
        backward_block(&block, norm, kind, &arrays, &of, inv_std, sum, product);
        for (int64_t j = 0; j < block.columns; j++) {
            if (dweight != NULL)
                dweight[first + j] = (dlt_real)(product[j] * (double)inv_std[first + j]);
            if (dbias != NULL)
                dbias[first + j] = (dlt_real)sum[j];
        }
    }
}

DLT_K_CLONES
void dlt_k_backward_batch_norm(const dlt_batch_norm *norm, const dlt_real *x, const dlt_real *y,
                               const dlt_real *dy, const dlt_real *mean, const dlt_real *inv_std,
                               dlt_real *dx, dlt_real *daddend, dlt_real *dweight,
                               dlt_real *dbias) {
    gradient_arrays at = {.x = x, .y = y, .dy = dy, .daddend = daddend, .dx = dx};
    if (!norm->relu)
        backward_of_kind(norm, OF_NORM, &at, mean, inv_std, dweight, dbias);
    else if (norm->addend == NULL)
        backward_of_kind(norm, OF_RELU, &at, mean, inv_std, dweight, dbias);
    else
        backward_of_kind(norm, OF_ADDED_RELU, &at, mean, inv_std, dweight, dbias);
}
