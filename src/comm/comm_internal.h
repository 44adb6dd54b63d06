/* Module card: comm (level 1).
 *
 * What lives here: the communicator (dltrain/comm.h), agreement on errors, small collectives
 * (collectives.h), the canonical tree over micro-batches (tree.h), the exact reduction over it
 * (reducer.h): its memory (node_memory.h, shared_segment.h, arrivals.h), its buckets on their way
 * (buckets.h, pipeline.h, exchange between nodes), the few doubles beside them (gather.h),
 * gradients rounded to bf16 on the way (compression.h, error_feedback.h), and row-sparse gradients
 * (row_sums.h). May include: base, <mpi.h>; it is the only module that sees MPI.
 * Owns: a dlt_comm owns a duplicate communicator; a reducer owns the gradient buffers it hands out.
 */
#ifndef DLT_COMM_INTERNAL_H
#define DLT_COMM_INTERNAL_H

#include "dltrain/comm.h"

#include <mpi.h>

#ifdef DLT_DOUBLE
#define MPI_DLT_REAL MPI_DOUBLE
#else
#define MPI_DLT_REAL MPI_FLOAT
#endif

/* Ranks are numbered node by node: those of one node follow each other. */
struct dlt_comm {
    MPI_Comm mpi;
    MPI_Comm node_mpi; /* the ranks of this node, in order */
    int rank;
    int size;
    int node; /* of this rank */
    int node_count;
    int *first_rank;     /* [node_count + 1]: node k has ranks [first_rank[k], first_rank[k + 1]) */
    bool flat;           /* reductions ignore nodes */
    bool allreduce;      /* reductions are MPI's own */
    bool oversubscribed; /* some machine has more ranks than cores */
    bool finalize;       /* this object initialised MPI */
};

/* The rank's number within its node. */
int dlt_comm_local_rank(const dlt_comm *comm);
/* Number of ranks of a node. */
int dlt_comm_ranks_of(const dlt_comm *comm, int node);
/* Whether a rank runs on this rank's node. */
bool dlt_comm_on_node(const dlt_comm *comm, int rank);

/* A copy with the ranks in the order of their nodes. Collective. Owns: caller owns *out. Errors:
 * MPI, MEM (agreed). */
DLT_CHECKED dlt_status dlt_comm_duplicate(MPI_Comm from, bool finalize, dlt_comm **out);

/* OK, or MPI with MPI's own sentence for the error code of `call`. */
DLT_CHECKED dlt_status dlt_comm_check(int code, const char *call);

#endif
