/* The canonical binary tree over the micro-batches of a batch.
 *
 * Node (level, index) stands for micro-batches [index * 2^level, (index + 1) * 2^level) below the
 * number of micro-batches M. Its value is left child + right child, or the left child alone where
 * the right one has no micro-batch. The value of the root depends on M and the leaves only, so it
 * does not matter which rank adds what (compare the binary-tree sums of ReproRed, and Demmel and
 * Nguyen 2013, "Fast reproducible floating-point summation", on why an order must be fixed at all).
 */
#ifndef DLT_COMM_TREE_H
#define DLT_COMM_TREE_H

#include "dltrain/status.h"

#include <stdbool.h>
#include <stdint.h>

typedef struct dlt_tree_node {
    int level;
    int64_t index;
} dlt_tree_node;

/* A run of leaves taken one after the other leaves at most this many nodes pending, for up to 2^31
 * leaves: one per level on either flank. */
enum { DLT_TREE_PENDING_MAX = 64 };

/** The nodes of one rank that wait for a sibling; the caller keeps a value per entry. */
typedef struct dlt_tree_stack {
    int64_t leaves; /* M */
    int count;
    dlt_tree_node pending[DLT_TREE_PENDING_MAX];
} dlt_tree_stack;

/** Where the run of a rank's leaves begins; it ends where the next rank's begins. */
int64_t dlt_tree_first_leaf(int64_t leaves, int rank, int ranks);

dlt_tree_stack dlt_tree_stack_make(int64_t leaves);

/** Puts a leaf on the stack. Leaves come in rising order without gaps. */
void dlt_tree_push(dlt_tree_stack *stack, int64_t leaf);

/** If the top two entries are siblings, replaces them by their parent and returns true: the caller
 * then adds the value of the top to the one below. To be repeated until false. */
bool dlt_tree_merge(dlt_tree_stack *stack);

/** The largest number of pending values, the newest leaf included, while a run [first, last) of
 * `leaves` is pushed. */
int dlt_tree_depth(int64_t leaves, int64_t first, int64_t last);

/** One addition of the program that combines the ranks' pending values: value[into] += value[from].
 */
typedef struct dlt_tree_add {
    int into;
    int from;
} dlt_tree_add;

/** Ranks of nodes: node k has ranks [first_rank[k], first_rank[k + 1]). */
typedef struct dlt_tree_nodes {
    int count;
    const int *first_rank; /* [count + 1] */
} dlt_tree_nodes;

/** How the pending values of all ranks become the root, for one number of micro-batches. Values are
 *  numbered rank by rank, in stack order. First each node adds what it can among its own ranks,
 *  then what is left of all nodes is added. Both follow the same tree, so the grouping does not
 *  change the root; it ends in value 0. */
typedef struct dlt_tree_plan {
    int64_t leaves;
    int ranks;
    int nodes;
    int value_count;
    int *first_value; /* [ranks + 1]: rank r holds values [first_value[r], first_value[r + 1]) */
    int most_values;  /* of any rank */
    /* [nodes + 2]: additions of node k, then at index `nodes` those over the nodes */
    int *first_add;
    dlt_tree_add *adds;
    int *first_left; /* [nodes + 1]: what node k leaves, in left[first_left[k]] and so on */
    int *left;       /* value numbers */
} dlt_tree_plan;

/** Makes the plan for the runs [r M / N, (r + 1) M / N). Not collective. Errors: MEM. */
DLT_CHECKED dlt_status dlt_tree_plan_create(int64_t leaves, const dlt_tree_nodes *nodes,
                                            dlt_tree_plan *out);
void dlt_tree_plan_destroy(dlt_tree_plan *plan);

#endif
