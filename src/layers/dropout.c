/* Inverted dropout (Srivastava et al. 2014, JMLR 15:1929).
 *
 *   training:    y = keep ? x / (1 - rate) : 0;  dx the same of dy
 *   evaluation:  y = x
 *
 * Element i is kept if word i of the call's random stream is at or above rate * 2^32, so that
 * backward draws the same mask again and nothing is saved. */
#include "layers/layers_internal.h"

typedef struct dropout_settings {
    double rate;
} dropout_settings;

static const dlt_key keys[] = {
    {.name = "rate",
     .type = DLT_KEY_REAL,
     .offset = offsetof(dropout_settings, rate),
     .minimum = 0,
     .maximum = 1,
     .flags = DLT_KEY_SHORTHAND | DLT_KEY_OPEN_HIGH,
     .help = "Fraction of elements that are set to zero in training."},
    {0},
};

static dlt_status infer_dropout(const dlt_layer_context *context, dlt_layer_spec *spec) {
    dlt_layer_same_shape(context, 1, spec);
    return DLT_OK;
}

static void drop(const dlt_layer *layer, const dlt_layer_call *call, const dlt_real *from,
                 dlt_real *to) {
    const dropout_settings *settings = layer->context.settings;
    /* rate < 1, hence the product is below 2^32 */
    uint32_t threshold = (uint32_t)(settings->rate * 0x1p32);
    layer->context.kernels->dropout(dlt_layer_elements(&layer->context, call->n), call->random_key,
                                    call->random_high, threshold,
                                    (dlt_real)(1.0 / (1.0 - settings->rate)), from, to);
}

static void forward_dropout(const dlt_layer *layer, const dlt_layer_call *call) {
    if (call->training)
        drop(layer, call, call->x[0], call->y[0]);
    else
        dlt_layer_copy(dlt_layer_elements(&layer->context, call->n), call->x[0], call->y[0]);
}

static void backward_dropout(const dlt_layer *layer, const dlt_layer_call *call) {
    if (call->dx[0] != NULL)
        drop(layer, call, call->dy[0], call->dx[0]);
}

static const dlt_layer_selftest selftests[] = {
    {.name = "training",
     .settings = "dropout: 0.5",
     .n = 3,
     .input_count = 1,
     .inputs = {{1, {7}}}},
    {.name = "images",
     .settings = "dropout: {rate: 0.25}",
     .n = 2,
     .input_count = 1,
     .inputs = {{3, {3, 2, 3}}}},
    {.name = "rate 0 keeps all",
     .settings = "dropout: 0",
     .n = 1,
     .input_count = 1,
     .inputs = {{1, {3}}},
     .input = (const double[]){1, -2, 3},
     .output = (const double[]){1, -2, 3}},
    {.name = "evaluation keeps all",
     .settings = "dropout: 0.9",
     .n = 1,
     .input_count = 1,
     .inputs = {{1, {3}}},
     .evaluate = true,
     .input = (const double[]){1, -2, 3},
     .output = (const double[]){1, -2, 3}},
};

const dlt_layer_ops dlt_layer_dropout = {
    .entry = {.name = "dropout",
              .summary = "Sets a random fraction of elements to zero in training.",
              .keys = keys,
              .settings_size = sizeof(dropout_settings)},
    .inputs_least = 1,
    .inputs_most = 1,
    .infer = infer_dropout,
    .forward = forward_dropout,
    .backward = backward_dropout,
    .selftests = selftests,
    .selftest_count = DLT_COUNT_OF(selftests),
};
