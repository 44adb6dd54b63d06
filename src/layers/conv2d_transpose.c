/* 2-D transposed convolution of images [H, W, C] (Dumoulin and Visin 2016, arXiv 1603.07285,
 * chapter 4): the gradient of the input of a convolution `f` from [OH, OW, filters] to [H, W, C].
 *
 *   y = df^T(x) + b;   dx = f(dy);   dW = gradient of f's weight for input dy and gradient x
 *   OH = (H - 1) * stride - padding on both sides + (R - 1) * dilation + 1 + output_padding
 *
 * The kernels are those of conv2d with the roles of x and y swapped. W [R,S,filters/groups,C] as
 * in Keras; PyTorch has it as [C, filters/groups, R, S]. ONNX: ConvTranspose.
 *
 * Initializers see fan_in = R S filters/groups and fan_out = R S C: both libraries compute fans
 * from the weight as it lies, not from what a pixel sees. */
#include "layers/convolution.h"
#include "layers/geometry.h"

#include "base/alloc.h"
#include "base/cast.h"
#include "base/error.h"

#include <inttypes.h>

typedef struct conv2d_transpose_settings {
    int64_t filters;
    dlt_geometry_settings geometry;
    dlt_ints output_padding;
    int64_t groups;
    dlt_weight_settings weights;
} conv2d_transpose_settings;

static const dlt_key keys[] = {
    {.name = "filters",
     .type = DLT_KEY_INT,
     .offset = offsetof(conv2d_transpose_settings, filters),
     .minimum = 1,
     .maximum = 2147483647,
     .help = "Number of out-channels."},
    {.name = "kernel",
     .type = DLT_KEY_INTS,
     .offset = offsetof(conv2d_transpose_settings, geometry.size),
     .minimum = 1,
     .maximum = DLT_GEOMETRY_SIDE_MAX,
     .least = 1,
     .most = 2,
     .help = "Size of the window: one number, or height and width."},
    {.name = "stride",
     .type = DLT_KEY_INTS,
     .offset = offsetof(conv2d_transpose_settings, geometry.stride),
     .default_value = "1",
     .minimum = 1,
     .maximum = DLT_GEOMETRY_SIDE_MAX,
     .least = 1,
     .most = 2,
     .help = "Step from window to window in the output: one number, or down and across."},
    {.name = "padding",
     .type = DLT_KEY_INTS,
     .offset = offsetof(conv2d_transpose_settings, geometry.padding),
     .default_value = "valid",
     .minimum = 0,
     .maximum = DLT_GEOMETRY_SIDE_MAX,
     .least = 1,
     .most = 4,
     .enum_names = dlt_padding_names,
     .help = "Rows and columns cut off from the output: one number for all sides, two (top and "
             "bottom, left and right), four (top, bottom, left, right), valid for none, or same "
             "for input * stride outputs as in Keras (ONNX SAME_UPPER)."},
    {.name = "output_padding",
     .type = DLT_KEY_INTS,
     .offset = offsetof(conv2d_transpose_settings, output_padding),
     .default_value = "0",
     .minimum = 0,
     .maximum = DLT_GEOMETRY_SIDE_MAX,
     .least = 1,
     .most = 2,
     .help =
         "Rows and columns added at the bottom and right of the output, fewer than the stride: a "
         "strided convolution maps several sizes to one, and this chooses among them."},
    {.name = "dilation",
     .type = DLT_KEY_INTS,
     .offset = offsetof(conv2d_transpose_settings, geometry.dilation),
     .default_value = "1",
     .minimum = 1,
     .maximum = DLT_GEOMETRY_SIDE_MAX,
     .least = 1,
     .most = 2,
     .help = "Distance of neighbouring elements of the window in the output."},
    {.name = "groups",
     .type = DLT_KEY_INT,
     .offset = offsetof(conv2d_transpose_settings, groups),
     .default_value = "1",
     .minimum = 1,
     .maximum = 2147483647,
     .help = "Groups of channels that are convolved apart; divides channels and filters."},
    DLT_WEIGHT_KEYS(conv2d_transpose_settings, weights),
    {0},
};

static dlt_status geometry_conv2d_transpose(const dlt_layer_context *context,
                                            dlt_kernel_geometry *out) {
    const conv2d_transpose_settings *settings = context->settings;
    return dlt_geometry_transposed(context, "conv2d_transpose", &settings->geometry,
                                   &settings->output_padding, settings->filters, out);
}

static dlt_status infer_conv2d_transpose(const dlt_layer_context *context, dlt_layer_spec *spec) {
    const conv2d_transpose_settings *settings = context->settings;
    dlt_kernel_geometry geometry;
    DLT_TRY(geometry_conv2d_transpose(context, &geometry));
    DLT_TRY(dlt_convolution_check_groups(context, "conv2d_transpose", settings->filters,
                                         settings->groups));
    int64_t c = context->inputs[0].shape.dim[2];
    int64_t fan_in =
        dlt_layer_product(geometry.r * geometry.s, settings->filters / settings->groups);
    int64_t fan_out = dlt_layer_product(geometry.r * geometry.s, c);
    int64_t inputs = dlt_layer_elements(context, context->n);
    int64_t outputs = dlt_layer_product(
        dlt_layer_product(dlt_layer_product(geometry.h, geometry.w), settings->filters),
        context->n);
    DLT_TRY(dlt_layer_check_size(context, "conv2d_transpose", "a weight",
                                 dlt_layer_product(fan_in, c)));
    DLT_TRY(dlt_layer_check_size(context, "conv2d_transpose", "an output", outputs));

    spec->outputs[0].shape =
        (dlt_shape){.rank = 3, .dim = {geometry.h, geometry.w, settings->filters}};
    const dlt_shape weight = {
        .rank = 4, .dim = {geometry.r, geometry.s, settings->filters / settings->groups, c}};
    dlt_layer_add_weights(&settings->weights, &weight, settings->filters, fan_in, fan_out, spec);
    spec->backward_reads_x = DLT_INPUT(0);
    spec->flops = dlt_layer_product(inputs, 2 * fan_in);
    return DLT_OK;
}

static dlt_status create_conv2d_transpose(dlt_layer *layer, const int64_t *sizes, int size_count) {
    const conv2d_transpose_settings *settings = layer->context.settings;
    dlt_conv2d shape = {.k = layer->context.inputs[0].shape.dim[2], .groups = settings->groups};
    DLT_TRY(geometry_conv2d_transpose(&layer->context, &shape.geometry));
    return dlt_convolution_create(layer, &shape, sizes, size_count);
}

static void forward_conv2d_transpose(const dlt_layer *layer, const dlt_layer_call *call) {
    const conv2d_transpose_settings *settings = layer->context.settings;
    const dlt_kernels *kernels = layer->context.kernels;
    const dlt_conv2d *conv = dlt_convolution_find(layer, call->n);
    kernels->conv2d_backward_data(conv, call->x[0], call->params[0], call->y[0], call->workspace);
    if (settings->weights.bias)
        kernels->bias_add(call->n * conv->geometry.h * conv->geometry.w, settings->filters,
                          call->params[1], call->y[0]);
}

static void backward_conv2d_transpose(const dlt_layer *layer, const dlt_layer_call *call) {
    const conv2d_transpose_settings *settings = layer->context.settings;
    const dlt_kernels *kernels = layer->context.kernels;
    const dlt_conv2d *conv = dlt_convolution_find(layer, call->n);
    if (call->dparams[0] != NULL)
        kernels->conv2d_backward_weights(conv, call->dy[0], call->x[0], call->dparams[0], NULL,
                                         call->workspace);
    if (call->dparams[1] != NULL)
        kernels->column_sum(call->n * conv->geometry.h * conv->geometry.w, settings->filters,
                            call->dy[0], call->dparams[1]);
    if (call->dx[0] != NULL)
        kernels->conv2d_forward(conv, call->dy[0], call->params[0], NULL, call->dx[0],
                                call->workspace);
}

static const dlt_layer_selftest selftests[] = {
    {.name = "known answer",
     .settings = "conv2d_transpose: {filters: 2, kernel: 2}",
     .n = 1,
     .input_count = 1,
     .inputs = {{3, {2, 2, 2}}},
     .input = (const double[]){1.25, 1.25, 0, -0.875, -1.75, -0.5, -0.375, -1.875},
     .params = (const double[]){-1.75, 2, 0.625, -1, -0.25, 1.875, 1.625, 1.375, -0.375, 0, 0.75,
                                -1.75, 0.25, -0.875, 1.5, -1.75, 0.75, 1.5},
     .output = (const double[]){1.0625, 1.03125, 1.03125, 6.125, -0.890625, 0.296875, 2.34375,
                                -0.34375, -3.625, 0.828125, -1.90625, -0.15625, 1.40625, 1.0625,
                                0.890625, 2.75, 2.296875, 4.21875}},
    {.name = "known answer, stride 2 with a further row and column",
     .settings =
         "conv2d_transpose: {filters: 1, kernel: 3, stride: 2, padding: 1, output_padding: 1}",
     .n = 1,
     .input_count = 1,
     .inputs = {{3, {2, 2, 2}}},
     .input = (const double[]){-1.125, 1.625, 1.5, -1.875, 0.875, -2, 0, -0.25},
     .params = (const double[]){-1.125, -0.75, 1.25, -0.75, -1.375, 0.75, -0.25, 1.25, -1, -0.75,
                                1.25, 0, 0, -1, -2, 1.75, -1.625, 1.375, -0.5},
     .output =
         (const double[]){-0.59375, -4.625, -0.59375, 1.375, 7.1875, 2.921875, -6.59375, -5.703125,
                          0.125, 0.28125, -0.3125, -0.5, -5.75, -4.421875, -0.9375, -0.84375}},
    {.name = "known answer, same with stride 2",
     .settings = "conv2d_transpose: {filters: 1, kernel: 3, stride: 2, padding: same, bias: false}",
     .n = 1,
     .input_count = 1,
     .inputs = {{3, {2, 3, 1}}},
     .input = (const double[]){1.75, -0.375, 1.75, 0.25, -1, 1},
     .params = (const double[]){0.75, 0.75, -0.125, -1.125, 0.625, -1.625, 0.75, 0.5, -0.5},
     .output = (const double[]){1.3125,   1.3125,  -0.5,      -0.28125,  1.359375,  1.3125,
                                -1.96875, 1.09375, -2.421875, -0.234375, -1.359375, 1.09375,
                                1.5,      1.0625,  -1.9375,   -0.9375,   2.375,     1.625,
                                -0.28125, 0.15625, 0.71875,   -0.625,    0.5,       0.625}},
    {.name = "known answer, groups, dilation, four paddings",
     .settings = "conv2d_transpose: {filters: 4, kernel: [2, 1], groups: 2, dilation: [2, 1], "
                 "padding: [1, 0, 0, 1]}",
     .n = 1,
     .input_count = 1,
     .inputs = {{3, {2, 3, 2}}},
     .input =
         (const double[]){-1.25, -0.5, 1.25, -0.5, 0.875, 0.5, 1.75, 2, 0.875, 1.25, -1.375, 0.875},
     .params = (const double[]){1.375, -0.375, 0.25, -0.125, 1.875, -0.75, -0.375, -2, -0.375, 0.5,
                                1.75, 1.75},
     .output =
         (const double[]){2.03125,  0.9375,   1,     1.5,   0.828125, 0.71875,  1.28125, 1.59375,
                          -2.71875, 0.96875,  2.125, 2.75,  1.96875,  0.03125,  2.125,   2.75,
                          2.90625,  -0.15625, 0.25,  -2.25, 1.265625, 0.171875, 0.8125,  -0.75}},
    {.name = "stride 2",
     .settings = "conv2d_transpose: {filters: 3, kernel: 2, stride: 2}",
     .n = 2,
     .input_count = 1,
     .inputs = {{3, {3, 2, 2}}}},
    {.name = "overlapping windows",
     .settings = "conv2d_transpose: {filters: 2, kernel: 3, stride: [2, 1], padding: 1}",
     .n = 2,
     .input_count = 1,
     .inputs = {{3, {3, 4, 3}}}},
    {.name = "one by one",
     .settings = "conv2d_transpose: {filters: 4, kernel: 1}",
     .n = 3,
     .input_count = 1,
     .inputs = {{3, {3, 2, 3}}}},
    {.name = "gaps between windows",
     .settings = "conv2d_transpose: {filters: 2, kernel: 2, stride: 3, output_padding: [0, 2]}",
     .n = 2,
     .input_count = 1,
     .inputs = {{3, {2, 2, 2}}}},
    {.name = "padding same, window smaller than the stride",
     .settings = "conv2d_transpose: {filters: 2, kernel: [4, 1], stride: 2, padding: same}",
     .n = 2,
     .input_count = 1,
     .inputs = {{3, {3, 2, 2}}}},
    {.name = "dilation",
     .settings = "conv2d_transpose: {filters: 2, kernel: 2, dilation: [1, 3], padding: valid}",
     .n = 1,
     .input_count = 1,
     .inputs = {{3, {3, 2, 2}}}},
    {.name = "groups with stride",
     .settings = "conv2d_transpose: {filters: 6, kernel: 3, groups: 3, stride: 2, padding: 1}",
     .n = 2,
     .input_count = 1,
     .inputs = {{3, {3, 2, 3}}}},
    {.name = "depthwise, other initialisers",
     .settings = "conv2d_transpose: {filters: 3, kernel: 2, groups: 3, stride: 2, "
                 "init: he_normal, bias_init: ones}",
     .n = 2,
     .input_count = 1,
     .inputs = {{3, {2, 2, 3}}}},
};

const dlt_layer_ops dlt_layer_conv2d_transpose = {
    .entry = {.name = "conv2d_transpose",
              .summary = "Transposed 2-D convolution of images [H, W, C], which enlarges them.",
              .keys = keys,
              .settings_size = sizeof(conv2d_transpose_settings)},
    .inputs_least = 1,
    .inputs_most = 1,
    .infer = infer_conv2d_transpose,
    .forward = forward_conv2d_transpose,
    .backward = backward_conv2d_transpose,
    .skips_frozen = true,
    .selftests = selftests,
    .selftest_count = DLT_COUNT_OF(selftests),
    .create = create_conv2d_transpose,
    .destroy = dlt_convolution_destroy,
};
