/* Predictions into the caller's memory. They are collected from an evaluation of a task of their
 * own; each rank computes a run of samples and then receives the rows of all other ranks. */
#include "base/cast.h"
#include "base/error.h"
#include "comm/collectives.h"
#include "session/session_parts.h"

#include <string.h>

/* Where predictions go: those of this rank's samples to their rows. */
typedef struct collector {
    const dlt_task *task;
    int output;
    int64_t width; /* elements of one sample's output */
    dlt_real *out;
} collector;

static dlt_status collect(void *context, const dlt_micro_batch *batch) {
    const collector *self = context;
    memcpy(self->out + batch->id.position * self->width,
           dlt_model_output_at(self->task->model, 0, self->output),
           (size_t)(batch->id.count * self->width) * sizeof *self->out);
    return DLT_OK;
}

/* Every rank has the rows of its run of micro-batches, and gets those of the others. */
static dlt_status share_rows(const collector *self) {
    const dlt_task *task = self->task;
    const dlt_batch_partition partition = dlt_task_evaluation_partition(task, &task->test);
    const int64_t micros = dlt_batch_partition_micros(&partition, 0);
    for (int rank = 0; rank < partition.size; rank++) {
        int64_t first = 0;
        int64_t last = 0;
        dlt_batch_partition_run(micros, rank, partition.size, &first, &last);
        first *= partition.micro_batch;
        last = dlt_min_i64(last * partition.micro_batch, partition.samples);
        if (last > first)
            DLT_TRY(dlt_broadcast_from(task->comm, rank, self->out + first * self->width,
                                       (last - first) * self->width * (int64_t)sizeof *self->out));
    }
    return DLT_OK;
}

static dlt_status check_room(const collector *self, int64_t count) {
    const int64_t samples = self->task->test.subset.count;
    if (count == samples * self->width && self->out != NULL)
        return DLT_OK;
    return dlt_fail(DLT_ERR_SHAPE,
                    "%lld samples with %lld elements of output each need an array of %lld "
                    "elements, not of %lld",
                    (long long)samples, (long long)self->width, (long long)(samples * self->width),
                    (long long)(self->out != NULL ? count : 0));
}

/* An output that is asked for is the model's last. */
static dlt_status predict(const dlt_task *task, const char *node, int64_t count, dlt_real *out) {
    const int output =
        node != NULL ? dlt_model_output_count(task->model) - 1 : task->objectives[0].prediction;
    collector self = {.task = task,
                      .output = output,
                      .width = dlt_shape_count(&dlt_model_output(task->model, output)->shape),
                      .out = out};
    const dlt_evaluation_options options = {
        .task = task, .split = &task->test, .sink = collect, .sink_context = &self};
    dlt_evaluation result = {0};
    DLT_TRY(dlt_agree(task->comm, check_room(&self, count)));
    dlt_status status = dlt_evaluate_split(&options, &result);
    dlt_evaluation_destroy(&result);
    return status == DLT_OK ? share_rows(&self) : status;
}

dlt_status dlt_session_output(const dlt_session *session, const char *node, dlt_tensor_spec *out) {
    const dlt_model *model = session->engine.task.model;
    const dlt_tensor_spec *spec = dlt_model_find_output(model, node);
    if (spec == NULL)
        return dlt_fail(DLT_ERR_CONFIG, "the model has no node '%s'", node);
    *out = *spec;
    return DLT_OK;
}

static dlt_status check_output(const dlt_session *session, const char *node) {
    dlt_tensor_spec spec = {.dtype = DLT_DTYPE_REAL};
    DLT_TRY(dlt_session_output(session, node, &spec));
    if (spec.dtype == DLT_DTYPE_REAL)
        return DLT_OK;
    return dlt_fail(DLT_ERR_ARG, "node '%s' computes %s, and predictions are " DLT_REAL_NAME, node,
                    dlt_dtype_name(spec.dtype));
}

dlt_status dlt_session_predict(dlt_session *session, const dlt_session_data *data, const char *node,
                               int64_t count, dlt_real *out) {
    dlt_engine *engine = &session->engine;
    dlt_task task = {.comm = NULL};
    dlt_status status = dlt_session_check_idle(session);
    if (status == DLT_OK)
        status = dlt_session_check_data(data);
    if (status == DLT_OK && data->split != NULL)
        status = dlt_fail(DLT_ERR_ARG, "predictions are of a source or of arrays, not of a split");
    if (status == DLT_OK)
        status = check_output(session, node);
    DLT_TRY(dlt_agree(engine->comm, status));
    if (node == NULL)
        node = dlt_model_last_node(engine->task.model);
    status = dlt_session_open_task(engine, data, false, node, &task);
    if (status == DLT_OK)
        status = predict(&task, node, count, out);
    dlt_task_destroy(&task);
    return status;
}
