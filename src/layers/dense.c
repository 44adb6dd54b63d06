/* Dense layer over the last dimension.
 *
 *   y = x W + b
 *   dW = x^T dy;  db = sum over rows of dy;  dx = dy W^T
 *
 * With `transposed` the weight is stored as V [K, D] = W^T, the form of an embedding's table, so
 * that a node can share it: y = x V^T + b; dV = dy^T x; dx = dy V. Each of these is one of the
 * products of a dense layer from K to D.
 *
 * x [rows, D], W [D, K], b [K], y [rows, K], where rows is the product of n and all dimensions but
 * the last, as in Keras and PyTorch. ONNX: MatMul + Add. */
#include "layers/layers_internal.h"

#include "base/alloc.h"
#include "base/cast.h"
#include "base/error.h"

typedef struct dense_settings {
    int64_t units; /* K */
    bool transposed;
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
    {.name = "transposed",
     .type = DLT_KEY_BOOL,
     .offset = offsetof(dense_settings, transposed),
     .default_value = "false",
     .help = "Stores the weight as [units, features], as the table of an embedding is: with "
             "`share` both are one, as in the output layer of a language model."},
    DLT_WEIGHT_KEYS(dense_settings, weights),
    {0},
};

static dlt_status infer_dense(const dlt_layer_context *context, dlt_layer_spec *spec) {
    const dense_settings *settings = context->settings;
    DLT_TRY(dlt_layer_need_features(context, "dense"));
    int64_t d = dlt_layer_features(context);
    int64_t rows = dlt_layer_rows(context, context->n);
    int64_t outputs = dlt_layer_product(rows, settings->units);
    DLT_TRY(
        dlt_layer_check_size(context, "dense", "a weight", dlt_layer_product(d, settings->units)));
    DLT_TRY(dlt_layer_check_size(context, "dense", "an output", outputs));
    int fits; /* the dimensions of a matrix product are int in BLAS */
    DLT_TRY(dlt_cast_int(rows, "rows of a dense layer's input", &fits));
    DLT_TRY(dlt_cast_int(d, "features of a dense layer's input", &fits));

    spec->outputs[0].shape = context->inputs[0].shape;
    spec->outputs[0].shape.dim[spec->outputs[0].shape.rank - 1] = settings->units;
    const int64_t units = settings->units;
    const dlt_shape weight = {
        .rank = 2, .dim = {settings->transposed ? units : d, settings->transposed ? d : units}};
    dlt_layer_add_weights(&settings->weights, &weight, settings->units, d, settings->units, spec);
    spec->backward_reads_x = DLT_INPUT(0);
    spec->flops = dlt_layer_product(outputs, 2 * d + (settings->weights.bias ? 1 : 0));
    return DLT_OK;
}

/* The products, one plan per number of samples. */
typedef struct dense_state {
    int count;
    dlt_dense *at; /* owned */
} dense_state;

static void destroy_dense(dlt_layer *layer) {
    dense_state *state = layer->state;
    if (state == NULL)
        return;
    for (int i = 0; i < state->count; i++)
        layer->context.kernels->dense_destroy(&state->at[i]);
    dlt_free(state->at);
    dlt_free(state);
    layer->state = NULL;
}

static const dlt_dense *find_dense(const dlt_layer *layer, int64_t n) {
    const dense_state *state = layer->state;
    int64_t rows = dlt_layer_rows(&layer->context, n);
    for (int i = 0; i < state->count; i++)
        if (state->at[i].n == rows)
            return &state->at[i];
    return NULL;
}

static dlt_status create_size(dlt_layer *layer, dense_state *state, int64_t n) {
    const dense_settings *settings = layer->context.settings;
    if (find_dense(layer, n) != NULL)
        return DLT_OK;
    const int64_t features = dlt_layer_features(&layer->context);
    dlt_dense dense = {.n = dlt_layer_rows(&layer->context, n),
                       .d = settings->transposed ? settings->units : features,
                       .k = settings->transposed ? features : settings->units,
                       .kernels = layer->context.kernels};
    DLT_TRY(layer->context.kernels->dense_create(&dense));
    state->at[state->count++] = dense;
    layer->spec.workspace_bytes = dlt_max_i64(layer->spec.workspace_bytes, dense.workspace_bytes);
    return DLT_OK;
}

static dlt_status create_dense(dlt_layer *layer, const int64_t *sizes, int size_count) {
    dense_state *state = NULL;
    dlt_status status = DLT_OK;
    DLT_TRY_OUT(DLT_NEW(state, 1));
    layer->state = state;
    DLT_TRY_OUT(DLT_NEW(state->at, size_count));
    for (int i = 0; i < size_count; i++)
        DLT_TRY_OUT(create_size(layer, state, sizes[i]));
out:
    if (status != DLT_OK)
        destroy_dense(layer);
    return status;
}

static void forward_dense(const dlt_layer *layer, const dlt_layer_call *call) {
    const dense_settings *settings = layer->context.settings;
    const dlt_kernels *kernels = layer->context.kernels;
    const dlt_dense *dense = find_dense(layer, call->n);
    const dlt_real *bias = settings->weights.bias ? call->params[1] : NULL;
    if (!settings->transposed) {
        kernels->dense_forward(dense, call->x[0], call->params[0], bias, call->y[0],
                               call->workspace);
        return;
    }
    kernels->dense_backward_data(dense, call->x[0], call->params[0], call->y[0], call->workspace);
    if (bias != NULL)
        kernels->bias_add(dense->n, settings->units, bias, call->y[0]);
}

static void backward_transposed(const dlt_layer *layer, const dlt_layer_call *call) {
    const dense_settings *settings = layer->context.settings;
    const dlt_kernels *kernels = layer->context.kernels;
    const dlt_dense *dense = find_dense(layer, call->n);
    if (call->dparams[0] != NULL)
        kernels->dense_backward_weights(dense, call->dy[0], call->x[0], call->dparams[0], NULL,
                                        call->workspace);
    if (call->dparams[1] != NULL)
        kernels->column_sum(dense->n, settings->units, call->dy[0], call->dparams[1]);
    if (call->dx[0] != NULL)
        kernels->dense_forward(dense, call->dy[0], call->params[0], NULL, call->dx[0],
                               call->workspace);
}

static void backward_dense(const dlt_layer *layer, const dlt_layer_call *call) {
    const dense_settings *settings = layer->context.settings;
    const dlt_kernels *kernels = layer->context.kernels;
    const dlt_dense *dense = find_dense(layer, call->n);
    if (settings->transposed) {
        backward_transposed(layer, call);
        return;
    }
    if (call->dparams[0] != NULL)
        kernels->dense_backward_weights(dense, call->x[0], call->dy[0], call->dparams[0],
                                        call->dparams[1], call->workspace);
    else if (call->dparams[1] != NULL)
        kernels->column_sum(dense->n, dense->k, call->dy[0], call->dparams[1]);
    if (call->dx[0] != NULL)
        kernels->dense_backward_data(dense, call->dy[0], call->params[0], call->dx[0],
                                     call->workspace);
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
    {.name = "known answer, transposed",
     .settings = "dense: {units: 3, transposed: true}",
     .n = 2,
     .input_count = 1,
     .inputs = {{1, {2}}},
     .input = (const double[]){1, 2, -3, 0.5},
     .params = (const double[]){1, 4, 2, 5, 3, 6, 0.5, -1, 0},
     .output = (const double[]){9.5, 11, 15, -0.5, -4.5, -6}},
    {.name = "transposed, sequences without bias",
     .settings = "dense: {units: 7, transposed: true, bias: false}",
     .n = 3,
     .input_count = 1,
     .inputs = {{2, {2, 4}}}},
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
    {.name = "PyTorch's values: sequences",
     .settings = "dense: 2",
     .n = 2,
     .input_count = 1,
     .inputs = {{2, {2, 3}}},
     .input = (const double[]){1.875, -0.25, -2, -0.875, -0.375, 1.25, 1.875, 0, 0.125, -0.5,
                               -1.125, 1.25},
     .params = (const double[]){-0.375, 0.5, 1.375, 1.125, 0.25, -1.375, 0.875, -2},
     .output = (const double[]){-0.671875, 1.40625, 1, -4.578125, 0.203125, -1.234375, -0.171875,
                                -5.234375}},
};

const dlt_layer_ops dlt_layer_dense = {
    .entry = {.name = "dense",
              .summary = "Fully connected: y = x W + b along the last dimension.",
              .keys = keys,
              .settings_size = sizeof(dense_settings)},
    .inputs_least = 1,
    .inputs_most = 1,
    .infer = infer_dense,
    .forward = forward_dense,
    .backward = backward_dense,
    .skips_frozen = true,
    .selftests = selftests,
    .selftest_count = DLT_COUNT_OF(selftests),
    .create = create_dense,
    .destroy = destroy_dense,
};
