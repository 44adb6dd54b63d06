/* A reducer from inside: reducer_create.c makes it, reducer.c takes a batch through it. */
#ifndef DLT_COMM_REDUCER_INTERNAL_H
#define DLT_COMM_REDUCER_INTERNAL_H

#include "comm/gather.h"
#include "comm/pipeline.h"
#include "comm/reducer.h"
#include "comm/tree.h"

/* The leaf that is being filled. */
typedef struct dlt_open_leaf {
    int buffer;
    bool settled; /* the tree has been told of it */
    /* additions that follow: buffer into the one below, that into the one below it ... */
    int merges;
    int64_t merged; /* reals for which they are done */
} dlt_open_leaf;

struct dlt_reducer {
    const dlt_comm *comm; /* borrowed, or parted */
    dlt_comm *parted;     /* owned: the same ranks, each a node of its own; or NULL */
    dlt_reducer_options options;
    int plan_count;
    dlt_tree_plan *plans;
    const dlt_tree_plan *plan; /* of the batch under way */
    dlt_tree_stack stack;
    int64_t next_leaf;
    int64_t last_leaf;
    dlt_open_leaf leaf;
    dlt_node_memory memory;
    dlt_gather gather;
    dlt_pipeline pipeline;
    dlt_error_feedback feedback;
    dlt_row_sums *rows;            /* NULL without tables */
    const dlt_row_list *leaf_rows; /* borrowed until the leaf is pushed */
    uint64_t stage;                /* of this rank's arrivals, when the batch began */
    bool started;                  /* doubles and flags are on their way */
    dlt_status status;
};

#endif
