/* y = x + z for each element. y may be x, so no pointer is `restrict`. */
#include "kernels/ref/ref.h"

#include "kernels/vector.h"

DLT_K_CLONES
void dlt_k_add(int64_t count, const dlt_real *x, const dlt_real *z, dlt_real *y) {
    for (int64_t i = 0; i < count; i++)
        y[i] = x[i] + z[i];
}
