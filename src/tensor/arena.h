/* Placing buffers that live for a while into one block of memory. Time is the index in the walk
 * over the graph: forward nodes first, then backward nodes. Two buffers whose lives overlap never
 * share bytes. */
#ifndef DLT_TENSOR_ARENA_H
#define DLT_TENSOR_ARENA_H

#include "dltrain/status.h"

#include <stdint.h>

typedef struct dlt_arena_block {
    int64_t bytes;
    int first;      /* first moment at which it holds something */
    int last;       /* last moment, inclusive */
    int64_t offset; /* filled in; a multiple of 64 */
} dlt_arena_block;

/** Gives each block an offset and returns the bytes needed in all. Greedy by size: the largest
 *  first, each at the lowest offset free during its life.
 *  Collective: Not collective
 *  Errors:     MEM
 *  Source:     Pisarchyk and Lee 2020, arXiv 2001.03288, section 5.2
 */
DLT_CHECKED dlt_status dlt_arena_plan(dlt_arena_block *blocks, int count, int64_t *bytes);

#endif
