/* Maps a position of the epoch to a sample in two steps: the position to its place in the row of
 * chains, which is arithmetic, and the place to a sample, by a permutation of the blocks and one
 * within each block. Only the last block may be short. It has a permutation of its own, and places
 * behind it are shifted as if it were whole. */
#include "data/block_shuffle.h"

#include "base/cast.h"
#include "base/philox.h"

#include <stddef.h>

/* Values of a stream's node: what a permutation of the epoch is of. 0 is of single samples. */
enum { NODE_BLOCK_SHUFFLE = 1, NODE_WITHIN = 2, NODE_TAIL = 3 };

/* Several chains for each place of the batch, or several places for each chain. */
static void cut_chains(const dlt_shuffle_buffer *shuffle_buffer, int64_t count, int64_t *width,
                       int64_t *share) {
    int64_t open = dlt_max_i64(shuffle_buffer->open, 1);
    int64_t batch = dlt_min_i64(shuffle_buffer->batch, count);
    *width = batch;
    *share = 1;
    if (open >= batch)
        *width = batch * dlt_max_i64(1, dlt_min_i64(open / batch, count / batch));
    else
        *share = dlt_ceil_div(batch, open);
}

int64_t dlt_block_shuffle_chains(const dlt_shuffle_buffer *shuffle_buffer, int64_t count) {
    int64_t width = 0;
    int64_t share = 0;
    cut_chains(shuffle_buffer, count, &width, &share);
    return dlt_ceil_div(width, share);
}

dlt_block_shuffle dlt_block_shuffle_make(const dlt_shuffle_buffer *shuffle_buffer, uint64_t seed,
                                         uint64_t epoch, int64_t count) {
    int64_t block = dlt_min_i64(shuffle_buffer->block, count);
    dlt_block_shuffle it = {.count = count, .block = block, .tail = count % block};
    cut_chains(shuffle_buffer, count, &it.width, &it.share);
    it.rows = count / it.width;
    it.places = dlt_permutation_make(seed, DLT_PURPOSE_ORDER, NODE_BLOCK_SHUFFLE, epoch,
                                     dlt_ceil_div(count, block));
    it.within = dlt_permutation_make(seed, DLT_PURPOSE_ORDER, NODE_WITHIN, epoch, block);
    it.within_tail = dlt_permutation_make(seed, DLT_PURPOSE_ORDER, NODE_TAIL, epoch, it.tail);
    if (it.tail > 0)
        it.tail_place = dlt_permutation_find(&it.places, count / block);
    return it;
}

/* The place in the long row of samples: chain after chain, each with its positions in their order.
 */
static int64_t place_in_chains(const dlt_block_shuffle *it, int64_t row, int64_t column) {
    int64_t first = it->share == 1 ? column : column / it->share * it->share;
    int64_t across = dlt_min_i64(it->share, it->width - first);
    int64_t before = first * it->rows + dlt_min_i64(first, it->count % it->width);
    return before + row * across + (column - first);
}

enum { PIECE = 64 };

/* A place as the block's place among all, and the sample's in the block. */
typedef struct chain_places {
    int64_t block[PIECE];
    int64_t within[PIECE];
} chain_places;

static void find_places(const dlt_block_shuffle *it, int64_t position, int64_t count,
                        chain_places *out) {
    const int64_t tail_begins = it->tail_place * it->block;
    int64_t row = position / it->width;
    int64_t column = position % it->width;
    for (int64_t i = 0; i < count; i++) {
        int64_t place = place_in_chains(it, row, column);
        /* Behind the short block, as if it were a whole one. */
        if (it->tail > 0 && place >= tail_begins + it->tail)
            place += it->block - it->tail;
        out->block[i] = place / it->block;
        out->within[i] = place % it->block;
        if (++column == it->width) {
            column = 0;
            row++;
        }
    }
}

static void range_of_piece(const dlt_block_shuffle *it, int64_t position, int64_t count,
                           int64_t *out) {
    const int64_t tail_block = it->tail > 0 ? it->count / it->block : -1;
    int64_t in_tail[PIECE];
    chain_places found;
    find_places(it, position, count, &found);
    dlt_permutation_all(&it->places, count, NULL, found.block);
    /* Only those of the short block are in its range, and only they are taken from here. */
    for (int64_t i = 0; i < count; i++)
        in_tail[i] = found.block[i] == tail_block ? found.within[i] : 0;
    dlt_permutation_all(&it->within, count, found.block, found.within);
    for (int64_t i = 0; i < count; i++) {
        if (found.block[i] == tail_block)
            found.within[i] = dlt_permutation_at(&it->within_tail, in_tail[i]);
        out[i] = found.block[i] * it->block + found.within[i];
    }
}

void dlt_block_shuffle_range(const dlt_block_shuffle *it, int64_t position, int64_t count,
                             int64_t *out) {
    for (int64_t i = 0; i < count; i += PIECE)
        range_of_piece(it, position + i, dlt_min_i64(PIECE, count - i), out + i);
}
