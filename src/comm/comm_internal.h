/* Room card: comm (level 1).
 *
 * What lives here: the communicator (dltrain/comm.h), agreement on errors, small collectives
 * (collectives.h), the canonical tree over micro-batches (tree.h) and the exact reduction over it
 * (reducer.h). May include: base, <mpi.h>; it is the only room that sees MPI.
 * Owns: a dlt_comm owns a duplicate communicator; a reducer owns the gradient buffers it hands out.
 */
#ifndef DLT_COMM_INTERNAL_H
#define DLT_COMM_INTERNAL_H

#include "dltrain/comm.h"

#include <mpi.h>

struct dlt_comm {
    MPI_Comm mpi;
    int rank;
    int size;
    int node_size;
    bool finalize; /* this object initialised MPI */
};

/* OK, or MPI with MPI's own sentence for the error code of `call`. */
DLT_CHECKED dlt_status dlt_comm_check(int code, const char *call);

#endif
