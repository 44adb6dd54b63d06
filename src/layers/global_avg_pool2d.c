/* Mean of each channel over a whole image: [H, W, C] to [C] (Lin, Chen, Yan 2013, arXiv 1312.4400,
 * section 3.2). ONNX: GlobalAveragePool. */
#include "layers/geometry.h"

static dlt_status infer_global_avg_pool2d(const dlt_layer_context *context, dlt_layer_spec *spec) {
    return dlt_geometry_infer_global(context, "global_avg_pool2d", spec);
}

static void forward_global_avg_pool2d(const dlt_layer *layer, const dlt_layer_call *call) {
    dlt_kernel_geometry geometry = dlt_geometry_whole(&layer->context.inputs[0].shape);
    layer->context.kernels->avg_pool2d_forward(call->n, &geometry, true, call->x[0], call->y[0]);
}

static void backward_global_avg_pool2d(const dlt_layer *layer, const dlt_layer_call *call) {
    if (call->dx[0] == NULL)
        return;
    dlt_kernel_geometry geometry = dlt_geometry_whole(&layer->context.inputs[0].shape);
    layer->context.kernels->avg_pool2d_backward(call->n, &geometry, true, call->dy[0], call->dx[0]);
}

static const dlt_layer_selftest selftests[] = {
    {.name = "known answer",
     .settings = "global_avg_pool2d",
     .n = 2,
     .input_count = 1,
     .inputs = {{3, {1, 2, 2}}},
     .input = (const double[]){1, -2, 3, -4, 0.5, 6, 0.25, 8},
     .output = (const double[]){2, -3, 0.375, 7}},
    {.name = "images",
     .settings = "global_avg_pool2d",
     .n = 3,
     .input_count = 1,
     .inputs = {{3, {4, 3, 2}}}},
};

const dlt_layer_ops dlt_layer_global_avg_pool2d = {
    .entry = {.name = "global_avg_pool2d",
              .summary = "Mean of each channel over the whole image: [H, W, C] to [C]."},
    .inputs_least = 1,
    .inputs_most = 1,
    .infer = infer_global_avg_pool2d,
    .forward = forward_global_avg_pool2d,
    .backward = backward_global_avg_pool2d,
    .selftests = selftests,
    .selftest_count = DLT_COUNT_OF(selftests),
};
