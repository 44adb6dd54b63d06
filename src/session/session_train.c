/* Updates and epochs of a session. Every decision follows from values that are equal on all ranks,
 * so all of them go on, stop and validate alike. */
#include "base/error.h"
#include "session/epoch.h"
#include "session/session_parts.h"

static dlt_status end_epoch(dlt_session *session) {
    dlt_engine *engine = &session->engine;
    dlt_epoch_end end;
    DLT_TRY(dlt_engine_end_epoch(engine, &session->validation, &end));
    if (session->observer.epoch != NULL) {
        dlt_session_epoch epoch = {.epoch = engine->state.epoch + 1,
                                   .step = engine->state.step,
                                   .train_loss = end.train_loss,
                                   .validated = end.validated,
                                   .best = end.best,
                                   .stops = engine->state.stopped_early};
        if (end.validated)
            dlt_session_fill_metrics(&session->validation, &epoch.validation);
        session->observer.epoch(session->observer.context, &epoch);
    }
    dlt_engine_next_epoch(engine);
    return DLT_OK;
}

static bool is_over(const dlt_engine *engine) {
    return engine->state.epoch >= engine->task.run->settings.train.epochs;
}

static dlt_status make_update(dlt_session *session, dlt_session_progress *out) {
    dlt_engine *engine = &session->engine;
    dlt_step_requests requests = {.failure = DLT_OK};
    dlt_step_result result;
    if (session->pushes != NULL)
        requests.failure = dlt_push_source_ready(session->pushes);
    const dlt_status status = dlt_step(&engine->stepper, &requests, &result);
    if (session->pushes != NULL)
        dlt_push_source_clear(session->pushes);
    DLT_TRY(status);
    const bool last =
        engine->state.epoch_step == dlt_batch_partition_steps(&engine->stepper.partition);
    *out = (dlt_session_progress){.step = engine->state.step,
                                  .epoch = engine->state.epoch + 1,
                                  .samples = result.samples,
                                  .loss = result.loss,
                                  .lr = result.lr,
                                  .finite = result.finite,
                                  .ends_epoch = result.finite && last};
    if (session->observer.step != NULL)
        session->observer.step(session->observer.context, out);
    /* The batch was used up and the state does not say so: it is computed again. */
    return result.finite ? DLT_OK : dlt_session_resettle(session);
}

dlt_status dlt_session_step(dlt_session *session, dlt_session_progress *out) {
    const dlt_engine *engine = &session->engine;
    if (is_over(engine))
        return dlt_fail(DLT_ERR_ARG, "all epochs of the run are done: 'train.epochs' is %lld",
                        (long long)engine->task.run->settings.train.epochs);
    DLT_TRY(make_update(session, out));
    return out->ends_epoch ? end_epoch(session) : DLT_OK;
}

dlt_status dlt_session_train(dlt_session *session, int64_t steps, dlt_session_progress *out) {
    const dlt_engine *engine = &session->engine;
    *out = (dlt_session_progress){.finite = true};
    for (int64_t i = 0; (steps == 0 || i < steps) && out->finite && !is_over(engine) &&
                        !engine->state.stopped_early;
         i++)
        DLT_TRY(dlt_session_step(session, out));
    return DLT_OK;
}
