/* Which samples of a data set a split of a run uses, and in which order. Nothing of the size of the
 * data set is kept: the order is computed, position by position. */
#ifndef DLT_DATA_SUBSET_H
#define DLT_DATA_SUBSET_H

#include "data/block_shuffle.h"
#include "data/holdout.h"
#include "data/permutation.h"

#include <stdbool.h>
#include <stdint.h>

/** Samples [first, first + count) of a data set's split order. With split, that order is a
 * permutation of (seed, SPLIT), so that two ranges of it are a random split of the data set: the
 * samples kept, then those held out; without, it is file order. With shuffle, each epoch goes
 * through the range in an order of its own, of (seed, ORDER, epoch); without, in split order. With
 * a shuffle buffer both keep neighbours together (holdout.h, block_shuffle.h). */
typedef struct dlt_subset {
    uint64_t seed;
    int64_t total; /* samples of the data set */
    int64_t kept;  /* with split: the first so many of its order are not held out */
    int64_t first;
    int64_t count;
    bool split;
    bool shuffle;
    dlt_shuffle_buffer shuffle_buffer;
} dlt_subset;

/** The order of one epoch, ready to be asked for positions. */
typedef struct dlt_order {
    int64_t first;
    bool in_block_shuffle; /* `block_shuffle` is the order of the epoch, else `epoch` */
    bool has_holdout;
    dlt_permutation split;
    dlt_permutation epoch;
    dlt_block_shuffle block_shuffle;
    dlt_holdout holdout;
} dlt_order;

dlt_order dlt_subset_order(const dlt_subset *subset, int64_t epoch);
/** Sample indices in the data set at positions [position, position + count) of the epoch, all of
 * them below subset.count. */
void dlt_order_samples(const dlt_order *order, int64_t position, int64_t count, int64_t *samples);
int64_t dlt_order_sample(const dlt_order *order, int64_t position);

/** Samples among which those lie that a rank reads one after the other, if it takes at most `own`
 * of each batch: subset.total if they may lie anywhere, 1 if they are neighbours. */
int64_t dlt_subset_reach(const dlt_subset *subset, int64_t own);

#endif
