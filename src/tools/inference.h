/* The weights of a run folder put to use on a data set; eval and predict stand on it. */
#ifndef DLT_TOOLS_INFERENCE_H
#define DLT_TOOLS_INFERENCE_H

#include "dltrain/trainer.h"
#include "engine/state.h"
#include "engine/task.h"
#include "run/folder.h"
#include "session/find_checkpoint.h"
#include "watchdog/watchdog.h"

/* Of values and the divisor of their targets; see target_scale of an import. */
#define DLT_NOTE_OF_UNIT "note: %s in units of %g, by which the import divided the targets"

typedef struct dlt_applied {
    const dlt_comm *comm;   /* borrowed */
    dlt_watchdog *watchdog; /* borrowed; NULL: nobody watches */
    dlt_folder folder;
    dlt_run *run;
    dlt_task task; /* the data set is its test split */
    dlt_train_state state;
    char checkpoint[DLT_PATH_BYTES];
    int64_t step; /* updates that its weights have had */
} dlt_applied;

/** Reads the run folder's configuration, opens the data set and loads the weights.
 *  Collective: Collective. Owns: caller destroys *out, also after a failure. Errors: agreed by all
 * ranks. */
DLT_CHECKED dlt_status dlt_applied_create(const dlt_comm *comm,
                                          const dlt_inference_options *options, bool needs_target,
                                          dlt_applied *out);
/** status: how it has ended. */
void dlt_applied_destroy(dlt_applied *applied, dlt_status status);

#endif
