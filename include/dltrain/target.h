/** What a model is asked to predict: the targets of a run of samples. */
#ifndef DLTRAIN_TARGET_H
#define DLTRAIN_TARGET_H

#include "dltrain/real.h"

#include <stdint.h>

typedef enum dlt_target_kind {
    DLT_TARGET_LABELS, /* one class number per sample */
    DLT_TARGET_VALUES  /* one row of numbers per sample, of the output's shape */
} dlt_target_kind;

/** The targets of n samples; one of the two pointers is set. */
typedef struct dlt_target {
    dlt_target_kind kind;
    const int32_t *labels;  /* [n] */
    const dlt_real *values; /* [n, D] */
} dlt_target;

/** What values may be, ends included. */
typedef struct dlt_target_range {
    double low;
    double high;
} dlt_target_range;

#endif
