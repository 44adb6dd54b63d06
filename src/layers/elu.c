/* Exponential linear unit (Clevert, Unterthiner, Hochreiter 2015, arXiv 1511.07289, equation 15).
 *
 *   y = x > 0 ? x : alpha * (exp(x) - 1);  dx = x > 0 ? dy : dy * (y + alpha) */
#include "layers/layers_internal.h"

typedef struct elu_settings {
    double alpha;
} elu_settings;

static const dlt_key keys[] = {
    {.name = "alpha",
     .type = DLT_KEY_REAL,
     .offset = offsetof(elu_settings, alpha),
     .default_value = "1",
     .minimum = 0,
     .maximum = 1e6,
     .flags = DLT_KEY_SHORTHAND,
     .help = "The limit for very negative inputs is minus this."},
    {0},
};

static dlt_status infer_elu(const dlt_layer_context *context, dlt_layer_spec *spec) {
    dlt_layer_same_shape(context, 3, spec);
    spec->backward_reads_x = DLT_INPUT(0);
    spec->backward_reads_y = true;
    return DLT_OK;
}

static void forward_elu(const dlt_layer *layer, const dlt_layer_call *call) {
    const elu_settings *settings = layer->context.settings;
    layer->context.kernels->elu_forward(dlt_layer_elements(&layer->context, call->n),
                                        (dlt_real)settings->alpha, call->x[0], call->y[0]);
}

static void backward_elu(const dlt_layer *layer, const dlt_layer_call *call) {
    if (call->dx[0] == NULL)
        return;
    const elu_settings *settings = layer->context.settings;
    layer->context.kernels->elu_backward(dlt_layer_elements(&layer->context, call->n),
                                         (dlt_real)settings->alpha, call->x[0], call->y[0],
                                         call->dy[0], call->dx[0]);
}

static const dlt_layer_selftest selftests[] = {
    {.name = "known answer",
     .settings = "elu",
     .n = 1,
     .input_count = 1,
     .inputs = {{1, {6}}},
     .input = (const double[]){-2, -0.5, -0.125, 0.25, 1, 3},
     .output = (const double[]){-0.8646647167633873, -0.3934693402873666, -0.1175030974154046, 0.25,
                                1, 3}},
    {.name = "known answer, {alpha: 0.5}",
     .settings = "elu: {alpha: 0.5}",
     .n = 1,
     .input_count = 1,
     .inputs = {{1, {6}}},
     .input = (const double[]){-2, -0.5, -0.125, 0.25, 1, 3},
     .output = (const double[]){-0.43233235838169365, -0.1967346701436833, -0.0587515487077023,
                                0.25, 1, 3}},
    {.name = "vectors",
     .settings = "elu",
     .n = 3,
     .input_count = 1,
     .inputs = {{1, {5}}},
     .avoid_zero = 0.01},
    {.name = "images",
     .settings = "elu",
     .n = 2,
     .input_count = 1,
     .inputs = {{3, {3, 2, 2}}},
     .avoid_zero = 0.01},
    {.name = "vectors, {alpha: 0.5}",
     .settings = "elu: {alpha: 0.5}",
     .n = 3,
     .input_count = 1,
     .inputs = {{1, {5}}},
     .avoid_zero = 0.01},
};

const dlt_layer_ops dlt_layer_elu = {
    .entry = {.name = "elu",
              .summary = "x where positive, alpha * (exp(x) - 1) elsewhere.",
              .keys = keys,
              .settings_size = sizeof(elu_settings)},
    .inputs_least = 1,
    .inputs_most = 1,
    .infer = infer_elu,
    .forward = forward_elu,
    .backward = backward_elu,
    .selftests = selftests,
    .selftest_count = DLT_COUNT_OF(selftests),
};
