/* A session's own parts: what its files share. */
#ifndef DLT_SESSION_SESSION_PARTS_H
#define DLT_SESSION_SESSION_PARTS_H

#include "dltrain/session.h"
#include "engine/evaluation.h"
#include "session/engine.h"
#include "session/push_source.h"

struct dlt_session {
    dlt_engine engine;
    dlt_session_observer observer;
    dlt_push_source *pushes;   /* owned; NULL: samples are read */
    dlt_evaluation validation; /* the last one */
    dlt_snapshot *tensors;     /* all of the state, by name; owned */
    int64_t listed_count;
    const dlt_snapshot_tensor **listed; /* those that a program may see; owned, items borrowed */
};

/* session.c */

/** After the state has changed as a whole: samples follow from its place in the epochs on.
 *  Collective: Collective
 *  Errors:     as dlt_engine_load
 */
DLT_CHECKED dlt_status dlt_session_resettle(dlt_session *session);

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
