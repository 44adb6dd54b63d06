/* Evaluates with the weights of a session. Its own splits are computed by its own model. Other
 * samples get a task of their own, whose model is planned for their number and for the
 * output that is asked for; weights and running statistics are copied into it, and normalisation,
 * class weights and the meaning of columns are those of the training data. */
#include "base/error.h"
#include "engine/ema.h"
#include "session/epoch.h"
#include "session/session_parts.h"

#include <math.h>
#include <stdio.h>
#include <string.h>

static void add_value(const char *name, double value, bool higher_is_better,
                      dlt_session_metrics *out) {
    if (out->count == DLT_SESSION_VALUES_MAX)
        return;
    dlt_session_value *to = &out->values[out->count++];
    snprintf(to->name, sizeof to->name, "%s", name);
    to->value = value;
    to->higher_is_better = higher_is_better;
}

void dlt_session_fill_metrics(const dlt_evaluation *evaluation, dlt_session_metrics *out) {
    *out = (dlt_session_metrics){.samples = evaluation->samples, .loss = evaluation->loss};
    for (int k = 0; k < evaluation->loss_count; k++)
        add_value(evaluation->losses[k].name, evaluation->losses[k].value, false, out);
    for (int i = 0; i < evaluation->metric_count; i++)
        for (int k = 0; k < evaluation->metrics[i].count; k++) {
            const dlt_metric_value *from = &evaluation->metrics[i].values[k];
            add_value(from->name, from->value, from->higher_is_better, out);
        }
}

double dlt_session_metric(const dlt_session_metrics *metrics, const char *name) {
    if (strcmp(name, "loss") == 0)
        return metrics->loss;
    for (int i = 0; i < metrics->count; i++)
        if (strcmp(metrics->values[i].name, name) == 0)
            return metrics->values[i].value;
    return NAN;
}

static dlt_status find_split(const dlt_session *session, const char *name,
                             const dlt_task_split **out) {
    const dlt_task *task = &session->engine.task;
    const bool validation = strcmp(name, "validation") == 0;
    if (!validation && strcmp(name, "test") != 0)
        return dlt_fail(DLT_ERR_ARG, "a session has the splits validation and test, not '%s'",
                        name);
    *out = validation ? &task->validation : &task->test;
    return (*out)->data != NULL ? DLT_OK
                                : dlt_fail(DLT_ERR_ARG, "this session has no %s data", name);
}

dlt_status dlt_session_check_data(const dlt_session_data *data) {
    const int given = (data->split != NULL) + (data->source != NULL) + (data->arrays != NULL);
    return given == 1 ? DLT_OK
                      : dlt_fail(DLT_ERR_ARG,
                                 "samples are a split, a source or arrays; %d of "
                                 "them are given",
                                 given);
}

/* Between the two exchanges the model's parameters are the average, where the run has one. */
static dlt_status copy_weights(dlt_engine *engine, dlt_model *to) {
    dlt_model *from = engine->task.model;
    const int64_t params = dlt_model_param_elements(from);
    if (dlt_model_fingerprint(to) != dlt_model_fingerprint(from))
        return dlt_fail(DLT_ERR_SHAPE, "these samples make another model than the session's");
    const int64_t buffers = dlt_model_buffer_elements(from);
    DLT_TRY(dlt_ema_exchange(engine->strategy, &engine->state));
    memcpy(dlt_model_params(to), dlt_model_params(from), (size_t)params * sizeof(dlt_real));
    if (buffers > 0)
        memcpy(dlt_model_buffers(to), dlt_model_buffers(from), (size_t)buffers * sizeof(dlt_real));
    return dlt_ema_exchange(engine->strategy, &engine->state);
}

dlt_status dlt_session_open_task(dlt_engine *engine, const dlt_session_data *data,
                                 bool needs_target, const char *output, dlt_task *out) {
    const dlt_task *trained = &engine->task;
    const dlt_task_options options = {.run = trained->run,
                                      .comm = engine->comm,
                                      .evaluate = data->source,
                                      .evaluate_arrays = data->arrays,
                                      .evaluate_needs_target = needs_target,
                                      .micro_batch = trained->micro_batch,
                                      .threads = trained->placement.threads,
                                      .output = output,
                                      .trained = trained};
    DLT_TRY(dlt_task_create(&options, out));
    return copy_weights(engine, out->model);
}

static dlt_status evaluate_other(dlt_engine *engine, const dlt_session_data *data,
                                 dlt_evaluation *out) {
    dlt_task task = {.comm = NULL};
    dlt_status status = dlt_session_open_task(engine, data, true, NULL, &task);
    if (status == DLT_OK) {
        const dlt_evaluation_options options = {.task = &task, .split = &task.test};
        status = dlt_evaluate_split(&options, out);
    }
    dlt_task_destroy(&task);
    return status;
}

dlt_status dlt_session_evaluate(dlt_session *session, const dlt_session_data *data,
                                dlt_session_metrics *out) {
    dlt_engine *engine = &session->engine;
    const dlt_task_split *split = NULL;
    dlt_evaluation result = {0};
    dlt_status status = dlt_session_check_idle(session);
    if (status == DLT_OK)
        status = dlt_session_check_data(data);
    if (status == DLT_OK && data->split != NULL)
        status = find_split(session, data->split, &split);
    DLT_TRY(dlt_agree(engine->comm, status));
    status = split != NULL ? dlt_engine_evaluate(engine, split, &result)
                           : evaluate_other(engine, data, &result);
    if (status == DLT_OK)
        dlt_session_fill_metrics(&result, out);
    dlt_evaluation_destroy(&result);
    return status;
}
