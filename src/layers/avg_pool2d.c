/* Mean over windows of an image [H, W, C], per channel.
 *
 *   y[n,p,q,c] = sum over r,s of x[n, p*stride + r - pad, q*stride + s - pad, c] / elements
 *
 * elements is R * S, or with count_padding: false those inside the image (ONNX AveragePool,
 * count_include_pad). */
#include "layers/geometry.h"

#include "base/error.h"

typedef struct avg_pool2d_settings {
    dlt_geometry_settings geometry;
    bool count_padding;
} avg_pool2d_settings;

static const dlt_key keys[] = {
    DLT_POOL_SIZE_KEY(avg_pool2d_settings, geometry),
    DLT_POOL_STRIDE_KEY(avg_pool2d_settings, geometry),
    DLT_PADDING_KEY(avg_pool2d_settings, geometry),
    {.name = "count_padding",
     .type = DLT_KEY_BOOL,
     .offset = offsetof(avg_pool2d_settings, count_padding),
     .default_value = "true",
     .help =
         "Whether zeros of the padding count in the mean: true as in PyTorch; Keras has false."},
    {0},
};

static dlt_kernel_geometry window_avg_pool2d(const dlt_layer *layer) {
    const avg_pool2d_settings *settings = layer->context.settings;
    return dlt_geometry_make(&settings->geometry, &layer->context.inputs[0].shape);
}

static dlt_status infer_avg_pool2d(const dlt_layer_context *context, dlt_layer_spec *spec) {
    const avg_pool2d_settings *settings = context->settings;
    return dlt_geometry_infer_pool(context, "avg_pool2d", &settings->geometry, spec);
}

static void forward_avg_pool2d(const dlt_layer *layer, const dlt_layer_call *call) {
    const avg_pool2d_settings *settings = layer->context.settings;
    dlt_kernel_geometry geometry = window_avg_pool2d(layer);
    layer->context.kernels->avg_pool2d_forward(call->n, &geometry, settings->count_padding,
                                               call->x[0], call->y[0]);
}

static void backward_avg_pool2d(const dlt_layer *layer, const dlt_layer_call *call) {
    if (call->dx[0] == NULL)
        return;
    const avg_pool2d_settings *settings = layer->context.settings;
    dlt_kernel_geometry geometry = window_avg_pool2d(layer);
    layer->context.kernels->avg_pool2d_backward(call->n, &geometry, settings->count_padding,
                                                call->dy[0], call->dx[0]);
}

static const dlt_layer_selftest selftests[] = {
    {.name = "known answer",
     .settings = "avg_pool2d: 2",
     .n = 1,
     .input_count = 1,
     .inputs = {{3, {4, 4, 1}}},
     .input = (const double[]){-0.125, 1.75, -1.125, -1.375, 1.75, 0.625, 1, -2, -0.125, 0.375, 0.5,
                               0.5, -1.625, 1.625, 0.625, -0.25},
     .output = (const double[]){1, -0.875, 0.0625, 0.34375}},
    {.name = "known answer, padding and stride",
     .settings = "avg_pool2d: {size: 3, stride: 2, padding: 1}",
     .n = 1,
     .input_count = 1,
     .inputs = {{3, {4, 3, 2}}},
     .input = (const double[]){-0.5, -1.125, -2,    1.625, 0.625, 0.25,   1.5,   0.625,
                               0.75, -2,     0.375, 1.875, 1.125, -1.625, 0.125, -0.5,
                               1.25, -0.75,  0.625, -0.25, 1.5,   1.375,  0,     -0.625},
     .output = (const double[]){-0.027777777777777776, -0.09722222222222222, -0.027777777777777776,
                                0.19444444444444445, 0.625, -0.2638888888888889, 0.4444444444444444,
                                -0.06944444444444445}},
    {.name = "two sizes",
     .settings = "avg_pool2d: [2, 3]",
     .n = 2,
     .input_count = 1,
     .inputs = {{3, {5, 6, 2}}}},
    {.name = "overlapping windows",
     .settings = "avg_pool2d: {size: 3, stride: 1}",
     .n = 2,
     .input_count = 1,
     .inputs = {{3, {4, 5, 2}}}},
    {.name = "two strides, two paddings",
     .settings = "avg_pool2d: {size: [3, 2], stride: [2, 1], padding: [1, 0]}",
     .n = 2,
     .input_count = 1,
     .inputs = {{3, {5, 4, 2}}}},
    {.name = "padding same",
     .settings = "avg_pool2d: {size: 3, stride: 2, padding: same}",
     .n = 2,
     .input_count = 1,
     .inputs = {{3, {4, 5, 1}}}},
    {.name = "four paddings, gaps between windows",
     .settings = "avg_pool2d: {size: 2, stride: 3, padding: [0, 1, 1, 0]}",
     .n = 1,
     .input_count = 1,
     .inputs = {{3, {6, 5, 2}}}},
    {.name = "known answer, padding not counted",
     .settings = "avg_pool2d: {size: 3, stride: 2, padding: 1, count_padding: false}",
     .n = 1,
     .input_count = 1,
     .inputs = {{3, {4, 3, 2}}},
     .input = (const double[]){1.25, 2,      -1.625, 1.125, 1,     -0.125, 1.25,  1.75,
                               -1.5, 1.25,   1.375,  -1.25, 1.875, -2,     0.25,  -0.375,
                               2,    -0.875, -1.375, 0.5,   0.25,  -1.75,  -1.75, -1.625},
     .output = (const double[]){-0.15625, 1.53125, -0.1875, 0.25, 0.125, -0.10416666666666667,
                                0.10416666666666667, -0.7708333333333334}},
    {.name = "padding same, not counted",
     .settings = "avg_pool2d: {size: 2, padding: same, stride: 1, count_padding: false}",
     .n = 2,
     .input_count = 1,
     .inputs = {{3, {3, 4, 2}}}},
};

const dlt_layer_ops dlt_layer_avg_pool2d = {
    .entry = {.name = "avg_pool2d",
              .summary = "Mean over windows of images [H, W, C].",
              .keys = keys,
              .settings_size = sizeof(avg_pool2d_settings)},
    .inputs_least = 1,
    .inputs_most = 1,
    .infer = infer_avg_pool2d,
    .forward = forward_avg_pool2d,
    .backward = backward_avg_pool2d,
    .selftests = selftests,
    .selftest_count = DLT_COUNT_OF(selftests),
};
