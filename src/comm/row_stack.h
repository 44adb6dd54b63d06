/* Lists of rows that wait for others in the canonical tree, as tree.h has pending values. A list
 * says where the values of its rows lie; they stay there while lists are merged. */
#ifndef DLT_COMM_ROW_STACK_H
#define DLT_COMM_ROW_STACK_H

#include "comm/tree.h"
#include "dltrain/real.h"

#include <stdint.h>

/** A row of a list, and which pool has its values, in which slot. */
typedef struct dlt_row_entry {
    int32_t row;
    int32_t pool;
    int32_t slot;
} dlt_row_entry;

/** Where values lie: those of an entry at at[pool] + slot * width. */
typedef struct dlt_row_pools {
    int64_t width;
    dlt_real **at;
} dlt_row_pools;

/** Lists one behind the other, each with rows ascending. All memory is borrowed. */
typedef struct dlt_row_stack {
    dlt_row_entry *entries;
    dlt_row_entry *scratch; /* as long as the entries */
    int64_t *starts;        /* [DLT_TREE_PENDING_MAX + 1]: list i is [starts[i], starts[i + 1]) */
    int count;
} dlt_row_stack;

static inline dlt_real *dlt_row_values(const dlt_row_pools *pools, const dlt_row_entry *entry) {
    return pools->at[entry->pool] + entry->slot * pools->width;
}

void dlt_row_stack_clear(dlt_row_stack *stack);

/** Appends a list. */
void dlt_row_stack_push(dlt_row_stack *stack, const dlt_row_entry *entries, int64_t count);

/** Replaces the top two lists by their sum: values of a row that both have are added to those of
 *  the lower one, all others stay as they are. freed: receives the slots of the upper one that are
 *  no longer in use; may be NULL. Returns their number. */
int64_t dlt_row_stack_merge(dlt_row_stack *stack, const dlt_row_pools *pools, int32_t *freed);

/** The first of ascending entries whose row is not below `row`, as an index. */
int64_t dlt_row_find(const dlt_row_entry *entries, int64_t count, int64_t row);

/** The most entries on the stack of a rank that takes leaves [first, last) of `leaves`, each with
 * at most `most` of a table's rows. */
int64_t dlt_row_stack_most(int64_t leaves, int64_t first, int64_t last, int64_t most, int64_t rows);

#endif
