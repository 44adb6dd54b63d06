/* Splitting samples into splits so that each class is in each split in proportion. */
#ifndef DLT_DATA_STRATIFY_H
#define DLT_DATA_STRATIFY_H

#include "data/split.h"
#include "dltrain/extend/keys.h"
#include "dltrain/status.h"

/* The order of `share`: as people write a split. */
extern const dlt_split dlt_split_order[DLT_SPLITS];

typedef struct dlt_split_shares {
    double share[DLT_SPLITS]; /* by dlt_split; their sum is 1 */
    uint64_t seed;
} dlt_split_shares;

/* From two shares (training, test) or three (training, validation, test). Errors: CONFIG unless
 * their sum is 1. */
DLT_CHECKED dlt_status dlt_split_shares_read(const dlt_reals *shares, int64_t seed,
                                             dlt_split_shares *out);

/* split_of[i] of sample i: which samples of a class go where is drawn by the seed; the training
 * split gets one of each class at least. Exact: depends on the seed, and for each class on its
 * label and count alone. Errors: MEM. */
DLT_CHECKED dlt_status dlt_split_stratify(const dlt_split_shares *shares, const int32_t *labels,
                                          int64_t count, int64_t classes, uint8_t *split_of);

#endif
