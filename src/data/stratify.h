/* Splitting samples into parts so that each class is in each part in proportion. */
#ifndef DLT_DATA_STRATIFY_H
#define DLT_DATA_STRATIFY_H

#include "data/part.h"
#include "dltrain/plugin/keys.h"
#include "dltrain/status.h"

/* The order of `share`: as people write a split. */
extern const dlt_part dlt_split_order[DLT_PARTS];

typedef struct dlt_split {
    double share[DLT_PARTS]; /* by dlt_part; their sum is 1 */
    uint64_t seed;
} dlt_split;

/* From two shares (training, test) or three (training, validation, test). Errors: CONFIG unless
 * their sum is 1. */
DLT_CHECKED dlt_status dlt_split_read(const dlt_reals *shares, int64_t seed, dlt_split *out);

/* part[i] of sample i: which samples of a class go where is drawn by the seed; the training part
 * gets one of each class at least. Exact: depends on the seed, and for each class on its label and
 * count alone. Errors: MEM. */
DLT_CHECKED dlt_status dlt_split_stratify(const dlt_split *split, const int32_t *labels,
                                          int64_t count, int64_t classes, uint8_t *part);

#endif
