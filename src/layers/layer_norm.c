/* Layer normalisation over the last dimension (Ba, Kiros, Hinton 2016, arXiv 1607.06450, equation
 * 3).
 *
 *   y = (x - mean) / sqrt(variance + eps) * weight + bias
 *
 * with mean and biased variance of each row. x [rows, D]. Saved: mean and 1 / sqrt(variance + eps),
 * each [rows]. ONNX: LayerNormalization, axis -1. */
#include "layers/layers_internal.h"

#include "base/error.h"

typedef struct layer_norm_settings {
    double eps;
    bool affine;
} layer_norm_settings;

static const dlt_key keys[] = {
    {.name = "eps",
     .type = DLT_KEY_REAL,
     .offset = offsetof(layer_norm_settings, eps),
     .default_value = "1e-5",
     .minimum = 0,
     .maximum = 1,
     .flags = DLT_KEY_OPEN_LOW,
     .help = "Added to the variance; the default is PyTorch's, Keras has 1e-3."},
    {.name = "affine",
     .type = DLT_KEY_BOOL,
     .offset = offsetof(layer_norm_settings, affine),
     .default_value = "true",
     .help = "Whether a weight and a bias per feature are trained."},
    {0},
};

static dlt_status infer_layer_norm(const dlt_layer_context *context, dlt_layer_spec *spec) {
    const layer_norm_settings *settings = context->settings;
    DLT_TRY(dlt_layer_need_features(context, "layer_norm"));
    const dlt_shape features = {.rank = 1, .dim = {dlt_layer_features(context)}};
    /* Two passes for the statistics, subtract, scale, weight, bias. */
    dlt_layer_same_shape(context, 8, spec);
    if (settings->affine) {
        spec->params[0] = (dlt_param_spec){
            .name = "weight", .shape = features, .constant = 1, .role = DLT_PARAM_NORM_SCALE};
        spec->params[1] =
            (dlt_param_spec){.name = "bias", .shape = features, .role = DLT_PARAM_BIAS};
        spec->param_count = 2;
    }
    spec->saved_bytes = 2 * dlt_layer_rows(context, context->n) * (int64_t)sizeof(dlt_real);
    spec->workspace_bytes = spec->saved_bytes;
    spec->backward_reads_x = DLT_INPUT(0);
    return DLT_OK;
}

static void forward_layer_norm(const dlt_layer *layer, const dlt_layer_call *call) {
    const layer_norm_settings *settings = layer->context.settings;
    int64_t rows = dlt_layer_rows(&layer->context, call->n);
    /* Evaluation saves nothing, but the kernel still writes its statistics somewhere. */
    dlt_real *mean = call->training ? call->saved : call->workspace;
    layer->context.kernels->layer_norm_forward(
        rows, dlt_layer_features(&layer->context), call->x[0], call->params[0], call->params[1],
        (dlt_real)settings->eps, call->y[0], mean, mean + rows);
}

static void backward_layer_norm(const dlt_layer *layer, const dlt_layer_call *call) {
    int64_t rows = dlt_layer_rows(&layer->context, call->n);
    const dlt_real *mean = call->saved;
    layer->context.kernels->layer_norm_backward(
        rows, dlt_layer_features(&layer->context), call->x[0], call->dy[0], call->params[0], mean,
        mean + rows, call->dx[0], call->dparams[0], call->dparams[1]);
}

static const dlt_layer_selftest selftests[] = {
    {.name = "known answer",
     .settings = "layer_norm",
     .n = 2,
     .input_count = 1,
     .inputs = {{1, {3}}},
     .input = (const double[]){-1.625, -1, -0.75, -0.25, -0.5, 0.875},
     .params = (const double[]){1, -0.75, 0, -2, -1.375, 0.25},
     .output = (const double[]){-3.3586822751694756, -1.6297529265942767, 0.25, -2.487706291633737,
                                -0.695694808081581, 0.25}},
    {.name = "known answer, sequences without weight",
     .settings = "layer_norm: {eps: 0.001, affine: false}",
     .n = 1,
     .input_count = 1,
     .inputs = {{2, {2, 3}}},
     .input = (const double[]){0.375, 0.75, -1.875, -1.625, 1.25, -2},
     .output = (const double[]){0.5389633588083181, 0.862341374093309, -1.401304732901627,
                                -0.5738754522873831, 1.4059948581040884, -0.8321194058167056}},
    {.name = "known answer, evaluation",
     .settings = "layer_norm",
     .n = 2,
     .input_count = 1,
     .inputs = {{1, {3}}},
     .evaluate = true,
     .input = (const double[]){2, 0.875, -0.25, -1.5, -0.625, 1.25},
     .params = (const double[]){-0.375, -1.75, 1.125, -1.5, 1.5, -0.75},
     .output = (const double[]){-1.9592766051407684, 1.5, -2.1278298154223054, -1.1050037134657409,
                                2.0085009665728393, 0.7618823381138878}},
    {.name = "features", .settings = "layer_norm", .n = 4, .input_count = 1, .inputs = {{1, {5}}}},
    {.name = "sequences",
     .settings = "layer_norm",
     .n = 2,
     .input_count = 1,
     .inputs = {{2, {3, 4}}}},
    {.name = "images without weight",
     .settings = "layer_norm: {affine: false}",
     .n = 2,
     .input_count = 1,
     .inputs = {{3, {2, 2, 5}}}},
    {.name = "PyTorch's values: sequences",
     .settings = "layer_norm",
     .n = 2,
     .input_count = 1,
     .inputs = {{2, {2, 3}}},
     .input = (const double[]){1.25, 1.75, 0, -2, -1.75, 0.25, -0.5, 1.875, 0.125, 0.125, 0.625, 0},
     .params = (const double[]){-1.25, -1, 0.25, -1.125, -1.625, -1.625},
     .output = (const double[]){-1.5495999684379886, -2.6440399242511727, -1.964679974750391,
                                -0.0904977408894368, -1.0456787348980847, -1.2732692319024086,
                                0.11853385488015139, -2.992887240368167, -1.7182650391160115,
                                -0.5464021115657315, -3.0136349322422444, -1.8564391553737074}},
};

const dlt_layer_ops dlt_layer_layer_norm = {
    .entry = {.name = "layer_norm",
              .summary = "Normalises each sample (or position) over its features.",
              .keys = keys,
              .settings_size = sizeof(layer_norm_settings)},
    .inputs_least = 1,
    .inputs_most = 1,
    .infer = infer_layer_norm,
    .forward = forward_layer_norm,
    .backward = backward_layer_norm,
    .skips_frozen = true,
    .selftests = selftests,
    .selftest_count = DLT_COUNT_OF(selftests),
};
