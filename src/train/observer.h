/* Looking on while a run trains, without changing a bit of it; `verify` stands on it. */
#ifndef DLT_TRAIN_OBSERVER_H
#define DLT_TRAIN_OBSERVER_H

#include "dltrain/trainer.h"
#include "engine/state.h"
#include "engine/step.h"
#include "engine/task.h"

typedef struct dlt_observer {
    void *context;
    int64_t last_step; /* stops with a checkpoint after that many updates; 0: as the run says */
    /* Before the first update of this process, the state being in place: fresh or resumed. Task
     * and state live until the run ends. Not collective; its failure is agreed. */
    dlt_status (*begin)(void *context, const dlt_task *task, dlt_train_state *state);
    /* After every update that was finite. Not collective. */
    void (*after_update)(void *context, const dlt_step_result *step);
} dlt_observer;

/** dlt_train with somebody looking on.
 *  Collective: Collective; as dlt_train, observer->last_step equal on all ranks
 *  Errors:     as dlt_train; those of observer->begin
 */
DLT_CHECKED dlt_status dlt_train_observed(const dlt_comm *comm, dlt_run *run,
                                          const dlt_train_options *options,
                                          const dlt_observer *observer, dlt_train_result *result);

#endif
