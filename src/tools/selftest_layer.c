/* Self-tests of layers: the known answer, the same bits twice, nothing written behind a buffer,
 * every element written, and the backward pass against central differences of the forward pass.
 * Buffers are filled with bytes of 255, which are NaN as reals, and are longer than the layer
 * knows; what is still there behind the end shows that nothing was written. */
#include "tools/selftest.h"

#include "base/alloc.h"
#include "base/error.h"
#include "base/philox.h"

#include <math.h>
#include <string.h>

enum { GUARD_BYTES = 64, BUFFERS_MAX = 128, FILLING = 255 };
enum { STREAM_INPUT = 0, STREAM_PARAM = 100, STREAM_DY = 200 };

typedef struct guarded_buffer {
    unsigned char *at; /* owned */
    int64_t bytes;     /* without the guard */
} guarded_buffer;

typedef struct layer_trial {
    dlt_selftest *run;
    const dlt_layer_selftest *test;
    bool is_given; /* the test's numbers, for its known answer; else drawn ones */
    dlt_layer layer;
    dlt_layer_call call;
    int buffer_count;
    guarded_buffer buffers[BUFFERS_MAX];
    dlt_real *x[DLT_LAYER_INPUTS_MAX]; /* the buffers, to be written; NULL: whole numbers */
    dlt_real *params[DLT_LAYER_PARAMS_MAX];
    dlt_real *dparams[DLT_LAYER_PARAMS_MAX];
    dlt_row_list rows[DLT_LAYER_PARAMS_MAX]; /* of row-sparse gradients */
    double *sums;
} layer_trial;

static dlt_status take(layer_trial *it, int64_t bytes, void *out) {
    guarded_buffer *own = &it->buffers[it->buffer_count];
    DLT_TRY(DLT_NEW(own->at, bytes + GUARD_BYTES));
    memset(own->at, FILLING, (size_t)(bytes + GUARD_BYTES));
    own->bytes = bytes;
    it->buffer_count++;
    memcpy(out, &own->at, sizeof own->at);
    return DLT_OK;
}

static dlt_status take_reals(layer_trial *it, int64_t count, void *out) {
    return take(it, count * (int64_t)sizeof(dlt_real), out);
}

static bool is_intact(const layer_trial *it) {
    for (int b = 0; b < it->buffer_count; b++)
        for (int i = 0; i < GUARD_BYTES; i++)
            if (it->buffers[b].at[it->buffers[b].bytes + i] != FILLING)
                return false;
    return true;
}

static void release(layer_trial *it) {
    if (it->layer.ops->destroy != NULL)
        it->layer.ops->destroy(&it->layer);
    for (int b = 0; b < it->buffer_count; b++)
        dlt_free(it->buffers[b].at);
}

static int64_t input_count(const layer_trial *it, int i) {
    return it->test->n * dlt_shape_count(&it->test->inputs[i]);
}

static dlt_status infer_layer(layer_trial *it, const dlt_selection *selection) {
    const dlt_layer_selftest *test = it->test;
    dlt_layer *layer = &it->layer;
    const int64_t sizes[] = {test->n, test->n + 1, 1};
    layer->context = (dlt_layer_context){.node = "self",
                                         .settings = selection->settings,
                                         .input_count = test->input_count - test->fusion.add,
                                         .n = test->n + 1,
                                         .kernels = &it->run->kernels};
    for (int i = 0; i < test->input_count; i++) {
        layer->context.input_nodes[i] = "before";
        layer->context.inputs[i] = (dlt_tensor_spec){
            .dtype = test->below[i] > 0 ? DLT_DTYPE_I32 : DLT_DTYPE_REAL, .shape = test->inputs[i]};
    }
    layer->spec.output_count = 1;
    DLT_TRY(layer->ops->infer(&layer->context, &layer->spec));
    if ((test->fusion.add || test->fusion.relu) &&
        (layer->ops->fuse == NULL || !layer->ops->fuse(layer, &test->fusion)))
        return dlt_fail(DLT_ERR_CONFIG, "it does not fuse what its self-test asks for");
    return layer->ops->create != NULL ? layer->ops->create(layer, sizes, 3) : DLT_OK;
}

/* Whole numbers below a bound: given ones, or drawn ones. */
static void fill_whole(const double **given, int32_t below, uint32_t number, int64_t count,
                       int32_t *out) {
    const dlt_stream stream = dlt_stream_make(2, DLT_PURPOSE_TEST, number, 0, 0);
    for (int64_t i = 0; i < count; i++)
        out[i] = *given != NULL
                     ? (int32_t) * (*given)++
                     : (int32_t)(dlt_stream_word(&stream, (uint64_t)i) % (uint32_t)below);
}

static void fill_next(const double **given, uint32_t number, int64_t count, dlt_real *out) {
    dlt_selftest_fill(count, *given, number, out);
    *given = *given != NULL ? *given + count : NULL;
}

/* A step must not cross a kink at 0. */
static void avoid_zero(double distance, int64_t count, dlt_real *out) {
    const double least = fmax(distance, 1.0 / 32);
    for (int64_t i = 0; distance > 0 && i < count; i++)
        if (fabs((double)out[i]) < least)
            out[i] = (dlt_real)copysign(least, (double)out[i]);
}

static dlt_status make_inputs(layer_trial *it) {
    const double *given = it->is_given ? it->test->input : NULL;
    for (int i = 0; i < it->test->input_count; i++) {
        const int64_t count = input_count(it, i);
        const uint32_t number = STREAM_INPUT + (uint32_t)i;
        if (it->test->below[i] > 0) {
            int32_t *whole = NULL;
            DLT_TRY(take(it, count * (int64_t)sizeof *whole, &whole));
            fill_whole(&given, it->test->below[i], number, count, whole);
            it->call.ix[i] = whole;
            continue;
        }
        DLT_TRY(take_reals(it, count, &it->x[i]));
        DLT_TRY(take_reals(it, count, &it->call.dx[i]));
        fill_next(&given, number, count, it->x[i]);
        if (!it->is_given)
            avoid_zero(it->test->avoid_zero, count, it->x[i]);
        it->call.x[i] = it->x[i];
    }
    return DLT_OK;
}

/* Where the gradient of a parameter goes: an array, or a list of rows. */
static dlt_status make_gradient(layer_trial *it, int param) {
    const dlt_param_spec *spec = &it->layer.spec.params[param];
    const int64_t count = dlt_shape_count(&spec->shape);
    DLT_TRY(take_reals(it, count, &it->dparams[param]));
    if (spec->sparse_rows == 0) {
        it->call.dparams[param] = it->dparams[param];
        return DLT_OK;
    }
    dlt_row_list *rows = &it->rows[param];
    DLT_TRY(take(it, spec->sparse_rows * (int64_t)sizeof *rows->rows, &rows->rows));
    DLT_TRY(take_reals(it, spec->sparse_rows * (count / spec->shape.dim[0]), &rows->values));
    it->call.drows[param] = rows;
    return DLT_OK;
}

/* Writes lists of rows to the arrays of their parameters. */
static void spread_rows(layer_trial *it) {
    for (int p = 0; p < it->layer.spec.param_count; p++) {
        const dlt_shape *shape = &it->layer.spec.params[p].shape;
        const dlt_row_list *rows = it->call.drows[p];
        if (rows == NULL)
            continue;
        const int64_t width = dlt_shape_count(shape) / shape->dim[0];
        memset(it->dparams[p], 0, (size_t)dlt_shape_count(shape) * sizeof *it->dparams[p]);
        for (int64_t r = 0; r < rows->count; r++)
            memcpy(it->dparams[p] + rows->rows[r] * width, rows->values + r * width,
                   (size_t)width * sizeof *it->dparams[p]);
    }
}

static dlt_status make_params(layer_trial *it) {
    const dlt_layer_spec *spec = &it->layer.spec;
    const double *given = it->is_given ? it->test->params : NULL;
    const double *given_buffers = it->is_given ? it->test->buffers : NULL;
    for (int p = 0; p < spec->param_count; p++) {
        const int64_t count = dlt_shape_count(&spec->params[p].shape);
        DLT_TRY(take_reals(it, count, &it->params[p]));
        DLT_TRY(make_gradient(it, p));
        fill_next(&given, STREAM_PARAM + (uint32_t)p, count, it->params[p]);
        it->call.params[p] = it->params[p];
    }
    for (int e = 0; e < spec->buffer_count; e++) {
        const int64_t count = dlt_shape_count(&spec->buffers[e].shape);
        dlt_real *running = NULL;
        DLT_TRY(take_reals(it, count, &running));
        DLT_TRY(take_reals(it, count, &it->call.statistics[e]));
        for (int64_t i = 0; i < count; i++)
            running[i] =
                (dlt_real)(given_buffers != NULL ? *given_buffers++ : spec->buffers[e].initial);
        it->call.buffers[e] = it->call.training ? NULL : running;
    }
    return DLT_OK;
}

static dlt_status make_call(layer_trial *it) {
    const dlt_layer_spec *spec = &it->layer.spec;
    const dlt_stream stream = dlt_stream_make(1, DLT_PURPOSE_TEST, 0, 0, 0);
    it->call =
        (dlt_layer_call){.n = it->test->n, .training = !it->test->evaluate, .batch_n = it->test->n};
    memcpy(it->call.random_key, stream.key, sizeof it->call.random_key);
    memcpy(it->call.random_high, stream.high, sizeof it->call.random_high);
    DLT_TRY(make_inputs(it));
    DLT_TRY(make_params(it));
    for (int k = 0; k < spec->output_count; k++) {
        const int64_t count = it->test->n * dlt_shape_count(&spec->outputs[k].shape);
        dlt_real *dy = NULL;
        if (spec->outputs[k].dtype == DLT_DTYPE_I32) {
            DLT_TRY(take(it, count * (int64_t)sizeof(int32_t), &it->call.iy[k]));
            continue;
        }
        DLT_TRY(take_reals(it, count, &it->call.y[k]));
        DLT_TRY(take_reals(it, count, &dy));
        dlt_selftest_fill(count, NULL, STREAM_DY + (uint32_t)k, dy);
        it->call.dy[k] = dy;
    }
    DLT_TRY(take(it, spec->saved_bytes, &it->call.saved));
    it->call.saved = it->call.training ? it->call.saved : NULL;
    DLT_TRY(take(it, spec->workspace_bytes, &it->call.workspace));
    DLT_TRY(take(it, spec->sync_count * (int64_t)sizeof(double), &it->sums));
    it->call.batch_sums = spec->sync_count > 0 ? it->sums : NULL;
    return DLT_OK;
}

static void forward(layer_trial *it) {
    if (it->call.training && it->layer.spec.sync_count > 0)
        it->layer.ops->batch_sums_forward(&it->layer, &it->call, it->sums);
    it->layer.ops->forward(&it->layer, &it->call);
}

static void backward(layer_trial *it) {
    if (it->layer.spec.sync_count > 0)
        it->layer.ops->batch_sums_backward(&it->layer, &it->call, it->sums);
    it->layer.ops->backward(&it->layer, &it->call);
}

static int64_t output_count(const layer_trial *it, int k) {
    return it->test->n * dlt_shape_count(&it->layer.spec.outputs[k].shape);
}

static bool is_whole(const layer_trial *it, int k) {
    return it->layer.spec.outputs[k].dtype == DLT_DTYPE_I32;
}

/* An element of an output, of reals or of whole numbers. */
static double output_at(const layer_trial *it, int k, int64_t i) {
    return is_whole(it, k) ? it->call.iy[k][i] : (double)it->call.y[k][i];
}

static double sum_outputs(const layer_trial *it, bool absolute) {
    double sum = 0;
    for (int k = 0; k < it->layer.spec.output_count; k++)
        for (int64_t i = 0; i < output_count(it, k) && !is_whole(it, k); i++) {
            const double term = (double)it->call.dy[k][i] * output_at(it, k, i);
            sum += absolute ? fabs(term) : term;
        }
    return sum;
}

static double weighted_output(void *context) {
    layer_trial *it = context;
    forward(it);
    return sum_outputs(it, false);
}

static bool check_answer(layer_trial *it) {
    const double *expected = it->is_given ? it->test->output : NULL;
    bool right = true;
    forward(it);
    for (int k = 0; k < it->layer.spec.output_count; k++)
        for (int64_t i = 0; right && i < output_count(it, k); i++)
            right = expected != NULL
                        ? dlt_selftest_near(it->run, "output", i, output_at(it, k, i), *expected++)
                        : dlt_selftest_expect(it->run, isfinite(output_at(it, k, i)),
                                              "forward gives %g for element %lld of output %d",
                                              output_at(it, k, i), (long long)i, k);
    return right;
}

static void check_gradients(layer_trial *it) {
    char what[64];
    const dlt_layer_spec *spec = &it->layer.spec;
    const double magnitude = sum_outputs(it, true);
    backward(it);
    spread_rows(it);
    for (int i = 0; i < it->test->input_count; i++) {
        snprintf(what, sizeof what, "input %d", i);
        if (it->call.dx[i] != NULL)
            dlt_selftest_gradient(it->run, what, weighted_output, it, magnitude, input_count(it, i),
                                  it->x[i], it->call.dx[i]);
    }
    for (int p = 0; p < spec->param_count; p++) {
        snprintf(what, sizeof what, "parameter '%s'", spec->params[p].name);
        dlt_selftest_gradient(it->run, what, weighted_output, it, magnitude,
                              dlt_shape_count(&spec->params[p].shape), it->params[p],
                              it->dparams[p]);
    }
    /* The first node of a model: nobody needs dx. With skips_frozen, dparams neither. */
    memset(it->call.dx, 0, sizeof it->call.dx);
    if (it->layer.ops->skips_frozen) {
        memset(it->call.dparams, 0, sizeof it->call.dparams);
        memset(it->call.drows, 0, sizeof it->call.drows);
    }
    forward(it);
    backward(it);
}

static bool has_gradient(const layer_trial *it) {
    for (int k = 0; k < it->layer.spec.output_count; k++)
        if (is_whole(it, k))
            return false;
    return !it->is_given && !it->test->evaluate;
}

static dlt_status run_test(dlt_selftest *run, const dlt_layer_selftest *test,
                           const dlt_selection *selection, bool is_given) {
    layer_trial it = {.run = run, .test = test, .is_given = is_given};
    it.layer.ops = (const dlt_layer_ops *)(const void *)run->entry;
    dlt_status status = infer_layer(&it, selection);
    if (status != DLT_OK && status != DLT_ERR_MEM) {
        dlt_selftest_expect(run, false, "%s", dlt_error_message());
        status = DLT_OK;
    } else if (status == DLT_OK) {
        status = make_call(&it);
        if (status == DLT_OK && check_answer(&it) && has_gradient(&it))
            check_gradients(&it);
        dlt_selftest_expect(run, is_intact(&it), "something is written behind the end of a buffer");
    }
    release(&it);
    return status;
}

dlt_status dlt_selftest_layer(dlt_selftest *run) {
    const dlt_layer_ops *ops = (const dlt_layer_ops *)(const void *)run->entry;
    run->is_exempt = ops->expand != NULL; /* its nodes have theirs */
    for (int i = 0; i < ops->selftest_count && !run->is_exempt; i++) {
        dlt_selection selection;
        const dlt_layer_selftest *test = &ops->selftests[i];
        if (!dlt_selftest_choose(run, test->name, test->settings, &selection))
            continue;
        if (test->output != NULL)
            DLT_TRY(run_test(run, test, &selection, true));
        DLT_TRY(run_test(run, test, &selection, false));
    }
    return DLT_OK;
}
