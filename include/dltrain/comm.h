/** The ranks of a run: a thin owner of an MPI communicator. */
#ifndef DLTRAIN_COMM_H
#define DLTRAIN_COMM_H

#include "dltrain/status.h"

#include <stdbool.h>

#ifdef __cplusplus
extern "C" {
#endif

typedef struct dlt_comm dlt_comm;

/** Initialises MPI unless the program has done so, and takes a private copy of MPI_COMM_WORLD. A
 * program started without mpirun is a run of one rank. Collective: Collective over all processes
 *  Owns:       caller owns *out
 *  Errors:     MPI; MEM
 */
DLT_CHECKED dlt_status dlt_comm_start(dlt_comm **out);

/** The same, but before anything else all processes compare how they were started. facts: lines
 *  "NAME\tVALUE\n", NULL where there is no memory for them; a fact without a value is a flag, and
 *  one that is missing was not given.
 *  Collective: Collective over all processes; facts may differ
 *  Owns:       caller owns *out, after MISMATCH, too: only its rank, its size and dlt_comm_finish
 *              are of use then
 *  Errors:     MISMATCH "rank 1 was started with --out b, rank 0 with a" (agreed); MPI; MEM
 */
DLT_CHECKED dlt_status dlt_comm_start_alike(const char *facts, dlt_comm **out);

/** The same over a communicator of the caller, given as its Fortran handle (MPI_Comm_c2f), so that
 * this header needs no MPI. The communicator is duplicated. Collective: Collective over its ranks
 *  Owns:       caller owns *out
 *  Errors:     MPI; MEM
 */
DLT_CHECKED dlt_status dlt_comm_adopt(int fortran_handle, dlt_comm **out);

/** Releases the communicator, and finalises MPI if dlt_comm_start initialised it.
 *  Collective: Collective
 *  Errors:     none
 */
void dlt_comm_finish(dlt_comm **comm);

/** This process's number, 0 to size - 1.
 *  Collective: Not collective
 *  Errors:     none
 */
int dlt_comm_rank(const dlt_comm *comm);

/** Number of ranks.
 *  Collective: Not collective
 *  Errors:     none
 */
int dlt_comm_size(const dlt_comm *comm);

/** Ranks of this communicator on this rank's node.
 *  Collective: Not collective
 *  Errors:     none
 */
int dlt_comm_node_size(const dlt_comm *comm);

/** Number of nodes that the ranks of this communicator run on.
 *  Collective: Not collective
 *  Errors:     none
 */
int dlt_comm_node_count(const dlt_comm *comm);

/** How the ranks work together. */
typedef struct dlt_arrangement {
    /* sees nodes of at most so many ranks, as if the machine were several, to try the paths between
     * nodes on one of them; 0: the nodes that there are */
    int ranks_per_node;
    bool flat; /* ignores nodes in reductions, for comparison */
} dlt_arrangement;

/** A copy of a communicator with another arrangement; results have the same bits under all of them.
 *  Collective: Collective; arrangement equal on all ranks
 *  Owns:       caller owns *out; it is independent of comm
 *  Errors:     ARG if ranks_per_node is negative; MPI; MEM
 */
DLT_CHECKED dlt_status dlt_comm_arrange(const dlt_comm *comm, const dlt_arrangement *arrangement,
                                        dlt_comm **out);

/** A part of a communicator: the ranks that give the same part, 0 or more, in their order. A rank
 *  that gives a negative part is in none, and its *out is NULL.
 *  Collective: Collective; part may differ
 *  Owns:       caller owns *out; it is independent of comm
 *  Errors:     MPI; MEM: agreed by the ranks of a part
 */
DLT_CHECKED dlt_status dlt_comm_split(const dlt_comm *comm, int part, dlt_comm **out);

/** Makes all ranks return the same status and carry the same sentence: that of the lowest rank that
 *  failed, with "rank 3: " before it unless every rank failed.
 *  Collective: Collective; status may differ
 *  Errors:     the agreed status; MPI
 */
DLT_CHECKED dlt_status dlt_agree(const dlt_comm *comm, dlt_status status);

#ifdef __cplusplus
}
#endif
#endif
