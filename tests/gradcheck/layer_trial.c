#include "layer_trial.h"

#include "base/alloc.h"
#include "base/error.h"
#include "base/philox.h"

#include <math.h>
#include <string.h>

enum {
    BUFFERS_MAX = 3 * DLT_LAYER_INPUTS_MAX + 5 * DLT_LAYER_PARAMS_MAX + 2 * DLT_LAYER_BUFFERS_MAX +
                  3 * DLT_LAYER_OUTPUTS_MAX + 2
};

enum { STREAM_INPUT = 0, STREAM_PARAM = 100, STREAM_DY = 200 };

static dlt_status create_reals(int64_t count, guarded *out) {
    return guarded_create(count * (int64_t)sizeof(dlt_real), out);
}

bool layer_trial_is_whole(const layer_trial *trial, int output) {
    return trial->layer.spec.outputs[output].dtype == DLT_DTYPE_I32;
}

/* For as many rows as a call of n samples may use; the layer stands for one sample more. */
static dlt_status create_rows(layer_trial *trial, int param) {
    const dlt_param_spec *spec = &trial->layer.spec.params[param];
    const int64_t count = dlt_shape_count(&spec->shape);
    int64_t most = spec->sparse_rows / trial->layer.context.n * trial->selftest->n;
    if (spec->sparse_rows == 0)
        return DLT_OK;
    most = most < spec->shape.dim[0] ? most : spec->shape.dim[0];
    DLT_TRY(guarded_create(most * (int64_t)sizeof(int32_t), &trial->rows[param]));
    DLT_TRY(create_reals(most * (count / spec->shape.dim[0]), &trial->row_values[param]));
    trial->drows[param] = (dlt_row_list){.count = -1,
                                         .rows = (int32_t *)(void *)trial->rows[param].at,
                                         .values = trial->row_values[param].at};
    return DLT_OK;
}

void layer_trial_spread_rows(layer_trial *trial) {
    for (int i = 0; i < trial->layer.spec.param_count; i++) {
        const dlt_row_list *list = trial->call.drows[i];
        if (list == NULL)
            continue;
        const int64_t width =
            guarded_count(&trial->dparams[i]) / trial->layer.spec.params[i].shape.dim[0];
        memset(trial->dparams[i].at, 0, (size_t)trial->dparams[i].bytes);
        for (int64_t k = 0; k < list->count; k++)
            if (k == 0 || list->rows[k] > list->rows[k - 1])
                memcpy(trial->dparams[i].at + list->rows[k] * width, list->values + k * width,
                       (size_t)width * sizeof *list->values);
    }
}

static dlt_status create_buffers(layer_trial *trial) {
    const dlt_layer_spec *spec = &trial->layer.spec;
    int64_t n = trial->selftest->n;
    for (int i = 0; i < trial->selftest->input_count; i++) {
        int64_t count = n * dlt_shape_count(&trial->selftest->inputs[i]);
        if (trial->selftest->below[i] > 0) {
            DLT_TRY(guarded_create(count * (int64_t)sizeof(int32_t), &trial->x[i]));
            continue;
        }
        DLT_TRY(create_reals(count, &trial->x[i]));
        DLT_TRY(create_reals(count, &trial->dx[i]));
        DLT_TRY(create_reals(count, &trial->dx_first[i]));
    }
    for (int i = 0; i < spec->param_count; i++) {
        int64_t count = dlt_shape_count(&spec->params[i].shape);
        DLT_TRY(create_reals(count, &trial->params[i]));
        DLT_TRY(create_reals(count, &trial->dparams[i]));
        DLT_TRY(create_reals(count, &trial->dparams_first[i]));
        DLT_TRY(create_rows(trial, i));
    }
    for (int i = 0; i < spec->buffer_count; i++) {
        int64_t count = dlt_shape_count(&spec->buffers[i].shape);
        DLT_TRY(create_reals(count, &trial->buffers[i]));
        DLT_TRY(create_reals(count, &trial->statistics[i]));
    }
    for (int k = 0; k < spec->output_count; k++) {
        int64_t count = n * dlt_shape_count(&spec->outputs[k].shape);
        const int64_t bytes = count * dlt_dtype_bytes(spec->outputs[k].dtype);
        DLT_TRY(guarded_create(bytes, &trial->y[k]));
        DLT_TRY(guarded_create(bytes, &trial->y_first[k]));
        if (!layer_trial_is_whole(trial, k))
            DLT_TRY(create_reals(count, &trial->dy[k]));
    }
    DLT_TRY(DLT_NEW(trial->sums, spec->sync_count));
    DLT_TRY(guarded_create(spec->saved_bytes, &trial->saved));
    return guarded_create(spec->workspace_bytes, &trial->workspace);
}

/* Every buffer of a trial, made or not. */
static int list_buffers(layer_trial *trial, guarded **out) {
    int count = 0;
    for (int i = 0; i < DLT_LAYER_INPUTS_MAX; i++) {
        out[count++] = &trial->x[i];
        out[count++] = &trial->dx[i];
        out[count++] = &trial->dx_first[i];
    }
    for (int i = 0; i < DLT_LAYER_PARAMS_MAX; i++) {
        out[count++] = &trial->params[i];
        out[count++] = &trial->dparams[i];
        out[count++] = &trial->dparams_first[i];
        out[count++] = &trial->rows[i];
        out[count++] = &trial->row_values[i];
    }
    for (int i = 0; i < DLT_LAYER_BUFFERS_MAX; i++) {
        out[count++] = &trial->buffers[i];
        out[count++] = &trial->statistics[i];
    }
    for (int k = 0; k < DLT_LAYER_OUTPUTS_MAX; k++) {
        out[count++] = &trial->y[k];
        out[count++] = &trial->y_first[k];
        out[count++] = &trial->dy[k];
    }
    out[count++] = &trial->saved;
    out[count++] = &trial->workspace;
    return count;
}

bool layer_trial_intact(layer_trial *trial) {
    guarded *buffers[BUFFERS_MAX];
    int count = list_buffers(trial, buffers);
    for (int i = 0; i < count; i++)
        if (buffers[i]->at != NULL && !guarded_intact(buffers[i]))
            return false;
    return true;
}

void layer_trial_destroy(layer_trial *trial) {
    if (trial->ops->destroy != NULL)
        trial->ops->destroy(&trial->layer);
    dlt_free(trial->sums);
    guarded *buffers[BUFFERS_MAX];
    int count = list_buffers(trial, buffers);
    for (int i = 0; i < count; i++)
        guarded_destroy(buffers[i]);
}

/* Points the call to the buffers; evaluation gets neither saved nor statistics, training no
 * buffers.
 */
static void point_call(layer_trial *trial) {
    dlt_layer_call *call = &trial->call;
    *call = (dlt_layer_call){.n = trial->selftest->n, .training = !trial->selftest->evaluate};
    dlt_stream stream = dlt_stream_make(1, DLT_PURPOSE_TEST, 0, 0, 0);
    memcpy(call->random_key, stream.key, sizeof call->random_key);
    memcpy(call->random_high, stream.high, sizeof call->random_high);
    for (int i = 0; i < DLT_LAYER_INPUTS_MAX; i++) {
        if (trial->selftest->below[i] > 0)
            call->ix[i] = (const int32_t *)(const void *)trial->x[i].at;
        else
            call->x[i] = trial->x[i].at;
        call->dx[i] = trial->dx[i].at;
    }
    for (int i = 0; i < DLT_LAYER_PARAMS_MAX; i++) {
        call->params[i] = trial->params[i].at;
        const bool is_sparse = trial->drows[i].values != NULL;
        call->dparams[i] = is_sparse ? NULL : trial->dparams[i].at;
        call->drows[i] = is_sparse ? &trial->drows[i] : NULL;
    }
    for (int i = 0; i < DLT_LAYER_BUFFERS_MAX; i++) {
        call->buffers[i] = call->training ? NULL : trial->buffers[i].at;
        call->statistics[i] = call->training ? trial->statistics[i].at : NULL;
    }
    for (int k = 0; k < trial->layer.spec.output_count; k++) {
        if (layer_trial_is_whole(trial, k))
            call->iy[k] = (int32_t *)(void *)trial->y[k].at;
        else
            call->y[k] = trial->y[k].at;
        call->dy[k] = trial->dy[k].at;
    }
    call->saved = call->training ? trial->saved.at : NULL;
    call->workspace = trial->workspace.at;
    call->batch_sums = trial->layer.spec.sync_count > 0 ? trial->sums : NULL;
    call->batch_n = call->n;
}

dlt_status layer_trial_create(layer_trial *trial, const dlt_kernels *kernels) {
    const dlt_layer_selftest *selftest = trial->selftest;
    dlt_layer *layer = &trial->layer;
    layer->ops = trial->ops;
    layer->context =
        (dlt_layer_context){.node = "self",
                            .settings = trial->settings->selection.settings,
                            .input_count = selftest->input_count - selftest->fusion.add,
                            .n = selftest->n + 1,
                            .kernels = kernels};
    for (int i = 0; i < selftest->input_count; i++) {
        layer->context.input_nodes[i] = "before";
        layer->context.inputs[i] =
            (dlt_tensor_spec){.dtype = selftest->below[i] > 0 ? DLT_DTYPE_I32 : DLT_DTYPE_REAL,
                              .shape = selftest->inputs[i]};
    }
    layer->spec.output_count = 1;
    DLT_TRY(trial->ops->infer(&layer->context, &layer->spec));
    if ((selftest->fusion.add || selftest->fusion.relu) &&
        !trial->ops->fuse(layer, &selftest->fusion))
        return dlt_fail(DLT_ERR_INTERNAL, "it does not fuse what its self-test asks for");
    const int64_t sizes[] = {selftest->n, selftest->n + 1, selftest->n, 1};
    if (trial->ops->create != NULL)
        DLT_TRY(trial->ops->create(layer, sizes, 4));
    DLT_TRY(create_buffers(trial));
    point_call(trial);
    return DLT_OK;
}

static void fill_random(uint32_t which, double avoid_zero, guarded *buffer) {
    dlt_stream stream = dlt_stream_make(2, DLT_PURPOSE_TEST, which, 0, 0);
    for (int64_t i = 0; i < guarded_count(buffer); i++) {
        double value = dlt_stream_normal(&stream, (uint64_t)i);
        if (fabs(value) < avoid_zero)
            value = copysign(avoid_zero, value);
        buffer->at[i] = (dlt_real)value;
    }
}

/* Takes the next numbers of a known answer, or random ones where there is none. */
static void fill_next(const double **given, uint32_t which, double avoid_zero, guarded *buffer) {
    if (*given == NULL) {
        fill_random(which, avoid_zero, buffer);
        return;
    }
    for (int64_t i = 0; i < guarded_count(buffer); i++)
        buffer->at[i] = (dlt_real) * (*given)++;
}

/* Whole numbers from 0, below a bound: given ones, or random ones. */
static void fill_whole(const double **given, uint32_t which, int32_t below, int64_t count,
                       int32_t *out) {
    dlt_stream stream = dlt_stream_make(2, DLT_PURPOSE_TEST, which, 0, 0);
    for (int64_t i = 0; i < count; i++) {
        const double value = *given != NULL
                                 ? *(*given)++
                                 : fabs(dlt_stream_normal(&stream, (uint64_t)i)) * below / 3;
        out[i] = (int32_t)fmin(value, below - 1);
    }
}

static void fill_input(layer_trial *trial, uint32_t i, const double **given) {
    const dlt_layer_selftest *selftest = trial->selftest;
    guarded *x = &trial->x[i];
    if (selftest->below[i] > 0)
        fill_whole(given, STREAM_INPUT + i, selftest->below[i], x->bytes / (int64_t)sizeof(int32_t),
                   (int32_t *)(void *)x->at);
    else
        fill_next(given, STREAM_INPUT + i, selftest->avoid_zero, x);
}

void layer_trial_fill(layer_trial *trial, const double *input, const double *params,
                      const double *buffers) {
    const dlt_layer_spec *spec = &trial->layer.spec;
    for (uint32_t i = 0; i < (uint32_t)trial->selftest->input_count; i++)
        fill_input(trial, i, &input);
    for (uint32_t i = 0; i < (uint32_t)spec->param_count; i++)
        fill_next(&params, STREAM_PARAM + i, 0, &trial->params[i]);
    for (int i = 0; i < spec->buffer_count; i++)
        for (int64_t j = 0; j < guarded_count(&trial->buffers[i]); j++)
            trial->buffers[i].at[j] =
                (dlt_real)(buffers != NULL ? *buffers++ : spec->buffers[i].initial);
    for (int k = 0; k < spec->output_count; k++)
        if (trial->dy[k].at != NULL)
            fill_random(STREAM_DY + (uint32_t)k, 0, &trial->dy[k]);
}
