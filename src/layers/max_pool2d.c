/* Maximum over windows of an image [H, W, C], per channel.
 *
 *   y[n,p,q,c] = max over r,s of x[n, p*stride + r - pad, q*stride + s - pad, c]
 *   dx gets dy at the position of the (first) maximum
 *
 * The padding counts as minus infinity. Saved: the positions of the maxima. ONNX: MaxPool. */
#include "layers/geometry.h"

#include "base/cast.h"
#include "base/error.h"

typedef struct max_pool2d_settings {
    dlt_geometry_settings geometry;
} max_pool2d_settings;

static const dlt_key keys[] = {
    DLT_POOL_SIZE_KEY(max_pool2d_settings, geometry),
    DLT_POOL_STRIDE_KEY(max_pool2d_settings, geometry),
    DLT_PADDING_KEY(max_pool2d_settings, geometry),
    {0},
};

static dlt_kernel_geometry window_max_pool2d(const dlt_layer *layer) {
    const max_pool2d_settings *settings = layer->context.settings;
    return dlt_geometry_make(&settings->geometry, &layer->context.inputs[0].shape);
}

static dlt_status infer_max_pool2d(const dlt_layer_context *context, dlt_layer_spec *spec) {
    const max_pool2d_settings *settings = context->settings;
    DLT_TRY(dlt_geometry_infer_pool(context, "max_pool2d", &settings->geometry, spec));
    int fits; /* positions are saved as int32_t */
    DLT_TRY(dlt_cast_int(context->inputs[0].shape.dim[0] * context->inputs[0].shape.dim[1],
                         "pixels of a max_pool2d layer's input", &fits));
    spec->saved_bytes =
        context->n * dlt_shape_count(&spec->outputs[0].shape) * (int64_t)sizeof(int32_t);
    return DLT_OK;
}

static bool fuse_max_pool2d(dlt_layer *layer, const dlt_layer_fusion *fusion) {
    if (fusion->add)
        return false;
    layer->fusion = *fusion;
    return true;
}

static void forward_max_pool2d(const dlt_layer *layer, const dlt_layer_call *call) {
    dlt_kernel_geometry geometry = window_max_pool2d(layer);
    layer->context.kernels->max_pool2d_forward(call->n, &geometry, layer->fusion.relu, call->x[0],
                                               call->y[0], call->training ? call->saved : NULL);
}

static void backward_max_pool2d(const dlt_layer *layer, const dlt_layer_call *call) {
    if (call->dx[0] == NULL)
        return;
    dlt_kernel_geometry geometry = window_max_pool2d(layer);
    layer->context.kernels->max_pool2d_backward(call->n, &geometry, call->dy[0], call->saved,
                                                call->dx[0]);
}

static const dlt_layer_selftest selftests[] = {
    {.name = "known answer",
     .settings = "max_pool2d: 2",
     .n = 1,
     .input_count = 1,
     .inputs = {{3, {4, 4, 1}}},
     .input = (const double[]){-1.5, 1.75, 0.625, -0.875, 1, 1.25, -0.25, 1.125, 1.25, 2, -1.625,
                               -1.125, 0.375, 1.375, 0.75, 0.5},
     .output = (const double[]){1.75, 1.125, 2, 0.75}},
    {.name = "known answer, padding and stride",
     .settings = "max_pool2d: {size: 3, stride: 2, padding: 1}",
     .n = 1,
     .input_count = 1,
     .inputs = {{3, {4, 3, 2}}},
     .input = (const double[]){-0.125, 1.125,  -1.5,  -1.5,  -0.25, 1.75,  0.375,  -0.625,
                               0.25,   -1.125, 0.125, -1.25, 1.125, 1.875, 0.5,    2,
                               0.125,  0.125,  0.375, 0.125, 1.5,   1.75,  -0.125, 1.625},
     .output = (const double[]){0.375, 1.125, 0.25, 1.75, 1.5, 2, 1.5, 2}},
    {.name = "with relu",
     .settings = "max_pool2d: 2",
     .n = 2,
     .input_count = 1,
     .fusion = {.relu = true},
     .avoid_zero = 0.01,
     .inputs = {{3, {4, 6, 70}}}},
    {.name = "overlapping windows with relu",
     .settings = "max_pool2d: {size: 3, stride: 2, padding: 1}",
     .n = 2,
     .input_count = 1,
     .fusion = {.relu = true},
     .avoid_zero = 0.01,
     .inputs = {{3, {5, 5, 3}}}},
    {.name = "two sizes",
     .settings = "max_pool2d: [2, 3]",
     .n = 2,
     .input_count = 1,
     .inputs = {{3, {5, 6, 2}}}},
    {.name = "overlapping windows",
     .settings = "max_pool2d: {size: 3, stride: 1}",
     .n = 2,
     .input_count = 1,
     .inputs = {{3, {4, 5, 2}}}},
    {.name = "two strides, two paddings",
     .settings = "max_pool2d: {size: [3, 2], stride: [2, 1], padding: [1, 0]}",
     .n = 2,
     .input_count = 1,
     .inputs = {{3, {5, 4, 2}}}},
    {.name = "padding same",
     .settings = "max_pool2d: {size: 3, stride: 2, padding: same}",
     .n = 2,
     .input_count = 1,
     .inputs = {{3, {4, 5, 1}}}},
    {.name = "four paddings, gaps between windows",
     .settings = "max_pool2d: {size: 2, stride: 3, padding: [0, 1, 1, 0]}",
     .n = 1,
     .input_count = 1,
     .inputs = {{3, {6, 5, 2}}}},
};

const dlt_layer_ops dlt_layer_max_pool2d = {
    .entry = {.name = "max_pool2d",
              .summary = "Maximum over windows of images [H, W, C].",
              .keys = keys,
              .settings_size = sizeof(max_pool2d_settings)},
    .inputs_least = 1,
    .inputs_most = 1,
    .infer = infer_max_pool2d,
    .forward = forward_max_pool2d,
    .backward = backward_max_pool2d,
    .fuse = fuse_max_pool2d,
    .commutes_with_relu = true,
    .selftests = selftests,
    .selftest_count = DLT_COUNT_OF(selftests),
};
