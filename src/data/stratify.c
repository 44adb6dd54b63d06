/* Each class is permuted by the seed, and its places divided by the shares, rounded to the nearest.
 */
#include "data/stratify.h"

#include "base/alloc.h"
#include "base/error.h"
#include "base/philox.h"
#include "data/permutation.h"

#include <math.h>

const dlt_split dlt_split_order[DLT_SPLITS] = {DLT_SPLIT_TRAIN, DLT_SPLIT_VALIDATION,
                                               DLT_SPLIT_TEST};

dlt_status dlt_split_shares_read(const dlt_reals *shares, int64_t seed, dlt_split_shares *out) {
    *out = (dlt_split_shares){.seed = (uint64_t)seed};
    double sum = 0;
    for (int64_t i = 0; i < shares->count; i++)
        sum += shares->at[i];
    if (fabs(sum - 1.0) > 1e-6)
        return dlt_fail(DLT_ERR_CONFIG, "the shares of split make %g together where 1 is expected",
                        sum);
    out->share[DLT_SPLIT_TRAIN] = shares->at[0];
    if (shares->count == 3)
        out->share[DLT_SPLIT_VALIDATION] = shares->at[1];
    out->share[DLT_SPLIT_TEST] = shares->at[shares->count - 1];
    return DLT_OK;
}

/* The place of a sample among those of its class, as drawn, decides: the first ones are for
 * training, and so on. */
static dlt_split choose_split(const dlt_split_shares *shares, int64_t place, int64_t count) {
    double share = 0;
    for (int i = 0; i < DLT_SPLITS; i++) {
        share += shares->share[dlt_split_order[i]];
        double end = floor(share * (double)count + 0.5);
        if (i == 0)
            end = fmax(end, 1.0);
        if ((double)place < end)
            return dlt_split_order[i];
    }
    return DLT_SPLIT_TEST;
}

dlt_status dlt_split_stratify(const dlt_split_shares *shares, const int32_t *labels, int64_t count,
                              int64_t classes, uint8_t *split_of) {
    int64_t *total = NULL; /* of each class */
    int64_t *seen = NULL;
    dlt_status status = DLT_OK;
    DLT_TRY_OUT(DLT_NEW(total, classes));
    DLT_TRY_OUT(DLT_NEW(seen, classes));
    for (int64_t i = 0; i < count; i++)
        total[labels[i]]++;
    for (int64_t i = 0; i < count; i++) {
        const int32_t label = labels[i];
        const dlt_permutation order =
            dlt_permutation_make(shares->seed, DLT_PURPOSE_SPLIT, (uint32_t)label, 0, total[label]);
        split_of[i] =
            (uint8_t)choose_split(shares, dlt_permutation_at(&order, seen[label]++), total[label]);
    }
out:
    dlt_free(total);
    dlt_free(seen);
    return status;
}
