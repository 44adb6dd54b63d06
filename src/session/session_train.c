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

dlt_status dlt_session_check_epochs(const dlt_session *session) {
    const dlt_engine *engine = &session->engine;
    if (!is_over(engine))
        return DLT_OK;
    return dlt_fail(DLT_ERR_ARG, "all epochs of the run are done: 'train.epochs' is %lld",
                    (long long)engine->task.run->settings.train.epochs);
}

dlt_session_progress dlt_session_progress_of(const dlt_session *session,
                                             const dlt_step_result *result) {
    const dlt_engine *engine = &session->engine;
    const bool last =
        engine->state.epoch_step == dlt_batch_partition_steps(&engine->stepper.partition);
    return (dlt_session_progress){.step = engine->state.step,
                                  .epoch = engine->state.epoch + 1,
                                  .samples = result->samples,
                                  .loss = result->loss,
                                  .lr = result->lr,
                                  .finite = result->finite,
                                  .ends_epoch = result->finite && last};
}

dlt_status dlt_session_end_update(dlt_session *session, const dlt_coverage *coverage,
                                  const dlt_step_result *result, dlt_session_progress *out) {
    *out = dlt_session_progress_of(session, result);
    if (session->pushes != NULL)
        dlt_push_source_clear(session->pushes);
    if (session->observer.step != NULL)
        session->observer.step(session->observer.context, out);
    if (!result->finite)
        return dlt_session_go_back(session, coverage, DLT_OK);
    return out->ends_epoch ? end_epoch(session) : DLT_OK;
}

dlt_status dlt_session_step(dlt_session *session, dlt_session_progress *out) {
    dlt_engine *engine = &session->engine;
    const dlt_coverage coverage = engine->stepper.coverage;
    dlt_step_requests requests = {.failure = DLT_OK};
    dlt_step_result result;
    if (session->pieces.stage != DLT_STAGE_IDLE)
        return dlt_session_refuse_step(session);
    DLT_TRY(dlt_session_check_epochs(session));
    if (session->pushes != NULL)
        requests.failure = dlt_push_source_ready(session->pushes);
    const dlt_status status = dlt_step(&engine->stepper, &requests, &result);
    if (status != DLT_OK)
        return dlt_session_go_back(session, &coverage, status);
    return dlt_session_end_update(session, &coverage, &result, out);
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
