/* The maximum of a row, for softmax. */
#ifndef DLT_KERNELS_ROW_MAX_H
#define DLT_KERNELS_ROW_MAX_H

#include "dltrain/real.h"
#include "kernels/real_math.h"
#include "kernels/ref/reduce.h"
#include "kernels/vector.h"

#include <stdint.h>

/** The largest of x[0 .. d); NaN is passed over, since exp(NaN - max) shows it anyway. */
DLT_K_INLINE dlt_real dlt_k_row_max(int64_t d, const dlt_real *x) {
    dlt_real lane[DLT_K_LANES];
    for (int i = 0; i < DLT_K_LANES; i++)
        lane[i] = -(dlt_real)INFINITY;
    int64_t whole = d - d % DLT_K_LANES;
    for (int64_t j = 0; j < whole; j += DLT_K_LANES)
        for (int i = 0; i < DLT_K_LANES; i++)
            lane[i] = x[j + i] > lane[i] ? x[j + i] : lane[i];
    for (int64_t j = whole; j < d; j++)
        lane[j - whole] = x[j] > lane[j - whole] ? x[j] : lane[j - whole];
    for (int width = DLT_K_LANES / 2; width > 0; width /= 2)
        for (int i = 0; i < width; i++)
            lane[i] = lane[i + width] > lane[i] ? lane[i + width] : lane[i];
    return lane[0];
}

#endif
