/* The cost model of a step on many ranks: pure arithmetic over measured rates.
 *
 *   step = compute + node sum + exchange between nodes
 *
 * compute   one rank's micro-batches and its update, measured on one core; what it computes slows down as the
 *           multiply-adds of a core do, what it reads from memory as the triad does, when the other ranks of its
 *           node work, too. More working ranks than cores take turns.
 * node sum  of the gradients in memory that the ranks of a node share: measured for one value per rank and scaled by the
 *           additions that the canonical tree (comm/tree.h) leaves to the node.
 * exchange  between nodes, of what is left of each node's tree. A rank owns a slice of P / N bytes; it receives the other
 *           nodes' values of its slice, adds them in tree order and sends the sum to a partner on each node. Messages of
 *           one rank follow one another (latency each), all ranks of a node share its link (bytes over bandwidth):
 *           Hockney's model (1994, Parallel Computing 20, 389-398) of a pairwise-exchange reduce-scatter and an
 *           allgather as in Thakur, Rabenseifner and Gropp 2005 (International Journal of High Performance Computing
 *           Applications 19, 49-66, sections 4.1 and 4.4), with the number of values in place of one per node. Loss,
 *           metrics and votes are gathered by all: log2 N latencies and their bytes.
 *
 * Left out: ranks that wait for a slower one, and links shared beyond the node. */
#ifndef DLT_TRAIN_PLAN_COST_H
#define DLT_TRAIN_PLAN_COST_H

#include "dltrain/status.h"
#include "train/plan/rates.h"

#include <stdint.h>

/** The nodes, what connects them, and what a reduction carries. */
typedef struct dlt_cost_cluster {
    int cores;              /* of a node, that ranks may use */
    int64_t ranks_per_node; /* at most */
    double latency_s;       /* of a message between nodes */
    double net_bytes_per_s; /* of a node's link, each way */
    int64_t gradient_bytes; /* P: gradients and batch statistics of one value */
    int64_t value_doubles;  /* loss and metrics of one value */
    int64_t rank_doubles;   /* votes of a rank */
} dlt_cost_cluster;

/** One number of ranks. */
typedef struct dlt_cost_case {
    int ranks;
    int64_t micros; /* micro-batches of the batch, all ranks together */
    double local_s; /* a step of one rank with the most micro-batches of any, alone on its node */
    double alone_bytes;   /* of it from memory, alone */
    double crowded_bytes; /* the same with the ranks of its node sharing the cache */
    dlt_rates alone;
    dlt_rates
        crowd; /* as many cores at work as the case has working ranks on a node, if there are so many */
} dlt_cost_case;

typedef struct dlt_cost {
    int nodes;
    int64_t micros_per_rank; /* the most of any */
    int idle_ranks;          /* without a micro-batch */
    int values_left;         /* the most that a node must send of its tree */
    double compute_s;
    double node_s;
    double exchange_s;
    double step_s;
} dlt_cost;

/** Ranks of a node that have a micro-batch, on the fullest node. */
int64_t dlt_cost_working(const dlt_cost_cluster *cluster, int ranks, int64_t micros);

/** Not collective. Errors: MEM. */
DLT_CHECKED dlt_status dlt_cost_predict(const dlt_cost_cluster *cluster, const dlt_cost_case *it,
                                        dlt_cost *out);

#endif
