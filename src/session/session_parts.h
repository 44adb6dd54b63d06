/* A session's own parts: what its files share. */
#ifndef DLT_SESSION_SESSION_PARTS_H
#define DLT_SESSION_SESSION_PARTS_H

#include "dltrain/session.h"
#include "engine/evaluation.h"
#include "session/engine.h"
#include "session/push_source.h"

/** How far an update is that a program makes piece by piece. */
typedef enum dlt_session_stage {
    DLT_STAGE_IDLE,
    DLT_STAGE_OPEN,      /* between two micro-batches */
    DLT_STAGE_FORWARDED, /* a micro-batch waits for its backward */
    DLT_STAGE_REDUCED    /* the gradients of all ranks are there */
} dlt_session_stage;

typedef struct dlt_session_pieces {
    dlt_session_stage stage;
    int64_t done; /* of this rank's micro-batches */
    int64_t count;
    dlt_status failure;           /* of this rank, for the reduction to tell */
    dlt_coverage coverage;        /* of the stepper, before the update */
    const dlt_micro_batch *batch; /* borrowed from the source, where forwarded */
    dlt_sums leaf;
    dlt_model_call call;
    dlt_total total; /* where reduced */
    dlt_step_result result;
} dlt_session_pieces;

struct dlt_session {
    dlt_engine engine;
    dlt_session_observer observer;
    dlt_session_pieces pieces;
    dlt_push_source *pushes;   /* owned; NULL: samples are read */
    dlt_evaluation validation; /* the last one */
    dlt_snapshot *tensors;     /* all of the state, by name; owned */
    int64_t listed_count;
    const dlt_snapshot_tensor **listed; /* those that a program may see; owned, items borrowed */
};

/* session.c */

/** Samples follow from the state's place in the epochs on.
 *  Collective: Collective
 *  Errors:     as dlt_engine_load
 */
DLT_CHECKED dlt_status dlt_session_resettle(dlt_session *session);

/** After an update that failed or changed nothing: its batch comes again, and its samples are not
 * covered. coverage: of the stepper before it.
 *  Collective: Collective; status equal on all ranks
 *  Errors:     status, with its sentence; as dlt_session_resettle, unless status is MPI
 */
DLT_CHECKED dlt_status dlt_session_go_back(dlt_session *session, const dlt_coverage *coverage,
                                           dlt_status status);

/* session_train.c */

/** Fails after the last epoch of the run. Not collective; the same on all ranks. Errors: ARG. */
DLT_CHECKED dlt_status dlt_session_check_epochs(const dlt_session *session);

/** The public form of an update; of one to come where its samples are reduced alone. */
dlt_session_progress dlt_session_progress_of(const dlt_session *session,
                                             const dlt_step_result *result);

/** What follows an update: the observer is told, and an epoch may end. coverage: of the stepper
 * before it.
 *  Collective: Collective
 *  Errors:     as dlt_engine_end_epoch, dlt_session_resettle
 */
DLT_CHECKED dlt_status dlt_session_end_update(dlt_session *session, const dlt_coverage *coverage,
                                              const dlt_step_result *result,
                                              dlt_session_progress *out);

/* session_pieces.c */

/** Fails while an update is made piece by piece. Not collective. Errors: ARG. */
DLT_CHECKED dlt_status dlt_session_check_idle(const dlt_session *session);
/** Ends the update under way with that failure, also on ranks whose part of it has not begun and
 * that compute a step. Collective. Errors: ARG. */
DLT_CHECKED dlt_status dlt_session_refuse_step(dlt_session *session);

/* session_tensors.c */

/** Fills tensors and listed. Not collective. Errors: MEM. */
DLT_CHECKED dlt_status dlt_session_list_tensors(dlt_session *session);

/* session_evaluate.c */

/** Fills the public form of an evaluation. Not collective. */
void dlt_session_fill_metrics(const dlt_evaluation *evaluation, dlt_session_metrics *out);

/** Fails unless one of the three is given. Not collective. Errors: ARG. */
DLT_CHECKED dlt_status dlt_session_check_data(const dlt_session_data *data);

/** Makes a task of other samples, with the weights of the engine and an output of its model beside
 * those of the losses; it is the last one. output: NULL: none.
 *  Collective: Collective
 *  Owns:       caller owns *out (dlt_task_destroy), also after a failure
 *  Errors:     as dlt_task_create
 */
DLT_CHECKED dlt_status dlt_session_open_task(dlt_engine *engine, const dlt_session_data *data,
                                             bool needs_target, const char *output, dlt_task *out);

#endif
