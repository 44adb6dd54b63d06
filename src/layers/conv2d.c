/* 2-D convolution (cross-correlation, as in ONNX Conv, Keras and PyTorch) over images [H, W, C].
 *
 *   y[n,p,q,k] = b[k] + sum over r,s,c of x[n, p*stride + r*dilation - pad, ..., c] * W[r,s,c,k]
 *
 * With groups, out-channels k of group g see the in-channels of group g only. W [R,S,C/groups,K],
 * b [K], y [OH,OW,K]. The libraries want one set of handles per number of samples; they are made in
 * create.
 *
 * Initializers see fan_in = R S C/groups and fan_out = R S K, as PyTorch's
 * _calculate_fan_in_and_fan_out and Keras' compute_fans do for grouped convolutions: groups do not
 * divide fan_out. Keras' DepthwiseConv2D keeps its weight as [R, S, C, K/C] and therefore swaps the
 * roles (fan_in R S C, fan_out R S K/C). Glorot agrees with it where K = C; He and LeCun do not. */
#include "layers/convolution.h"
#include "layers/geometry.h"

#include "base/alloc.h"
#include "base/cast.h"
#include "base/error.h"

#include <inttypes.h>

typedef struct conv2d_settings {
    int64_t filters; /* K */
    dlt_geometry_settings geometry;
    int64_t groups;
    dlt_weight_settings weights;
} conv2d_settings;

static const dlt_key keys[] = {
    {.name = "filters",
     .type = DLT_KEY_INT,
     .offset = offsetof(conv2d_settings, filters),
     .minimum = 1,
     .maximum = 2147483647,
     .help = "Number of out-channels."},
    {.name = "kernel",
     .type = DLT_KEY_INTS,
     .offset = offsetof(conv2d_settings, geometry.size),
     .minimum = 1,
     .maximum = DLT_GEOMETRY_SIDE_MAX,
     .least = 1,
     .most = 2,
     .help = "Size of the window: one number, or height and width."},
    {.name = "stride",
     .type = DLT_KEY_INTS,
     .offset = offsetof(conv2d_settings, geometry.stride),
     .default_value = "1",
     .minimum = 1,
     .maximum = DLT_GEOMETRY_SIDE_MAX,
     .least = 1,
     .most = 2,
     .help = "Step from window to window: one number, or down and across."},
    DLT_PADDING_KEY(conv2d_settings, geometry),
    {.name = "dilation",
     .type = DLT_KEY_INTS,
     .offset = offsetof(conv2d_settings, geometry.dilation),
     .default_value = "1",
     .minimum = 1,
     .maximum = DLT_GEOMETRY_SIDE_MAX,
     .least = 1,
     .most = 2,
     .help = "Distance of neighbouring elements of the window in the image."},
    {.name = "groups",
     .type = DLT_KEY_INT,
     .offset = offsetof(conv2d_settings, groups),
     .default_value = "1",
     .minimum = 1,
     .maximum = 2147483647,
     .help = "Groups of channels that are convolved separately; divides channels and filters."},
    DLT_WEIGHT_KEYS(conv2d_settings, weights),
    {0},
};

static dlt_status infer_conv2d(const dlt_layer_context *context, dlt_layer_spec *spec) {
    const conv2d_settings *settings = context->settings;
    DLT_TRY(dlt_geometry_check(context, "conv2d", &settings->geometry));
    DLT_TRY(dlt_convolution_check_groups(context, "conv2d", settings->filters, settings->groups));
    dlt_kernel_geometry geometry =
        dlt_geometry_make(&settings->geometry, &context->inputs[0].shape);
    int64_t k = settings->filters;
    int64_t fan_in = dlt_layer_product(geometry.r * geometry.s, geometry.c / settings->groups);
    int64_t fan_out = dlt_layer_product(geometry.r * geometry.s, k);
    int64_t outputs =
        dlt_layer_product(dlt_layer_product(geometry.out_h * geometry.out_w, k), context->n);
    DLT_TRY(dlt_layer_check_size(context, "conv2d", "a weight", dlt_layer_product(fan_in, k)));
    DLT_TRY(dlt_layer_check_size(context, "conv2d", "an output", outputs));

    spec->outputs[0].shape = (dlt_shape){.rank = 3, .dim = {geometry.out_h, geometry.out_w, k}};
    const dlt_shape weight = {.rank = 4,
                              .dim = {geometry.r, geometry.s, geometry.c / settings->groups, k}};
    dlt_layer_add_weights(&settings->weights, &weight, k, fan_in, fan_out, spec);
    spec->backward_reads_x = DLT_INPUT(0);
    spec->flops = dlt_layer_product(outputs, 2 * fan_in + (settings->weights.bias ? 1 : 0));
    return DLT_OK;
}

static dlt_status create_conv2d(dlt_layer *layer, const int64_t *sizes, int size_count) {
    const conv2d_settings *settings = layer->context.settings;
    const dlt_conv2d shape = {
        .geometry = dlt_geometry_make(&settings->geometry, &layer->context.inputs[0].shape),
        .k = settings->filters,
        .groups = settings->groups};
    return dlt_convolution_create(layer, &shape, sizes, size_count);
}

static void forward_conv2d(const dlt_layer *layer, const dlt_layer_call *call) {
    const conv2d_settings *settings = layer->context.settings;
    layer->context.kernels->conv2d_forward(
        dlt_convolution_find(layer, call->n), call->x[0], call->params[0],
        settings->weights.bias ? call->params[1] : NULL, call->y[0], call->workspace);
}

static void backward_conv2d(const dlt_layer *layer, const dlt_layer_call *call) {
    const dlt_kernels *kernels = layer->context.kernels;
    const dlt_conv2d *conv = dlt_convolution_find(layer, call->n);
    if (call->dparams[0] != NULL) {
        kernels->conv2d_backward(conv, call->x[0], call->dy[0], call->params[0], call->dx[0],
                                 call->dparams[0], call->dparams[1], call->workspace);
        return;
    }
    if (call->dparams[1] != NULL)
        kernels->column_sum(call->n * conv->geometry.out_h * conv->geometry.out_w, conv->k,
                            call->dy[0], call->dparams[1]);
    if (call->dx[0] != NULL)
        kernels->conv2d_backward_data(conv, call->dy[0], call->params[0], call->dx[0],
                                      call->workspace);
}

static const dlt_layer_selftest selftests[] = {
    {.name = "known answer",
     .settings = "conv2d: {filters: 2, kernel: 2}",
     .n = 1,
     .input_count = 1,
     .inputs = {{3, {3, 3, 2}}},
     .input = (const double[]){0.75, -0.25, 1.375, -0.625, 1.125, -1.875, -1.375, 0.875, -0.625, -2,
                               0.5, -0.5, -1.5, -1.375, 0, -1.25, -2, 0.625},
     .params = (const double[]){-1.75, 0.375, -0.5, 1.75, -1.375, -0.75, -0.5, 0.25, 0.75, 0.125, 2,
                                -1.5, 0.125, -1, -2, 0.25, 1.5, 0.625},
     .output = (const double[]){3.375, -2.078125, -4.609375, 1.03125, 3.953125, 3.171875, -0.84375,
                                0.421875}},
    {.name = "known answer, same with stride 2",
     .settings = "conv2d: {filters: 2, kernel: 3, padding: same, stride: 2, bias: false}",
     .n = 1,
     .input_count = 1,
     .inputs = {{3, {4, 3, 1}}},
     .input = (const double[]){-0.25, 1, 1.625, 2, -2, -1, -1.75, 1.25, 1.75, -1.625, -0.125, 1},
     .params = (const double[]){0.875, -0.75, -1.25, -2, -1.5, 1, 0.625, 0.75, 0.125, -1.375, -1.25,
                                -2, -0.75, 1.5, 0.25, -1.75, 0.625, -0.875},
     .output = (const double[]){1.90625, 4.71875, -3.03125, -5.3125, 0.265625, 7.234375, -1.046875,
                                -5.90625}},
    {.name = "known answer, groups, dilation, four paddings",
     .settings =
         "conv2d: {filters: 4, kernel: [2, 1], groups: 2, dilation: [2, 1], padding: [1, 0, 0, 2]}",
     .n = 1,
     .input_count = 1,
     .inputs = {{3, {3, 2, 2}}},
     .input = (const double[]){1.5, 1.875, -1.5, 1.25, -1.375, -1.375, 1.5, 1.75, -1, 1.75, -0.25,
                               -0.375},
     .params = (const double[]){1.375, 1.375, 1.625, 0.25, 0.375, -1.625, 1.125, -0.375, 0.375, 1,
                                2, 1.875},
     .output =
         (const double[]){-0.140625, 3.234375, 0.453125, 2.390625, 0.9375,   -1.4375, 3.96875,
                          1.21875,   0.375,    1,        2,        1.875,    0.375,   1,
                          2,         1.875,    2.0625,   4.6875,   7.015625, 1.6875,  -1.78125,
                          -0.65625,  3.609375, 2.328125, 0.375,    1,        2,       1.875,
                          0.375,     1,        2,        1.875}},
    {.name = "square kernel",
     .settings = "conv2d: {filters: 3, kernel: 3}",
     .n = 2,
     .input_count = 1,
     .inputs = {{3, {5, 4, 2}}}},
    {.name = "one by one",
     .settings = "conv2d: {filters: 4, kernel: 1}",
     .n = 3,
     .input_count = 1,
     .inputs = {{3, {3, 2, 3}}}},
    {.name = "padding of all sides",
     .settings = "conv2d: {filters: 2, kernel: 3, padding: 1}",
     .n = 2,
     .input_count = 1,
     .inputs = {{3, {4, 4, 2}}}},
    {.name = "padding of two sides",
     .settings = "conv2d: {filters: 2, kernel: [1, 3], padding: [0, 1]}",
     .n = 2,
     .input_count = 1,
     .inputs = {{3, {3, 4, 2}}}},
    {.name = "padding none by its word",
     .settings = "conv2d: {filters: 2, kernel: 2, padding: valid}",
     .n = 1,
     .input_count = 1,
     .inputs = {{3, {3, 3, 1}}}},
    {.name = "padding same, even kernel",
     .settings = "conv2d: {filters: 2, kernel: [2, 4], padding: same}",
     .n = 2,
     .input_count = 1,
     .inputs = {{3, {3, 5, 2}}}},
    {.name = "two strides",
     .settings = "conv2d: {filters: 3, kernel: 3, stride: [2, 3], padding: 1}",
     .n = 2,
     .input_count = 1,
     .inputs = {{3, {6, 7, 2}}}},
    {.name = "dilation",
     .settings = "conv2d: {filters: 2, kernel: 3, dilation: 2, padding: same}",
     .n = 1,
     .input_count = 1,
     .inputs = {{3, {6, 5, 2}}}},
    {.name = "groups with stride",
     .settings = "conv2d: {filters: 6, kernel: 2, groups: 3, stride: 2}",
     .n = 2,
     .input_count = 1,
     .inputs = {{3, {4, 5, 3}}}},
    {.name = "depthwise",
     .settings = "conv2d: {filters: 3, kernel: 3, groups: 3, padding: same, bias: false}",
     .n = 2,
     .input_count = 1,
     .inputs = {{3, {4, 4, 3}}}},
    {.name = "window as large as the image",
     .settings = "conv2d: {filters: 2, kernel: [3, 4], init: lecun_uniform, bias_init: ones}",
     .n = 2,
     .input_count = 1,
     .inputs = {{3, {3, 4, 2}}}},
};

const dlt_layer_ops dlt_layer_conv2d = {
    .entry = {.name = "conv2d",
              .summary = "2-D convolution of images [H, W, C] to [OH, OW, filters].",
              .keys = keys,
              .settings_size = sizeof(conv2d_settings)},
    .inputs_least = 1,
    .inputs_most = 1,
    .infer = infer_conv2d,
    .forward = forward_conv2d,
    .backward = backward_conv2d,
    .skips_frozen = true,
    .selftests = selftests,
    .selftest_count = DLT_COUNT_OF(selftests),
    .create = create_conv2d,
    .destroy = dlt_convolution_destroy,
};
