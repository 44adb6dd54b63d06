/* Sums along rows and down columns in an order that the source fixes: independent partial sums, so
 * that the compiler can use vector registers without reordering anything. */
#ifndef DLT_KERNELS_REDUCE_H
#define DLT_KERNELS_REDUCE_H

#include "dltrain/real.h"
#include "kernels/vector.h"

#include <stdint.h>

enum { DLT_K_LANES = 16, DLT_K_COLUMNS = 64 };

/** Adds up the lanes pairwise. */
DLT_K_INLINE double dlt_k_fold_lanes(double lane[DLT_K_LANES]) {
    for (int width = DLT_K_LANES / 2; width > 0; width /= 2)
        for (int i = 0; i < width; i++)
            lane[i] += lane[i + width];
    return lane[0];
}

/** Sum of x[0 .. d). */
DLT_K_INLINE double dlt_k_sum(int64_t d, const dlt_real *x) {
    double lane[DLT_K_LANES] = {0};
    int64_t whole = d - d % DLT_K_LANES;
    for (int64_t j = 0; j < whole; j += DLT_K_LANES)
        for (int i = 0; i < DLT_K_LANES; i++)
            lane[i] += (double)x[j + i];
    for (int64_t j = whole; j < d; j++)
        lane[j - whole] += (double)x[j];
    return dlt_k_fold_lanes(lane);
}

/* Columns of x [n, d] that are reduced together. Up to DLT_K_COLUMNS columns at a time; where d is
 * small, several rows are laid side by side and treated as one wide row, so that few channels (as
 * after the first convolutions) fill the vectors too: x is seen as [rows, width] with
 * width = columns * fold, and `tail` rows of d remain behind it. */
typedef struct dlt_k_columns {
    int64_t first;   /* first column */
    int64_t columns; /* number of columns */
    int64_t fold;    /* rows side by side */
    int64_t width;   /* columns * fold, at most DLT_K_COLUMNS */
    int64_t rows;    /* wide rows */
    int64_t stride;  /* from one wide row to the next */
    int64_t tail;    /* rows behind the wide ones */
} dlt_k_columns;

/** The block of columns of x [n, d] that begins at column first. */
DLT_K_INLINE dlt_k_columns dlt_k_columns_at(int64_t n, int64_t d, int64_t first) {
    if (d > DLT_K_COLUMNS) {
        int64_t columns = d - first < DLT_K_COLUMNS ? d - first : DLT_K_COLUMNS;
        return (dlt_k_columns){first, columns, 1, columns, n, d, 0};
    }
    int64_t fold = DLT_K_COLUMNS / d;
    return (dlt_k_columns){0, d, fold, d * fold, n / fold, d * fold, n % fold};
}

/** Adds the sums of rows laid side by side onto the first `columns` sums. */
DLT_K_INLINE void dlt_k_fold_columns(const dlt_k_columns *block, double *sum) {
    for (int64_t f = 1; f < block->fold; f++)
        for (int64_t j = 0; j < block->columns; j++)
            sum[j] += sum[f * block->columns + j];
}

/** Repeats the first `columns` values for all rows laid side by side. */
DLT_K_INLINE void dlt_k_spread_columns(const dlt_k_columns *block, double *value) {
    for (int64_t j = block->columns; j < block->width; j++)
        value[j] = value[j - block->columns];
}

#endif
