/* Multiplies by one CBLAS call, row-major, in the precision of dlt_real. CBLAS counts in int; sizes
 * are checked when plans are made (base/cast.h). */
#include "kernels/blas/blas.h"

#include "base/cast.h"

#include <cblas.h>

void dlt_k_gemm_blas(bool transpose_a, bool transpose_b, int64_t m, int64_t n, int64_t k,
                     dlt_real alpha, const dlt_real *a, int64_t lda, const dlt_real *b, int64_t ldb,
                     dlt_real beta, dlt_real *c, int64_t ldc) {
#ifdef DLT_DOUBLE
    cblas_dgemm(
#else
    cblas_sgemm(
#endif
        CblasRowMajor, transpose_a ? CblasTrans : CblasNoTrans,
        transpose_b ? CblasTrans : CblasNoTrans, dlt_int(m), dlt_int(n), dlt_int(k), alpha, a,
        dlt_int(lda), b, dlt_int(ldb), beta, c, dlt_int(ldc));
}
