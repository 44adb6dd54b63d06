/* Maximum of each channel over a whole image: [H, W, C] to [C]. ONNX: GlobalMaxPool. */
#include "layers/geometry.h"

#include "base/cast.h"
#include "base/error.h"

static dlt_status infer_global_max_pool2d(const dlt_layer_context *context, dlt_layer_spec *spec) {
    DLT_TRY(dlt_geometry_infer_global(context, "global_max_pool2d", spec));
    int fits; /* positions are saved as int32_t */
    DLT_TRY(dlt_cast_int(context->inputs[0].shape.dim[0] * context->inputs[0].shape.dim[1],
                         "pixels of a global_max_pool2d layer's input", &fits));
    spec->saved_bytes = context->n * spec->outputs[0].shape.dim[0] * (int64_t)sizeof(int32_t);
    return DLT_OK;
}

static void forward_global_max_pool2d(const dlt_layer *layer, const dlt_layer_call *call) {
    dlt_kernel_geometry geometry = dlt_geometry_whole(&layer->context.inputs[0].shape);
    layer->context.kernels->max_pool2d_forward(call->n, &geometry, false, call->x[0], call->y[0],
                                               call->training ? call->saved : NULL);
}

static void backward_global_max_pool2d(const dlt_layer *layer, const dlt_layer_call *call) {
    if (call->dx[0] == NULL)
        return;
    dlt_kernel_geometry geometry = dlt_geometry_whole(&layer->context.inputs[0].shape);
    layer->context.kernels->max_pool2d_backward(call->n, &geometry, call->dy[0], call->saved,
                                                call->dx[0]);
}

static const dlt_layer_selftest selftests[] = {
    {.name = "known answer",
     .settings = "global_max_pool2d",
     .n = 2,
     .input_count = 1,
     .inputs = {{3, {1, 2, 2}}},
     .input = (const double[]){1, -2, 3, -4, 0.5, 6, 0.25, 8},
     .output = (const double[]){3, -2, 0.5, 8}},
    {.name = "images",
     .settings = "global_max_pool2d",
     .n = 3,
     .input_count = 1,
     .inputs = {{3, {4, 3, 2}}}},
};

const dlt_layer_ops dlt_layer_global_max_pool2d = {
    .entry = {.name = "global_max_pool2d",
              .summary = "Maximum of each channel over the whole image: [H, W, C] to [C]."},
    .inputs_least = 1,
    .inputs_most = 1,
    .infer = infer_global_max_pool2d,
    .forward = forward_global_max_pool2d,
    .backward = backward_global_max_pool2d,
    .selftests = selftests,
    .selftest_count = DLT_COUNT_OF(selftests),
};
