/* Mean and standard deviation per feature of a stream of rows. */
#ifndef DLT_DATA_MOMENTS_H
#define DLT_DATA_MOMENTS_H

#include "dltrain/status.h"
#include "io/h5.h"

#include <stdint.h>

/* Sums of deviations from the first row, which keeps the variance free of cancellation where the
 * mean is large beside it (Chan, Golub, LeVeque 1983, "Algorithms for computing the sample
 * variance", section 1). */
typedef struct dlt_moments {
    int64_t features;
    int64_t count; /* values seen per feature */
    double *shift; /* [features]; owned */
    double *sum;
    double *square;
} dlt_moments;

/* Errors: MEM. */
DLT_CHECKED dlt_status dlt_moments_create(int64_t features, dlt_moments *moments);
void dlt_moments_destroy(dlt_moments *moments);

/* Takes in groups of `features` neighbouring values of type U8, F32 or F64. */
void dlt_moments_add(dlt_moments *moments, dlt_h5_type type, int64_t groups, const void *values);

/* mean and std [features]; the deviation is that of the population, and 1 where a feature is
 * constant, so that dividing by it is always possible. */
void dlt_moments_finish(const dlt_moments *moments, double *mean, double *std);

#endif
