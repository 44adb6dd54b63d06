/* Inputs one behind the other along one dimension of a sample; dy is cut up again. ONNX: Concat.
 *
 * Seen from the axis, an input is `outer` runs of consecutive elements, one run per position of the
 * dimensions before the axis (the batch included); the output interleaves these runs. */
#include "layers/layers_internal.h"

#include "base/error.h"

typedef struct concat_settings {
    int64_t axis;
} concat_settings;

static const dlt_key keys[] = {
    {.name = "axis",
     .type = DLT_KEY_INT,
     .offset = offsetof(concat_settings, axis),
     .default_value = "-1",
     .minimum = -DLT_SHAPE_MAX,
     .maximum = DLT_SHAPE_MAX - 1,
     .flags = DLT_KEY_SHORTHAND,
     .help = "Dimension of a sample: 0 is the first after the batch (1 in Keras and PyTorch), -1 "
             "the last, Keras' default."},
    {0},
};

static int axis_concat(const dlt_layer_context *context) {
    const concat_settings *settings = context->settings;
    int axis = (int)settings->axis;
    return axis < 0 ? axis + context->inputs[0].shape.rank : axis;
}

/* True if the shapes agree in all dimensions but the axis. */
static bool fits(const dlt_shape *shape, const dlt_shape *first, int axis) {
    if (shape->rank != first->rank)
        return false;
    dlt_shape moved = *shape;
    moved.dim[axis] = first->dim[axis];
    return dlt_shape_equal(&moved, first);
}

static dlt_status infer_concat(const dlt_layer_context *context, dlt_layer_spec *spec) {
    const concat_settings *settings = context->settings;
    int axis;
    DLT_TRY(dlt_layer_axis(context, "concat", settings->axis, &axis));
    spec->outputs[0].shape = context->inputs[0].shape;
    for (int i = 1; i < context->input_count; i++) {
        char text[DLT_SHAPE_TEXT_BYTES];
        if (!fits(&context->inputs[i].shape, &context->inputs[0].shape, axis))
            return dlt_layer_shape_error(
                context, "concat", i,
                "node '%s' gives %s, and inputs may differ in dimension %d only",
                context->input_nodes[0], dlt_shape_text(&context->inputs[0].shape, text), axis);
        spec->outputs[0].shape.dim[axis] += context->inputs[i].shape.dim[axis];
    }
    return DLT_OK;
}

/* Elements of the shape from dimension `axis` on. */
static int64_t run_of(const dlt_shape *shape, int axis) {
    int64_t count = 1;
    for (int i = axis; i < shape->rank; i++)
        count *= shape->dim[i];
    return count;
}

static int64_t outer_concat(const dlt_layer *layer, int64_t n) {
    int64_t count = n;
    for (int i = 0; i < axis_concat(&layer->context); i++)
        count *= layer->context.inputs[0].shape.dim[i];
    return count;
}

static void forward_concat(const dlt_layer *layer, const dlt_layer_call *call) {
    int axis = axis_concat(&layer->context);
    int64_t outer = outer_concat(layer, call->n);
    int64_t stride = run_of(&layer->spec.outputs[0].shape, axis);
    int64_t offset = 0;
    for (int i = 0; i < layer->context.input_count; i++) {
        int64_t run = run_of(&layer->context.inputs[i].shape, axis);
        for (int64_t o = 0; o < outer; o++)
            dlt_layer_copy(run, call->x[i] + o * run, call->y[0] + o * stride + offset);
        offset += run;
    }
}

static void backward_concat(const dlt_layer *layer, const dlt_layer_call *call) {
    int axis = axis_concat(&layer->context);
    int64_t outer = outer_concat(layer, call->n);
    int64_t stride = run_of(&layer->spec.outputs[0].shape, axis);
    int64_t offset = 0;
    for (int i = 0; i < layer->context.input_count; i++) {
        int64_t run = run_of(&layer->context.inputs[i].shape, axis);
        for (int64_t o = 0; o < outer && call->dx[i] != NULL; o++)
            dlt_layer_copy(run, call->dy[0] + o * stride + offset, call->dx[i] + o * run);
        offset += run;
    }
}

static const dlt_layer_selftest selftests[] = {
    {.name = "known answer, last dimension",
     .settings = "concat",
     .n = 2,
     .input_count = 2,
     .inputs = {{1, {2}}, {1, {1}}},
     .input = (const double[]){1, 2, 3, 4, 10, 20},
     .output = (const double[]){1, 2, 10, 3, 4, 20}},
    {.name = "known answer, first dimension",
     .settings = "concat: {axis: 0}",
     .n = 1,
     .input_count = 2,
     .inputs = {{2, {1, 2}}, {2, {2, 2}}},
     .input = (const double[]){1, 2, 3, 4, 5, 6},
     .output = (const double[]){1, 2, 3, 4, 5, 6}},
    {.name = "three images, channels",
     .settings = "concat: -1",
     .n = 2,
     .input_count = 3,
     .inputs = {{3, {2, 3, 2}}, {3, {2, 3, 1}}, {3, {2, 3, 4}}}},
    {.name = "two images, columns",
     .settings = "concat: {axis: 1}",
     .n = 2,
     .input_count = 2,
     .inputs = {{3, {2, 3, 2}}, {3, {2, 1, 2}}}},
    {.name = "counted from the end",
     .settings = "concat: {axis: -3}",
     .n = 3,
     .input_count = 2,
     .inputs = {{3, {1, 2, 2}}, {3, {3, 2, 2}}}},
};

const dlt_layer_ops dlt_layer_concat = {
    .entry = {.name = "concat",
              .summary = "Concatenates its inputs along one dimension.",
              .keys = keys,
              .settings_size = sizeof(concat_settings)},
    .inputs_least = 2,
    .inputs_most = DLT_LAYER_INPUTS_MAX,
    .infer = infer_concat,
    .forward = forward_concat,
    .backward = backward_concat,
    .selftests = selftests,
    .selftest_count = DLT_COUNT_OF(selftests),
};
