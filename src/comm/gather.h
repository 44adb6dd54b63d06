/* The doubles of a reduction and the votes of all ranks, gathered everywhere in one collective: they are few, and every
 * rank adds them itself, in the order of the tree. */
#ifndef DLT_COMM_GATHER_H
#define DLT_COMM_GATHER_H

#include "comm/tree.h"
#include "dltrain/comm.h"
#include "dltrain/status.h"

#include <stdint.h>

typedef struct dlt_gather {
    const dlt_comm *comm; /* borrowed */
    int64_t double_count;
    int64_t vote_count;
    double *block; /* votes and values, rank by rank */
    int *counts;   /* [ranks], of doubles in the block */
    int *starts;   /* [ranks] */
} dlt_gather;

/** value_count: largest of any plan. Not collective. Errors: MEM. */
DLT_CHECKED dlt_status dlt_gather_create(const dlt_comm *comm, int value_count,
                                         int64_t double_count, int64_t vote_count, dlt_gather *out);
void dlt_gather_destroy(dlt_gather *gather);

/** doubles: this rank's values, `stride` apart. The root goes to total; votes become the maxima over the ranks.
 *  Collective. Errors: MPI. */
DLT_CHECKED dlt_status dlt_gather_reduce(dlt_gather *gather, const dlt_tree_plan *plan,
                                         const double *doubles, int64_t stride, double *votes,
                                         double *total);

#endif
