/* Which samples of a data set a part of a run uses, and in which order. Nothing of the size of the
 * data set is kept: the order is a keyed bijection on the index, a Feistel network with cycle
 * walking (Black and Rogaway 2002, "Ciphers with arbitrary finite domains"). */
#ifndef DLT_DATA_SUBSET_H
#define DLT_DATA_SUBSET_H

#include <stdbool.h>
#include <stdint.h>

enum { DLT_PERMUTATION_ROUNDS = 6 };

/** A bijection on [0, count). */
typedef struct dlt_permutation {
    uint64_t count;
    int high_bits; /* the network permutes [0, 2^(high_bits + low_bits)), less than 2 count */
    int low_bits;
    uint32_t round_key[DLT_PERMUTATION_ROUNDS];
    bool identity;
} dlt_permutation;

/** The permutation of (seed, purpose, major): distinct arguments give unrelated ones.
 *  Not collective; the same on every rank. Errors: none */
dlt_permutation dlt_permutation_make(uint64_t seed, int purpose, uint64_t major, int64_t count);
dlt_permutation dlt_permutation_identity(int64_t count);
/** Where a position in [0, count) goes. */
int64_t dlt_permutation_at(const dlt_permutation *permutation, int64_t position);

/** Samples [first, first + count) of a data set's split order. With split, that order is a
 * permutation of (seed, SPLIT), so that two ranges of it are a random split of the data set;
 * without, it is file order. With shuffle, each epoch goes through the range in an order of its
 * own, of (seed, ORDER, epoch); without, in split order. */
typedef struct dlt_subset {
    uint64_t seed;
    int64_t total; /* samples of the data set */
    int64_t first;
    int64_t count;
    bool split;
    bool shuffle;
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
