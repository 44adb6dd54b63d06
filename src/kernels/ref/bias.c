/* Adds a bias [D] to every row of y [N, D], and sums columns, which gives the gradient of that
 * bias. Columns are summed in double, 64 at a time; of a narrow matrix several rows lie side by
 * side in one pass, so that they fill the vector registers (reduce.h). */
#include "kernels/ref/ref.h"

#include "kernels/ref/reduce.h"

DLT_K_CLONES
void dlt_k_bias_add(int64_t n, int64_t d, const dlt_real *restrict bias, dlt_real *restrict y) {
    for (int64_t i = 0; i < n; i++)
        for (int64_t j = 0; j < d; j++)
            y[i * d + j] += bias[j];
}

DLT_K_INLINE void add_rows(int64_t rows, int64_t width, int64_t stride, const dlt_real *restrict x,
                           double *restrict sum) {
    for (int64_t i = 0; i < rows; i++)
        for (int64_t j = 0; j < width; j++)
            sum[j] += (double)x[i * stride + j];
}

DLT_K_CLONES
void dlt_k_column_sum(int64_t n, int64_t d, const dlt_real *restrict x, dlt_real *restrict out) {
    for (int64_t first = 0; first < d; first += DLT_K_COLUMNS) {
        dlt_k_columns block = dlt_k_columns_at(n, d, first);
        double sum[DLT_K_COLUMNS] = {0};
        if (block.width == DLT_K_COLUMNS)
            add_rows(block.rows, DLT_K_COLUMNS, block.stride, x + first, sum);
        else
            add_rows(block.rows, block.width, block.stride, x + first, sum);
        dlt_k_fold_columns(&block, sum);
        add_rows(block.tail, block.columns, d, x + block.rows * block.stride, sum);
        for (int64_t j = 0; j < block.columns; j++)
            out[first + j] = (dlt_real)sum[j];
    }
}
