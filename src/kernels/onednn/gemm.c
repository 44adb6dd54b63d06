/* Chooses for each product among OpenBLAS, oneDNN, and oneDNN on the transposed product. The rules
 * are thresholds from the measurements beside them, and see the shape alone. Where oneDNN refuses a
 * call, OpenBLAS computes it. */
#include "kernels/onednn/onednn.h"

#include "base/cast.h"
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

/* Few rows times a large B^T, as in the gradient of a wide dense layer's input: both libraries
 * spend their time on packing B, which is used for so few rows. The other way round, C^T = B A^T,
 * the small operand is packed; a block of C^T stays in the cache until it is turned into C. In
 * GFLOP/s as above (peak 129), OpenBLAS | oneDNN | so:
 *    64 x 4096 x 4096   67 | 71 | 83        16 x 4096 x 4096   32 | 34 | 71
 *    64 x 4096 x 1000   85 | 68 | 91       128 x 4096 x 4096   77 | 70 | 95
 *    64 x 2048 x  512   89 | 89 | 88        64 x 9216 x  128   87 | 82 | 81 */
enum { TURNED_COLUMNS = 512, TURNED_ROWS = 128, TURNED_TILE = 16 };

static bool turned_is_faster(bool transpose_a, bool transpose_b, int64_t m, int64_t n, int64_t k) {
    return !transpose_a && transpose_b && m >= 16 && m <= TURNED_ROWS && n >= 1024 && k >= 768;
}

/* c [m, columns] = block [columns, m] transposed, in tiles that use whole cache lines of both. */
static void turn_block(int64_t m, int64_t columns, const dlt_real *restrict block,
                       dlt_real *restrict c, int64_t ldc) {
    for (int64_t row = 0; row < m; row += TURNED_TILE)
        for (int64_t column = 0; column < columns; column += TURNED_TILE)
            for (int64_t i = row; i < dlt_min_i64(row + TURNED_TILE, m); i++)
                for (int64_t j = column; j < dlt_min_i64(column + TURNED_TILE, columns); j++)
                    c[i * ldc + j] = block[j * m + i];
}

/* C [m,n] = alpha A B^T. False if the library refuses. */
static bool multiply_turned(int64_t m, int64_t n, int64_t k, dlt_real alpha, const dlt_real *a,
                            int64_t lda, const dlt_real *b, int64_t ldb, dlt_real *c, int64_t ldc) {
    _Alignas(64) dlt_real block[TURNED_COLUMNS * TURNED_ROWS];
    for (int64_t first = 0; first < n; first += TURNED_COLUMNS) {
        int64_t columns = dlt_min_i64(TURNED_COLUMNS, n - first);
        if (dnnl_sgemm('N', 'T', columns, m, k, alpha, b + first * ldb, ldb, a, lda, 0, block, m) !=
            dnnl_success)
            return false;
        turn_block(m, columns, block, c + first, ldc);
    }
    return true;
}

void dlt_k_gemm_onednn(bool transpose_a, bool transpose_b, int64_t m, int64_t n, int64_t k,
                       dlt_real alpha, const dlt_real *a, int64_t lda, const dlt_real *b,
                       int64_t ldb, dlt_real beta, dlt_real *c, int64_t ldc) {
    if (beta == 0 && turned_is_faster(transpose_a, transpose_b, m, n, k) &&
        multiply_turned(m, n, k, alpha, a, lda, b, ldb, c, ldc))
        return;
    if (onednn_is_faster(transpose_b, m, n, k) &&
        dnnl_sgemm(transpose_a ? 'T' : 'N', transpose_b ? 'T' : 'N', m, n, k, alpha, a, lda, b, ldb,
                   beta, c, ldc) == dnnl_success)
        return;
    dlt_k_gemm_blas(transpose_a, transpose_b, m, n, k, alpha, a, lda, b, ldb, beta, c, ldc);
}
