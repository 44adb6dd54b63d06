/* Lists of rows without MPI: merged along the tree as dense gradients with the same tree are. */
#include "comm/row_owners.h"
#include "comm/row_stack.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <string.h>

#include <cmocka.h>

enum { ROWS = 11, WIDTH = 3, LEAVES_MAX = 13, SLOTS = LEAVES_MAX * ROWS };

/* Whether a leaf uses a row: often, for low rows and for some leaves. */
static int is_used(int64_t leaf, int64_t row) {
    return leaf % 5 != 3 && (leaf * 7 + row * row * 3) % (row + 2) < 2;
}

/* Of very different size, so that another order of additions gives other bits. */
static dlt_real value_of(int64_t leaf, int64_t row, int64_t i) {
    const int64_t at = (leaf * 31 + row * 17 + i * 5) % 23;
    return (dlt_real)(at % 2 == 0 ? 1.1 : -0.3) * (dlt_real)(UINT32_C(1) << at);
}

/* The definition: an absent row passes through. False if no leaf has the row. */
static int sum_row(int64_t leaves, int64_t row, int64_t first, int64_t width, dlt_real out[WIDTH]) {
    dlt_real right[WIDTH];
    if (first >= leaves)
        return 0;
    if (width == 1) {
        for (int64_t i = 0; i < WIDTH; i++)
            out[i] = value_of(first, row, i);
        return is_used(first, row);
    }
    const int has_left = sum_row(leaves, row, first, width / 2, out);
    const int has_right = sum_row(leaves, row, first + width / 2, width / 2, right);
    for (int i = 0; has_right && i < WIDTH; i++)
        out[i] = has_left ? out[i] + right[i] : right[i];
    return has_left || has_right;
}

typedef struct trial {
    dlt_row_entry entries[SLOTS];
    dlt_row_entry scratch[SLOTS];
    int64_t starts[DLT_TREE_PENDING_MAX + 1];
    dlt_real values[SLOTS * WIDTH];
    int32_t free_slots[SLOTS];
    int64_t free_count;
    int64_t longest; /* entries on the stack at a time */
} trial;

static trial it;

static void push_leaf(dlt_row_stack *stack, const dlt_row_pools *pools, int64_t leaf) {
    dlt_row_entry list[ROWS];
    int64_t count = 0;
    for (int32_t row = 0; row < ROWS; row++) {
        if (!is_used(leaf, row))
            continue;
        list[count] = (dlt_row_entry){.row = row, .slot = it.free_slots[--it.free_count]};
        for (int64_t i = 0; i < WIDTH; i++)
            dlt_row_values(pools, &list[count])[i] = value_of(leaf, row, i);
        count++;
    }
    dlt_row_stack_push(stack, list, count);
    if (stack->starts[stack->count] > it.longest)
        it.longest = stack->starts[stack->count];
}

static void expect_sum(const dlt_row_stack *stack, const dlt_row_pools *pools, int64_t leaves) {
    const dlt_row_entry *at = stack->entries;
    for (int64_t row = 0; row < ROWS; row++) {
        dlt_real expected[WIDTH];
        if (!sum_row(leaves, row, 0, 16, expected))
            continue;
        assert_true(at < stack->entries + stack->starts[1]);
        assert_int_equal(at->row, row);
        assert_memory_equal(dlt_row_values(pools, at), expected, sizeof expected);
        at++;
    }
    assert_ptr_equal(at, stack->entries + stack->starts[1]);
}

static void row_stack_adds_rows_along_the_tree(void **state) {
    (void)state;
    dlt_real *pool = it.values;
    const dlt_row_pools pools = {.width = WIDTH, .at = &pool};
    for (int64_t leaves = 1; leaves <= LEAVES_MAX; leaves++) {
        dlt_tree_stack tree = dlt_tree_stack_make(leaves);
        dlt_row_stack stack = {.entries = it.entries, .scratch = it.scratch, .starts = it.starts};
        dlt_row_stack_clear(&stack);
        it.longest = 0;
        for (it.free_count = 0; it.free_count < SLOTS; it.free_count++)
            it.free_slots[it.free_count] = (int32_t)it.free_count;
        for (int64_t leaf = 0; leaf < leaves; leaf++) {
            push_leaf(&stack, &pools, leaf);
            dlt_tree_push(&tree, leaf);
            while (dlt_tree_merge(&tree))
                it.free_count += dlt_row_stack_merge(&stack, &pools, it.free_slots + it.free_count);
        }
        assert_int_equal(stack.count, 1);
        expect_sum(&stack, &pools, leaves);
        assert_int_equal(it.free_count, SLOTS - stack.starts[1]);
        assert_true(it.longest <= dlt_row_stack_most(leaves, 0, leaves, ROWS, ROWS));
    }
}

/* Leaves of a run; an entry per use up to the length of the table. */
static void row_stack_most_is_the_sum_of_what_waits(void **state) {
    (void)state;
    assert_int_equal(dlt_row_stack_most(1, 0, 1, 10, 1000), 10);
    assert_int_equal(dlt_row_stack_most(4, 0, 4, 10, 1000), 40);
    assert_int_equal(dlt_row_stack_most(4, 0, 4, 10, 15), 15 + 10 + 10);
    assert_int_equal(dlt_row_stack_most(8, 2, 6, 10, 15), 15 + 10 + 10);
    assert_int_equal(dlt_row_stack_most(4, 2, 2, 10, 15), 0);
}

static void row_find_gives_the_first_entry_not_below(void **state) {
    (void)state;
    const dlt_row_entry list[] = {{.row = 2}, {.row = 3}, {.row = 7}};
    assert_int_equal(dlt_row_find(list, 0, 5), 0);
    assert_int_equal(dlt_row_find(list, 3, 0), 0);
    assert_int_equal(dlt_row_find(list, 3, 3), 1);
    assert_int_equal(dlt_row_find(list, 3, 4), 2);
    assert_int_equal(dlt_row_find(list, 3, 8), 3);
}

/* Every row has one owner, ranges ascend, and cuts are between blocks. */
static void row_range_cuts_a_table_between_blocks(void **state) {
    (void)state;
    static const int64_t lengths[] = {1, 2, 5, 4096, 4097, 10000, 1000000, 2147483647};
    static const int ranks[] = {1, 2, 3, 7, 64, 5000};
    for (size_t l = 0; l < sizeof lengths / sizeof lengths[0]; l++)
        for (size_t r = 0; r < sizeof ranks / sizeof ranks[0]; r++) {
            const dlt_row_table table = {.rows = lengths[l], .width = 4};
            int64_t next = 0;
            assert_true(dlt_row_block_count(&table) <= DLT_ROW_BLOCKS);
            for (int owner = 0; owner < ranks[r]; owner++) {
                const dlt_range rows = dlt_row_range(&table, owner, ranks[r]);
                assert_int_equal(rows.first, next);
                assert_true(rows.count >= 0);
                next += rows.count;
                assert_true(next == table.rows || next % dlt_row_block_rows(&table) == 0);
            }
            assert_int_equal(next, table.rows);
        }
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(row_stack_adds_rows_along_the_tree),
        cmocka_unit_test(row_stack_most_is_the_sum_of_what_waits),
        cmocka_unit_test(row_find_gives_the_first_entry_not_below),
        cmocka_unit_test(row_range_cuts_a_table_between_blocks),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
