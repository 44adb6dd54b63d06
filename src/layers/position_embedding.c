/* Adds a learned vector for each position of a sequence: y[n, t] = x[n, t] + P[t]. Learned
 * positions as in GPT (Radford et al. 2018, "Improving language understanding by generative
 * pre-training"). x [T, D], P [positions, D] with T at most `positions`; rows of P behind T have no
 * gradient. The gradient of P adds the samples in their order. */
#include "layers/layers_internal.h"

#include "base/error.h"

#include <string.h>

typedef struct position_settings {
    int64_t positions;
    dlt_selection init;
} position_settings;

static const char *const positions_names[] = {"auto", NULL};

static const dlt_key keys[] = {
    {.name = "positions",
     .type = DLT_KEY_INT,
     .offset = offsetof(position_settings, positions),
     .default_value = "auto",
     .minimum = 1,
     .maximum = 2147483647,
     .enum_names = positions_names,
     .flags = DLT_KEY_SHORTHAND,
     .help = "Rows of the table, at least the length of every sequence; auto: the length of the "
             "input, which then must not vary."},
    {.name = "init",
     .type = DLT_KEY_SELECTION,
     .offset = offsetof(position_settings, init),
     .default_value = "{normal: {std: 0.02}}",
     .registry = dlt_initializers,
     .help = "Initial rows; the default is GPT's."},
    {0},
};

static dlt_status infer_position_embedding(const dlt_layer_context *context, dlt_layer_spec *spec) {
    const position_settings *settings = context->settings;
    const dlt_shape *input = &context->inputs[0].shape;
    if (input->rank != 2)
        return dlt_layer_shape_error(context, "position_embedding", 0,
                                     "it needs a sequence [T, D] per sample");
    const int64_t positions = settings->positions > 0 ? settings->positions : input->dim[0];
    if (input->dim[0] > positions)
        return dlt_layer_shape_error(context, "position_embedding", 0,
                                     "it has %lld positions, fewer than the sequence",
                                     (long long)positions);
    DLT_TRY(dlt_layer_check_size(context, "position_embedding", "a table",
                                 dlt_layer_product(positions, input->dim[1])));
    dlt_layer_same_shape(context, 1, spec);
    spec->param_count = 1;
    spec->params[0] = (dlt_param_spec){.name = "weight",
                                       .shape = {.rank = 2, .dim = {positions, input->dim[1]}},
                                       .init = &settings->init,
                                       .fan_in = positions,
                                       .fan_out = input->dim[1],
                                       .role = DLT_PARAM_EMBEDDING};
    return DLT_OK;
}

static void forward_position_embedding(const dlt_layer *layer, const dlt_layer_call *call) {
    const int64_t count = dlt_layer_elements(&layer->context, 1);
    const dlt_real *restrict table = call->params[0];
    for (int64_t i = 0; i < call->n; i++) {
        const dlt_real *x = call->x[0] + i * count;
        dlt_real *y = call->y[0] + i * count;
        for (int64_t j = 0; j < count; j++)
            y[j] = x[j] + table[j];
    }
}

static void backward_position_embedding(const dlt_layer *layer, const dlt_layer_call *call) {
    const int64_t count = dlt_layer_elements(&layer->context, 1);
    const dlt_shape *table = &layer->spec.params[0].shape;
    dlt_real *restrict gradient = call->dparams[0];
    if (gradient != NULL)
        memset(gradient, 0, (size_t)dlt_shape_count(table) * sizeof *gradient);
    for (int64_t i = 0; gradient != NULL && i < call->n; i++)
        for (int64_t j = 0; j < count; j++)
            gradient[j] += call->dy[0][i * count + j];
    if (call->dx[0] != NULL && call->dx[0] != call->dy[0])
        dlt_layer_copy(call->n * count, call->dy[0], call->dx[0]);
}

static const dlt_layer_selftest selftests[] = {
    {.name = "known answer",
     .settings = "position_embedding",
     .n = 2,
     .input_count = 1,
     .inputs = {{2, {2, 3}}},
     .input = (const double[]){1, 2, 3, 4, 5, 6, -1, -2, -3, -4, -5, -6},
     .params = (const double[]){0.5, 0, -0.5, 1, 0.25, 2},
     .output = (const double[]){1.5, 2, 2.5, 5, 5.25, 8, -0.5, -2, -3.5, -3, -4.75, -4}},
    {.name = "more positions than the sequence has",
     .settings = "position_embedding: {positions: 5, init: {constant: 1}}",
     .n = 3,
     .input_count = 1,
     .inputs = {{2, {3, 2}}}},
    {.name = "sequences",
     .settings = "position_embedding",
     .n = 4,
     .input_count = 1,
     .inputs = {{2, {4, 3}}}},
};

const dlt_layer_ops dlt_layer_position_embedding = {
    .entry = {.name = "position_embedding",
              .summary = "Adds a learned vector to each position of a sequence.",
              .keys = keys,
              .settings_size = sizeof(position_settings)},
    .inputs_least = 1,
    .inputs_most = 1,
    .in_place = true,
    .infer = infer_position_embedding,
    .forward = forward_position_embedding,
    .backward = backward_position_embedding,
    .skips_frozen = true,
    .selftests = selftests,
    .selftest_count = DLT_COUNT_OF(selftests),
};
