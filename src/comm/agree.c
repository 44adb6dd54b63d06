/* Gives all ranks the status and the sentence of the lowest rank that failed. A success costs one
 * MPI_Allreduce of two integers; only a failure costs a broadcast of its sentence. The maximum of
 * size - rank over the failed ranks finds the rank that broadcasts. The second integer says whether
 * any rank succeeded: if none did, the sentence names no rank. dlt_agree_first is for work of rank
 * 0 alone. */
#include "comm/comm_internal.h"

#include "base/error.h"
#include "comm/collectives.h"

#include <stdio.h>
#include <string.h>

typedef struct carried_error {
    int code;
    char message[DLT_ERROR_MESSAGE_BYTES];
    char trace[DLT_ERROR_TRACE_BYTES];
} carried_error;

/* The lowest failed rank tells everybody. */
static dlt_status spread(const dlt_comm *comm, dlt_status status, int teller, bool everywhere) {
    carried_error error = {.code = (int)status};
    if (comm->rank == teller) {
        if (everywhere)
            snprintf(error.message, sizeof error.message, "%s", dlt_error_message());
        else
            snprintf(error.message, sizeof error.message, "rank %d: %.*s", teller,
                     (int)sizeof error.message - 24, dlt_error_message());
        snprintf(error.trace, sizeof error.trace, "%s", dlt_error_trace());
    }
    DLT_TRY(dlt_comm_check(MPI_Bcast(&error, (int)sizeof error, MPI_BYTE, teller, comm->mpi),
                           "MPI_Bcast"));
    dlt_error_adopt(error.message, error.trace);
    return (dlt_status)error.code;
}

dlt_status dlt_agree(const dlt_comm *comm, dlt_status status) {
    if (comm->size == 1)
        return status;
    bool failed = status != DLT_OK;
    /* One maximum tells both: the lowest failed rank (its distance from size), and whether any rank
     * is well. */
    int mine[2] = {failed ? comm->size - comm->rank : 0, failed ? 0 : 1};
    int all[2] = {0, 0};
    DLT_TRY(
        dlt_comm_check(MPI_Allreduce(mine, all, 2, MPI_INT, MPI_MAX, comm->mpi), "MPI_Allreduce"));
    if (all[0] == 0)
        return DLT_OK;
    return spread(comm, status, comm->size - all[0], all[1] == 0);
}

dlt_status dlt_agree_first(const dlt_comm *comm, dlt_status status) {
    int code = (int)status;
    DLT_TRY(dlt_broadcast(comm, &code, (int64_t)sizeof code));
    if (code == DLT_OK)
        return DLT_OK;
    return spread(comm, status, 0, true);
}
