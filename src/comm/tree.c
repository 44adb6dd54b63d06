/* Tells a rank which of its values to add next, and plans the additions over all ranks. The stack
 * of pending nodes works like the carries of a binary counter: a pushed leaf merges with its
 * sibling, the sum with its own, and so on. A left child without a right sibling climbs, so no
 * number of leaves needs padding. The plan replays the stack of every rank, then of every node,
 * then over the nodes, and records each addition; it depends on nothing else, so all ranks make the
 * same plan without a message. */
#include "comm/tree.h"

#include "base/alloc.h"
#include "base/error.h"

int64_t dlt_tree_first_leaf(int64_t leaves, int rank, int ranks) {
    return leaves * rank / ranks;
}

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
    int64_t last = dlt_tree_first_leaf(leaves, rank + 1, ranks);
    for (int64_t leaf = dlt_tree_first_leaf(leaves, rank, ranks); leaf < last; leaf++) {
        dlt_tree_push(&stack, leaf);
        while (dlt_tree_merge(&stack))
            continue;
    }
    return stack;
}

/* A stack whose entries are values: additions are written down when siblings meet. */
typedef struct value_stack {
    dlt_tree_stack nodes;
    int value[DLT_TREE_PENDING_MAX];
} value_stack;

static void push_value(value_stack *stack, dlt_tree_node node, int value, dlt_tree_plan *plan,
                       int *add_count) {
    stack->value[stack->nodes.count] = value;
    stack->nodes.pending[stack->nodes.count++] = node;
    while (dlt_tree_merge(&stack->nodes)) {
        int top = stack->nodes.count;
        plan->adds[(*add_count)++] =
            (dlt_tree_add){.into = stack->value[top - 1], .from = stack->value[top]};
    }
}

static void combine_node(dlt_tree_plan *plan, const dlt_tree_nodes *nodes, int index,
                         value_stack *stack, int *add_count) {
    *stack = (value_stack){.nodes = dlt_tree_stack_make(plan->leaves)};
    for (int rank = nodes->first_rank[index]; rank < nodes->first_rank[index + 1]; rank++) {
        dlt_tree_stack pending = pending_of(plan->leaves, rank, plan->ranks);
        for (int i = 0; i < pending.count; i++)
            push_value(stack, pending.pending[i], plan->first_value[rank] + i, plan, add_count);
    }
}

/* Node by node; the nodes' leftovers go on a second stack, whose additions come last. */
static void combine_all(dlt_tree_plan *plan, const dlt_tree_nodes *nodes, dlt_tree_node *left) {
    int add_count = 0;
    int left_count = 0;
    value_stack stack;
    for (int index = 0; index < nodes->count; index++) {
        plan->first_add[index] = add_count;
        plan->first_left[index] = left_count;
        combine_node(plan, nodes, index, &stack, &add_count);
        for (int i = 0; i < stack.nodes.count; i++) {
            left[left_count] = stack.nodes.pending[i];
            plan->left[left_count++] = stack.value[i];
        }
    }
    plan->first_add[nodes->count] = add_count;
    plan->first_left[nodes->count] = left_count;
    stack = (value_stack){.nodes = dlt_tree_stack_make(plan->leaves)};
    for (int i = 0; i < left_count; i++)
        push_value(&stack, left[i], plan->left[i], plan, &add_count);
    plan->first_add[nodes->count + 1] = add_count;
}

static dlt_status number_values(dlt_tree_plan *plan) {
    DLT_TRY(DLT_NEW(plan->first_value, plan->ranks + 1));
    for (int rank = 0; rank < plan->ranks; rank++) {
        int count = pending_of(plan->leaves, rank, plan->ranks).count;
        plan->most_values = count > plan->most_values ? count : plan->most_values;
        plan->first_value[rank + 1] = plan->first_value[rank] + count;
    }
    plan->value_count = plan->first_value[plan->ranks];
    return DLT_OK;
}

dlt_status dlt_tree_plan_create(int64_t leaves, const dlt_tree_nodes *nodes, dlt_tree_plan *out) {
    dlt_tree_plan plan = {
        .leaves = leaves, .ranks = nodes->first_rank[nodes->count], .nodes = nodes->count};
    dlt_tree_node *left = NULL;
    dlt_status status = DLT_OK;
    DLT_TRY_OUT(number_values(&plan));
    DLT_TRY_OUT(DLT_NEW(plan.first_add, nodes->count + 2));
    DLT_TRY_OUT(DLT_NEW(plan.first_left, nodes->count + 1));
    DLT_TRY_OUT(DLT_NEW(plan.adds, plan.value_count));
    DLT_TRY_OUT(DLT_NEW(plan.left, plan.value_count));
    DLT_TRY_OUT(DLT_NEW(left, plan.value_count));
    combine_all(&plan, nodes, left);
    *out = plan;
out:
    dlt_free(left);
    if (status != DLT_OK)
        dlt_tree_plan_destroy(&plan);
    return status;
}

void dlt_tree_plan_destroy(dlt_tree_plan *plan) {
    dlt_free(plan->first_value);
    dlt_free(plan->first_add);
    dlt_free(plan->adds);
    dlt_free(plan->first_left);
    dlt_free(plan->left);
    *plan = (dlt_tree_plan){0};
}
