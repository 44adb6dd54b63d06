/* Finding checkpoints on behalf of all ranks. */
#ifndef DLT_SESSION_FIND_CHECKPOINT_H
#define DLT_SESSION_FIND_CHECKPOINT_H

#include "checkpoint/checkpoint.h"
#include "checkpoint/retention.h"
#include "run/folder.h"

enum { DLT_PATH_BYTES = 4096 };

/** The newest good checkpoint of a run folder; an empty path if there is none. Rank 0 looks and
 * tells the others, because ranks may disagree on what exists on a shared file system. Collective.
 * Errors: FORMAT, IO (agreed). */
DLT_CHECKED dlt_status dlt_newest_checkpoint(const dlt_comm *comm, const dlt_folder *folder,
                                             char path[DLT_PATH_BYTES]);

/** Whether best.h5 is the best of the run as its newest checkpoint has it, or of later updates: a
 *  resumed run that judges by another value begins its best anew. True where no checkpoint can be
 *  asked. Collective. Errors: MPI. */
DLT_CHECKED dlt_status dlt_best_is_current(const dlt_comm *comm, const dlt_folder *folder,
                                           const char *best, bool *out);

/** The update after which a checkpoint was written. Collective. Errors: FORMAT, IO (agreed). */
DLT_CHECKED dlt_status dlt_recorded_step(const dlt_comm *comm, const char *checkpoint,
                                         int64_t *out);

/** The micro-batch with which it was written. As above. */
DLT_CHECKED dlt_status dlt_recorded_micro_batch(const dlt_comm *comm, const char *checkpoint,
                                                int64_t *out);
/** The threads per rank with which it was computed; 0 if an older one does not say. As above. */
DLT_CHECKED dlt_status dlt_recorded_threads(const dlt_comm *comm, const char *checkpoint,
                                            int64_t *out);

#endif
