/* Long short-term memory over a sequence (Hochreiter and Schmidhuber 1997,
 * doi 10.1162/neco.1997.9.8.1735; Gers, Schmidhuber, Cummins 2000):
 *
 *   [i f g o] = x_t W + h_t-1 R + b
 *   c_t = s(f) c_t-1 + s(i) tanh(g),   h_t = s(o) tanh(c_t),   s the sigmoid; h and c begin at 0
 *
 * x [T, D], W [D, 4 U], R [U, 4 U], b [4 U], with the gates in PyTorch's order (Keras: the same;
 * ONNX: i, o, f, c). Outputs are the sequence of h [T, U], and h and c after the last step [U].
 * A second input gives the number of steps of each sample; positions behind it are padding: they
 * are not computed, and their h is 0. `reverse` begins at the last step; a bidirectional layer is
 * two nodes and a concat.
 *
 * The products with x are one for all steps. Those with h are one per step for all samples.
 * Gradients of parameters are sums over samples, ascending, and within a sample over steps, the one
 * computed last first; padding takes no part in them. Saved: gates and c of every step. */
#include "layers/layers_internal.h"

#include "base/cast.h"
#include "base/error.h"
#include "dltrain/extend/initializer.h"

#include <inttypes.h>
#include <string.h>

enum { X, LENGTH };
enum { SEQUENCE, LAST_H, LAST_C };
enum { WEIGHT, RECURRENT, BIAS };
enum { GATES = 4 };

typedef struct lstm_settings {
    int64_t units;
    bool reverse;
    bool bias;
    bool recurrent_bias;
    dlt_selection init;
    dlt_selection recurrent_init;
    dlt_selection bias_init;
} lstm_settings;

#define INIT_KEY(field, whose)                                                                     \
    {                                                                                              \
        .name = #field, .type = DLT_KEY_SELECTION, .offset = offsetof(lstm_settings, field),       \
        .default_value = "null", .registry = dlt_initializers, .flags = DLT_KEY_NULLABLE,          \
        .help = (whose)                                                                            \
    }

static const dlt_key keys[] = {
    {.name = "units",
     .type = DLT_KEY_INT,
     .offset = offsetof(lstm_settings, units),
     .minimum = 1,
     .maximum = 536870911,
     .flags = DLT_KEY_SHORTHAND,
     .help = "Elements of the hidden state and of the cell."},
    {.name = "reverse",
     .type = DLT_KEY_BOOL,
     .offset = offsetof(lstm_settings, reverse),
     .default_value = "false",
     .help = "Whether the sequence is read from its last step to its first."},
    {.name = "bias",
     .type = DLT_KEY_BOOL,
     .offset = offsetof(lstm_settings, bias),
     .default_value = "true",
     .help = "Whether a bias is added."},
    {.name = "recurrent_bias",
     .type = DLT_KEY_BOOL,
     .offset = offsetof(lstm_settings, recurrent_bias),
     .default_value = "false",
     .help = "Whether a second bias is added, as PyTorch and ONNX have it (Keras has one)."},
    INIT_KEY(init, "Initial weights of the inputs; null: uniform in +-1 / sqrt(units), PyTorch's "
                   "default (Keras: glorot_uniform)."),
    INIT_KEY(recurrent_init, "Initial weights of the hidden state; null: as PyTorch, like `init` "
                             "(Keras: orthogonal)."),
    INIT_KEY(bias_init, "Initial biases; null: as PyTorch, like `init` (Keras: 1 for the forget "
                        "gate, else 0)."),
    {0},
};

/* PyTorch's default of all parameters, with the units as their fan. */
extern const dlt_initializer_ops dlt_initializer_pytorch_uniform;
static const dlt_selection unit_uniform = {.kind = &dlt_initializer_pytorch_uniform.entry};

static void add_param(const char *name, const dlt_selection *init, const dlt_shape *shape,
                      int64_t fan_in, int64_t units, dlt_layer_spec *spec) {
    const bool is_default = init->kind == NULL;
    spec->params[spec->param_count++] =
        (dlt_param_spec){.name = name,
                         .shape = *shape,
                         .role = shape->rank == 1 ? DLT_PARAM_BIAS : DLT_PARAM_WEIGHT,
                         .init = is_default ? &unit_uniform : init,
                         .fan_in = is_default ? units : fan_in,
                         .fan_out = GATES * units};
}

static dlt_status check_inputs(const dlt_layer_context *context) {
    if (context->inputs[X].shape.rank != 2)
        return dlt_layer_shape_error(context, "lstm", X, "it needs sequences [T, D]");
    if (context->input_count > LENGTH && dlt_shape_count(&context->inputs[LENGTH].shape) != 1)
        return dlt_layer_shape_error(context, "lstm", LENGTH,
                                     "the number of steps is one number per sample");
    return DLT_OK;
}

static dlt_status infer_lstm(const dlt_layer_context *context, dlt_layer_spec *spec) {
    const lstm_settings *settings = context->settings;
    DLT_TRY(check_inputs(context));
    const int64_t t = context->inputs[X].shape.dim[0];
    const int64_t d = context->inputs[X].shape.dim[1];
    const int64_t u = settings->units;
    const int64_t positions = dlt_layer_product(context->n, t);
    const int64_t widest = dlt_layer_product(GATES + 1, dlt_max_i64(u, d));
    DLT_TRY(dlt_layer_check_size(context, "lstm", "a weight",
                                 dlt_layer_product(GATES * u, dlt_max_i64(u, d))));
    DLT_TRY(dlt_layer_check_size(context, "lstm", "gates", dlt_layer_product(positions, widest)));
    int fits; /* rows and distances of rows are int in BLAS */
    DLT_TRY(dlt_cast_int(positions, "positions of an lstm's input", &fits));
    DLT_TRY(dlt_cast_int(dlt_layer_product(t, GATES * u), "gates of an lstm's sample", &fits));

    spec->output_count = 3;
    spec->outputs[SEQUENCE].shape = (dlt_shape){.rank = 2, .dim = {t, u}};
    spec->outputs[LAST_H].shape = (dlt_shape){.rank = 1, .dim = {u}};
    spec->outputs[LAST_C].shape = spec->outputs[LAST_H].shape;
    const dlt_shape bias = {.rank = 1, .dim = {GATES * u}};
    const dlt_shape weight = {.rank = 2, .dim = {d, GATES * u}};
    const dlt_shape recurrent = {.rank = 2, .dim = {u, GATES * u}};
    add_param("weight", &settings->init, &weight, d, u, spec);
    add_param("recurrent_weight", &settings->recurrent_init, &recurrent, u, u, spec);
    if (settings->bias)
        add_param("bias", &settings->bias_init, &bias, d, u, spec);
    if (settings->recurrent_bias)
        add_param("recurrent_bias", &settings->bias_init, &bias, u, u, spec);

    const int64_t real = (int64_t)sizeof(dlt_real);
    spec->saved_bytes = positions * (GATES + 1) * u * real;
    spec->workspace_bytes =
        (positions * (GATES * u + dlt_max_i64(u, d)) + 2 * context->n * u) * real;
    spec->backward_reads_x = DLT_INPUT(X) | DLT_INPUT(LENGTH);
    spec->backward_reads_y = true;
    if (context->input_count > LENGTH)
        spec->input_below[LENGTH] = t + 1;
    spec->flops = dlt_layer_product(positions, dlt_layer_product(2 * GATES * u, d + u));
    return DLT_OK;
}

/* Sizes and places of one call. */
typedef struct lstm_call {
    const dlt_kernels *kernels;
    int64_t n, t, d, u;
    bool reverse;
    const int32_t *lengths; /* [n], or NULL */
    dlt_real *gates;        /* [n, T, 4 U] */
    dlt_real *c;            /* [n, T, U] */
} lstm_call;

static lstm_call describe_lstm(const dlt_layer *layer, const dlt_layer_call *call) {
    const lstm_settings *settings = layer->context.settings;
    const dlt_shape *x = &layer->context.inputs[X].shape;
    lstm_call self = {.kernels = layer->context.kernels,
                      .n = call->n,
                      .t = x->dim[0],
                      .d = x->dim[1],
                      .u = settings->units,
                      .reverse = settings->reverse,
                      .lengths = layer->context.input_count > LENGTH ? call->ix[LENGTH] : NULL,
                      .gates = call->training ? call->saved : call->workspace};
    self.c = self.gates + self.n * self.t * GATES * self.u;
    return self;
}

/* Steps of a sample. */
static int64_t steps_of(const lstm_call *self, int64_t sample) {
    return self->lengths == NULL ? self->t
                                 : dlt_min_i64(dlt_max_i64(self->lengths[sample], 0), self->t);
}

/* The position at which a sample is computed last; it has at least one. */
static int64_t last_of(const lstm_call *self, int64_t sample) {
    return self->reverse ? 0 : steps_of(self, sample) - 1;
}

/* Positions up to the end of the longest sample. */
static int64_t longest_of(const lstm_call *self) {
    int64_t longest = 0;
    for (int64_t i = 0; i < self->n; i++)
        longest = dlt_max_i64(longest, steps_of(self, i));
    return longest;
}

/* The cell of a sample at a position; NULL where there is no such step. */
static const dlt_real *cell_at(const lstm_call *self, int64_t sample, int64_t t) {
    return t >= 0 && t < steps_of(self, sample) ? self->c + (sample * self->t + t) * self->u : NULL;
}

/* One position of all samples, whose gates hold the products with x. */
static void forward_step(const lstm_call *self, const dlt_real *recurrent, int64_t t, bool is_first,
                         dlt_real *h) {
    const int64_t u = self->u;
    const int64_t before = self->reverse ? t + 1 : t - 1;
    if (!is_first)
        self->kernels->gemm(false, false, self->n, GATES * u, u, 1, h + before * u, self->t * u,
                            recurrent, GATES * u, 1, self->gates + t * GATES * u,
                            self->t * GATES * u);
    for (int64_t i = 0; i < self->n; i++) {
        const int64_t at = i * self->t + t;
        if (t < steps_of(self, i)) {
            self->kernels->lstm_forward(u, self->gates + at * GATES * u, cell_at(self, i, before),
                                        self->c + at * u, h + at * u);
            continue;
        }
        memset(self->c + at * u, 0, (size_t)u * sizeof *h);
        memset(h + at * u, 0, (size_t)u * sizeof *h);
    }
}

static void forward_lstm(const dlt_layer *layer, const dlt_layer_call *call) {
    const lstm_call self = describe_lstm(layer, call);
    const int64_t u = self.u;
    const int64_t rows = self.n * self.t;
    dlt_real *h = call->y[SEQUENCE];
    self.kernels->gemm(false, false, rows, GATES * u, self.d, 1, call->x[X], self.d,
                       call->params[WEIGHT], GATES * u, 0, self.gates, GATES * u);
    for (int p = BIAS; p < layer->spec.param_count; p++)
        self.kernels->bias_add(rows, GATES * u, call->params[p], self.gates);
    const int64_t longest = longest_of(&self);
    for (int64_t s = 0; s < longest; s++)
        forward_step(&self, call->params[RECURRENT], self.reverse ? longest - 1 - s : s, s == 0, h);
    for (int64_t i = 0; i < self.n; i++) {
        for (int64_t t = longest; t < self.t; t++)
            memset(h + (i * self.t + t) * u, 0, (size_t)u * sizeof *h);
        const int64_t at = i * self.t + last_of(&self, i);
        if (steps_of(&self, i) > 0) {
            dlt_layer_copy(u, h + at * u, call->y[LAST_H] + i * u);
            dlt_layer_copy(u, self.c + at * u, call->y[LAST_C] + i * u);
            continue;
        }
        memset(call->y[LAST_H] + i * u, 0, (size_t)u * sizeof *h);
        memset(call->y[LAST_C] + i * u, 0, (size_t)u * sizeof *h);
    }
}

static void add_row(int64_t count, const dlt_real *row, dlt_real *sum) {
    if (row != NULL)
        for (int64_t j = 0; j < count; j++)
            sum[j] += row[j];
}

static const dlt_real *row_of(const dlt_real *rows, int64_t index, int64_t count) {
    return rows != NULL ? rows + index * count : NULL;
}

/* One position of all samples: dh and dc [n, U] hold what later steps give, and then the gradients
 * of the state before. */
static void backward_step(const lstm_call *self, const dlt_layer_call *call, int64_t t,
                          bool is_first, dlt_real *dgates, dlt_real *dh, dlt_real *dc) {
    const int64_t u = self->u;
    const int64_t before = self->reverse ? t + 1 : t - 1;
    for (int64_t i = 0; i < self->n; i++) {
        const int64_t at = i * self->t + t;
        if (t >= steps_of(self, i)) {
            memset(dgates + at * GATES * u, 0, (size_t)(GATES * u) * sizeof *dgates);
            continue;
        }
        if (t == last_of(self, i)) {
            memset(dh + i * u, 0, (size_t)u * sizeof *dh);
            memset(dc + i * u, 0, (size_t)u * sizeof *dc);
            add_row(u, row_of(call->dy[LAST_H], i, u), dh + i * u);
            add_row(u, row_of(call->dy[LAST_C], i, u), dc + i * u);
        }
        add_row(u, row_of(call->dy[SEQUENCE], at, u), dh + i * u);
        self->kernels->lstm_backward(u, self->gates + at * GATES * u, cell_at(self, i, before),
                                     self->c + at * u, dh + i * u, dc + i * u,
                                     dgates + at * GATES * u);
    }
    if (!is_first)
        self->kernels->gemm(false, true, self->n, u, GATES * u, 1, dgates + t * GATES * u,
                            self->t * GATES * u, call->params[RECURRENT], GATES * u, 0, dh, u);
}

/* The rows [n, T, width] of the steps that are there, packed: samples ascending, within a sample
 * the step computed last first. `earlier` takes instead the row of the step before, or zeros where
 * there is none. Returns the number of rows. */
static int64_t pack_rows(const lstm_call *self, int64_t width, int64_t earlier,
                         const dlt_real *from, dlt_real *to) {
    int64_t rows = 0;
    for (int64_t i = 0; i < self->n; i++) {
        const int64_t steps = steps_of(self, i);
        for (int64_t s = 0; s < steps; s++, rows++) {
            const int64_t t = self->reverse ? s + earlier : steps - 1 - s - earlier;
            if (t < 0 || t >= steps)
                memset(to + rows * width, 0, (size_t)width * sizeof *to);
            else
                dlt_layer_copy(width, from + (i * self->t + t) * width, to + rows * width);
        }
    }
    return rows;
}

/* dW, dR and db, those that are wanted. Nobody reads the gates any more: their memory takes dgates,
 * packed. */
static void backward_params(const lstm_call *self, const dlt_layer *layer,
                            const dlt_layer_call *call, const dlt_real *dgates, dlt_real *input) {
    const int64_t u = self->u;
    dlt_real *packed = self->gates;
    const int64_t rows = pack_rows(self, GATES * u, 0, dgates, packed);
    if (call->dparams[WEIGHT] != NULL) {
        pack_rows(self, self->d, 0, call->x[X], input);
        self->kernels->gemm(true, false, self->d, GATES * u, rows, 1, input, self->d, packed,
                            GATES * u, 0, call->dparams[WEIGHT], GATES * u);
    }
    if (call->dparams[RECURRENT] != NULL) {
        pack_rows(self, u, 1, call->y[SEQUENCE], input);
        self->kernels->gemm(true, false, u, GATES * u, rows, 1, input, u, packed, GATES * u, 0,
                            call->dparams[RECURRENT], GATES * u);
    }
    for (int p = BIAS; p < layer->spec.param_count; p++)
        if (call->dparams[p] != NULL)
            self->kernels->column_sum(rows, GATES * u, packed, call->dparams[p]);
}

static void backward_lstm(const dlt_layer *layer, const dlt_layer_call *call) {
    const lstm_call self = describe_lstm(layer, call);
    const int64_t u = self.u;
    const int64_t rows = self.n * self.t;
    const int64_t longest = longest_of(&self);
    dlt_real *dgates = call->workspace;
    dlt_real *input = dgates + rows * GATES * u;
    dlt_real *dh = input + rows * dlt_max_i64(u, self.d);
    for (int64_t i = 0; i < self.n; i++)
        memset(dgates + (i * self.t + longest) * GATES * u, 0,
               (size_t)((self.t - longest) * GATES * u) * sizeof *dgates);
    for (int64_t s = longest - 1; s >= 0; s--)
        backward_step(&self, call, self.reverse ? longest - 1 - s : s, s == 0, dgates, dh,
                      dh + self.n * u);
    if (call->dx[X] != NULL)
        self.kernels->gemm(false, true, rows, self.d, GATES * u, 1, dgates, GATES * u,
                           call->params[WEIGHT], GATES * u, 0, call->dx[X], self.d);
    backward_params(&self, layer, call, dgates, input);
}

static const dlt_layer_selftest selftests[] = {
    {.name = "PyTorch's values: two biases",
     .settings = "lstm: {units: 2, recurrent_bias: true}",
     .n = 2,
     .input_count = 1,
     .inputs = {{2, {3, 2}}},
     .input = (const double[]){0.5, 0.625, 0.75, -1.625, -1, 0.375, 0.75, 1.25, -0.5, 0.75, -1.125,
                               -0.875},
     .params =
         (const double[]){-0.125,  -0.4375, -0.8125, 1,       -0.0625, -0.4375, 0.625,   0.75,
                          0.8125,  0.125,   0.3125,  -0.75,   0.125,   0.875,   -0.75,   0.6875,
                          -0.6875, -0.8125, 0.25,    0,       0.375,   0.4375,  0.1875,  -1,
                          0.875,   0.4375,  -0.0625, -1,      -0.6875, 0.75,    -0.875,  -0.3125,
                          1,       0.9375,  -0.5,    -0.6875, 0.375,   0.1875,  0.125,   0.8125,
                          0.8125,  -0.875,  0.25,    -0.3125, -0.75,   -0.875,  -0.3125, -0.5625},
     .output = (const double[]){-0.11584877215291108, -0.1217131370534974,  -0.292786268840604,
                                -0.21875323920798478, -0.11474776286314277, -0.10370693180718478,
                                -0.08164140348028259, 0.031010140383001872, -0.0979752597561449,
                                0.06726010645908029,  -0.2305780717371982,  -0.10419146608370372,
                                -0.11474776286314277, -0.10370693180718478, -0.2305780717371982,
                                -0.10419146608370372, -0.4399555546295046,  -0.1983431695281057,
                                -0.6118908761042938,  -0.4513384319768387}},
    {.name = "PyTorch's values: lengths",
     .settings = "lstm: 1",
     .n = 3,
     .input_count = 2,
     .inputs = {{2, {3, 2}}, {0}},
     .below = {0, 4},
     .input = (const double[]){0.25,  -0.125, 0,     -1.375, 1.625,  0.125, 0,
                               1.375, 1.375,  -2,    -0.75,  -1.125, -0.75, -0.75,
                               1.75,  0.125,  0.625, 1.875,  2,      3,     1},
     .params = (const double[]){0.4375, 0.4375, -0.0625, 0.1875, -0.625, -0.6875, 0.125, -0.9375,
                                -0.125, -0.625, -0.4375, 0.1875, 0.8125, 0.75, 0.6875, 0},
     .output = (const double[]){0.21515972017655496, 0.46861308786715317, 0, 0.07070297620086653,
                                0.48575211786603406, 0.44512446871242367, 0.24639696419257948, 0, 0,
                                0.46861308786715317, 0.44512446871242367, 0.24639696419257948,
                                0.6817013916764607, 0.7058008733309824, 0.40801944771904086}},
    {.name = "PyTorch's values: reverse, with lengths",
     .settings = "lstm: {units: 2, reverse: true}",
     .n = 3,
     .input_count = 2,
     .inputs = {{2, {3, 1}}, {0}},
     .below = {0, 4},
     .input = (const double[]){-0.25, -0.625, -2, 1.75, -1.5, 1.875, 0.5, 1.375, -0.375, 2, 3, 1},
     .params =
         (const double[]){0,       -0.1875, 0.625,   0.375,  0.125,   -0.8125, -0.5,   0.75,
                          -0.125,  0.625,   0.875,   -0.75,  -0.8125, 0.9375,  0.3125, -0.5625,
                          -0.5625, 0.5,     0.4375,  0,      0.1875,  -0.8125, 0.0625, -0.0625,
                          -0.625,  -1,      -0.5625, 0.5625, 0.5,     -0.375,  0.375,  -0.4375},
     .output = (const double[]){0.11084887263195038,
                                -0.001475123762419336,
                                0.09186059742408333,
                                0.01111192885314662,
                                0,
                                0,
                                0.10282129402486453,
                                -0.0625840648946772,
                                0.09043763590696856,
                                0.0258236872181456,
                                0.07795235228265876,
                                -0.14069388082746082,
                                0.0934403133839117,
                                -0.07871124336011305,
                                0,
                                0,
                                0,
                                0,
                                0.11084887263195038,
                                -0.001475123762419336,
                                0.10282129402486453,
                                -0.0625840648946772,
                                0.0934403133839117,
                                -0.07871124336011305,
                                0.17799026005539678,
                                -0.004379206577389966,
                                0.27401325556371314,
                                -0.09032366812750578,
                                0.17774974019023054,
                                -0.1639523335171198}},
    {.name = "sequences",
     .settings = "lstm: {units: 3, init: he_normal, recurrent_init: glorot_uniform}",
     .n = 2,
     .input_count = 1,
     .inputs = {{2, {4, 5}}}},
    {.name = "one step, one unit, no bias",
     .settings = "lstm: {units: 1, bias: false}",
     .n = 1,
     .input_count = 1,
     .inputs = {{2, {1, 1}}}},
    {.name = "two biases, other initial values",
     .settings = "lstm: {units: 4, recurrent_bias: true, bias_init: {constant: 0.5}}",
     .n = 3,
     .input_count = 1,
     .inputs = {{2, {3, 2}}}},
    {.name = "lengths, none of them the longest",
     .settings = "lstm: 3",
     .n = 6,
     .input_count = 2,
     .inputs = {{2, {6, 2}}, {0}},
     .below = {0, 6}},
    {.name = "reverse",
     .settings = "lstm: {units: 3, reverse: true}",
     .n = 2,
     .input_count = 1,
     .inputs = {{2, {4, 2}}}},
    {.name = "reverse, with lengths",
     .settings = "lstm: {units: 2, reverse: true, recurrent_bias: true}",
     .n = 6,
     .input_count = 2,
     .inputs = {{2, {5, 3}}, {1, {1}}},
     .below = {0, 6}},
};

const dlt_layer_ops dlt_layer_lstm = {
    .entry = {.name = "lstm",
              .summary = "Long short-term memory over a sequence; its outputs are the sequence "
                         "and the hidden state and cell after the last step.",
              .keys = keys,
              .settings_size = sizeof(lstm_settings)},
    .inputs_least = 1,
    .inputs_most = 2,
    .whole_inputs = DLT_INPUT(LENGTH),
    .infer = infer_lstm,
    .forward = forward_lstm,
    .backward = backward_lstm,
    .skips_frozen = true,
    .selftests = selftests,
    .selftest_count = DLT_COUNT_OF(selftests),
};
