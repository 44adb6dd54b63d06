/* Sum of two or more inputs of one shape: the join of a residual branch (He et al. 2016, arXiv
 * 1512.03385, equation 1). Each dx is dy. ONNX: Sum. */
#include "layers/layers_internal.h"

static dlt_status infer_add(const dlt_layer_context *context, dlt_layer_spec *spec) {
    for (int i = 1; i < context->input_count; i++) {
        char text[DLT_SHAPE_TEXT_BYTES];
        if (!dlt_shape_equal(&context->inputs[i].shape, &context->inputs[0].shape))
            return dlt_layer_shape_error(
                context, "add", i, "node '%s' gives %s, and all inputs must have one shape",
                context->input_nodes[0], dlt_shape_text(&context->inputs[0].shape, text));
    }
    dlt_layer_same_shape(context, context->input_count - 1, spec);
    return DLT_OK;
}

static void forward_add(const dlt_layer *layer, const dlt_layer_call *call) {
    const dlt_kernels *kernels = layer->context.kernels;
    int64_t count = dlt_layer_elements(&layer->context, call->n);
    kernels->add(count, call->x[0], call->x[1], call->y[0]);
    for (int i = 2; i < layer->context.input_count; i++)
        kernels->add(count, call->y[0], call->x[i], call->y[0]);
}

static void backward_add(const dlt_layer *layer, const dlt_layer_call *call) {
    for (int i = 0; i < layer->context.input_count; i++)
        if (call->dx[i] != NULL)
            dlt_layer_copy(dlt_layer_elements(&layer->context, call->n), call->dy[0], call->dx[i]);
}

static const dlt_layer_selftest selftests[] = {
    {.name = "known answer",
     .settings = "add",
     .n = 2,
     .input_count = 3,
     .inputs = {{1, {2}}, {1, {2}}, {1, {2}}},
     .input = (const double[]){1, 2, 3, 4, 10, 20, 30, 40, 0.5, 0.25, -1, -2},
     .output = (const double[]){11.5, 22.25, 32, 42}},
    {.name = "two images",
     .settings = "add",
     .n = 2,
     .input_count = 2,
     .inputs = {{3, {2, 3, 2}}, {3, {2, 3, 2}}}},
    {.name = "four scalars", .settings = "add", .n = 3, .input_count = 4},
};

const dlt_layer_ops dlt_layer_add = {
    .entry = {.name = "add", .summary = "Sum of inputs of one shape (residual connections)."},
    .inputs_least = 2,
    .inputs_most = DLT_LAYER_INPUTS_MAX,
    .infer = infer_add,
    .forward = forward_add,
    .backward = backward_add,
    .in_place = true,
    .role = DLT_LAYER_ADDS,
    .selftests = selftests,
    .selftest_count = DLT_COUNT_OF(selftests),
};
