/* The dimensions of a sample in another order.
 *
 *   y[i_perm(0), i_perm(1), ...] = x[i_0, i_1, ...]
 *
 * Dimension i of y is dimension perm[i] of x, as in NumPy, PyTorch's permute and ONNX: Transpose.
 * The batch stays where it is. */
#include "layers/layers_internal.h"
#include "layers/strided.h"

#include "base/error.h"

typedef struct transpose_settings {
    dlt_ints perm;
} transpose_settings;

static const dlt_key keys[] = {
    {.name = "perm",
     .type = DLT_KEY_INTS,
     .offset = offsetof(transpose_settings, perm),
     .default_value = "null",
     .minimum = -DLT_SHAPE_MAX,
     .maximum = DLT_SHAPE_MAX - 1,
     .least = 1,
     .most = DLT_SHAPE_MAX,
     .flags = DLT_KEY_SHORTHAND | DLT_KEY_NULLABLE,
     .help = "The dimensions of a sample in their new order: 0 is the first behind the batch (1 in "
             "Keras' Permute), -1 the last; null: reversed."},
    {0},
};

/* The dimension of x that becomes dimension i of y; the settings have been checked. */
static int source_of(const dlt_layer_context *context, int i) {
    const transpose_settings *settings = context->settings;
    int rank = context->inputs[0].shape.rank;
    if (settings->perm.count < 0)
        return rank - 1 - i;
    int axis = (int)settings->perm.at[i];
    return axis < 0 ? axis + rank : axis;
}

static dlt_status check_perm(const dlt_layer_context *context, const dlt_ints *perm) {
    if (perm->count >= 0 && perm->count != context->inputs[0].shape.rank)
        return dlt_layer_shape_error(context, "transpose", 0, "its perm names %d dimensions",
                                     (int)perm->count);
    bool taken[DLT_SHAPE_MAX] = {false};
    for (int64_t i = 0; i < perm->count; i++) {
        int axis;
        DLT_TRY(dlt_layer_axis(context, "transpose", perm->at[i], &axis));
        if (taken[axis])
            return dlt_fail(DLT_ERR_CONFIG, "node '%s' (transpose): perm names dimension %d twice",
                            context->node, axis);
        taken[axis] = true;
    }
    return DLT_OK;
}

static dlt_status infer_transpose(const dlt_layer_context *context, dlt_layer_spec *spec) {
    const transpose_settings *settings = context->settings;
    DLT_TRY(check_perm(context, &settings->perm));
    spec->outputs[0].shape = context->inputs[0].shape;
    for (int i = 0; i < spec->outputs[0].shape.rank; i++)
        spec->outputs[0].shape.dim[i] = context->inputs[0].shape.dim[source_of(context, i)];
    dlt_layer_same_type(context, spec);
    return DLT_OK;
}

/* y in order, and x beside it. */
static dlt_strided visit_transpose(const dlt_layer *layer, int64_t n) {
    const dlt_shape *input = &layer->context.inputs[0].shape;
    int64_t strides[DLT_SHAPE_MAX];
    dlt_strides_of(input, input->rank, strides);
    dlt_strided each = {0};
    dlt_strided_axis(&each, n, dlt_shape_count(input), 0);
    for (int i = 0; i < input->rank; i++)
        dlt_strided_axis(&each, layer->spec.outputs[0].shape.dim[i],
                         strides[source_of(&layer->context, i)], 0);
    return each;
}

static void forward_transpose(const dlt_layer *layer, const dlt_layer_call *call) {
    dlt_strided each = visit_transpose(layer, call->n);
    while (dlt_strided_next(&each))
        dlt_layer_move(layer->context.inputs[0].dtype, each.count, dlt_layer_elements_in(call),
                       each.offset[0], each.step[0], dlt_layer_elements_out(call, 0), each.at);
}

static void backward_transpose(const dlt_layer *layer, const dlt_layer_call *call) {
    if (call->dx[0] == NULL)
        return;
    dlt_strided each = visit_transpose(layer, call->n);
    while (dlt_strided_next(&each))
        dlt_layer_scatter(each.count, call->dy[0] + each.at, call->dx[0] + each.offset[0],
                          each.step[0]);
}

static const dlt_layer_selftest selftests[] = {
    {.name = "known answer",
     .settings = "transpose: [1, 0]",
     .n = 2,
     .input_count = 1,
     .inputs = {{2, {2, 3}}},
     .input = (const double[]){1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 12},
     .output = (const double[]){1, 4, 2, 5, 3, 6, 7, 10, 8, 11, 9, 12}},
    {.name = "known answer, turned in a circle",
     .settings = "transpose: {perm: [-1, 0, 1]}",
     .n = 1,
     .input_count = 1,
     .inputs = {{3, {2, 2, 3}}},
     .input = (const double[]){0, 1, 2, 10, 11, 12, 100, 101, 102, 110, 111, 112},
     .output = (const double[]){0, 10, 100, 110, 1, 11, 101, 111, 2, 12, 102, 112}},
    {.name = "reversed",
     .settings = "transpose",
     .n = 2,
     .input_count = 1,
     .inputs = {{3, {2, 3, 4}}}},
    {.name = "turned in a circle",
     .settings = "transpose: [1, 2, 0]",
     .n = 2,
     .input_count = 1,
     .inputs = {{3, {2, 3, 4}}}},
    {.name = "heads before positions",
     .settings = "transpose: [1, 0, 2]",
     .n = 3,
     .input_count = 1,
     .inputs = {{3, {4, 2, 3}}}},
    {.name = "as it was",
     .settings = "transpose: [0, -1]",
     .n = 2,
     .input_count = 1,
     .inputs = {{2, {3, 2}}}},
    {.name = "five dimensions",
     .settings = "transpose: [4, 1, 3, 0, 2]",
     .n = 2,
     .input_count = 1,
     .inputs = {{5, {2, 3, 1, 2, 2}}}},
    {.name = "known answer, whole numbers",
     .settings = "transpose",
     .n = 1,
     .input_count = 1,
     .inputs = {{2, {2, 3}}},
     .below = {9},
     .input = (const double[]){1, 2, 3, 4, 5, 6},
     .output = (const double[]){1, 4, 2, 5, 3, 6}},
};

const dlt_layer_ops dlt_layer_transpose = {
    .entry = {.name = "transpose",
              .summary = "The dimensions of a sample in another order.",
              .keys = keys,
              .settings_size = sizeof(transpose_settings)},
    .inputs_least = 1,
    .inputs_most = 1,
    .either_inputs = DLT_INPUT(0),
    .infer = infer_transpose,
    .forward = forward_transpose,
    .backward = backward_transpose,
    .selftests = selftests,
    .selftest_count = DLT_COUNT_OF(selftests),
};
