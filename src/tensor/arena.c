/* Places the largest block first and never moves it again. Each block is tested against all that
 * are placed, which is quadratic and fast enough for the few hundred blocks of a model. Equal sizes
 * keep their order, so the plan is a function of the blocks alone. Offsets are multiples of a cache
 * line. */
#include "tensor/arena.h"

#include "base/alloc.h"
#include "base/cast.h"
#include "base/error.h"

#include <stdbool.h>

enum { ALIGNMENT = 64 };

static bool lives_overlap(const dlt_arena_block *a, const dlt_arena_block *b) {
    return a->first <= b->last && b->first <= a->last;
}

/* Indices of the blocks, the largest first, equal ones in order: an insertion sort, for plans have
 * a few hundred blocks. */
static void order_by_size(const dlt_arena_block *blocks, int count, int *order) {
    for (int i = 0; i < count; i++) {
        int j = i;
        for (; j > 0 && blocks[order[j - 1]].bytes < blocks[i].bytes; j--)
            order[j] = order[j - 1];
        order[j] = i;
    }
}

/* The lowest offset at which block fits beside those placed before it. Every round lifts the offset
 * over one placed block in its way, so the search ends. */
static int64_t lowest_offset(const dlt_arena_block *blocks, const int *order, int placed,
                             const dlt_arena_block *block) {
    int64_t offset = 0;
    bool moved = true;
    while (moved) {
        moved = false;
        for (int i = 0; i < placed; i++) {
            const dlt_arena_block *other = &blocks[order[i]];
            bool apart =
                other->offset >= offset + block->bytes || offset >= other->offset + other->bytes;
            if (apart || !lives_overlap(other, block))
                continue;
            offset = dlt_ceil_div(other->offset + other->bytes, ALIGNMENT) * ALIGNMENT;
            moved = true;
        }
    }
    return offset;
}

dlt_status dlt_arena_plan(dlt_arena_block *blocks, int count, int64_t *bytes) {
    int *order = NULL;
    DLT_TRY(DLT_NEW(order, count));
    order_by_size(blocks, count, order);
    *bytes = 0;
    for (int i = 0; i < count; i++) {
        dlt_arena_block *block = &blocks[order[i]];
        block->offset = lowest_offset(blocks, order, i, block);
        *bytes = dlt_max_i64(*bytes, block->offset + block->bytes);
    }
    dlt_free(order);
    return DLT_OK;
}
