/* Writing checkpoints beside the training: a copy of the state is made, and a thread writes it. */
#ifndef DLT_CHECKPOINT_WRITER_H
#define DLT_CHECKPOINT_WRITER_H

#include "checkpoint/snapshot.h"
#include "dltrain/status.h"
#include "io/h5.h"

#include <stdbool.h>
#include <stdint.h>

typedef struct dlt_writer dlt_writer;

typedef struct dlt_writer_options {
    dlt_h5_lock *h5_lock; /* borrowed */
    const char *folder;   /* of checkpoints; borrowed */
    int64_t keep;         /* generations */
    bool async;           /* false: submit returns when the checkpoint is on disk */
} dlt_writer_options;

/** What a snapshot becomes. */
typedef struct dlt_writer_order {
    int64_t step;
    bool generation; /* the checkpoint of the step */
    bool best;       /* best.h5 */
} dlt_writer_order;

typedef struct dlt_writer_figures {
    int64_t count;  /* orders carried out */
    double write_s; /* spent on them, on whichever thread */
    double last_s;  /* of it on the last one */
} dlt_writer_figures;

/** Starts the writer's thread, if it has one.
 *  Collective: Not collective; on the writing rank only
 *  Owns:       caller owns *out; it borrows what options names until destroy
 *  Errors:     MEM; INTERNAL if no thread can be started
 */
DLT_CHECKED dlt_status dlt_writer_create(const dlt_writer_options *options, dlt_writer **out);
/** Lets the thread finish what it writes; NULL-safe. */
void dlt_writer_destroy(dlt_writer **writer);

/** Hands a snapshot over; its tensors may change as soon as this returns. One checkpoint is written
 * at a time: while the one before is under way, this waits, so that which steps have checkpoints
 * depends on the run file and not on the speed of the disk. Writing is tried three times, with
 * pauses of 0.1 and 1 s, before it counts as failed. Takes *snapshot, also after a failure.
 *  Collective: Not collective
 *  Errors:     of an earlier order, or of this one where it is carried out at once; MEM
 */
DLT_CHECKED dlt_status dlt_writer_submit(dlt_writer *writer, dlt_snapshot **snapshot,
                                         const dlt_writer_order *order);

/** True while a checkpoint is being written. */
bool dlt_writer_is_busy(dlt_writer *writer);
/** Waits until nothing is being written. */
void dlt_writer_settle(dlt_writer *writer);
/** Reports, without waiting, a failure that has not been reported yet; the files that were there
 * before are intact then. Errors: as dlt_checkpoint_store. */
DLT_CHECKED dlt_status dlt_writer_poll(dlt_writer *writer);

/** What has been done so far; zero for NULL. */
dlt_writer_figures dlt_writer_figures_of(dlt_writer *writer);

#endif
