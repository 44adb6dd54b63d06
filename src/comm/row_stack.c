/* Merges lists by index: only rows that both lists have move values, by one addition. A row that
 * one list lacks passes through without an added zero, so the sum of a row depends on the leaves
 * that have it and on the tree alone. The merged list takes the place of the two; it is made in
 * scratch memory first. */
#include "comm/row_stack.h"

#include "base/cast.h"
#include "comm/add.h"

#include <string.h>

void dlt_row_stack_clear(dlt_row_stack *stack) {
    stack->count = 0;
    stack->starts[0] = 0;
}

void dlt_row_stack_push(dlt_row_stack *stack, const dlt_row_entry *entries, int64_t count) {
    const int64_t start = stack->starts[stack->count];
    memcpy(stack->entries + start, entries, (size_t)count * sizeof *entries);
    stack->starts[++stack->count] = start + count;
}

int64_t dlt_row_stack_merge(dlt_row_stack *stack, const dlt_row_pools *pools, int32_t *freed) {
    int64_t *starts = stack->starts + stack->count - 2;
    const dlt_row_entry *left = stack->entries + starts[0];
    const dlt_row_entry *right = stack->entries + starts[1];
    const dlt_row_entry *const left_end = right;
    const dlt_row_entry *const right_end = stack->entries + starts[2];
    dlt_row_entry *out = stack->scratch;
    int64_t free_count = 0;
    while (left < left_end && right < right_end) {
        if (left->row == right->row) {
            dlt_add_reals(dlt_row_values(pools, left), dlt_row_values(pools, right), pools->width);
            if (freed != NULL)
                freed[free_count] = right->slot;
            free_count++;
            right++;
            *out++ = *left++;
        } else {
            *out++ = left->row < right->row ? *left++ : *right++;
        }
    }
    memcpy(out, left, (size_t)(left_end - left) * sizeof *out);
    out += left_end - left;
    memcpy(out, right, (size_t)(right_end - right) * sizeof *out);
    out += right_end - right;
    memcpy(stack->entries + starts[0], stack->scratch,
           (size_t)(out - stack->scratch) * sizeof *out);
    starts[1] = starts[0] + (out - stack->scratch);
    stack->count--;
    return free_count;
}

int64_t dlt_row_find(const dlt_row_entry *entries, int64_t count, int64_t row) {
    int64_t low = 0;
    int64_t high = count;
    while (low < high) {
        const int64_t middle = low + (high - low) / 2;
        if (entries[middle].row < row)
            low = middle + 1;
        else
            high = middle;
    }
    return low;
}

int64_t dlt_row_stack_most(int64_t leaves, int64_t first, int64_t last, int64_t most,
                           int64_t rows) {
    dlt_tree_stack stack = dlt_tree_stack_make(leaves);
    int64_t lengths[DLT_TREE_PENDING_MAX];
    int64_t length = 0;
    int64_t longest = 0;
    for (int64_t leaf = first; leaf < last; leaf++) {
        lengths[stack.count] = dlt_min_i64(most, rows);
        length += lengths[stack.count];
        longest = dlt_max_i64(length, longest);
        dlt_tree_push(&stack, leaf);
        while (dlt_tree_merge(&stack)) {
            const int64_t apart = lengths[stack.count - 1] + lengths[stack.count];
            lengths[stack.count - 1] = dlt_min_i64(apart, rows);
            length -= apart - lengths[stack.count - 1];
        }
    }
    return longest;
}
