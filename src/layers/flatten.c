/* All dimensions of a sample in one: [H, W, C] to [H*W*C]. The order of the elements in memory
 * stays, so that it is that of Keras' channels-last, not of PyTorch's channels-first. ONNX:
 * Flatten. */
#include "layers/layers_internal.h"

static dlt_status infer_flatten(const dlt_layer_context *context, dlt_layer_spec *spec) {
    spec->outputs[0].shape =
        (dlt_shape){.rank = 1, .dim = {dlt_shape_count(&context->inputs[0].shape)}};
    dlt_layer_same_type(context, spec);
    return DLT_OK;
}

static void forward_flatten(const dlt_layer *layer, const dlt_layer_call *call) {
    dlt_layer_move(layer->context.inputs[0].dtype, dlt_layer_elements(&layer->context, call->n),
                   dlt_layer_elements_in(call), 0, 1, dlt_layer_elements_out(call, 0), 0);
}

static void backward_flatten(const dlt_layer *layer, const dlt_layer_call *call) {
    if (call->dx[0] != NULL)
        dlt_layer_copy(dlt_layer_elements(&layer->context, call->n), call->dy[0], call->dx[0]);
}

static const dlt_layer_selftest selftests[] = {
    {.name = "known answer",
     .settings = "flatten",
     .n = 2,
     .input_count = 1,
     .inputs = {{2, {1, 2}}},
     .input = (const double[]){1, 2, 3, 4},
     .output = (const double[]){1, 2, 3, 4}},
    {.name = "images", .settings = "flatten", .n = 2, .input_count = 1, .inputs = {{3, {2, 3, 4}}}},
    {.name = "a scalar becomes a vector", .settings = "flatten", .n = 3, .input_count = 1},
    {.name = "known answer, whole numbers",
     .settings = "flatten",
     .n = 2,
     .input_count = 1,
     .inputs = {{2, {2, 2}}},
     .below = {9},
     .input = (const double[]){1, 2, 3, 4, 5, 6, 7, 8},
     .output = (const double[]){1, 2, 3, 4, 5, 6, 7, 8}},
};

const dlt_layer_ops dlt_layer_flatten = {
    .entry = {.name = "flatten",
              .summary = "Joins all dimensions of a sample into one, [H, W, C] to [D]."},
    .inputs_least = 1,
    .inputs_most = 1,
    .either_inputs = DLT_INPUT(0),
    .infer = infer_flatten,
    .forward = forward_flatten,
    .backward = backward_flatten,
    .in_place = true,
    .is_view = true,
    .selftests = selftests,
    .selftest_count = DLT_COUNT_OF(selftests),
};
