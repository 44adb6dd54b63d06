#include "comm/tree.h"

#include "base/alloc.h"
#include "base/error.h"

dlt_tree_stack dlt_tree_stack_make(int64_t leaves) {
    return (dlt_tree_stack){.leaves = leaves};
}

/* The first leaf of the node's right sibling; the sibling is empty if that is not below the leaf
 * count. */
static int64_t first_leaf_after(dlt_tree_node node) {
    return (node.index + 1) << node.level;
}

static dlt_tree_node parent_of(dlt_tree_node node) {
    return (dlt_tree_node){.level = node.level + 1, .index = node.index / 2};
}

/* A left child without a sibling is its parent's value: it climbs until it has a sibling or is the
 * root. */
static dlt_tree_node climb(dlt_tree_node node, int64_t leaves) {
    while (node.index > 0 && node.index % 2 == 0 && first_leaf_after(node) >= leaves)
        node = parent_of(node);
    return node;
}

void dlt_tree_push(dlt_tree_stack *stack, int64_t leaf) {
    dlt_tree_node node = {.level = 0, .index = leaf};
    stack->pending[stack->count++] = climb(node, stack->leaves);
}

static bool are_siblings(dlt_tree_node left, dlt_tree_node right) {
    return left.level == right.level && right.index == left.index + 1 && left.index % 2 == 0;
}

bool dlt_tree_merge(dlt_tree_stack *stack) {
    if (stack->count < 2)
        return false;
    dlt_tree_node *left = &stack->pending[stack->count - 2];
    if (!are_siblings(left[0], left[1]))
        return false;
    *left = climb(parent_of(*left), stack->leaves);
    stack->count--;
    return true;
}

int dlt_tree_depth(int64_t leaves, int64_t first, int64_t last) {
    dlt_tree_stack stack = dlt_tree_stack_make(leaves);
    int depth = 0;
    for (int64_t leaf = first; leaf < last; leaf++) {
        dlt_tree_push(&stack, leaf);
        depth = stack.count > depth ? stack.count : depth;
        while (dlt_tree_merge(&stack))
            continue;
    }
    return depth;
}

static dlt_tree_stack pending_of(int64_t leaves, int rank, int ranks) {
    dlt_tree_stack stack = dlt_tree_stack_make(leaves);
    for (int64_t leaf = leaves * rank / ranks; leaf < leaves * (rank + 1) / ranks; leaf++) {
        dlt_tree_push(&stack, leaf);
        while (dlt_tree_merge(&stack))
            continue;
    }
    return stack;
}

/* Runs the same stack over the ranks' pending nodes in place of leaves, writing down the additions.
 */
static void combine_ranks(dlt_tree_plan *plan) {
    dlt_tree_stack stack = dlt_tree_stack_make(plan->leaves);
    int owner[DLT_TREE_PENDING_MAX];
    int value = 0;
    for (int rank = 0; rank < plan->ranks; rank++) {
        dlt_tree_stack pending = pending_of(plan->leaves, rank, plan->ranks);
        for (int i = 0; i < pending.count; i++) {
            owner[stack.count] = value++;
            stack.pending[stack.count++] = pending.pending[i];
            while (dlt_tree_merge(&stack))
                plan->adds[plan->add_count++] =
                    (dlt_tree_add){.into = owner[stack.count - 1], .from = owner[stack.count]};
        }
    }
}

dlt_status dlt_tree_plan_create(int64_t leaves, int ranks, dlt_tree_plan *out) {
    dlt_tree_plan plan = {.leaves = leaves, .ranks = ranks};
    dlt_status status = DLT_OK;
    DLT_TRY_OUT(DLT_NEW(plan.first_value, ranks + 1));
    for (int rank = 0; rank < ranks; rank++) {
        int count = pending_of(leaves, rank, ranks).count;
        plan.most_values = count > plan.most_values ? count : plan.most_values;
        plan.first_value[rank + 1] = plan.first_value[rank] + count;
    }
    plan.value_count = plan.first_value[ranks];
    DLT_TRY_OUT(DLT_NEW(plan.adds, plan.value_count));
    combine_ranks(&plan);
    *out = plan;
    return DLT_OK;
out:
    dlt_tree_plan_destroy(&plan);
    return status;
}

void dlt_tree_plan_destroy(dlt_tree_plan *plan) {
    dlt_free(plan->first_value);
    dlt_free(plan->adds);
    *plan = (dlt_tree_plan){0};
}
