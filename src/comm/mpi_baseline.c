/* Adds all elements by one MPI_Allreduce, which is what a plain trainer would do.
 * dlt_mpi_baseline_use sets a flag that dlt_reducer_finish reads. */
#include "comm/mpi_baseline.h"

#include "base/cast.h"
#include "base/error.h"
#include "comm/comm_internal.h"

dlt_status dlt_mpi_baseline_allreduce(const dlt_comm *comm, int64_t count, dlt_real *data) {
    const MPI_Datatype type = sizeof *data == sizeof(double) ? MPI_DOUBLE : MPI_FLOAT;
    int elements = 0;
    DLT_TRY(dlt_cast_int(count, "elements of MPI_Allreduce", &elements));
    return dlt_comm_check(MPI_Allreduce(MPI_IN_PLACE, data, elements, type, MPI_SUM, comm->mpi),
                          "MPI_Allreduce");
}

void dlt_mpi_baseline_use(dlt_comm *comm) {
    comm->allreduce = true;
}
