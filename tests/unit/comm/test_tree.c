/* The canonical tree without MPI: whatever the number of ranks, the same additions as one that
 * recurses from the root. */
#include "base/alloc.h"
#include "comm/tree.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdio.h>
#include <string.h>

#include <cmocka.h>

enum { LEAVES_MAX = 70, EXPRESSION_BYTES = 2048 };

static int64_t balance;

static int set_up(void **state) {
    (void)state;
    balance = dlt_alloc_balance();
    return 0;
}

static int tear_down(void **state) {
    (void)state;
    return dlt_alloc_balance() != balance;
}

/* A value is the text of the sum that made it, as in "((0+1)+2)": equal texts are equal trees. */
typedef struct expression {
    char text[EXPRESSION_BYTES];
} expression;

static void write_leaf(expression *it, int64_t leaf) {
    snprintf(it->text, sizeof it->text, "%lld", (long long)leaf);
}

static void add(expression *into, const expression *from) {
    expression sum;
    size_t left = strlen(into->text);
    size_t right = strlen(from->text);
    assert_true(left + right + 4 <= sizeof sum.text);
    snprintf(sum.text, sizeof sum.text, "(%.*s+%.*s)", (int)left, into->text, (int)right,
             from->text);
    *into = sum;
}

/* The definition: a node over [first, first + width) is the sum of its halves, of those that begin
 * below the leaf count. */
static void expect_node(int64_t leaves, int64_t first, int64_t width, expression *out) {
    if (width == 1) {
        write_leaf(out, first);
        return;
    }
    expect_node(leaves, first, width / 2, out);
    if (first + width / 2 >= leaves)
        return;
    expression right;
    expect_node(leaves, first + width / 2, width / 2, &right);
    add(out, &right);
}

static void expect_root(int64_t leaves, expression *out) {
    int64_t width = 1;
    while (width < leaves)
        width *= 2;
    expect_node(leaves, 0, width, out);
}

static int push_run(int64_t leaves, int64_t first, int64_t last, expression *values) {
    dlt_tree_stack stack = dlt_tree_stack_make(leaves);
    for (int64_t leaf = first; leaf < last; leaf++) {
        write_leaf(&values[stack.count], leaf);
        dlt_tree_push(&stack, leaf);
        while (dlt_tree_merge(&stack))
            add(&values[stack.count - 1], &values[stack.count]);
    }
    return stack.count;
}

static void comm_tree_push_makes_the_canonical_sum(void **state) {
    (void)state;
    static expression values[DLT_TREE_PENDING_MAX];
    for (int64_t leaves = 1; leaves <= LEAVES_MAX; leaves++) {
        expression expected;
        expect_root(leaves, &expected);
        assert_int_equal(push_run(leaves, 0, leaves, values), 1);
        assert_string_equal(values[0].text, expected.text);
    }
}

/* Fills values of all ranks in the plan's numbering. */
static void push_all_ranks(const dlt_tree_plan *plan, expression *values) {
    int most = 0;
    for (int rank = 0; rank < plan->ranks; rank++) {
        int64_t first = plan->leaves * rank / plan->ranks;
        int64_t last = plan->leaves * (rank + 1) / plan->ranks;
        static expression mine[DLT_TREE_PENDING_MAX];
        int count = push_run(plan->leaves, first, last, mine);
        assert_int_equal(count, plan->first_value[rank + 1] - plan->first_value[rank]);
        memcpy(values + plan->first_value[rank], mine, (size_t)count * sizeof *mine);
        most = count > most ? count : most;
    }
    assert_int_equal(most, plan->most_values);
    assert_int_equal(plan->first_value[plan->ranks], plan->value_count);
}

static void check_plan(int64_t leaves, int ranks, int ranks_per_node, const char *expected) {
    static expression values[2 * LEAVES_MAX];
    int first_rank[LEAVES_MAX + 16];
    dlt_tree_nodes nodes = {.count = 0, .first_rank = first_rank};
    for (int rank = 0; rank < ranks; rank += ranks_per_node)
        first_rank[nodes.count++] = rank;
    first_rank[nodes.count] = ranks;
    dlt_tree_plan plan;
    assert_int_equal(dlt_tree_plan_create(leaves, &nodes, &plan), DLT_OK);
    push_all_ranks(&plan, values);
    assert_int_equal(plan.first_add[plan.nodes + 1], plan.value_count - 1);
    for (int i = 0; i < plan.first_add[plan.nodes + 1]; i++)
        add(&values[plan.adds[i].into], &values[plan.adds[i].from]);
    assert_string_equal(values[0].text, expected);
    dlt_tree_plan_destroy(&plan);
}

static void comm_tree_plan_makes_the_canonical_sum_on_any_ranks_and_nodes(void **state) {
    (void)state;
    for (int64_t leaves = 1; leaves <= LEAVES_MAX; leaves++) {
        expression expected;
        expect_root(leaves, &expected);
        for (int ranks = 1; ranks <= LEAVES_MAX + 3; ranks += ranks < 9 ? 1 : 7)
            for (int per_node = 1; per_node <= ranks; per_node = per_node * 2 + 1)
                check_plan(leaves, ranks, per_node, expected.text);
    }
}

static void comm_tree_depth_is_the_most_that_waits_at_once(void **state) {
    (void)state;
    assert_int_equal(dlt_tree_depth(8, 0, 8), 4); /* 0..3 and 4, 5 merged, 6, and 7 itself */
    assert_int_equal(dlt_tree_depth(1, 0, 1), 1);
    assert_int_equal(dlt_tree_depth(8, 3, 3), 0);
    assert_int_equal(dlt_tree_depth(8, 1, 3), 2);
}

/* Both flanks of a run may hold one node per level. */
static void comm_tree_depth_stays_logarithmic(void **state) {
    (void)state;
    const int64_t leaves = ((int64_t)1 << 20) + 1;
    assert_true(dlt_tree_depth(leaves, 0, leaves) <= 21);
    assert_true(dlt_tree_depth(leaves, 1, leaves - 1) <= 2 * 20);
}

#define tree_test(function) cmocka_unit_test_setup_teardown(function, set_up, tear_down)

int main(void) {
    const struct CMUnitTest tests[] = {
        tree_test(comm_tree_push_makes_the_canonical_sum),
        tree_test(comm_tree_plan_makes_the_canonical_sum_on_any_ranks_and_nodes),
        tree_test(comm_tree_depth_is_the_most_that_waits_at_once),
        tree_test(comm_tree_depth_stays_logarithmic),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
