/* What a resumed run has changed since its checkpoint was written, and what becomes of the values
 * stored there. */
#ifndef DLT_TRAIN_RESUME_H
#define DLT_TRAIN_RESUME_H

#include "base/text.h"
#include "checkpoint/snapshot.h"
#include "engine/state.h"
#include "engine/task.h"

typedef struct dlt_resume_change {
    unsigned
        effects; /* DLT_RESUME_PATIENCE and the others that follow it, of all changes together */
    char cause[128];   /* the first key, or thing, whose change made judging begin anew */
    bool other_path;   /* data.validation leads elsewhere */
    bool best_is_lost; /* it is asked for, but best.h5 is not there */
    bool had_stopped;  /* early, by the settings before */
    int64_t stalled;   /* validations without improvement, as stored */
    dlt_text said;     /* lines about changed values; owned */
} dlt_resume_change;

/** Compares `stored`, the run file of a checkpoint, with this run's, value by value, as the tables
 *  of keys say.
 *  Collective: Not collective; the same on all ranks
 *  Owns:       caller owns out->said, also after a failure (dlt_resume_destroy)
 *  Errors:     MISMATCH "train.batch was 16 when checkpoint X was written and is 8 now" for a value
 *              that must stay; FORMAT if the stored run file does not read in this version; MEM
 */
DLT_CHECKED dlt_status dlt_resume_compare(const dlt_run *run, const char *checkpoint,
                                          const char *stored, dlt_resume_change *out);
void dlt_resume_destroy(dlt_resume_change *change);

/** Begins anew in an adopted state what no longer means what it did: by the changed settings, by
 *  other validation data, and where the best weights are asked for but best.h5 is gone. Not
 *  collective; the same on all ranks. */
void dlt_resume_apply(const dlt_task *task, const dlt_snapshot *snapshot, bool best_is_lost,
                      dlt_resume_change *change, dlt_train_state *state);

#endif
