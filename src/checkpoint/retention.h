/* The folder of checkpoints of a run: step-000000123.h5 by step, and best.h5. */
#ifndef DLT_CHECKPOINT_RETENTION_H
#define DLT_CHECKPOINT_RETENTION_H

#include "checkpoint/snapshot.h"
#include "dltrain/status.h"
#include "io/h5.h"

#include <stdint.h>

/** Steps of the checkpoints in a folder, ascending. */
typedef struct dlt_checkpoint_steps {
    int64_t count;
    int64_t *at; /* owned */
} dlt_checkpoint_steps;

/** Makes the folder if needed and removes temporaries that a killed writer left. To be called by
 * the one writer, before its first checkpoint.
 *  Collective: Not collective; on the writing rank only
 *  Errors:     IO
 */
DLT_CHECKED dlt_status dlt_checkpoint_folder_prepare(const char *folder);

/** Writes the snapshot as the checkpoint of `step` (dlt_checkpoint_save); once it has verified,
 * removes all but the last `keep` checkpoints, and those of later steps, which a resumed run has
 * left behind.
 *  Collective: Not collective; on the writing rank only
 *  Errors:     as dlt_checkpoint_save; nothing is removed then
 */
DLT_CHECKED dlt_status dlt_checkpoint_store(dlt_h5_lock *h5_lock, const char *folder, int64_t step,
                                            int64_t keep, const dlt_snapshot *snapshot);

/** Writes the snapshot as best.h5; the best one before stays until the new one has verified. A file
 * of its own, not a second name of the step's, so that damage to one spares the other.
 *  Collective: Not collective; on the writing rank only
 *  Errors:     as dlt_checkpoint_save
 */
DLT_CHECKED dlt_status dlt_checkpoint_store_best(dlt_h5_lock *h5_lock, const char *folder,
                                                 const dlt_snapshot *snapshot);

/** Lists the folder. An absent folder has none.
 *  Collective: Not collective
 *  Owns:       caller owns out->at (dlt_free)
 *  Errors:     IO, MEM
 */
DLT_CHECKED dlt_status dlt_checkpoint_list(const char *folder, dlt_checkpoint_steps *out);

/** The path of a step's checkpoint and of the best one; a dlt_alloc copy, or NULL (MEM). */
char *dlt_checkpoint_step_path(const char *folder, int64_t step);
char *dlt_checkpoint_best_path(const char *folder);

/** The newest checkpoint that verifies; the damaged ones that are passed over are named in one
 * warning of the log.
 *  Collective: Not collective; reads whole files: call it on one rank and share the answer
 *  Owns:       caller owns *path (dlt_free); NULL if the folder has no checkpoint at all
 *  Errors:     FORMAT if there are some but all are damaged; IO, MEM
 */
DLT_CHECKED dlt_status dlt_checkpoint_latest(const char *folder, char **path);

#endif
