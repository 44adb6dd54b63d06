/* Leaky rectified linear unit (Maas, Hannun, Ng 2013, section 2).
 *
 *   y = x > 0 ? x : slope * x;  dx = x > 0 ? dy : slope * dy */
#include "layers/layers_internal.h"

typedef struct leaky_relu_settings {
    double slope;
} leaky_relu_settings;

static const dlt_key keys[] = {
    {.name = "slope",
     .type = DLT_KEY_REAL,
     .offset = offsetof(leaky_relu_settings, slope),
     .default_value = "0.01",
     .flags = DLT_KEY_SHORTHAND,
     .help = "Factor of negative inputs; the default is PyTorch's, Keras has 0.3."},
    {0},
};

static dlt_status infer_leaky_relu(const dlt_layer_context *context, dlt_layer_spec *spec) {
    dlt_layer_same_shape(context, 2, spec);
    spec->backward_reads_x = DLT_INPUT(0);
    return DLT_OK;
}

static void forward_leaky_relu(const dlt_layer *layer, const dlt_layer_call *call) {
    const leaky_relu_settings *settings = layer->context.settings;
    layer->context.kernels->leaky_relu_forward(dlt_layer_elements(&layer->context, call->n),
                                               (dlt_real)settings->slope, call->x[0], call->y[0]);
}

static void backward_leaky_relu(const dlt_layer *layer, const dlt_layer_call *call) {
    if (call->dx[0] == NULL)
        return;
    const leaky_relu_settings *settings = layer->context.settings;
    layer->context.kernels->leaky_relu_backward(dlt_layer_elements(&layer->context, call->n),
                                                (dlt_real)settings->slope, call->x[0], call->dy[0],
                                                call->dx[0]);
}

static const dlt_layer_selftest selftests[] = {
    {.name = "known answer",
     .settings = "leaky_relu",
     .n = 1,
     .input_count = 1,
     .inputs = {{1, {6}}},
     .input = (const double[]){-2, -0.5, -0.125, 0.25, 1, 3},
     .output = (const double[]){-0.02, -0.005, -0.00125, 0.25, 1, 3}},
    {.name = "known answer, 0.3",
     .settings = "leaky_relu: 0.3",
     .n = 1,
     .input_count = 1,
     .inputs = {{1, {6}}},
     .input = (const double[]){-2, -0.5, -0.125, 0.25, 1, 3},
     .output = (const double[]){-0.6, -0.15, -0.0375, 0.25, 1, 3}},
    {.name = "known answer, {slope: 0.2}",
     .settings = "leaky_relu: {slope: 0.2}",
     .n = 1,
     .input_count = 1,
     .inputs = {{1, {6}}},
     .input = (const double[]){-2, -0.5, -0.125, 0.25, 1, 3},
     .output = (const double[]){-0.4, -0.1, -0.025, 0.25, 1, 3}},
    {.name = "vectors",
     .settings = "leaky_relu",
     .n = 3,
     .input_count = 1,
     .inputs = {{1, {5}}},
     .avoid_zero = 0.01},
    {.name = "images",
     .settings = "leaky_relu",
     .n = 2,
     .input_count = 1,
     .inputs = {{3, {3, 2, 2}}},
     .avoid_zero = 0.01},
    {.name = "vectors, 0.3",
     .settings = "leaky_relu: 0.3",
     .n = 3,
     .input_count = 1,
     .inputs = {{1, {5}}},
     .avoid_zero = 0.01},
    {.name = "vectors, {slope: 0.2}",
     .settings = "leaky_relu: {slope: 0.2}",
     .n = 3,
     .input_count = 1,
     .inputs = {{1, {5}}},
     .avoid_zero = 0.01},
};

const dlt_layer_ops dlt_layer_leaky_relu = {
    .entry = {.name = "leaky_relu",
              .summary = "x where positive, slope * x elsewhere.",
              .keys = keys,
              .settings_size = sizeof(leaky_relu_settings)},
    .inputs_least = 1,
    .inputs_most = 1,
    .infer = infer_leaky_relu,
    .forward = forward_leaky_relu,
    .backward = backward_leaky_relu,
    .selftests = selftests,
    .selftest_count = DLT_COUNT_OF(selftests),
};
