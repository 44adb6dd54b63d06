/* The cost model of a step on many ranks: pure arithmetic over measured rates.
 *
 *   step = compute + additions + messages that backward does not hide + update + sharing
 *
 * compute   forward and backward of one rank's micro-batches, measured on as many cores at once as
 *           ranks of a node work. Where so many cannot be measured, what one rank computes slows
 *           down as the multiply-adds of a core do, what it reads from memory as the triad does.
 *           More working ranks than cores take turns.
 * additions the gradient is cut into buckets (comm/buckets.h), and a bucket that all ranks of a
 *           node have finished is added there, each rank adding its slice in memory that they
 *           share. The ranks do so themselves, so backward hides nothing of it: measured for one
 *           value per rank and scaled by the additions that the canonical tree (comm/tree.h) leaves
 *           to the node; and the additions of what came from other nodes.
 * messages  between nodes, bucket by bucket: what is left of each node's tree goes to the owners of
 *           the slices, N of a bucket, and their sums go to a partner on each node. Messages of one
 *           rank follow one another (latency each), all ranks of a node share its link (bytes over
 *           bandwidth): Hockney's model (1994, Parallel Computing 20, 389-398) of a
 *           pairwise-exchange reduce-scatter and an allgather as in Thakur, Rabenseifner and Gropp
 *           2005 (International Journal of High Performance Computing Applications 19, 49-66,
 *           sections 4.1 and 4.4), with the number of values in place of one per node. A bucket is
 *           sent once backward has finished it and those before it have gone. What backward does
 *           not hide is therefore the largest, over the buckets b, of the messages of b and of all
 *           behind it less what is left of backward when b is finished (the overlap of Li et al.
 *           2020, "PyTorch Distributed", VLDB 13, section 3.2.3, as a schedule of one machine with
 *           release times). Loss, metrics and flags are gathered by all from the beginning of that
 *           backward on: log2 N latencies and their bytes.
 * update    measured with the rest of the step. `comm.strategy: sharded`: of a slice, 1 / N of it.
 * sharing   only where sharded, and after the update: the owner's slice of the parameters goes to
 *           every other node in the place of the sum of gradients.
 *
 * Left out: ranks that wait for a slower one, links shared beyond the node, and a network that
 * moves bytes only while the program calls MPI. */
#ifndef DLT_PLAN_COST_H
#define DLT_PLAN_COST_H

#include "dltrain/status.h"
#include "plan/rates.h"

#include <stdbool.h>
#include <stdint.h>

/** A moment of backward: the first so many reals of the gradient are finished. */
typedef struct dlt_cost_event {
    int64_t reals;
    double left; /* share of backward's time that is still to come */
} dlt_cost_event;

/** The nodes, what connects them, and what a reduction carries. */
typedef struct dlt_cost_cluster {
    int cores;              /* of a node, that ranks may use */
    int64_t ranks_per_node; /* at most */
    double latency_s;       /* of a message between nodes */
    double net_bytes_per_s; /* of a node's link, each way */
    int64_t gradient_bytes; /* P: gradients and batch statistics of one value */
    int64_t row_bytes;      /* rows of tables in the gradient of one micro-batch, at most */
    int64_t table_bytes;    /* all rows of them */
    int64_t value_doubles;  /* loss and metrics of one value */
    int64_t rank_doubles;   /* flags of a rank */
    bool sharded;
    double
        compression; /* bytes of a message per byte of gradients: half where they travel in bf16 */
    int64_t grain;   /* elements that a slice is a multiple of */
    double backward_share; /* of forward and backward of a micro-batch */
    int time_count;
    const dlt_cost_event *moments; /* borrowed; of the backward of a micro-batch, in order */
} dlt_cost_cluster;

/** One number of ranks. */
typedef struct dlt_cost_case {
    int ranks;
    int64_t micros; /* micro-batches of the batch, all ranks together */
    double local_s; /* a step of one rank with the most micro-batches of any, its update included */
    double update_s; /* of it the whole update */
    bool together;   /* measured with as many ranks at work as there are on a node; else alone */
    /* Where measured alone: */
    double alone_bytes;          /* of it from memory, alone */
    double oversubscribed_bytes; /* the same with the ranks of its node sharing the cache */
    dlt_rates alone;
    /* as many cores at work as the case has working ranks on a node, if there are so many */
    dlt_rates crowd;
} dlt_cost_case;

typedef struct dlt_cost {
    int nodes;
    int64_t micros_per_rank; /* the most of any */
    int idle_ranks;          /* without a micro-batch */
    int value_count;         /* values that wait for others after the ranks' own additions */
    int values_left;         /* the most that a node must send of its tree */
    double compute_s;
    double add_s;
    double messages_s; /* all of them before the update */
    double visible_s;  /* of these what backward does not hide */
    double update_s;
    double share_s;
    double step_s;
} dlt_cost;

/** Ranks of a node that have a micro-batch, on the fullest node. */
int64_t dlt_cost_working(const dlt_cost_cluster *cluster, int ranks, int64_t micros);

/** Not collective. Errors: MEM. */
DLT_CHECKED dlt_status dlt_cost_predict(const dlt_cost_cluster *cluster, const dlt_cost_case *it,
                                        dlt_cost *out);

#endif
