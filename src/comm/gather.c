#include "comm/gather.h"

#include "base/alloc.h"
#include "base/cast.h"
#include "base/error.h"
#include "comm/buffers.h"
#include "comm/comm_internal.h"

#include <string.h>

dlt_status dlt_gather_create(const dlt_comm *comm, int value_count, int64_t double_count,
                             int64_t vote_count, dlt_gather *out) {
    dlt_gather gather = {.comm = comm, .double_count = double_count, .vote_count = vote_count};
    dlt_status status = DLT_OK;
    DLT_TRY_OUT(DLT_NEW(gather.block, value_count * double_count + comm->size * vote_count));
    DLT_TRY_OUT(DLT_NEW(gather.counts, comm->size));
    DLT_TRY_OUT(DLT_NEW(gather.starts, comm->size));
    *out = gather;
    return DLT_OK;
out:
    dlt_gather_destroy(&gather);
    return status;
}

void dlt_gather_destroy(dlt_gather *gather) {
    dlt_free(gather->block);
    dlt_free(gather->counts);
    dlt_free(gather->starts);
    *gather = (dlt_gather){0};
}

/* This rank's part of the block: its votes, then its values one after the other. */
static void pack(dlt_gather *gather, const dlt_tree_plan *plan, const double *doubles,
                 int64_t stride, const double *votes) {
    int rank = gather->comm->rank;
    double *at = gather->block + gather->starts[rank];
    memcpy(at, votes, (size_t)gather->vote_count * sizeof *at);
    at += gather->vote_count;
    for (int i = 0; i < plan->first_value[rank + 1] - plan->first_value[rank]; i++) {
        memcpy(at, doubles + i * stride, (size_t)gather->double_count * sizeof *at);
        at += gather->double_count;
    }
}

/* Where a value stands: behind the votes of its holder and of the ranks before. */
static double *value_at(const dlt_gather *gather, const dlt_tree_plan *plan, int value) {
    int holder = 0;
    while (plan->first_value[holder + 1] <= value)
        holder++;
    return gather->block + value * gather->double_count + (holder + 1) * gather->vote_count;
}

static dlt_status exchange(dlt_gather *gather, const dlt_tree_plan *plan, const double *doubles,
                           int64_t stride, const double *votes) {
    for (int rank = 0; rank < gather->comm->size; rank++) {
        int held = plan->first_value[rank + 1] - plan->first_value[rank];
        gather->starts[rank] =
            dlt_int(plan->first_value[rank] * gather->double_count + rank * gather->vote_count);
        gather->counts[rank] = dlt_int(held * gather->double_count + gather->vote_count);
    }
    pack(gather, plan, doubles, stride, votes);
    return dlt_comm_check(MPI_Allgatherv(MPI_IN_PLACE, 0, MPI_DATATYPE_NULL, gather->block,
                                         gather->counts, gather->starts, MPI_DOUBLE,
                                         gather->comm->mpi),
                          "MPI_Allgatherv");
}

dlt_status dlt_gather_reduce(dlt_gather *gather, const dlt_tree_plan *plan, const double *doubles,
                             int64_t stride, double *votes, double *total) {
    DLT_TRY(exchange(gather, plan, doubles, stride, votes));
    for (int rank = 0; rank < gather->comm->size; rank++) {
        const double *theirs = gather->block + gather->starts[rank];
        for (int64_t i = 0; i < gather->vote_count; i++)
            votes[i] = theirs[i] > votes[i] ? theirs[i] : votes[i];
    }
    for (int i = 0; i < plan->first_add[plan->nodes + 1]; i++)
        dlt_add_doubles(value_at(gather, plan, plan->adds[i].into),
                        value_at(gather, plan, plan->adds[i].from), gather->double_count);
    memcpy(total, value_at(gather, plan, 0), (size_t)gather->double_count * sizeof *total);
    return DLT_OK;
}
