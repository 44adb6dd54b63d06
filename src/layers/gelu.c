/* Gaussian error linear unit (Hendrycks and Gimpel 2016, arXiv 1606.08415, section 2).
 *
 *   y = x * Phi(x), Phi the normal distribution function (with erf), or
 *   y = x / 2 * (1 + tanh(sqrt(2 / pi) * (x + 0.044715 x^3))) */
#include "layers/layers_internal.h"

typedef struct gelu_settings {
    int approximate; /* index into approximations */
} gelu_settings;

static const char *const approximations[] = {"none", "tanh", NULL};

enum { APPROXIMATE_TANH = 1 };

static const dlt_key keys[] = {
    {.name = "approximate",
     .type = DLT_KEY_ENUM,
     .offset = offsetof(gelu_settings, approximate),
     .default_value = "none",
     .enum_names = approximations,
     .flags = DLT_KEY_SHORTHAND,
     .help = "none computes with erf, the default of Keras and PyTorch; tanh is the approximation "
             "of the paper."},
    {0},
};

static dlt_status infer_gelu(const dlt_layer_context *context, dlt_layer_spec *spec) {
    dlt_layer_same_shape(context, 8, spec);
    spec->backward_reads_x = DLT_INPUT(0);
    return DLT_OK;
}

static void forward_gelu(const dlt_layer *layer, const dlt_layer_call *call) {
    const gelu_settings *settings = layer->context.settings;
    layer->context.kernels->gelu_forward(dlt_layer_elements(&layer->context, call->n),
                                         settings->approximate == APPROXIMATE_TANH, call->x[0],
                                         call->y[0]);
}

static void backward_gelu(const dlt_layer *layer, const dlt_layer_call *call) {
    if (call->dx[0] == NULL)
        return;
    const gelu_settings *settings = layer->context.settings;
    layer->context.kernels->gelu_backward(dlt_layer_elements(&layer->context, call->n),
                                          settings->approximate == APPROXIMATE_TANH, call->x[0],
                                          call->dy[0], call->dx[0]);
}

static const dlt_layer_selftest selftests[] = {
    {.name = "known answer",
     .settings = "gelu",
     .n = 1,
     .input_count = 1,
     .inputs = {{1, {6}}},
     .input = (const double[]){-2, -0.5, -0.125, 0.25, 1, 3},
     .output = (const double[]){-0.04550026389635842, -0.15426876936299344, -0.056282721896235885,
                                0.14967658142073093, 0.841344746068543, 2.99595030590511}},
    {.name = "known answer, tanh",
     .settings = "gelu: tanh",
     .n = 1,
     .input_count = 1,
     .inputs = {{1, {6}}},
     .input = (const double[]){-2, -0.5, -0.125, 0.25, 1, 3},
     .output = (const double[]){-0.04540230591222494, -0.15428599017485606, -0.05628280137577661,
                                0.149675350701685, 0.8411919906082768, 2.996362607918227}},
    {.name = "known answer, {approximate: none}",
     .settings = "gelu: {approximate: none}",
     .n = 1,
     .input_count = 1,
     .inputs = {{1, {6}}},
     .input = (const double[]){-2, -0.5, -0.125, 0.25, 1, 3},
     .output = (const double[]){-0.04550026389635842, -0.15426876936299344, -0.056282721896235885,
                                0.14967658142073093, 0.841344746068543, 2.99595030590511}},
    {.name = "vectors", .settings = "gelu", .n = 3, .input_count = 1, .inputs = {{1, {5}}}},
    {.name = "images", .settings = "gelu", .n = 2, .input_count = 1, .inputs = {{3, {3, 2, 2}}}},
    {.name = "vectors, tanh",
     .settings = "gelu: tanh",
     .n = 3,
     .input_count = 1,
     .inputs = {{1, {5}}}},
    {.name = "vectors, {approximate: none}",
     .settings = "gelu: {approximate: none}",
     .n = 3,
     .input_count = 1,
     .inputs = {{1, {5}}}},
};

const dlt_layer_ops dlt_layer_gelu = {
    .entry = {.name = "gelu",
              .summary = "x times the normal distribution function of x.",
              .keys = keys,
              .settings_size = sizeof(gelu_settings)},
    .inputs_least = 1,
    .inputs_most = 1,
    .infer = infer_gelu,
    .forward = forward_gelu,
    .backward = backward_gelu,
    .selftests = selftests,
    .selftest_count = DLT_COUNT_OF(selftests),
};
