/* Small collectives on plain values, for decisions and reports; gradients go through reducer.h. */
#ifndef DLT_COMM_COLLECTIVES_H
#define DLT_COMM_COLLECTIVES_H

#include "dltrain/comm.h"
#include "dltrain/status.h"

#include <stdint.h>

/** Copies rank 0's bytes to all. Collective; bytes equal on all ranks. Errors: MPI. */
DLT_CHECKED dlt_status dlt_broadcast(const dlt_comm *comm, void *data, int64_t bytes);

/** The same of the bytes of `root`. Collective; root and bytes equal on all ranks. Errors: MPI. */
DLT_CHECKED dlt_status dlt_broadcast_from(const dlt_comm *comm, int root, void *data,
                                          int64_t bytes);

/** Largest value of any rank. Collective. Errors: MPI. */
DLT_CHECKED dlt_status dlt_max_real(const dlt_comm *comm, double mine, double *out);
DLT_CHECKED dlt_status dlt_max_int(const dlt_comm *comm, int64_t mine, int64_t *out);

/** Replaces each value by its sum over the ranks, modulo 2^64. Collective; count equal on all
 * ranks.
 * Errors: MPI. */
DLT_CHECKED dlt_status dlt_sum_u64(const dlt_comm *comm, uint64_t *values, int count);

/** The same over the ranks of this machine alone, whatever nodes the communicator emulates; *place
 *  is this rank's number among them. Collective; count equal on all ranks. Errors: MPI. */
DLT_CHECKED dlt_status dlt_machine_sum_u64(const dlt_comm *comm, uint64_t *values, int count,
                                           int *place);

/** Replaces each value by its sum over the ranks; exact where at most one rank's is not zero.
 *  Collective; count equal on all ranks. Errors: MPI. */
DLT_CHECKED dlt_status dlt_sum_reals(const dlt_comm *comm, double *values, int64_t count);

/** The status of rank 0 on all ranks, its sentence without a rank before it: for what rank 0 does
 * for all. Collective. Errors: rank 0's; MPI. */
DLT_CHECKED dlt_status dlt_agree_first(const dlt_comm *comm, dlt_status status);

/** Waits for all ranks. Collective. Errors: MPI. */
DLT_CHECKED dlt_status dlt_barrier(const dlt_comm *comm);

/** The MPI library's own name and version, one line of at most bytes - 1 characters. Not
 *  collective. */
void dlt_mpi_name(char *out, int64_t bytes);

#endif
