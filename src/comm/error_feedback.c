/* Stores the residuals of a rank and assembles those of all ranks on rank 0. A rank holds those of
 * its run of micro-batches, one after the other. Runs ascend with the rank, so assembling is a
 * concatenation. Rank 0 receives from one rank after the other, in messages of at most 4 Mi
 * reals. */
#include "comm/error_feedback.h"

#include "base/alloc.h"
#include "base/cast.h"
#include "base/error.h"
#include "comm/comm_internal.h"
#include "comm/tree.h"

#include <string.h>

dlt_status dlt_error_feedback_create(const dlt_comm *comm, int64_t leaves, int64_t elements,
                                     dlt_error_feedback *out) {
    int64_t first = dlt_tree_first_leaf(leaves, comm->rank, comm->size);
    int64_t end = dlt_tree_first_leaf(leaves, comm->rank + 1, comm->size);
    *out = (dlt_error_feedback){
        .comm = comm, .leaves = leaves, .elements = elements, .first = first, .count = end - first};
    return DLT_NEW(out->residuals, out->count * elements);
}

void dlt_error_feedback_destroy(dlt_error_feedback *feedback) {
    dlt_free(feedback->residuals);
    *feedback = (dlt_error_feedback){0};
}

dlt_real *dlt_error_feedback_of(const dlt_error_feedback *feedback, int64_t leaf) {
    return feedback->residuals + (leaf - feedback->first) * feedback->elements;
}

int64_t dlt_error_feedback_bytes(const dlt_error_feedback *feedback) {
    return feedback->count * feedback->elements * (int64_t)sizeof *feedback->residuals;
}

/* Of a message, so that its length is an int and no buffer of MPI's is large. */
static const int64_t PIECE = (int64_t)1 << 22;

static dlt_status send_all(const dlt_comm *comm, const dlt_real *data, int64_t count) {
    for (int64_t at = 0; at < count; at += PIECE)
        DLT_TRY(dlt_comm_check(MPI_Send(data + at, dlt_int(dlt_min_i64(PIECE, count - at)),
                                        MPI_DLT_REAL, 0, 0, comm->mpi),
                               "MPI_Send"));
    return DLT_OK;
}

static dlt_status receive_all(const dlt_comm *comm, dlt_real *data, int64_t count, int from) {
    for (int64_t at = 0; at < count; at += PIECE)
        DLT_TRY(dlt_comm_check(MPI_Recv(data + at, dlt_int(dlt_min_i64(PIECE, count - at)),
                                        MPI_DLT_REAL, from, 0, comm->mpi, MPI_STATUS_IGNORE),
                               "MPI_Recv"));
    return DLT_OK;
}

dlt_status dlt_error_feedback_assemble(const dlt_error_feedback *feedback, dlt_real *all) {
    const dlt_comm *comm = feedback->comm;
    int64_t mine = feedback->count * feedback->elements;
    if (comm->rank != 0)
        return send_all(comm, feedback->residuals, mine);
    if (all != feedback->residuals && mine > 0)
        memcpy(all, feedback->residuals, (size_t)mine * sizeof *all);
    for (int rank = 1; rank < comm->size; rank++) {
        int64_t first = dlt_tree_first_leaf(feedback->leaves, rank, comm->size);
        int64_t end = dlt_tree_first_leaf(feedback->leaves, rank + 1, comm->size);
        DLT_TRY(receive_all(comm, all + first * feedback->elements,
                            (end - first) * feedback->elements, rank));
    }
    return DLT_OK;
}
