/* Softmax of each row: y_j = exp(x_j - m) / sum over k of exp(x_k - m). The largest element m of
 * the row keeps exp from overflowing. The sum is taken in double, in a fixed order. Backward needs
 * y only and keeps the products dy y in dx, so dx must overlap neither y nor dy. */
#include "kernels/ref/ref.h"

#include "kernels/real_math.h"
#include "kernels/ref/reduce.h"
#include "kernels/ref/row_max.h"

DLT_K_CLONES
void dlt_k_forward_softmax(int64_t n, int64_t d, const dlt_real *x, dlt_real *y) {
    for (int64_t i = 0; i < n; i++) {
        dlt_real shift = dlt_k_row_max(d, x + i * d);
        for (int64_t j = 0; j < d; j++)
            y[i * d + j] = dlt_k_exp(x[i * d + j] - shift);
        dlt_real scale = (dlt_real)(1 / dlt_k_sum(d, y + i * d));
        for (int64_t j = 0; j < d; j++)
            y[i * d + j] *= scale;
    }
}

/* dx = y (dy - sum of dy y) */
DLT_K_CLONES
void dlt_k_backward_softmax(int64_t n, int64_t d, const dlt_real *restrict y,
                            const dlt_real *restrict dy, dlt_real *restrict dx) {
    for (int64_t i = 0; i < n; i++) {
        const dlt_real *row_y = y + i * d;
        const dlt_real *row_dy = dy + i * d;
        dlt_real *row_dx = dx + i * d;
        for (int64_t j = 0; j < d; j++)
            row_dx[j] = row_dy[j] * row_y[j];
        dlt_real sum = (dlt_real)dlt_k_sum(d, row_dx);
        for (int64_t j = 0; j < d; j++)
            row_dx[j] = row_y[j] * (row_dy[j] - sum);
    }
}
