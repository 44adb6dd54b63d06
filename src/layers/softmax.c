/* Softmax over the last dimension.
 *
 *   y_i = exp(x_i) / sum over j of exp(x_j);  dx_i = y_i * (dy_i - sum over j of y_j dy_j)
 *
 * x [rows, D]. The loss cross_entropy takes logits and needs no softmax before it. */
#include "layers/layers_internal.h"

#include "base/error.h"

static dlt_status infer_softmax(const dlt_layer_context *context, dlt_layer_spec *spec) {
    DLT_TRY(dlt_layer_need_features(context, "softmax"));
    /* Maximum, subtract, exp, sum, divide. */
    dlt_layer_same_shape(context, 5, spec);
    spec->backward_reads_y = true;
    return DLT_OK;
}

static void forward_softmax(const dlt_layer *layer, const dlt_layer_call *call) {
    layer->context.kernels->softmax_forward(dlt_layer_rows(&layer->context, call->n),
                                            dlt_layer_features(&layer->context), call->x[0],
                                            call->y[0]);
}

static void backward_softmax(const dlt_layer *layer, const dlt_layer_call *call) {
    if (call->dx[0] == NULL)
        return;
    layer->context.kernels->softmax_backward(dlt_layer_rows(&layer->context, call->n),
                                             dlt_layer_features(&layer->context), call->y[0],
                                             call->dy[0], call->dx[0]);
}

static const dlt_layer_selftest selftests[] = {
    {.name = "known answer",
     .settings = "softmax",
     .n = 2,
     .input_count = 1,
     .inputs = {{1, {3}}},
     .input = (const double[]){1, 2, 3, -1, 0, 1000},
     .output =
         (const double[]){0.09003057317038045, 0.2447284710547976, 0.6652409557748218, 0, 0, 1}},
    {.name = "vectors", .settings = "softmax", .n = 3, .input_count = 1, .inputs = {{1, {5}}}},
    {.name = "sequences", .settings = "softmax", .n = 2, .input_count = 1, .inputs = {{2, {3, 4}}}},
};

const dlt_layer_ops dlt_layer_softmax = {
    .entry = {.name = "softmax",
              .summary = "Probabilities over the last dimension (cross_entropy needs none)."},
    .inputs_least = 1,
    .inputs_most = 1,
    .infer = infer_softmax,
    .forward = forward_softmax,
    .backward = backward_softmax,
    .selftests = selftests,
    .selftest_count = DLT_COUNT_OF(selftests),
};
