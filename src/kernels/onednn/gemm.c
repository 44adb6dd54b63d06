#include "kernels/onednn/onednn.h"

#include "kernels/blas/blas.h"

#include <dnnl.h>

/* Which library multiplies a shape faster, in GFLOP/s on one core of an AMD processor with AVX-512
 * (peak 118), OpenBLAS 0.3.21 as SkylakeX against oneDNN 2.6.3, op(A) [m, k], op(B) [k, n]:
 *    64 x  256 x 784   100 | 114   B plain: OpenBLAS has kernels without packing up to
 *     8 x  256 x 784    65 | 111   m n k = 10^6 that reach the peak; above, oneDNN wins
 *    64 x  100 x 128   114 |  96
 *   256 x   10 x 256    72 |  50   few columns: OpenBLAS
 *     8 x  512 x 512    45 | 105   B transposed: OpenBLAS gains with the rows, oneDNN has slow
 *    16 x 1600 x 128    66 |  47   regions between
 *    16 x  784 x 128    68 |  92
 *   128 x  512 x 512    99 | 101
 * The rule sees the shape alone, so that a shape has the same bits on every rank. */
static bool onednn_is_faster(bool transpose_b, int64_t m, int64_t n, int64_t k) {
    int64_t volume = m * n * k;
    if (n < 32)
        return false;
    if (!transpose_b)
        return volume > 1000000;
    bool few_rows = m <= 8;
    bool many_rows = m >= 128;
    bool moderate = n >= 128 && n < 1024 && k <= 256;
    return volume > 131072 && (few_rows || many_rows || moderate);
}

void dlt_k_gemm_onednn(bool transpose_a, bool transpose_b, int64_t m, int64_t n, int64_t k,
                       dlt_real alpha, const dlt_real *a, int64_t lda, const dlt_real *b,
                       int64_t ldb, dlt_real beta, dlt_real *c, int64_t ldc) {
    if (onednn_is_faster(transpose_b, m, n, k) &&
        dnnl_sgemm(transpose_a ? 'T' : 'N', transpose_b ? 'T' : 'N', m, n, k, alpha, a, lda, b, ldb,
                   beta, c, ldc) == dnnl_success)
        return;
    dlt_k_gemm_blas(transpose_a, transpose_b, m, n, k, alpha, a, lda, b, ldb, beta, c, ldc);
}
