/* Scaled dot-product attention with several heads (Vaswani et al. 2017, arXiv 1706.03762, equation
 * 1):
 *
 *   y = softmax(q k^T / sqrt(d)) v   per head, d elements of a query per head
 *
 * Inputs are q [T, H d], k [S, H d], v [S, H e] and, if given, the number of keys that are there
 * [], a whole number: keys behind it are padding, and no query sees them. ONNX: Attention. The
 * products that make q, k and v are dense layers. */
#include "layers/layers_internal.h"

#include "base/error.h"

#include <inttypes.h>
#include <math.h>

enum { Q, K, V, LENGTH };

typedef struct attention_settings {
    int64_t heads;
    bool causal;
    double scale;
} attention_settings;

static const dlt_key keys[] = {
    {.name = "heads",
     .type = DLT_KEY_INT,
     .offset = offsetof(attention_settings, heads),
     .default_value = "1",
     .minimum = 1,
     .maximum = 2147483647,
     .flags = DLT_KEY_SHORTHAND,
     .help = "Heads, which the features of queries, keys and values are cut into."},
    {.name = "causal",
     .type = DLT_KEY_BOOL,
     .offset = offsetof(attention_settings, causal),
     .default_value = "false",
     .help = "Whether a position sees itself and earlier positions only."},
    {.name = "scale",
     .type = DLT_KEY_REAL,
     .offset = offsetof(attention_settings, scale),
     .default_value = "0",
     .minimum = 0,
     .maximum = 1e6,
     .help = "Factor of the products of queries and keys; 0 stands for one over the root of the "
             "features per head."},
    {0},
};

static dlt_status check_inputs(const dlt_layer_context *context, int64_t heads) {
    const dlt_shape *q = &context->inputs[Q].shape;
    const dlt_shape *k = &context->inputs[K].shape;
    const dlt_shape *v = &context->inputs[V].shape;
    for (int i = Q; i <= V; i++) {
        const dlt_shape *shape = &context->inputs[i].shape;
        if (shape->rank != 2)
            return dlt_layer_shape_error(context, "attention", i, "it needs sequences [T, D]");
        if (shape->dim[1] % heads != 0)
            return dlt_layer_shape_error(context, "attention", i,
                                         "its %" PRId64 " heads do not divide the features", heads);
    }
    if (k->dim[1] != q->dim[1])
        return dlt_layer_shape_error(context, "attention", K,
                                     "its queries have %" PRId64 " features", q->dim[1]);
    if (v->dim[0] != k->dim[0])
        return dlt_layer_shape_error(context, "attention", V, "there are %" PRId64 " keys",
                                     k->dim[0]);
    if (context->input_count > LENGTH && dlt_shape_count(&context->inputs[LENGTH].shape) != 1)
        return dlt_layer_shape_error(context, "attention", LENGTH,
                                     "the number of keys is one number per sample");
    return DLT_OK;
}

static dlt_status infer_attention(const dlt_layer_context *context, dlt_layer_spec *spec) {
    const attention_settings *settings = context->settings;
    DLT_TRY(check_inputs(context, settings->heads));
    const dlt_shape *q = &context->inputs[Q].shape;
    const dlt_shape *v = &context->inputs[V].shape;
    const int64_t queries = q->dim[0];
    spec->outputs[0].shape = (dlt_shape){.rank = 2, .dim = {queries, v->dim[1]}};
    DLT_TRY(
        dlt_layer_check_size(context, "attention", "an output",
                             dlt_layer_product(context->n, dlt_layer_product(queries, v->dim[1]))));
    spec->saved_bytes = context->n * settings->heads * queries * (int64_t)sizeof(dlt_real);
    spec->workspace_bytes = context->kernels->attention_workspace_bytes();
    spec->backward_reads_x = DLT_INPUT(Q) | DLT_INPUT(K) | DLT_INPUT(V) | DLT_INPUT(LENGTH);
    spec->backward_reads_y = true;
    if (context->input_count > LENGTH)
        spec->input_below[LENGTH] = v->dim[0] + 1;
    spec->flops = dlt_layer_product(context->n * queries,
                                    2 * dlt_layer_product(v->dim[0], q->dim[1] + v->dim[1]));
    return DLT_OK;
}

static dlt_attention describe_attention(const dlt_layer *layer, const dlt_layer_call *call) {
    const attention_settings *settings = layer->context.settings;
    const dlt_tensor_spec *inputs = layer->context.inputs;
    const int64_t d = inputs[Q].shape.dim[1] / settings->heads;
    const double scale = settings->scale > 0 ? settings->scale : 1 / sqrt((double)d);
    return (dlt_attention){.n = call->n,
                           .queries = inputs[Q].shape.dim[0],
                           .keys = inputs[K].shape.dim[0],
                           .heads = settings->heads,
                           .d = d,
                           .e = inputs[V].shape.dim[1] / settings->heads,
                           .scale = (dlt_real)scale,
                           .causal = settings->causal,
                           .lengths = layer->context.input_count > LENGTH ? call->ix[LENGTH] : NULL,
                           .kernels = layer->context.kernels};
}

static void forward_attention(const dlt_layer *layer, const dlt_layer_call *call) {
    const dlt_attention attention = describe_attention(layer, call);
    const dlt_attention_call pointers = {.q = call->x[Q],
                                         .k = call->x[K],
                                         .v = call->x[V],
                                         .y = call->y[0],
                                         .log_sums = call->saved};
    layer->context.kernels->attention_forward(&attention, &pointers, call->workspace);
}

static void backward_attention(const dlt_layer *layer, const dlt_layer_call *call) {
    const dlt_attention attention = describe_attention(layer, call);
    const dlt_attention_call pointers = {.q = call->x[Q],
                                         .k = call->x[K],
                                         .v = call->x[V],
                                         .y = call->y[0],
                                         .log_sums = call->saved,
                                         .dy = call->dy[0],
                                         .dq = call->dx[Q],
                                         .dk = call->dx[K],
                                         .dv = call->dx[V]};
    layer->context.kernels->attention_backward(&attention, &pointers, call->workspace);
}

static const dlt_layer_selftest selftests[] = {
    {.name = "known answer: equal scores average the values",
     .settings = "attention",
     .n = 1,
     .input_count = 3,
     .inputs = {{2, {1, 2}}, {2, {2, 2}}, {2, {2, 1}}},
     .input = (const double[]){0, 0, 1, 2, 3, 4, 1, 5},
     .output = (const double[]){3}},
    {.name = "known answer: causal, the first position sees itself",
     .settings = "attention: {causal: true, scale: 2}",
     .n = 1,
     .input_count = 3,
     .inputs = {{2, {2, 1}}, {2, {2, 1}}, {2, {2, 1}}},
     .input = (const double[]){7, 0, 1, 2, 3, 5},
     .output = (const double[]){3, 4}},
    {.name = "known answer: padding, and no key at all",
     .settings = "attention",
     .n = 2,
     .evaluate = true,
     .input_count = 4,
     .inputs = {{2, {1, 1}}, {2, {2, 1}}, {2, {2, 1}}, {0}},
     .below = {0, 0, 0, 3},
     .input = (const double[]){7, 7, 1, 2, 3, 4, 3, 5, 7, 9, 1, 0},
     .output = (const double[]){3, 0}},
    {.name = "heads, other features of values",
     .settings = "attention: 2",
     .n = 2,
     .input_count = 3,
     .inputs = {{2, {3, 4}}, {2, {5, 4}}, {2, {5, 6}}}},
    {.name = "several blocks of queries and keys",
     .settings = "attention: {heads: 1, scale: 0.5}",
     .n = 1,
     .input_count = 3,
     .inputs = {{2, {70, 2}}, {2, {67, 2}}, {2, {67, 1}}}},
    {.name = "causal, several blocks",
     .settings = "attention: {heads: 2, causal: true}",
     .n = 2,
     .input_count = 3,
     .inputs = {{2, {66, 2}}, {2, {66, 2}}, {2, {66, 2}}}},
    {.name = "causal, queries and keys of other numbers",
     .settings = "attention: {heads: 1, causal: true}",
     .n = 1,
     .input_count = 3,
     .inputs = {{2, {70, 2}}, {2, {67, 2}}, {2, {67, 1}}}},
    {.name = "lengths across blocks",
     .settings = "attention",
     .n = 4,
     .input_count = 4,
     .inputs = {{2, {2, 2}}, {2, {130, 2}}, {2, {130, 1}}, {0}},
     .below = {0, 0, 0, 131}},
    {.name = "lengths",
     .settings = "attention: {heads: 2, causal: true}",
     .n = 3,
     .input_count = 4,
     .inputs = {{2, {6, 4}}, {2, {6, 4}}, {2, {6, 2}}, {1, {1}}},
     .below = {0, 0, 0, 7}},
    {.name = "PyTorch's values: two heads",
     .settings = "attention: 2",
     .n = 1,
     .input_count = 3,
     .inputs = {{2, {2, 4}}, {2, {3, 4}}, {2, {3, 2}}},
     .input = (const double[]){-1.875, -2,    -0.375, 1.125, -0.625, -0.25,  -0.5,  1,   -0.875,
                               -0.125, 1.625, 0.625,  1.375, -1.75,  0.875,  -1.75, -1,  -0.75,
                               0.875,  -2,    -1.25,  0.75,  -1.75,  -0.875, -0.5,  0.25},
     .output = (const double[]){-0.8164927262472219, 0.4690028487483431, -1.0111005806247877,
                                0.4065436360339951}},
    {.name = "PyTorch's values: causal",
     .settings = "attention: {causal: true}",
     .n = 1,
     .input_count = 3,
     .inputs = {{2, {3, 2}}, {2, {3, 2}}, {2, {3, 2}}},
     .input = (const double[]){1, 1.25, -1.375, 1.125, 0, -0.875, -0.875, 1, -2, 0.5, -1.75, -0.5,
                               -0.25, -0.375, -1.75, 0.375, 0.625, -0.25},
     .output = (const double[]){-0.25, -0.375, -1.2509698811420271, 0.1254849405710136,
                                -0.215330716725238, -0.10147871772067484}},
    {.name = "PyTorch's values: causal, with lengths",
     .settings = "attention: {heads: 2, causal: true}",
     .n = 2,
     .input_count = 4,
     .inputs = {{2, {3, 2}}, {2, {3, 2}}, {2, {3, 2}}, {0}},
     .below = {0, 0, 0, 100},
     .input = (const double[]){0.5,    -1.75, 0.75,   0.875,  0.25, 2,      1.125,  0.75,
                               -2,     1.75,  0.5,    0.625,  -0.5, -2,     -1.125, -1.375,
                               -1.875, 1.875, -0.125, -1.75,  0.25, -1.875, -1.5,   -0.5,
                               0.375,  -1.75, 1,      -1.625, 1.5,  -1.375, 0.75,   0.875,
                               0.625,  0.5,   1.5,    2,      3,    2},
     .output =
         (const double[]){0.375, -1.75, 0.6155700903024585, -1.67082371704027, 0.8945400574923672,
                          -1.3755363508509417, 0.75, 0.875, 0.7098973373969242, 0.7079264243601603,
                          0.6816577310019232, 0.6948204957320347}},
    {.name = "PyTorch's values: lengths",
     .settings = "attention",
     .n = 2,
     .input_count = 4,
     .inputs = {{2, {2, 2}}, {2, {3, 2}}, {2, {3, 2}}, {0}},
     .below = {0, 0, 0, 100},
     .input = (const double[]){1.125,  -1.625, 1.125,  -0.375, -1.375, 0.75,  1.25,  -0.875, 1.25,
                               1.625,  -0.375, -0.875, 0,      -1.875, 1,     0,     0.75,   -0.75,
                               1.5,    -1.125, 2,      0.625,  1.375,  1.625, 1.625, 0.25,   0.5,
                               -0.125, -1.75,  1.75,   -1.625, 0.375,  2,     1},
     .output = (const double[]){1.4817523355433913, 1.4541962631305745, 1.782772889410218,
                                0.9725633769436519, 0.5, -0.125, 0.5, -0.125}},
};

const dlt_layer_ops dlt_layer_attention = {
    .entry = {.name = "attention",
              .summary = "Scaled dot-product attention of queries, keys and values, with heads.",
              .keys = keys,
              .settings_size = sizeof(attention_settings)},
    .inputs_least = 3,
    .inputs_most = 4,
    .whole_inputs = DLT_INPUT(LENGTH),
    .infer = infer_attention,
    .forward = forward_attention,
    .backward = backward_attention,
    .selftests = selftests,
    .selftest_count = DLT_COUNT_OF(selftests),
};
