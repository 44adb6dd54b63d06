/* MPI's own reduction, for benchmarks to compare with: it promises no order of additions, so
 * nothing is trained by it. */
#ifndef DLT_COMM_MPI_BASELINE_H
#define DLT_COMM_MPI_BASELINE_H

#include "dltrain/comm.h"
#include "dltrain/real.h"
#include "dltrain/status.h"

#include <stdint.h>

/** data [count] becomes the sum over the ranks, by MPI_Allreduce in place. Collective. Errors: ARG
 * if count does not fit an int; MPI. */
DLT_CHECKED dlt_status dlt_mpi_baseline_allreduce(const dlt_comm *comm, int64_t count,
                                                  dlt_real *data);

/** From now on reducers of this communicator add by MPI_Allreduce. Equal on all ranks. */
void dlt_mpi_baseline_use(dlt_comm *comm);

#endif
