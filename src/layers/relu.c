/* Rectified linear unit.
 *
 *   y = max(x, 0);  dx = y > 0 ? dy : 0
 *
 * At the kink the gradient is 0, as in Keras and PyTorch. */
#include "layers/layers_internal.h"

static dlt_status infer_relu(const dlt_layer_context *context, dlt_layer_spec *spec) {
    dlt_layer_same_shape(context, 1, spec);
    spec->backward_reads_y = true;
    return DLT_OK;
}

static void forward_relu(const dlt_layer *layer, const dlt_layer_call *call) {
    layer->context.kernels->relu_forward(dlt_layer_elements(&layer->context, call->n), call->x[0],
                                         call->y[0]);
}

static void backward_relu(const dlt_layer *layer, const dlt_layer_call *call) {
    if (call->dx[0] == NULL)
        return;
    layer->context.kernels->relu_backward(dlt_layer_elements(&layer->context, call->n), call->y[0],
                                          call->dy[0], call->dx[0]);
}

static const dlt_layer_selftest selftests[] = {
    {.name = "known answer",
     .settings = "relu",
     .n = 1,
     .input_count = 1,
     .inputs = {{1, {6}}},
     .input = (const double[]){-2, -0.5, -0.125, 0.25, 1, 3},
     .output = (const double[]){0, 0, 0, 0.25, 1, 3}},
    {.name = "vectors",
     .settings = "relu",
     .n = 3,
     .input_count = 1,
     .inputs = {{1, {5}}},
     .avoid_zero = 0.01},
    {.name = "images",
     .settings = "relu",
     .n = 2,
     .input_count = 1,
     .inputs = {{3, {3, 2, 2}}},
     .avoid_zero = 0.01},
};

const dlt_layer_ops dlt_layer_relu = {
    .entry = {.name = "relu", .summary = "max(x, 0)."},
    .inputs_least = 1,
    .inputs_most = 1,
    .infer = infer_relu,
    .forward = forward_relu,
    .backward = backward_relu,
    .in_place = true,
    .role = DLT_LAYER_IS_RELU,
    .selftests = selftests,
    .selftest_count = DLT_COUNT_OF(selftests),
};
