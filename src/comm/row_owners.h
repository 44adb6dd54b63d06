/* Which rank owns which rows of a table: a contiguous range each, of whole blocks, so that sums
 * over the rows in use can be taken block by block, with the same bits at any number of ranks. Pure
 * arithmetic. */
#ifndef DLT_COMM_ROW_OWNERS_H
#define DLT_COMM_ROW_OWNERS_H

#include "base/cast.h"
#include "comm/buckets.h"
#include "dltrain/rows.h"

/* A table is cut into at most so many blocks. */
enum { DLT_ROW_BLOCKS = 4096 };

static inline int64_t dlt_row_block_rows(const dlt_row_table *table) {
    return dlt_ceil_div(table->rows, DLT_ROW_BLOCKS);
}

static inline int64_t dlt_row_block_count(const dlt_row_table *table) {
    return dlt_ceil_div(table->rows, dlt_row_block_rows(table));
}

/** The rows that `owner` of `ranks` owns; may be none. */
static inline dlt_range dlt_row_range(const dlt_row_table *table, int owner, int ranks) {
    const int64_t blocks = dlt_row_block_count(table);
    const int64_t size = dlt_row_block_rows(table);
    const int64_t first = dlt_min_i64(blocks * owner / ranks * size, table->rows);
    const int64_t end = dlt_min_i64(blocks * (owner + 1) / ranks * size, table->rows);
    return (dlt_range){.first = first, .count = end - first};
}

#endif
