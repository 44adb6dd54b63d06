/* Moves memory in a plain loop with two loads, one store and two operations per element: with
 * arrays larger than the caches, the memory alone determines its time. */
#include "kernels/limits/limits.h"

#include "kernels/vector.h"

DLT_K_CLONES
void dlt_k_triad(int64_t count, dlt_real scale, const dlt_real *restrict b,
                 const dlt_real *restrict c, dlt_real *restrict a) {
    for (int64_t i = 0; i < count; i++)
        a[i] = b[i] + scale * c[i];
}
