/* The order of an epoch over a set that is not kept in memory: an order that any rank can compute
 * at any position without a table, and that reads every block of neighbouring samples as a whole.
 *
 * The blocks, in a random order, make one long row of samples, which is cut into as many chains as
 * blocks are to be open at a time. A batch takes its samples from all chains evenly, and each chain
 * goes through its own blocks one after the other, the samples of a block in a random order. A
 * place in the batch belongs to the same chains in every batch, so a rank, which takes the same
 * places of every batch, reads the blocks of its own chains and no others. Chains start at
 * unrelated places of their blocks, so that they do not all need a new block in the same batch. */
#ifndef DLT_DATA_BLOCK_SHUFFLE_H
#define DLT_DATA_BLOCK_SHUFFLE_H

#include "data/permutation.h"

#include <stdint.h>

/** How a set is gone through that is not kept in memory; all zero: any sample may be next. */
typedef struct dlt_shuffle_buffer {
    int64_t block; /* neighbouring samples that are read together */
    int64_t open;  /* blocks that are drawn from at a time, about */
    int64_t batch; /* samples per update */
} dlt_shuffle_buffer;

typedef struct dlt_block_shuffle {
    int64_t count; /* of samples */
    int64_t block;
    int64_t
        width; /* positions that go once through all chains: whole batches, or a part of the set */
    int64_t share; /* of them, that belong to one chain; the last chain may have fewer */
    int64_t rows;  /* times that they do so; the last time possibly short, by `count % width` */
    int64_t tail;  /* samples of the last block, if it is short; else 0 */
    int64_t tail_place; /* of that block among all */
    dlt_permutation places;
    dlt_permutation within;      /* a whole block; a variant of it for each */
    dlt_permutation within_tail; /* the short one */
} dlt_block_shuffle;

/** The order of (seed, epoch) on [0, count); block and batch are above 0.
 *  Not collective; the same on every rank. Errors: none */
dlt_block_shuffle dlt_block_shuffle_make(const dlt_shuffle_buffer *shuffle_buffer, uint64_t seed,
                                         uint64_t epoch, int64_t count);
/** Where `count` positions of [0, it->count) go, from `position` on. */
void dlt_block_shuffle_range(const dlt_block_shuffle *it, int64_t position, int64_t count,
                             int64_t *out);

/** Chains of a set of count samples. */
int64_t dlt_block_shuffle_chains(const dlt_shuffle_buffer *shuffle_buffer, int64_t count);

#endif
