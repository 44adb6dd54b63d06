/* Every step-th position of one dimension, from start up to but not including end. Negative
 * positions count from the end and those outside are moved to its edge, as in NumPy and ONNX; a
 * negative step goes backwards.
 *
 *   y[..., i, ...] = x[..., start + i * step, ...];  dx gets dy there and 0 elsewhere
 *
 * ONNX: Slice, one axis of it. */
#include "layers/layers_internal.h"
#include "layers/strided.h"

#include "base/cast.h"
#include "base/error.h"

#include <inttypes.h>
#include <string.h>

enum { POSITION_MAX = 2147483647 };

typedef struct slice_settings {
    int64_t axis;
    dlt_ints start; /* one number or none: null has no other form for an integer */
    dlt_ints end;
    int64_t step;
} slice_settings;

static const dlt_key keys[] = {
    {.name = "axis",
     .type = DLT_KEY_INT,
     .offset = offsetof(slice_settings, axis),
     .minimum = -DLT_SHAPE_MAX,
     .maximum = DLT_SHAPE_MAX - 1,
     .help = "Dimension of a sample: 0 is the first behind the batch, -1 the last."},
    {.name = "start",
     .type = DLT_KEY_INTS,
     .offset = offsetof(slice_settings, start),
     .default_value = "null",
     .minimum = -POSITION_MAX,
     .maximum = POSITION_MAX,
     .least = 1,
     .most = 1,
     .flags = DLT_KEY_NULLABLE,
     .help = "First position that is taken; null: the first, or the last if step is negative."},
    {.name = "end",
     .type = DLT_KEY_INTS,
     .offset = offsetof(slice_settings, end),
     .default_value = "null",
     .minimum = -POSITION_MAX,
     .maximum = POSITION_MAX,
     .least = 1,
     .most = 1,
     .flags = DLT_KEY_NULLABLE,
     .help = "Position behind the last one that is taken, -1 being the last of the dimension; "
             "null: all "
             "that follow are taken."},
    {.name = "step",
     .type = DLT_KEY_INT,
     .offset = offsetof(slice_settings, step),
     .default_value = "1",
     .minimum = -POSITION_MAX,
     .maximum = POSITION_MAX,
     .help = "Distance of the positions, not 0; negative: backwards."},
    {0},
};

/* What is taken of a dimension: `count` positions from `start` on. */
typedef struct slice_range {
    int axis;
    int64_t start;
    int64_t count;
} slice_range;

/* A position counted from the front and moved into [least, most]. */
static int64_t place_of(const dlt_ints *position, int64_t missing, int64_t extent, int64_t least,
                        int64_t most) {
    if (position->count < 1)
        return missing;
    int64_t place = position->at[0] < 0 ? position->at[0] + extent : position->at[0];
    return dlt_min_i64(dlt_max_i64(place, least), most);
}

/* The axis is one of the input's. */
static slice_range range_of(const dlt_layer_context *context) {
    const slice_settings *settings = context->settings;
    int64_t step = settings->step;
    slice_range range = {.axis = (int)settings->axis};
    if (range.axis < 0)
        range.axis += context->inputs[0].shape.rank;
    int64_t extent = context->inputs[0].shape.dim[range.axis];
    int64_t end;
    if (step > 0) {
        range.start = place_of(&settings->start, 0, extent, 0, extent);
        end = place_of(&settings->end, extent, extent, 0, extent);
        range.count = end > range.start ? dlt_ceil_div(end - range.start, step) : 0;
    } else {
        range.start = place_of(&settings->start, extent - 1, extent, -1, extent - 1);
        end = place_of(&settings->end, -1, extent, -1, extent - 1);
        range.count = range.start > end ? dlt_ceil_div(range.start - end, -step) : 0;
    }
    return range;
}

static dlt_status infer_slice(const dlt_layer_context *context, dlt_layer_spec *spec) {
    const slice_settings *settings = context->settings;
    int axis;
    DLT_TRY(dlt_layer_axis(context, "slice", settings->axis, &axis));
    if (settings->step == 0)
        return dlt_fail(DLT_ERR_CONFIG, "node '%s' (slice): step cannot be 0", context->node);
    slice_range range = range_of(context);
    if (range.count == 0)
        return dlt_layer_shape_error(context, "slice", 0,
                                     "its start, end and step take none of the %" PRId64
                                     " positions of dimension %d",
                                     context->inputs[0].shape.dim[axis], axis);
    spec->outputs[0].shape = context->inputs[0].shape;
    spec->outputs[0].shape.dim[axis] = range.count;
    dlt_layer_same_type(context, spec);
    return DLT_OK;
}

/* y in order, and x beside it; *first is where x begins. */
static dlt_strided visit_slice(const dlt_layer *layer, int64_t n, int64_t *first) {
    const slice_settings *settings = layer->context.settings;
    const dlt_shape *input = &layer->context.inputs[0].shape;
    const dlt_shape *output = &layer->spec.outputs[0].shape;
    slice_range range = range_of(&layer->context);
    int64_t strides[DLT_SHAPE_MAX];
    dlt_strides_of(input, input->rank, strides);
    *first = range.start * strides[range.axis];
    strides[range.axis] *= settings->step;
    dlt_strided each = {0};
    dlt_strided_axis(&each, n, dlt_shape_count(input), 0);
    for (int i = 0; i < output->rank; i++)
        dlt_strided_axis(&each, output->dim[i], strides[i], 0);
    return each;
}

static void forward_slice(const dlt_layer *layer, const dlt_layer_call *call) {
    int64_t first;
    dlt_strided each = visit_slice(layer, call->n, &first);
    while (dlt_strided_next(&each))
        dlt_layer_move(layer->context.inputs[0].dtype, each.count, dlt_layer_elements_in(call),
                       first + each.offset[0], each.step[0], dlt_layer_elements_out(call, 0),
                       each.at);
}

static void backward_slice(const dlt_layer *layer, const dlt_layer_call *call) {
    if (call->dx[0] == NULL)
        return;
    memset(call->dx[0], 0, (size_t)dlt_layer_elements(&layer->context, call->n) * sizeof(dlt_real));
    int64_t first;
    dlt_strided each = visit_slice(layer, call->n, &first);
    while (dlt_strided_next(&each))
        dlt_layer_scatter(each.count, call->dy[0] + each.at, call->dx[0] + first + each.offset[0],
                          each.step[0]);
}

static const dlt_layer_selftest selftests[] = {
    {.name = "known answer",
     .settings = "slice: {axis: 0, start: 1, end: 3}",
     .n = 2,
     .input_count = 1,
     .inputs = {{1, {4}}},
     .input = (const double[]){1, 2, 3, 4, 5, 6, 7, 8},
     .output = (const double[]){2, 3, 6, 7}},
    {.name = "known answer, every second row but the last",
     .settings = "slice: {axis: -2, end: -1, step: 2}",
     .n = 1,
     .input_count = 1,
     .inputs = {{2, {4, 2}}},
     .input = (const double[]){1, 2, 3, 4, 5, 6, 7, 8},
     .output = (const double[]){1, 2, 5, 6}},
    {.name = "known answer, reversed",
     .settings = "slice: {axis: 0, step: -1}",
     .n = 2,
     .input_count = 1,
     .inputs = {{1, {3}}},
     .input = (const double[]){1, 2, 3, 4, 5, 6},
     .output = (const double[]){3, 2, 1, 6, 5, 4}},
    {.name = "known answer, backwards from beyond the end",
     .settings = "slice: {axis: 1, start: 9, end: -5, step: -2}",
     .n = 1,
     .input_count = 1,
     .inputs = {{2, {2, 5}}},
     .input = (const double[]){0, 1, 2, 3, 4, 5, 6, 7, 8, 9},
     .output = (const double[]){4, 2, 9, 7}},
    {.name = "the last position",
     .settings = "slice: {axis: 0, start: -1}",
     .n = 2,
     .input_count = 1,
     .inputs = {{2, {4, 3}}}},
    {.name = "middle of an image",
     .settings = "slice: {axis: 1, start: 1, end: 4, step: 2}",
     .n = 2,
     .input_count = 1,
     .inputs = {{3, {3, 5, 2}}}},
    {.name = "channels",
     .settings = "slice: {axis: -1, start: 1, end: 100, step: 3}",
     .n = 3,
     .input_count = 1,
     .inputs = {{3, {2, 2, 6}}}},
    {.name = "all of it",
     .settings = "slice: {axis: 1}",
     .n = 2,
     .input_count = 1,
     .inputs = {{2, {2, 3}}}},
    {.name = "known answer, whole numbers: all but the last",
     .settings = "slice: {axis: 0, end: -1}",
     .n = 2,
     .input_count = 1,
     .inputs = {{1, {4}}},
     .below = {9},
     .input = (const double[]){1, 2, 3, 4, 5, 6, 7, 8},
     .output = (const double[]){1, 2, 3, 5, 6, 7}},
    {.name = "known answer, whole numbers backwards",
     .settings = "slice: {axis: 1, step: -2}",
     .n = 1,
     .input_count = 1,
     .inputs = {{2, {2, 3}}},
     .below = {9},
     .input = (const double[]){1, 2, 3, 4, 5, 6},
     .output = (const double[]){3, 1, 6, 4}},
};

const dlt_layer_ops dlt_layer_slice = {
    .entry = {.name = "slice",
              .summary = "Part of one dimension, by start, end and step.",
              .keys = keys,
              .settings_size = sizeof(slice_settings)},
    .inputs_least = 1,
    .inputs_most = 1,
    .either_inputs = DLT_INPUT(0),
    .infer = infer_slice,
    .forward = forward_slice,
    .backward = backward_slice,
    .selftests = selftests,
    .selftest_count = DLT_COUNT_OF(selftests),
};
