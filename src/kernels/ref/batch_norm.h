/* What the passes of batch norm share. */
#ifndef DLT_KERNELS_BATCH_NORM_H
#define DLT_KERNELS_BATCH_NORM_H

#include "kernels/ref/reduce.h"

#include "dltrain/extend/kernels.h"

#include <stddef.h>

/* Rows that are added in dlt_real before their sums are added in double: half the conversions and
 * twice the lanes, for roundings that stay those of a few additions. Seen on 8 MiB with all sums in
 * double: 278 us, so: 146. */
enum { DLT_K_CHUNK = 16 };

/* y = (x - mean) * scale + offset: the constants of a block's columns, repeated for rows laid side
 * by side. */
typedef struct dlt_k_affine {
    dlt_real mean[DLT_K_COLUMNS];
    dlt_real scale[DLT_K_COLUMNS];
    dlt_real offset[DLT_K_COLUMNS];
} dlt_k_affine;

/* mean and inv_std are at the block's first column. */
DLT_K_INLINE void dlt_k_affine_of(const dlt_k_columns *block, const dlt_batch_norm *norm,
                                  const dlt_real *mean, const dlt_real *inv_std,
                                  dlt_k_affine *out) {
    for (int64_t j = 0; j < block->width; j++) {
        int64_t column = j % block->columns;
        int64_t of_all = block->first + column;
        out->mean[j] = mean[column];
        out->scale[j] =
            norm->weight != NULL ? inv_std[column] * norm->weight[of_all] : inv_std[column];
        out->offset[j] = norm->bias != NULL ? norm->bias[of_all] : 0;
    }
}

/* The same operations wherever it is needed, hence the same bits: backward computes again what
 * forward did not keep. */
DLT_K_INLINE dlt_real dlt_k_normalise(const dlt_k_affine *of, int64_t j, dlt_real x) {
    return (x - of->mean[j]) * of->scale[j] + of->offset[j];
}

#endif
