/* Helpers that layers share: checks and errors that name the node and its input, sizes, copies with
 * a step, and the parameters of layers with weight and bias. A run file may ask for absurd sizes,
 * so dlt_layer_product saturates at INT64_MAX, and dlt_layer_check_size refuses more than 2^48
 * elements. */
#include "layers/layers_internal.h"

#include "base/error.h"

#include <inttypes.h>
#include <stdarg.h>
#include <stdio.h>
#include <string.h>

enum { WHY_BYTES = 400 };

/* Elements that no tensor of a run can reach, but whose product with sizeof cannot overflow. */
static const int64_t ELEMENTS_MAX = INT64_C(1) << 48;

dlt_status dlt_layer_shape_error(const dlt_layer_context *context, const char *kind, int input,
                                 const char *why, ...) {
    char reason[WHY_BYTES];
    va_list arguments;
    va_start(arguments, why);
    vsnprintf(reason, sizeof reason, why, arguments);
    va_end(arguments);
    char shape[DLT_SHAPE_TEXT_BYTES];
    return dlt_fail(DLT_ERR_SHAPE, "node '%s' (%s) cannot take %s from node '%s': %s",
                    context->node, kind, dlt_shape_text(&context->inputs[input].shape, shape),
                    context->input_nodes[input], reason);
}

int64_t dlt_layer_product(int64_t a, int64_t b) {
    int64_t product;
    return __builtin_mul_overflow(a, b, &product) ? INT64_MAX : product;
}

dlt_status dlt_layer_check_size(const dlt_layer_context *context, const char *kind,
                                const char *what, int64_t count) {
    if (count > ELEMENTS_MAX)
        return dlt_fail(DLT_ERR_CONFIG,
                        "node '%s' (%s) would have %s of more than %" PRId64
                        " numbers; no computer holds that",
                        context->node, kind, what, ELEMENTS_MAX);
    return DLT_OK;
}

dlt_status dlt_layer_need_features(const dlt_layer_context *context, const char *kind) {
    if (context->inputs[0].shape.rank < 1)
        return dlt_layer_shape_error(context, kind, 0,
                                     "it works along the last dimension, and a scalar has none");
    return DLT_OK;
}

int64_t dlt_layer_features(const dlt_layer_context *context) {
    const dlt_shape *input = &context->inputs[0].shape;
    return input->dim[input->rank - 1];
}

int64_t dlt_layer_rows(const dlt_layer_context *context, int64_t n) {
    int64_t rows = n;
    for (int i = 0; i < context->inputs[0].shape.rank - 1; i++)
        rows *= context->inputs[0].shape.dim[i];
    return rows;
}

int64_t dlt_layer_elements(const dlt_layer_context *context, int64_t n) {
    return n * dlt_shape_count(&context->inputs[0].shape);
}

void dlt_layer_same_shape(const dlt_layer_context *context, int64_t flops, dlt_layer_spec *spec) {
    spec->outputs[0].shape = context->inputs[0].shape;
    spec->flops = flops * dlt_layer_elements(context, context->n);
}

void dlt_layer_copy(int64_t count, const dlt_real *from, dlt_real *to) {
    if (to != from)
        memcpy(to, from, (size_t)count * sizeof *to);
}

void dlt_layer_gather(int64_t count, const dlt_real *from, int64_t step, dlt_real *to) {
    if (step == 1)
        dlt_layer_copy(count, from, to);
    else
        for (int64_t i = 0; i < count; i++)
            to[i] = from[i * step];
}

void dlt_layer_scatter(int64_t count, const dlt_real *from, dlt_real *to, int64_t step) {
    if (step == 1)
        dlt_layer_copy(count, from, to);
    else
        for (int64_t i = 0; i < count; i++)
            to[i * step] = from[i];
}

void dlt_layer_same_type(const dlt_layer_context *context, dlt_layer_spec *spec) {
    for (int k = 0; k < spec->output_count; k++)
        spec->outputs[k].dtype = context->inputs[0].dtype;
}

const void *dlt_layer_elements_in(const dlt_layer_call *call) {
    return call->ix[0] != NULL ? (const void *)call->ix[0] : (const void *)call->x[0];
}

void *dlt_layer_elements_out(const dlt_layer_call *call, int k) {
    return call->iy[k] != NULL ? (void *)call->iy[k] : (void *)call->y[k];
}

void dlt_layer_move(dlt_dtype dtype, int64_t count, const void *from, int64_t from_at, int64_t step,
                    void *to, int64_t to_at) {
    if (dtype == DLT_DTYPE_REAL) {
        dlt_layer_gather(count, (const dlt_real *)from + from_at, step, (dlt_real *)to + to_at);
        return;
    }
    const int32_t *at = (const int32_t *)from + from_at;
    int32_t *out = (int32_t *)to + to_at;
    if (at != out)
        for (int64_t i = 0; i < count; i++)
            out[i] = at[i * step];
}

dlt_status dlt_layer_axis(const dlt_layer_context *context, const char *kind, int64_t axis,
                          int *out) {
    int rank = context->inputs[0].shape.rank;
    if (axis < -rank || axis >= rank)
        return dlt_layer_shape_error(context, kind, 0, "it has no dimension %" PRId64, axis);
    *out = (int)(axis < 0 ? axis + rank : axis);
    return DLT_OK;
}

void dlt_layer_add_weights(const dlt_weight_settings *settings, const dlt_shape *shape,
                           int64_t outputs, int64_t fan_in, int64_t fan_out, dlt_layer_spec *spec) {
    spec->params[spec->param_count++] = (dlt_param_spec){.name = "weight",
                                                         .shape = *shape,
                                                         .init = &settings->init,
                                                         .fan_in = fan_in,
                                                         .fan_out = fan_out};
    if (!settings->bias)
        return;
    /* The bias has the fans of its weight, as PyTorch computes its default. */
    spec->params[spec->param_count++] = (dlt_param_spec){.name = "bias",
                                                         .shape = {.rank = 1, .dim = {outputs}},
                                                         .init = &settings->bias_init,
                                                         .fan_in = fan_in,
                                                         .fan_out = fan_out,
                                                         .role = DLT_PARAM_BIAS};
}
