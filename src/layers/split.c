/* Parts of the input along one dimension of a sample, an output each; the counterpart of concat.
 * ONNX: Split.
 *
 * Seen from the axis, the input is `outer` runs of consecutive elements, one run per position of
 * the dimensions before the axis (the batch included); each output takes its part of every run. */
#include "layers/layers_internal.h"

#include "base/error.h"

#include <inttypes.h>
#include <string.h>

typedef struct split_settings {
    int64_t parts;
    dlt_ints sizes;
    int64_t axis;
} split_settings;

static const dlt_key keys[] = {
    {.name = "parts",
     .type = DLT_KEY_INT,
     .offset = offsetof(split_settings, parts),
     .default_value = "2",
     .minimum = 2,
     .maximum = DLT_LAYER_OUTPUTS_MAX,
     .flags = DLT_KEY_SHORTHAND,
     .help = "Number of parts of equal size, where `sizes` is not given."},
    {.name = "sizes",
     .type = DLT_KEY_INTS,
     .offset = offsetof(split_settings, sizes),
     .default_value = "null",
     .minimum = 1,
     .maximum = 2147483647,
     .least = 2,
     .most = DLT_LAYER_OUTPUTS_MAX,
     .flags = DLT_KEY_NULLABLE,
     .help = "Size of each part along the dimension."},
    {.name = "axis",
     .type = DLT_KEY_INT,
     .offset = offsetof(split_settings, axis),
     .default_value = "-1",
     .minimum = -DLT_SHAPE_MAX,
     .maximum = DLT_SHAPE_MAX - 1,
     .help = "Dimension of a sample: 0 is the first after the batch (1 in Keras and PyTorch), -1 "
             "the last."},
    {0},
};

static int axis_split(const dlt_layer_context *context) {
    const split_settings *settings = context->settings;
    const int axis = (int)settings->axis;
    return axis < 0 ? axis + context->inputs[0].shape.rank : axis;
}

static dlt_status infer_split(const dlt_layer_context *context, dlt_layer_spec *spec) {
    const split_settings *settings = context->settings;
    const dlt_shape *input = &context->inputs[0].shape;
    const int axis = axis_split(context);
    const bool is_equal = settings->sizes.count < 0;
    if (axis < 0 || axis >= input->rank)
        return dlt_layer_shape_error(context, "split", 0, "it has no dimension %" PRId64,
                                     settings->axis);
    if (is_equal && input->dim[axis] % settings->parts != 0)
        return dlt_layer_shape_error(context, "split", 0,
                                     "its dimension %d cannot be cut into %" PRId64 " equal parts",
                                     axis, settings->parts);
    int64_t left = input->dim[axis];
    spec->output_count = (int)(is_equal ? settings->parts : settings->sizes.count);
    for (int k = 0; k < spec->output_count; k++) {
        spec->outputs[k].shape = *input;
        spec->outputs[k].shape.dim[axis] =
            is_equal ? input->dim[axis] / settings->parts : settings->sizes.at[k];
        left -= spec->outputs[k].shape.dim[axis];
    }
    dlt_layer_same_type(context, spec);
    if (left != 0)
        return dlt_layer_shape_error(
            context, "split", 0, "the sizes of its parts do not add up to its dimension %d", axis);
    return DLT_OK;
}

/* Elements of the shape from dimension `axis` on. */
static int64_t run_of(const dlt_shape *shape, int axis) {
    int64_t count = 1;
    for (int i = axis; i < shape->rank; i++)
        count *= shape->dim[i];
    return count;
}

static void forward_split(const dlt_layer *layer, const dlt_layer_call *call) {
    const int axis = axis_split(&layer->context);
    const int64_t stride = run_of(&layer->context.inputs[0].shape, axis);
    const int64_t outer = dlt_layer_elements(&layer->context, call->n) / stride;
    int64_t offset = 0;
    for (int k = 0; k < layer->spec.output_count; k++) {
        const int64_t run = run_of(&layer->spec.outputs[k].shape, axis);
        for (int64_t o = 0; o < outer; o++)
            dlt_layer_move(layer->context.inputs[0].dtype, run, dlt_layer_elements_in(call),
                           o * stride + offset, 1, dlt_layer_elements_out(call, k), o * run);
        offset += run;
    }
}

static void backward_split(const dlt_layer *layer, const dlt_layer_call *call) {
    const int axis = axis_split(&layer->context);
    const int64_t stride = run_of(&layer->context.inputs[0].shape, axis);
    const int64_t outer = dlt_layer_elements(&layer->context, call->n) / stride;
    int64_t offset = 0;
    for (int k = 0; k < layer->spec.output_count && call->dx[0] != NULL; k++) {
        const int64_t run = run_of(&layer->spec.outputs[k].shape, axis);
        for (int64_t o = 0; o < outer; o++) {
            dlt_real *dx = call->dx[0] + o * stride + offset;
            if (call->dy[k] != NULL)
                dlt_layer_copy(run, call->dy[k] + o * run, dx);
            else
                memset(dx, 0, (size_t)run * sizeof *dx);
        }
        offset += run;
    }
}

static const dlt_layer_selftest selftests[] = {
    {.name = "known answer",
     .settings = "split",
     .n = 2,
     .input_count = 1,
     .inputs = {{1, {4}}},
     .input = (const double[]){1, 2, 3, 4, 5, 6, 7, 8},
     .output = (const double[]){1, 2, 5, 6, 3, 4, 7, 8}},
    {.name = "three parts of channels",
     .settings = "split: 3",
     .n = 2,
     .input_count = 1,
     .inputs = {{3, {2, 2, 6}}}},
    {.name = "sizes along rows",
     .settings = "split: {axis: 0, sizes: [1, 3]}",
     .n = 3,
     .input_count = 1,
     .inputs = {{2, {4, 3}}}},
    {.name = "parts along columns",
     .settings = "split: {axis: -2, parts: 2}",
     .n = 1,
     .input_count = 1,
     .inputs = {{3, {2, 4, 3}}}},
    {.name = "PyTorch's values: sizes",
     .settings = "split: {sizes: [1, 3], axis: 1}",
     .n = 1,
     .input_count = 1,
     .inputs = {{2, {3, 4}}},
     .input =
         (const double[]){-1.25, 1.75, -1.75, 1, 0.875, 1.625, 0.625, 1, -0.75, -1.375, 2, -0.25},
     .output =
         (const double[]){-1.25, 0.875, -0.75, 1.75, -1.75, 1, 1.625, 0.625, 1, -1.375, 2, -0.25}},
    {.name = "PyTorch's values: positions",
     .settings = "split: {parts: 2, axis: 0}",
     .n = 2,
     .input_count = 1,
     .inputs = {{2, {4, 2}}},
     .input = (const double[]){-0.75, -0.5, -1.125, 0.125, -1, -0.875, 1.75, -0.875, -1.25, 0.25,
                               0.25, 1.375, 0.875, 1, -0.625, -0.875},
     .output = (const double[]){-0.75, -0.5, -1.125, 0.125, -1.25, 0.25, 0.25, 1.375, -1, -0.875,
                                1.75, -0.875, 0.875, 1, -0.625, -0.875}},
    {.name = "known answer, whole numbers",
     .settings = "split: {sizes: [1, 2]}",
     .n = 2,
     .input_count = 1,
     .inputs = {{1, {3}}},
     .below = {9},
     .input = (const double[]){1, 2, 3, 4, 5, 6},
     .output = (const double[]){1, 4, 2, 3, 5, 6}},
};

const dlt_layer_ops dlt_layer_split = {
    .entry = {.name = "split",
              .summary = "Parts along one dimension, an output each.",
              .keys = keys,
              .settings_size = sizeof(split_settings)},
    .inputs_least = 1,
    .inputs_most = 1,
    .either_inputs = DLT_INPUT(0),
    .infer = infer_split,
    .forward = forward_split,
    .backward = backward_split,
    .selftests = selftests,
    .selftest_count = DLT_COUNT_OF(selftests),
};
