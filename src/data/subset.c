/* Chains two maps: a position of the epoch to one of the subset (identity, permutation or block
 * shuffle), then, with `first` added, to a sample of the data set (identity, permutation or
 * hold-out). The two draw from streams of different purpose, so all epochs have the same split. */
#include "data/subset.h"

#include "base/cast.h"
#include "base/philox.h"

#include <stddef.h>

static bool has_shuffle_buffer(const dlt_subset *subset) {
    return subset->shuffle_buffer.block > 0;
}

dlt_order dlt_subset_order(const dlt_subset *subset, int64_t epoch) {
    dlt_order order = {.first = subset->first,
                       .in_block_shuffle = subset->shuffle && has_shuffle_buffer(subset),
                       .has_holdout = subset->split && has_shuffle_buffer(subset),
                       .split = dlt_permutation_identity(subset->total),
                       .epoch = dlt_permutation_identity(subset->count)};
    if (order.has_holdout)
        order.holdout = dlt_holdout_make(subset->seed, subset->total, subset->kept,
                                         subset->shuffle_buffer.block);
    else if (subset->split)
        order.split = dlt_permutation_make(subset->seed, DLT_PURPOSE_SPLIT, 0, 0, subset->total);
    if (order.in_block_shuffle)
        order.block_shuffle = dlt_block_shuffle_make(&subset->shuffle_buffer, subset->seed,
                                                     (uint64_t)epoch, subset->count);
    else if (subset->shuffle)
        order.epoch = dlt_permutation_make(subset->seed, DLT_PURPOSE_ORDER, 0, (uint64_t)epoch,
                                           subset->count);
    return order;
}

static void order_in_subset(const dlt_order *order, int64_t position, int64_t count,
                            int64_t *samples) {
    if (order->in_block_shuffle) {
        dlt_block_shuffle_range(&order->block_shuffle, position, count, samples);
        return;
    }
    for (int64_t i = 0; i < count; i++)
        samples[i] = position + i;
    dlt_permutation_all(&order->epoch, count, NULL, samples);
}

void dlt_order_samples(const dlt_order *order, int64_t position, int64_t count, int64_t *samples) {
    order_in_subset(order, position, count, samples);
    for (int64_t i = 0; i < count; i++)
        samples[i] += order->first;
    if (!order->has_holdout) {
        dlt_permutation_all(&order->split, count, NULL, samples);
        return;
    }
    for (int64_t i = 0; i < count; i++)
        samples[i] = dlt_holdout_at(&order->holdout, samples[i]);
}

int64_t dlt_order_sample(const dlt_order *order, int64_t position) {
    int64_t sample = 0;
    dlt_order_samples(order, position, 1, &sample);
    return sample;
}

int64_t dlt_subset_reach(const dlt_subset *subset, int64_t own) {
    const dlt_shuffle_buffer *shuffle_buffer = &subset->shuffle_buffer;
    if (!has_shuffle_buffer(subset))
        return subset->shuffle || subset->split ? subset->total : 1;
    if (!subset->shuffle)
        return 1;
    /* The chains of the rank's places in the batch, and one more at either end. */
    int64_t chains = dlt_block_shuffle_chains(shuffle_buffer, subset->count);
    double share = (double)own / (double)shuffle_buffer->batch;
    int64_t mine = dlt_min_i64(chains, (int64_t)((double)chains * share) + 2);
    return dlt_min_i64(subset->total, mine * shuffle_buffer->block);
}
