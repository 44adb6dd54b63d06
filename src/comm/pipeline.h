/* The sum of the ranks' pending values, bucket by bucket, in steps that never wait. A bucket that
 * all ranks of a node have finished is added there, each rank adding its slice; where there are
 * several nodes, what is left goes to the slices' owners, who add it and give the total to every
 * node. */
#ifndef DLT_COMM_PIPELINE_H
#define DLT_COMM_PIPELINE_H

#include "comm/buckets.h"
#include "comm/node_memory.h"
#include "comm/tree.h"

#include <mpi.h>

typedef enum dlt_bucket_stage {
    DLT_BUCKET_SUMMING,
    DLT_BUCKET_SHARING,
    DLT_BUCKET_DONE
} dlt_bucket_stage;

/* A bucket on its way between nodes. */
typedef struct dlt_bucket_state {
    dlt_bucket_stage stage;
    dlt_real *received;    /* [left values, own slice] of other nodes */
    MPI_Request *incoming; /* of those */
    int incoming_count;
    MPI_Request *others; /* values sent, total sent, total received */
    int other_count;
    char *packed;         /* values and total as they are sent, where some are packed */
    int64_t packed_bytes; /* in use */
} dlt_bucket_state;

typedef struct dlt_pipeline_options {
    const dlt_node_memory *memory; /* borrowed */
    dlt_buckets buckets;
    int value_count; /* largest of any plan */
    int left_count;  /* largest of any plan, of this node's values that are left to be sent */
    int64_t
        rounded_count; /* the sums of the first so many elements are rounded to bf16 (compression.h)
                        */
    /* the total of the first so many elements stays with the owners, up to a whole bucket */
    int64_t scattered_count;
} dlt_pipeline_options;

typedef struct dlt_pipeline {
    dlt_pipeline_options options;
    const dlt_comm *comm;      /* borrowed */
    const dlt_tree_plan *plan; /* of the batch under way; borrowed */
    uint64_t first_stage;      /* the arrival that says that bucket 0 is finished */
    dlt_real **values; /* [value_count]: pending values of this node's ranks, in shared memory */
    dlt_real **terms;  /* scratch [value_count] */
    dlt_bucket_state *states; /* [buckets] */
    dlt_real *received;
    char *packed;
    MPI_Request *requests;
    int64_t sent_bytes; /* to other nodes, since the creation */
    int added;          /* buckets added on this node */
    int done;           /* the first so many buckets */
    dlt_status status;  /* the first failure of MPI */
} dlt_pipeline;

/** Not collective. Owns: caller owns *out, also after a failure; it borrows memory. Errors: MEM;
 * ARG. */
DLT_CHECKED dlt_status dlt_pipeline_create(const dlt_pipeline_options *options, dlt_pipeline *out);
void dlt_pipeline_destroy(dlt_pipeline *pipeline);

/** Starts a batch. first_stage: the arrival that says that bucket 0 is finished; the others follow.
 */
void dlt_pipeline_begin(dlt_pipeline *pipeline, const dlt_tree_plan *plan, uint64_t first_stage);

/** Does what can be done without waiting. True when this rank has nothing left to do, or has
 * failed. */
bool dlt_pipeline_advance(dlt_pipeline *pipeline);

/** Where the total is. */
dlt_real *dlt_pipeline_total(const dlt_pipeline *pipeline);

/* exchange.c: between nodes. */

DLT_CHECKED dlt_status dlt_exchange_create(dlt_pipeline *pipeline);
void dlt_exchange_destroy(dlt_pipeline *pipeline);
/** The rank of a node that stands for it towards an owner on another node. */
int dlt_exchange_partner(const dlt_comm *comm, int node, int owner);
/** After a bucket has been added on this node: starts its messages. Errors: MPI. */
DLT_CHECKED dlt_status dlt_exchange_start(dlt_pipeline *pipeline, int index);
/** Takes a bucket on if its messages are there. Errors: MPI. */
DLT_CHECKED dlt_status dlt_exchange_advance(dlt_pipeline *pipeline, int index);

/** Gives this rank's slices of a buffer of `elements`, common on each node, to the other nodes, and
 *  takes theirs; the ranks of a node do not wait for each other. Collective. Errors: MPI. */
DLT_CHECKED dlt_status dlt_exchange_share(dlt_pipeline *pipeline, dlt_real *common,
                                          int64_t elements);

/** Gives rank 0 the slices of all owners of a private flat buffer. Collective. Errors: MPI. */
DLT_CHECKED dlt_status dlt_exchange_assemble(dlt_pipeline *pipeline, dlt_real *flat,
                                             int64_t elements);

#endif
