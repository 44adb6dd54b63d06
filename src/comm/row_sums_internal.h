/* The sum of row-sparse gradients from inside: row_sums_create.c makes it, row_sums.c takes a batch
 * through it, row_exchange.c moves rows between nodes. */
#ifndef DLT_COMM_ROW_SUMS_INTERNAL_H
#define DLT_COMM_ROW_SUMS_INTERNAL_H

#include "comm/arrivals.h"
#include "comm/comm_internal.h"
#include "comm/row_sums.h"
#include "comm/shared_segment.h"

/* What a rank shows to its node of one table, in shared memory. */
typedef struct row_board {
    int64_t pending_count;
    int64_t starts[DLT_TREE_PENDING_MAX + 1]; /* of the pending lists */
} row_board;

/* One owner's part of a total. */
typedef struct row_part {
    int64_t first; /* entry of the publisher's total */
    int64_t count;
} row_part;

/* The parts of a rank's segment that belong to one table. */
typedef struct row_place {
    row_board *board;
    row_part *parts;        /* [ranks] of the owners that this rank publishes */
    dlt_row_entry *pending; /* lists that wait */
    dlt_real *values;       /* [slots, width] of the pending lists: pool `local` */
    dlt_row_entry *total;   /* of the owners that this rank publishes */
    dlt_real *received;     /* totals of owners on other nodes: pool `ranks + local` */
    dlt_real *landed;       /* lists from other nodes: pool `2 ranks + local` */
} row_place;

/* Pools of each rank of a node. */
enum { ROW_POOLS = 3 };

typedef struct row_table {
    dlt_row_table table;
    row_place *places; /* [ranks of the node] */
    dlt_row_pools pools;
    dlt_row_stack pending; /* of this rank; entries in shared memory */
    int64_t slots;         /* of this rank */
    int32_t *free_slots;
    int64_t free_count;
    dlt_row_stack node;     /* of the owner that is served: what its rows are on this node */
    dlt_row_stack all;      /* of this rank as an owner, over the nodes */
    dlt_row_entry *landed;  /* lists received from other nodes */
    int64_t *landed_starts; /* [values of any plan + 1] */
} row_table;

struct dlt_row_sums {
    const dlt_comm *comm; /* borrowed */
    bool scattered;
    int table_count;
    dlt_row_table *plain; /* [table_count] */
    row_table *tables;
    const dlt_tree_plan *plan; /* of the batch under way */
    dlt_tree_stack tree;
    int64_t next_leaf;
    dlt_shared_segment shared;
    dlt_arrivals arrivals;
    uint64_t stage;  /* of the batch: the last total is no longer read */
    bool is_free;    /* so it is by all ranks of the node */
    int value_count; /* largest of any plan */
    int64_t segment_bytes;
    int64_t private_bytes;
    char *packed; /* messages to others */
    int64_t packed_bytes;
    int64_t packed_used;
    char *landing; /* a message as it arrives */
    int64_t landing_bytes;
    row_part *ends; /* [tables] of the published totals: the next entry, the next slot */
    MPI_Request *requests;
    int request_count;
    int64_t sent_bytes;
    int64_t reduced_bytes;
};

/* row_sums_create.c: this rank serves an owner if it merges the node's lists of its rows: itself,
 * and owners on other nodes whose partner it is. */
bool dlt_row_sums_serves(const dlt_comm *comm, int owner);

/* row_exchange.c; all of them do nothing on one node. Collective. Errors: MPI. */
/* What this node has left for an owner, on the `node` stacks of all tables, is sent to it. */
DLT_CHECKED dlt_status dlt_row_exchange_send(dlt_row_sums *sums, int owner);
/* The lists that other nodes have left for this rank, to `landed`. */
DLT_CHECKED dlt_status dlt_row_exchange_receive(dlt_row_sums *sums);
/* This rank's total to all other nodes, and those of the owners it serves to its node. */
DLT_CHECKED dlt_status dlt_row_exchange_total(dlt_row_sums *sums);

#endif
