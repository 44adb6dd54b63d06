/* Logistic function.
 *
 *   y = 1 / (1 + exp(-x));  dx = dy * y * (1 - y) */
#include "layers/layers_internal.h"

static dlt_status infer_sigmoid(const dlt_layer_context *context, dlt_layer_spec *spec) {
    dlt_layer_same_shape(context, 4, spec);
    spec->backward_reads_y = true;
    return DLT_OK;
}

static void forward_sigmoid(const dlt_layer *layer, const dlt_layer_call *call) {
    layer->context.kernels->sigmoid_forward(dlt_layer_elements(&layer->context, call->n),
                                            call->x[0], call->y[0]);
}

static void backward_sigmoid(const dlt_layer *layer, const dlt_layer_call *call) {
    if (call->dx[0] == NULL)
        return;
    layer->context.kernels->sigmoid_backward(dlt_layer_elements(&layer->context, call->n),
                                             call->y[0], call->dy[0], call->dx[0]);
}

static const dlt_layer_selftest selftests[] = {
    {.name = "known answer",
     .settings = "sigmoid",
     .n = 1,
     .input_count = 1,
     .inputs = {{1, {6}}},
     .input = (const double[]){-2, -0.5, -0.125, 0.25, 1, 3},
     .output = (const double[]){0.11920292202211755, 0.3775406687981454, 0.46879062662624377,
                                0.5621765008857981, 0.7310585786300049, 0.9525741268224334}},
    {.name = "vectors", .settings = "sigmoid", .n = 3, .input_count = 1, .inputs = {{1, {5}}}},
    {.name = "images", .settings = "sigmoid", .n = 2, .input_count = 1, .inputs = {{3, {3, 2, 2}}}},
};

const dlt_layer_ops dlt_layer_sigmoid = {
    .entry = {.name = "sigmoid", .summary = "1 / (1 + exp(-x))."},
    .inputs_least = 1,
    .inputs_most = 1,
    .infer = infer_sigmoid,
    .forward = forward_sigmoid,
    .backward = backward_sigmoid,
    .selftests = selftests,
    .selftest_count = DLT_COUNT_OF(selftests),
};
