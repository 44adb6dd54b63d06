/* The doubles of a reduction and the flags of all ranks: they are few, so every rank gets all of
 * them and adds them itself, in the order of the tree. */
#ifndef DLT_COMM_GATHER_H
#define DLT_COMM_GATHER_H

#include "comm/node_memory.h"
#include "comm/tree.h"

#include <mpi.h>

typedef struct dlt_gather {
    const dlt_node_memory *memory; /* borrowed; this rank's doubles and flags are there */
    double *block;                 /* flags and values, rank by rank */
    int *counts;                   /* [ranks], of doubles in the block */
    int *starts;                   /* [ranks] */
    MPI_Request request;
} dlt_gather;

/** value_count: largest of any plan. Not collective. Owns: caller owns *out, also after a failure;
 * it borrows memory.
 *  Errors: MEM. */
DLT_CHECKED dlt_status dlt_gather_create(const dlt_node_memory *memory, int value_count,
                                         dlt_gather *out);
void dlt_gather_destroy(dlt_gather *gather);

/** Between nodes: starts sending this rank's. Collective. Errors: MPI. */
DLT_CHECKED dlt_status dlt_gather_start(dlt_gather *gather, const dlt_tree_plan *plan);

/** When all ranks of the node have theirs ready: doubles, borrowed until the next start, become the
 * root's, and flags the maxima over the ranks and 0. Collective. Errors: MPI. */
DLT_CHECKED dlt_status dlt_gather_finish(dlt_gather *gather, const dlt_tree_plan *plan,
                                         double **doubles, double *flags);

#endif
