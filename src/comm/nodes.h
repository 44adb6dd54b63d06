/* The transport `nodes` in parts: its buffers in shared memory (transport_nodes.c) and the exchange of slices between
 * nodes (nodes_exchange.c). */
#ifndef DLT_COMM_NODES_H
#define DLT_COMM_NODES_H

#include "comm/gather.h"
#include "comm/transport.h"
#include "comm/window.h"

#include <mpi.h>

/* Elements [first, first + count) of the reals. */
typedef struct dlt_slice {
    int64_t first;
    int64_t count;
} dlt_slice;

struct dlt_transport {
    const dlt_comm *comm; /* borrowed */
    dlt_transport_size size;
    int64_t real_stride;
    int64_t double_stride;
    dlt_window window;
    int *buffer_counts; /* [ranks of the node] */
    dlt_real **
        values; /* [value_count]: pending values of this node's ranks, in shared memory; NULL for others */
    dlt_real **terms;  /* scratch [value_count]: where a value's slice begins */
    dlt_real *total;   /* of the node, in shared memory */
    dlt_gather gather; /* for doubles and votes where there are several nodes */
    double *sums; /* scratch [value_count, double_count], for doubles where there is one node */
    double *total_doubles;
    /* between nodes */
    dlt_real *received; /* slices of other nodes' values */
    MPI_Request *requests;
    int request_count;
};

/** The slice of the reals that a rank owns: whole cache lines. */
dlt_slice dlt_nodes_slice(const dlt_transport *self, int owner);

/** The rank of a node that stands for it towards an owner on another node. */
int dlt_nodes_partner(const dlt_comm *comm, int node, int owner);

/** What the exchange needs for the largest plan; nothing on a single node. Not collective. Errors: MEM, ARG. */
DLT_CHECKED dlt_status dlt_nodes_exchange_create(dlt_transport *self);
void dlt_nodes_exchange_destroy(dlt_transport *self);

/** When each node's values have been added: brings the other nodes' values of this rank's slice here, adds them and
 *  writes the slice of the total. Collective. Errors: MPI. */
DLT_CHECKED dlt_status dlt_nodes_add_owned(dlt_transport *self, const dlt_tree_plan *plan);

/** Gives each node the slices of the total that ranks of other nodes own. Collective. Errors: MPI. */
DLT_CHECKED dlt_status dlt_nodes_share_total(dlt_transport *self);

/** Runs additions [first, last) of the plan on one slice, the last one into total unless that is NULL. terms[v] are
 *  the slices' first elements, by value. */
void dlt_nodes_add_slice(const dlt_tree_plan *plan, int first, int last, dlt_real *const *terms,
                         int64_t offset, int64_t count, dlt_real *total);

#endif
