/* C = alpha op(A) op(B) + beta C, row-major, in plain loops without blocking for the cache. For
 * op(B) = B, scaled rows of B are added to a row of C; for op(B) = B^T, each element of C is a dot
 * product, in 16 partial sums where both operands are contiguous. The order of every sum depends on
 * the shapes and flags alone. beta = 0 overwrites C, so a NaN in it does not survive. */
#include "kernels/ref/ref.h"

#include "kernels/vector.h"

#include <string.h>

enum { LANES = 16 };

static void scale_rows(int64_t m, int64_t n, dlt_real beta, dlt_real *c, int64_t ldc) {
    for (int64_t i = 0; i < m; i++) {
        if (beta == 0)
            memset(c + i * ldc, 0, (size_t)n * sizeof *c);
        else
            for (int64_t j = 0; j < n; j++)
                c[i * ldc + j] *= beta;
    }
}

/* y += a x */
DLT_K_INLINE void add_scaled(int64_t n, dlt_real a, const dlt_real *restrict x,
                             dlt_real *restrict y) {
    for (int64_t j = 0; j < n; j++)
        y[j] += a * x[j];
}

DLT_K_INLINE dlt_real dot(int64_t k, const dlt_real *restrict x, const dlt_real *restrict y) {
    dlt_real lane[LANES] = {0};
    int64_t whole = k - k % LANES;
    for (int64_t p = 0; p < whole; p += LANES)
        for (int i = 0; i < LANES; i++)
            lane[i] += x[p + i] * y[p + i];
    for (int64_t p = whole; p < k; p++)
        lane[p - whole] += x[p] * y[p];
    for (int width = LANES / 2; width > 0; width /= 2)
        for (int i = 0; i < width; i++)
            lane[i] += lane[i + width];
    return lane[0];
}

static dlt_real strided_dot(int64_t k, const dlt_real *x, int64_t stride_x, const dlt_real *y) {
    dlt_real sum = 0;
    for (int64_t p = 0; p < k; p++)
        sum += x[p * stride_x] * y[p];
    return sum;
}

/* op(B) = B: a row of C gathers rows of B. */
DLT_K_CLONES
static void multiply_rows(bool transpose_a, int64_t m, int64_t n, int64_t k, dlt_real alpha,
                          const dlt_real *a, int64_t lda, const dlt_real *b, int64_t ldb,
                          dlt_real *c, int64_t ldc) {
    for (int64_t i = 0; i < m; i++)
        for (int64_t p = 0; p < k; p++) {
            dlt_real factor = alpha * (transpose_a ? a[p * lda + i] : a[i * lda + p]);
            add_scaled(n, factor, b + p * ldb, c + i * ldc);
        }
}

/* op(B) = B^T: an element of C is the dot product of a row of op(A) and a row of B. */
DLT_K_CLONES
static void multiply_dots(bool transpose_a, int64_t m, int64_t n, int64_t k, dlt_real alpha,
                          const dlt_real *a, int64_t lda, const dlt_real *b, int64_t ldb,
                          dlt_real *c, int64_t ldc) {
    for (int64_t i = 0; i < m; i++)
        for (int64_t j = 0; j < n; j++) {
            dlt_real sum = transpose_a ? strided_dot(k, a + i, lda, b + j * ldb)
                                       : dot(k, a + i * lda, b + j * ldb);
            c[i * ldc + j] += alpha * sum;
        }
}

void dlt_k_gemm_ref(bool transpose_a, bool transpose_b, int64_t m, int64_t n, int64_t k,
                    dlt_real alpha, const dlt_real *a, int64_t lda, const dlt_real *b, int64_t ldb,
                    dlt_real beta, dlt_real *c, int64_t ldc) {
    scale_rows(m, n, beta, c, ldc);
    if (transpose_b)
        multiply_dots(transpose_a, m, n, k, alpha, a, lda, b, ldb, c, ldc);
    else
        multiply_rows(transpose_a, m, n, k, alpha, a, lda, b, ldb, c, ldc);
}
