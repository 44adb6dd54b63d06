/* Dense layer over the last dimension.
 *
 *   y = x W + b
 *   dW = x^T dy;  db = sum over rows of dy;  dx = dy W^T
 *
 * x [rows, D], W [D, K], b [K], y [rows, K], where rows is the product of n and all dimensions but
 * the last, as in Keras and PyTorch. ONNX: MatMul + Add. */
#include "layers/layers_internal.h"

#include "base/cast.h"
#include "base/error.h"

typedef struct dense_settings {
    int64_t units; /* K */
    dlt_weight_settings weights;
} dense_settings;

static const dlt_key keys[] = {
    {.name = "units",
     .type = DLT_KEY_INT,
     .offset = offsetof(dense_settings, units),
     .minimum = 1,
     .maximum = 2147483647,
     .flags = DLT_KEY_SHORTHAND,
     .help = "Number of outputs."},
    DLT_WEIGHT_KEYS(dense_settings, weights),
    {0},
};

static dlt_status infer_dense(const dlt_layer_site *site, dlt_layer_spec *spec) {
    const dense_settings *settings = site->settings;
    DLT_TRY(dlt_layer_need_features(site, "dense"));
    int64_t d = dlt_layer_features(site);
    int64_t rows = dlt_layer_rows(site, site->n);
    int64_t outputs = dlt_layer_product(rows, settings->units);
    DLT_TRY(dlt_layer_check_size(site, "dense", "a weight", dlt_layer_product(d, settings->units)));
    DLT_TRY(dlt_layer_check_size(site, "dense", "an output", outputs));
    int fits; /* the dimensions of a matrix product are int in BLAS */
    DLT_TRY(dlt_cast_int(rows, "rows of a dense layer's input", &fits));
    DLT_TRY(dlt_cast_int(d, "features of a dense layer's input", &fits));

    spec->output = site->inputs[0];
    spec->output.dim[spec->output.rank - 1] = settings->units;
    const dlt_shape weight = {.rank = 2, .dim = {d, settings->units}};
    dlt_layer_add_weights(&settings->weights, &weight, settings->units, d, settings->units, spec);
    spec->backward_reads_x = true;
    spec->flops = dlt_layer_product(outputs, 2 * d + (settings->weights.bias ? 1 : 0));
    return DLT_OK;
}

static void forward_dense(const dlt_layer *layer, const dlt_layer_call *call) {
    const dense_settings *settings = layer->site.settings;
    const dlt_kernels *kernels = layer->site.kernels;
    int64_t rows = dlt_layer_rows(&layer->site, call->n);
    int64_t d = dlt_layer_features(&layer->site);
    int64_t k = settings->units;
    kernels->gemm(false, false, rows, k, d, 1, call->x[0], d, call->params[0], k, 0, call->y, k);
    if (settings->weights.bias)
        kernels->bias_add(rows, k, call->params[1], call->y);
}

static void backward_dense(const dlt_layer *layer, const dlt_layer_call *call) {
    const dense_settings *settings = layer->site.settings;
    const dlt_kernels *kernels = layer->site.kernels;
    int64_t rows = dlt_layer_rows(&layer->site, call->n);
    int64_t d = dlt_layer_features(&layer->site);
    int64_t k = settings->units;
    kernels->gemm(true, false, d, k, rows, 1, call->x[0], d, call->dy, k, 0, call->dparams[0], k);
    if (settings->weights.bias)
        kernels->column_sum(rows, k, call->dy, call->dparams[1]);
    if (call->dx[0] != NULL)
        kernels->gemm(false, true, rows, d, k, 1, call->dy, k, call->params[0], k, 0, call->dx[0],
                      d);
}

static const dlt_layer_selftest selftests[] = {
    {.name = "known answer",
     .settings = "dense: 3",
     .n = 2,
     .input_count = 1,
     .inputs = {{1, {2}}},
     .input = (const double[]){1, 2, -3, 0.5},
     .params = (const double[]){1, 2, 3, 4, 5, 6, 0.5, -1, 0},
     .output = (const double[]){9.5, 11, 15, -0.5, -4.5, -6}},
    {.name = "vectors", .settings = "dense: 5", .n = 4, .input_count = 1, .inputs = {{1, {3}}}},
    {.name = "one sample, one unit",
     .settings = "dense: {units: 1}",
     .n = 1,
     .input_count = 1,
     .inputs = {{1, {1}}}},
    {.name = "without bias",
     .settings = "dense: {units: 4, bias: false}",
     .n = 3,
     .input_count = 1,
     .inputs = {{1, {2}}}},
    {.name = "sequences use the last dimension",
     .settings = "dense: 3",
     .n = 2,
     .input_count = 1,
     .inputs = {{2, {4, 5}}}},
    {.name = "images, other initialisers",
     .settings = "dense: {units: 2, init: he_normal, bias_init: {constant: 0.1}}",
     .n = 2,
     .input_count = 1,
     .inputs = {{3, {2, 3, 4}}}},
};

const dlt_layer_ops dlt_layer_dense = {
    .choice = {.name = "dense",
               .summary = "Fully connected: y = x W + b along the last dimension.",
               .keys = keys,
               .settings_size = sizeof(dense_settings)},
    .inputs_least = 1,
    .inputs_most = 1,
    .infer = infer_dense,
    .forward = forward_dense,
    .backward = backward_dense,
    .selftests = selftests,
    .selftest_count = DLT_COUNT_OF(selftests),
};
