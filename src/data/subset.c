#include "data/subset.h"

#include "base/cast.h"
#include "base/philox.h"

#include <stddef.h>

static bool is_in_windows(const dlt_subset *subset) {
    return subset->windows.block > 0;
}

dlt_order dlt_subset_order(const dlt_subset *subset, int64_t epoch) {
    dlt_order order = {.first = subset->first,
                       .in_blocks = subset->shuffle && is_in_windows(subset),
                       .in_stretches = subset->split && is_in_windows(subset),
                       .split = dlt_permutation_identity(subset->total),
                       .epoch = dlt_permutation_identity(subset->count)};
    if (order.in_stretches)
        order.stretches =
            dlt_stretches_make(subset->seed, subset->total, subset->kept, subset->windows.block);
    else if (subset->split)
        order.split = dlt_permutation_make(subset->seed, DLT_PURPOSE_SPLIT, 0, 0, subset->total);
    if (order.in_blocks)
        order.blocks =
            dlt_blocks_make(&subset->windows, subset->seed, (uint64_t)epoch, subset->count);
    else if (subset->shuffle)
        order.epoch = dlt_permutation_make(subset->seed, DLT_PURPOSE_ORDER, 0, (uint64_t)epoch,
                                           subset->count);
    return order;
}

static void order_in_subset(const dlt_order *order, int64_t position, int64_t count,
                            int64_t *samples) {
    if (order->in_blocks) {
        dlt_blocks_range(&order->blocks, position, count, samples);
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
    if (!order->in_stretches) {
        dlt_permutation_all(&order->split, count, NULL, samples);
        return;
    }
    for (int64_t i = 0; i < count; i++)
        samples[i] = dlt_stretches_at(&order->stretches, samples[i]);
}

int64_t dlt_order_sample(const dlt_order *order, int64_t position) {
    int64_t sample = 0;
    dlt_order_samples(order, position, 1, &sample);
    return sample;
}

int64_t dlt_subset_reach(const dlt_subset *subset, int64_t own) {
    const dlt_windows *windows = &subset->windows;
    if (!is_in_windows(subset))
        return subset->shuffle || subset->split ? subset->total : 1;
    if (!subset->shuffle)
        return 1;
    /* The lanes of the rank's places in the batch, and one more at either end. */
    int64_t lanes = dlt_windows_lanes(windows, subset->count);
    double share = (double)own / (double)windows->batch;
    int64_t mine = dlt_min_i64(lanes, (int64_t)((double)lanes * share) + 2);
    return dlt_min_i64(subset->total, mine * windows->block);
}
