#include "data/blocks.h"

#include "base/cast.h"
#include "base/philox.h"

/* Values of a stream's node: what a permutation of the epoch is of. 0 is of single samples. */
enum { NODE_BLOCKS = 1, NODE_WITHIN = 2, NODE_TAIL = 3 };

/* Several lanes for each place of the batch, or several places for each lane. */
static void cut_lanes(const dlt_windows *windows, int64_t count, int64_t *width, int64_t *share) {
    int64_t open = dlt_max_i64(windows->open, 1);
    int64_t batch = dlt_min_i64(windows->batch, count);
    *width = batch;
    *share = 1;
    if (open >= batch)
        *width = batch * dlt_max_i64(1, dlt_min_i64(open / batch, count / batch));
    else
        *share = dlt_ceil_div(batch, open);
}

int64_t dlt_windows_lanes(const dlt_windows *windows, int64_t count) {
    int64_t width = 0;
    int64_t share = 0;
    cut_lanes(windows, count, &width, &share);
    return dlt_ceil_div(width, share);
}

dlt_blocks dlt_blocks_make(const dlt_windows *windows, uint64_t seed, uint64_t epoch,
                           int64_t count) {
    int64_t block = dlt_min_i64(windows->block, count);
    dlt_blocks it = {.count = count, .block = block, .tail = count % block};
    cut_lanes(windows, count, &it.width, &it.share);
    it.rows = count / it.width;
    it.places = dlt_permutation_make(seed, DLT_PURPOSE_ORDER, NODE_BLOCKS, epoch,
                                     dlt_ceil_div(count, block));
    it.within = dlt_permutation_make(seed, DLT_PURPOSE_ORDER, NODE_WITHIN, epoch, block);
    it.within_tail = dlt_permutation_make(seed, DLT_PURPOSE_ORDER, NODE_TAIL, epoch, it.tail);
    if (it.tail > 0)
        it.tail_place = dlt_permutation_find(&it.places, count / block);
    return it;
}

/* The place in the long row of samples: lane after lane, each with its positions in their order. */
static int64_t place_in_lanes(const dlt_blocks *it, int64_t position) {
    int64_t row = position / it->width;
    int64_t column = position % it->width;
    int64_t first = column / it->share * it->share;
    int64_t across = dlt_min_i64(it->share, it->width - first);
    int64_t before = first * it->rows + dlt_min_i64(first, it->count % it->width);
    return before + row * across + (column - first);
}

int64_t dlt_blocks_at(const dlt_blocks *it, int64_t position) {
    int64_t place = place_in_lanes(it, position);
    int64_t tail_begins = it->tail_place * it->block;
    bool in_tail = it->tail > 0 && place >= tail_begins && place < tail_begins + it->tail;
    if (in_tail)
        return it->count - it->tail + dlt_permutation_at(&it->within_tail, place - tail_begins);
    /* Behind the short block, as if it were not there, which leaves one place out. */
    bool behind = it->tail > 0 && place >= tail_begins + it->tail;
    int64_t whole = place - (behind ? it->tail : 0);
    int64_t block = dlt_permutation_at(&it->places, whole / it->block + behind);
    dlt_permutation within = dlt_permutation_variant(&it->within, (uint64_t)block);
    return block * it->block + dlt_permutation_at(&within, whole % it->block);
}
