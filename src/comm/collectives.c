/* Wraps the collectives of MPI that decisions and reports need. Data of more than 1 GiB takes
 * several MPI calls because counts are int. The order in which MPI adds reals is not fixed, so
 * dlt_sum_reals serves sums in which at most one rank's term is not zero. */
#include "comm/collectives.h"

#include "base/cast.h"
#include "base/error.h"
#include "comm/comm_internal.h"

#include <stdio.h>
#include <string.h>

/* Open MPI 4.1 has no large-count calls. */
static const int64_t LARGEST_MESSAGE = (int64_t)1 << 30;

dlt_status dlt_broadcast(const dlt_comm *comm, void *data, int64_t bytes) {
    return dlt_broadcast_from(comm, 0, data, bytes);
}

dlt_status dlt_broadcast_from(const dlt_comm *comm, int root, void *data, int64_t bytes) {
    for (int64_t done = 0; done < bytes; done += LARGEST_MESSAGE) {
        int64_t now = dlt_min_i64(LARGEST_MESSAGE, bytes - done);
        DLT_TRY(dlt_comm_check(
            MPI_Bcast((char *)data + done, dlt_int(now), MPI_BYTE, root, comm->mpi), "MPI_Bcast"));
    }
    return DLT_OK;
}

dlt_status dlt_max_real(const dlt_comm *comm, double mine, double *out) {
    return dlt_comm_check(MPI_Allreduce(&mine, out, 1, MPI_DOUBLE, MPI_MAX, comm->mpi),
                          "MPI_Allreduce");
}

dlt_status dlt_max_int(const dlt_comm *comm, int64_t mine, int64_t *out) {
    return dlt_comm_check(MPI_Allreduce(&mine, out, 1, MPI_INT64_T, MPI_MAX, comm->mpi),
                          "MPI_Allreduce");
}

dlt_status dlt_sum_u64(const dlt_comm *comm, uint64_t *values, int count) {
    return dlt_comm_check(
        MPI_Allreduce(MPI_IN_PLACE, values, count, MPI_UINT64_T, MPI_SUM, comm->mpi),
        "MPI_Allreduce");
}

dlt_status dlt_sum_reals(const dlt_comm *comm, double *values, int64_t count) {
    const int64_t most = LARGEST_MESSAGE / (int64_t)sizeof *values;
    for (int64_t done = 0; done < count; done += most)
        DLT_TRY(dlt_comm_check(MPI_Allreduce(MPI_IN_PLACE, values + done,
                                             dlt_int(dlt_min_i64(most, count - done)), MPI_DOUBLE,
                                             MPI_SUM, comm->mpi),
                               "MPI_Allreduce"));
    return DLT_OK;
}

dlt_status dlt_machine_sum_u64(const dlt_comm *comm, uint64_t *values, int count, int *place) {
    MPI_Comm machine = MPI_COMM_NULL;
    DLT_TRY(dlt_comm_check(
        MPI_Comm_split_type(comm->mpi, MPI_COMM_TYPE_SHARED, comm->rank, MPI_INFO_NULL, &machine),
        "MPI_Comm_split_type"));
    MPI_Comm_set_errhandler(machine, MPI_ERRORS_RETURN);
    MPI_Comm_rank(machine, place);
    int code = MPI_Allreduce(MPI_IN_PLACE, values, count, MPI_UINT64_T, MPI_SUM, machine);
    MPI_Comm_free(&machine);
    return dlt_comm_check(code, "MPI_Allreduce");
}

dlt_status dlt_barrier(const dlt_comm *comm) {
    return dlt_comm_check(MPI_Barrier(comm->mpi), "MPI_Barrier");
}

void dlt_mpi_name(char *out, int64_t bytes) {
    char text[MPI_MAX_LIBRARY_VERSION_STRING] = "";
    int length = 0;
    MPI_Get_library_version(text, &length);
    snprintf(out, (size_t)bytes, "%.*s", (int)strcspn(text, ",\n"), text);
}
