/* Creates a session: an engine on the run file's arrangement of the caller's ranks, with the
 * parameters of a fresh run. All ranks compare run, data and initial parameters before the first
 * update. Where batches are handed over, samples of zeros stand in for training data while the
 * engine is made, so that fields, model and losses are checked as ever. */
#include "dltrain/session.h"

#include "base/alloc.h"
#include "base/error.h"
#include "comm/collectives.h"
#include "engine/alike.h"
#include "session/initial_weights.h"
#include "session/monitor.h"
#include "session/session_parts.h"

#include <stdio.h>

/* An epoch of batches that does not end. */
static const int64_t ENDLESS_STEPS = INT64_C(1) << 30;

static dlt_status init_from(dlt_engine *engine) {
    char path[DLT_PATH_BYTES];
    dlt_init_report report = {0};
    if (engine->task.run->settings.train.init_from == NULL)
        return DLT_OK;
    dlt_status status = dlt_engine_init_from(engine, path, &report);
    dlt_init_report_destroy(&report);
    return status;
}

static dlt_status start_engine(const dlt_task_options *task, const dlt_session_options *options,
                               dlt_engine *engine) {
    int64_t steps = options->epoch_steps > 0 ? options->epoch_steps : ENDLESS_STEPS;
    if (options->batch == NULL)
        steps = 0;
    DLT_TRY(dlt_engine_open(engine, task));
    DLT_TRY(dlt_agree(engine->comm, dlt_monitor_check(&engine->task)));
    DLT_TRY(dlt_engine_start(engine, &(dlt_engine_options){.steps = steps}));
    DLT_TRY(init_from(engine));
    return dlt_start_check_alike(&engine->task);
}

/* What only a run of batches lacks. */
static dlt_status check_batches(const dlt_run *run, const dlt_session_options *options) {
    const dlt_run_settings *settings = &run->settings;
    if (options->train != NULL)
        return dlt_fail(DLT_ERR_ARG, "samples are arrays or batches, not both");
    if (settings->train.batch < 1)
        return dlt_fail(DLT_ERR_ARG, "'train.batch' is 'all': batches that are handed over need a "
                                     "number of samples");
    if (settings->data.transform.count > 0)
        return dlt_config_fail(&settings->data.transform.at[0].position,
                               "transforms are of samples that are read; hand over transformed "
                               "batches");
    return DLT_OK;
}

static dlt_status start_with_batches(const dlt_session_options *options, dlt_session *session,
                                     const dlt_task_options *task) {
    dlt_engine *engine = &session->engine;
    dlt_push_template template = {.at = NULL};
    dlt_task_options own = *task;
    dlt_status status = check_batches(task->run, options);
    if (status == DLT_OK)
        status =
            dlt_push_template_create(options->batch, task->run->settings.train.batch, &template);
    status = dlt_agree(engine->comm, status);
    own.train_arrays = &template.arrays;
    if (status == DLT_OK)
        status = start_engine(&own, options, engine);
    if (status == DLT_OK)
        status = dlt_agree(engine->comm, dlt_push_source_create(engine, &session->pushes));
    dlt_push_template_destroy(&template);
    DLT_TRY(status);
    engine->stepper.source = dlt_source_of_pushes(session->pushes);
    return DLT_OK;
}

static dlt_status start(const dlt_comm *comm, const dlt_run *run,
                        const dlt_session_options *options, dlt_session *session) {
    dlt_engine *engine = &session->engine;
    const dlt_task_options task = {.run = run,
                                   .training = true,
                                   .train_arrays = options->train,
                                   .validation_arrays = options->validation};
    DLT_TRY(dlt_engine_arrange(comm, run, engine));
    if (options->batch != NULL) {
        DLT_TRY(start_with_batches(options, session, &task));
    } else {
        DLT_TRY(start_engine(&task, options, engine));
        DLT_TRY(dlt_engine_load(engine));
    }
    return dlt_agree(engine->comm, dlt_session_list_tensors(session));
}

dlt_status dlt_session_create(const dlt_comm *comm, dlt_run *run,
                              const dlt_session_options *options, dlt_session **out) {
    const dlt_session_options none = {.train = NULL};
    dlt_session *session = NULL;
    *out = NULL;
    if (options == NULL)
        options = &none;
    DLT_TRY(dlt_run_check_alike(comm, run));
    DLT_TRY(dlt_agree(comm, DLT_NEW(session, 1)));
    session->observer = options->observer;
    dlt_status status = start(comm, run, options, session);
    if (status != DLT_OK)
        dlt_session_destroy(&session);
    *out = session;
    return status;
}

void dlt_session_destroy(dlt_session **session) {
    if (session == NULL || *session == NULL)
        return;
    dlt_free((*session)->listed);
    dlt_snapshot_destroy(&(*session)->tensors);
    dlt_push_source_destroy(&(*session)->pushes);
    dlt_evaluation_destroy(&(*session)->validation);
    dlt_engine_destroy(&(*session)->engine);
    dlt_free(*session);
    *session = NULL;
}

dlt_status dlt_session_go_back(dlt_session *session, const dlt_coverage *coverage,
                               dlt_status status) {
    char message[DLT_ERROR_MESSAGE_BYTES];
    char trace[DLT_ERROR_TRACE_BYTES];
    if (status == DLT_ERR_MPI)
        return status;
    snprintf(message, sizeof message, "%s", dlt_error_message());
    snprintf(trace, sizeof trace, "%s", dlt_error_trace());
    session->engine.stepper.coverage = *coverage;
    DLT_TRY(dlt_session_resettle(session));
    if (status != DLT_OK)
        dlt_error_adopt(message, trace);
    return status;
}

dlt_status dlt_session_resettle(dlt_session *session) {
    dlt_engine *engine = &session->engine;
    if (session->pushes == NULL)
        return dlt_engine_load(engine);
    dlt_push_source_clear(session->pushes);
    return dlt_barrier(engine->comm);
}

dlt_status dlt_session_share(const dlt_session *session, int64_t *first, int64_t *count) {
    if (session->pushes == NULL)
        return dlt_fail(DLT_ERR_ARG, "this session reads its samples: it takes no batches");
    dlt_push_source_share(session->pushes, first, count);
    return DLT_OK;
}

dlt_status dlt_session_push(dlt_session *session, const dlt_arrays *samples) {
    if (session->pushes == NULL)
        return dlt_fail(DLT_ERR_ARG, "this session reads its samples: it takes no batches");
    return dlt_push_source_take(session->pushes, samples);
}
