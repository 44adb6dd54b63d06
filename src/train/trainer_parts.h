/* The trainer's own parts: what its files share. */
#ifndef DLT_TRAIN_TRAINER_PARTS_H
#define DLT_TRAIN_TRAINER_PARTS_H

#include "checkpoint/writer.h"
#include "dltrain/trainer.h"
#include "engine/replicas.h"
#include "report/metrics_log.h"
#include "run/folder.h"
#include "session/engine.h"
#include "session/epoch.h"
#include "train/console.h"
#include "train/deadlines.h"
#include "train/observer.h"
#include "train/timing.h"
#include "watchdog/watchdog.h"

typedef struct dlt_trainer {
    const dlt_comm *comm;             /* borrowed */
    dlt_run *run;                     /* borrowed */
    const dlt_train_options *options; /* borrowed */
    const dlt_observer *observer;     /* borrowed; NULL: nobody looks on */
    dlt_folder folder;
    dlt_engine engine;
    dlt_replicas replicas;
    dlt_metrics_log *log; /* on rank 0 */
    dlt_record record;
    dlt_status log_status; /* of rank 0's last line; travels with the next update */
    dlt_console console;
    dlt_timing timing;
    dlt_evaluation validation; /* the last one */
    dlt_evaluation test;
    bool has_validation;
    bool has_test;
    double train_loss;        /* of the last finished epoch */
    dlt_heartbeat *heartbeat; /* of the watchdog; NULL: nobody watches */
    dlt_deadlines deadlines;
    dlt_writer *writer;  /* on rank 0 */
    double save_stall_s; /* that training stood still for checkpoints */
    double epoch_began_s;
    double epoch_train_s; /* in updates of this epoch and process */
    int64_t epoch_samples;
    int64_t saved_step; /* of the last checkpoint */
    int64_t steps_done; /* when training ended; the state may then go back to the best one */
    int64_t epochs_done;
    dlt_stop_reason stop_reason;
    bool stopping;
    bool owns_folder; /* this run, not one that is resumed, made the folder */
} dlt_trainer;

/* trainer.c */

/** True if an update is left to be made. */
bool dlt_trainer_has_work(const dlt_trainer *trainer);

/* saver.c */

/** Continues from the newest good checkpoint. Collective. Errors: FORMAT, MISMATCH, IO (agreed). */
DLT_CHECKED dlt_status dlt_trainer_resume(dlt_trainer *trainer);
/** Takes initial parameters from train.init_from. Collective. Errors: IO, FORMAT, MISMATCH
 * (agreed). */
DLT_CHECKED dlt_status dlt_trainer_init_from(dlt_trainer *trainer);
/** Makes this step's state a checkpoint of its own, unless it is one already, or best.h5, or both:
 * hands it to the writer. Parameters that are not finite stop the run instead.
 *  Collective: Collective. Errors: IO of this checkpoint or of the one before (agreed); MEM. */
DLT_CHECKED dlt_status dlt_trainer_save(dlt_trainer *trainer, bool generation, bool best);
/** Waits until all checkpoints are on disk. Collective. Errors: IO (agreed). */
DLT_CHECKED dlt_status dlt_trainer_finish_saving(dlt_trainer *trainer);
/** Puts the best state back. Collective. Errors: IO, FORMAT (agreed). */
DLT_CHECKED dlt_status dlt_trainer_restore_best(dlt_trainer *trainer);

/* epoch.c */

/** True if the run has as many updates as its observer wants. */
bool dlt_trainer_has_all_steps(const dlt_trainer *trainer);

/** Runs updates to the end of the epoch under way, or until the run stops. Collective. */
DLT_CHECKED dlt_status dlt_trainer_epoch(dlt_trainer *trainer);

/* hang.c */

/** Tells the watchdog that updates begin, and whom to ask where this rank stands. */
void dlt_trainer_begin_watch(dlt_trainer *trainer);
/** Tells it how the run has ended, before its parts are destroyed. */
void dlt_trainer_end_watch(dlt_trainer *trainer, dlt_status status);
/** Tells the watchdog of a finished update, and now and then how long one may take. */
void dlt_trainer_heartbeat(dlt_trainer *trainer);

/* summary.c */

/** Writes summary.json and fills the result. Collective. Errors: IO (agreed). */
DLT_CHECKED dlt_status dlt_trainer_summarise(dlt_trainer *trainer, dlt_train_result *result);

#endif
