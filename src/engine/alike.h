/* What all ranks of a run must hold beside its run file, compared before anything depends on it:
 * files of the same name may differ from node to node. */
#ifndef DLT_ENGINE_ALIKE_H
#define DLT_ENGINE_ALIKE_H

#include "engine/task.h"

#include <stdint.h>

/** Compares data sets (samples, shapes, names, statistics, shuffle buffer), model, kernels
 *  and libraries.
 *  Collective: Collective; nothing need be equal
 *  Errors:     MISMATCH "rank 1 has the class names of the training data A, C, rank 0 has A, B";
 *              MEM, MPI: agreed by all ranks
 */
DLT_CHECKED dlt_status dlt_task_check_alike(const dlt_task *task);

/** Compares the checksum of everything that the checkpoint at `path` holds, as each rank found it.
 *  Collective: Collective; path equal on all ranks
 *  Errors:     IO naming the checkpoint, since a later try may find a network file system up to
 *              date; MEM, MPI: agreed by all ranks
 */
DLT_CHECKED dlt_status dlt_contents_check_alike(const dlt_comm *comm, const char *path,
                                                uint64_t contents);

/** Compares the parameters and running state that the ranks begin with, drawn or read.
 *  Collective: Collective; task equal on all ranks
 *  Errors:     MISMATCH naming the first tensor that differs; MEM, MPI: agreed by all ranks
 */
DLT_CHECKED dlt_status dlt_start_check_alike(const dlt_task *task);

#endif
