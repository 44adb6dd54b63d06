/* Hyperbolic tangent.
 *
 *   y = tanh(x);  dx = dy * (1 - y^2) */
#include "layers/layers_internal.h"

static dlt_status infer_tanh(const dlt_layer_context *context, dlt_layer_spec *spec) {
    dlt_layer_same_shape(context, 4, spec);
    spec->backward_reads_y = true;
    return DLT_OK;
}

static void forward_tanh(const dlt_layer *layer, const dlt_layer_call *call) {
    layer->context.kernels->tanh_forward(dlt_layer_elements(&layer->context, call->n), call->x[0],
                                         call->y[0]);
}

static void backward_tanh(const dlt_layer *layer, const dlt_layer_call *call) {
    if (call->dx[0] == NULL)
        return;
    layer->context.kernels->tanh_backward(dlt_layer_elements(&layer->context, call->n), call->y[0],
                                          call->dy[0], call->dx[0]);
}

static const dlt_layer_selftest selftests[] = {
    {.name = "known answer",
     .settings = "tanh",
     .n = 1,
     .input_count = 1,
     .inputs = {{1, {6}}},
     .input = (const double[]){-2, -0.5, -0.125, 0.25, 1, 3},
     .output = (const double[]){-0.9640275800758169, -0.46211715726000974, -0.12435300177159621,
                                0.24491866240370913, 0.7615941559557649, 0.9950547536867305}},
    {.name = "vectors", .settings = "tanh", .n = 3, .input_count = 1, .inputs = {{1, {5}}}},
    {.name = "images", .settings = "tanh", .n = 2, .input_count = 1, .inputs = {{3, {3, 2, 2}}}},
};

const dlt_layer_ops dlt_layer_tanh = {
    .entry = {.name = "tanh", .summary = "tanh(x)."},
    .inputs_least = 1,
    .inputs_most = 1,
    .infer = infer_tanh,
    .forward = forward_tanh,
    .backward = backward_tanh,
    .selftests = selftests,
    .selftest_count = DLT_COUNT_OF(selftests),
};
