/** Looking for what makes runs slow or fail on a machine. */
#ifndef DLTRAIN_DOCTOR_H
#define DLTRAIN_DOCTOR_H

#include "dltrain/comm.h"
#include "dltrain/status.h"

#include <stdio.h>

#ifdef __cplusplus
extern "C" {
#endif

/** Checks MPI, ranks and threads against cores and binding, OpenBLAS's core type and the kernel
 *  table, HDF5, and the file system of `folder`; rank 0 prints an aligned table with a remedy per
 *  finding. *findings is their number.
 *  Collective: Collective
 *  Errors:     MPI; MEM; IO if out cannot be written
 */
DLT_CHECKED dlt_status dlt_doctor(const dlt_comm *comm, const char *folder, FILE *out,
                                  int *findings);

#ifdef __cplusplus
}
#endif
#endif
