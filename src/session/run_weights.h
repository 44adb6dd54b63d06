/* Which checkpoint of a run has the weights that others use. */
#ifndef DLT_SESSION_RUN_WEIGHTS_H
#define DLT_SESSION_RUN_WEIGHTS_H

#include "run/folder.h"
#include "run/run.h"
#include "session/find_checkpoint.h"

/** The weights that stand for a run: the best where it ends with them, else the newest good ones.
 *  Collective: Collective
 *  Errors:     IO if there are none; MEM: agreed by all ranks
 */
DLT_CHECKED dlt_status dlt_run_weights_find(const dlt_comm *comm, const dlt_folder *folder,
                                            const dlt_run *run, char out[DLT_PATH_BYTES]);

/** The file that a name of weights means: that of dlt_run_weights_find for a run folder, else
 * itself.
 *  Collective: Collective; name equal on all ranks
 *  Errors:     as dlt_run_weights_find, and those of reading the run file: agreed by all ranks
 */
DLT_CHECKED dlt_status dlt_run_weights_named(const dlt_comm *comm, const char *name,
                                             char out[DLT_PATH_BYTES]);

#endif
