/* Which samples of a data set a part of a run uses, and in which order. Nothing of the size of the
 * data set is kept: the order is a keyed bijection on the index, a Feistel network with cycle
 * walking (Black and Rogaway 2002, "Ciphers with arbitrary finite domains"). */
#ifndef DLT_DATA_SUBSET_H
#define DLT_DATA_SUBSET_H

#include <stdbool.h>
#include <stdint.h>

/** A bijection on [0, count). */
typedef struct dlt_permutation {
    uint64_t count;
    int half_bits;
    uint32_t key[2];
    bool identity;
} dlt_permutation;

dlt_permutation dlt_permutation_make(uint64_t seed, int purpose, uint64_t major, int64_t count);
dlt_permutation dlt_permutation_identity(int64_t count);
int64_t dlt_permutation_at(const dlt_permutation *permutation, int64_t position);

/** Samples [first, first + count) of a data set's split order. With shuffle, the split order is a
 * permutation of (seed, SPLIT) and each epoch has its own of (seed, ORDER, epoch); without, both
 * are file order. */
typedef struct dlt_subset {
    uint64_t seed;
    int64_t total; /* samples of the data set */
    int64_t first;
    int64_t count;
    bool split;   /* the data set is split by the seed */
    bool shuffle; /* epochs are shuffled */
} dlt_subset;

/** The order of one epoch, ready to be asked for positions. */
typedef struct dlt_order {
    dlt_permutation split;
    dlt_permutation epoch;
    int64_t first;
} dlt_order;

dlt_order dlt_subset_order(const dlt_subset *subset, int64_t epoch);
/** Sample index in the data set at a position of the epoch, 0 <= position < subset.count. */
int64_t dlt_order_sample(const dlt_order *order, int64_t position);

#endif
