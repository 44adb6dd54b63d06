/* Which cores the ranks may use, and how many threads each of them gets. */
#ifndef DLT_RUN_PLACEMENT_H
#define DLT_RUN_PLACEMENT_H

#include "dltrain/comm.h"
#include "dltrain/status.h"

#include <stdint.h>

typedef enum dlt_binding { DLT_UNBOUND, DLT_BOUND, DLT_PARTLY_BOUND } dlt_binding;

typedef struct dlt_placement {
    int threads; /* per rank, equal on all */
    int ranks;
    int machines;
    int cores;   /* of all machines together, that some rank may use */
    int allowed; /* that a rank may use; the fewest of any */
    /* threads above the cores that the ranks of a machine may use; the most of any machine */
    int surplus;
    dlt_binding binding; /* a rank is bound that may use only a part of its machine's cores */
} dlt_placement;

/** Counts cores, ranks and threads. asked: threads per rank, or DLT_THREADS_AUTO for a fair share
 *  of the cores that a rank may use: each core is divided among the ranks that may use it, and the
 *  least share of any rank, at least 1, is what all get. A machine is what shares memory, whatever
 *  nodes the communicator emulates.
 *  Collective: Collective; asked equal on all ranks
 *  Errors:     INTERNAL if hwloc cannot read a machine: agreed by all ranks; MPI
 */
DLT_CHECKED dlt_status dlt_placement_find(const dlt_comm *comm, int64_t asked, dlt_placement *out);

/** "bound to cores", "not bound", "only some bound"; static. */
const char *dlt_binding_name(dlt_binding binding);

/** What is wrong with it, a sentence with what to do, or an empty one. Returns out. */
const char *dlt_placement_problem(const dlt_placement *placement, char *out, int64_t bytes);

#endif
