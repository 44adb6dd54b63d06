/* Every rank reads the file by itself; what one of them alone meets is agreed. */
#include "session/initial_weights.h"

#include "base/error.h"

static dlt_status init_here(dlt_engine *engine, const char *path, dlt_init_report *report) {
    dlt_snapshot *snapshot = NULL;
    const bool strict = engine->task.run->settings.train.strict;
    dlt_status status = dlt_state_model_snapshot(&engine->task, &snapshot);
    if (status == DLT_OK)
        status = dlt_checkpoint_read_params(engine->task.h5_lock, path, strict, snapshot, report);
    dlt_snapshot_destroy(&snapshot);
    return status;
}

dlt_status dlt_engine_init_from(dlt_engine *engine, char path[DLT_PATH_BYTES],
                                dlt_init_report *report) {
    const char *name = engine->task.run->settings.train.init_from;
    DLT_TRY(dlt_run_weights_named(engine->comm, name, path));
    return dlt_agree(engine->comm, init_here(engine, path, report));
}
