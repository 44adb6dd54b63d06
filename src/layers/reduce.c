/* Sum, mean or maximum over some dimensions of a sample.
 *
 *   sum:  y = sum of x            dx = dy
 *   mean: y = (sum of x) / m      dx = dy / m      of m elements
 *   max:  y = max of x            dx = dy at the first maximum, 0 elsewhere
 *
 * Sums are ascending, in double and rounded once. A NaN is the maximum. Saved for max: where each
 * maximum lies in its sample, int64_t. ONNX: ReduceSum, ReduceMean, ReduceMax. */
#include "layers/layers_internal.h"
#include "layers/strided.h"

#include "base/error.h"

#include <inttypes.h>
#include <string.h>

enum { REDUCE_SUM, REDUCE_MEAN, REDUCE_MAX };

static const char *const op_words[] = {"sum", "mean", "max", NULL};

typedef struct reduce_settings {
    int op;
    dlt_ints axes;
    bool keep_dims;
} reduce_settings;

static const dlt_key keys[] = {
    {.name = "op",
     .type = DLT_KEY_ENUM,
     .offset = offsetof(reduce_settings, op),
     .enum_names = op_words,
     .flags = DLT_KEY_SHORTHAND,
     .help = "Operation; max passes its gradient to the first maximum only."},
    {.name = "axes",
     .type = DLT_KEY_INTS,
     .offset = offsetof(reduce_settings, axes),
     .default_value = "null",
     .minimum = -DLT_SHAPE_MAX,
     .maximum = DLT_SHAPE_MAX - 1,
     .least = 1,
     .most = DLT_SHAPE_MAX,
     .flags = DLT_KEY_NULLABLE,
     .help =
         "Dimensions of a sample that are reduced: 0 is the first behind the batch, -1 the last; "
         "null: all."},
    {.name = "keep_dims",
     .type = DLT_KEY_BOOL,
     .offset = offsetof(reduce_settings, keep_dims),
     .default_value = "false",
     .help = "Whether a reduced dimension stays with size 1; the default is that of Keras and "
             "PyTorch, ONNX has true."},
    {0},
};

/* Which dimensions are reduced. */
static dlt_status read_axes(const dlt_layer_context *context, bool reduced[DLT_SHAPE_MAX]) {
    const reduce_settings *settings = context->settings;
    for (int i = 0; i < DLT_SHAPE_MAX; i++)
        reduced[i] = settings->axes.count < 0;
    for (int64_t i = 0; i < settings->axes.count; i++) {
        int axis;
        DLT_TRY(dlt_layer_axis(context, "reduce", settings->axes.at[i], &axis));
        if (reduced[axis])
            return dlt_fail(DLT_ERR_CONFIG, "node '%s' (reduce): axes name dimension %d twice",
                            context->node, axis);
        reduced[axis] = true;
    }
    return DLT_OK;
}

static dlt_status infer_reduce(const dlt_layer_context *context, dlt_layer_spec *spec) {
    const reduce_settings *settings = context->settings;
    const dlt_shape *input = &context->inputs[0].shape;
    bool reduced[DLT_SHAPE_MAX];
    DLT_TRY(read_axes(context, reduced));
    spec->outputs[0].shape = (dlt_shape){0};
    for (int i = 0; i < input->rank; i++)
        if (!reduced[i] || settings->keep_dims)
            spec->outputs[0].shape.dim[spec->outputs[0].shape.rank++] =
                reduced[i] ? 1 : input->dim[i];
    int64_t outputs = dlt_shape_count(&spec->outputs[0].shape);
    spec->workspace_bytes = outputs * (int64_t)sizeof(int64_t); /* or doubles: both have 8 */
    if (settings->op == REDUCE_MAX)
        spec->saved_bytes = context->n * outputs * (int64_t)sizeof(int64_t);
    spec->flops = dlt_layer_elements(context, context->n);
    return DLT_OK;
}

/* One sample of x in order, and the outputs beside it. The settings have been checked. */
static dlt_strided visit_reduce(const dlt_layer *layer) {
    const reduce_settings *settings = layer->context.settings;
    const dlt_shape *input = &layer->context.inputs[0].shape;
    dlt_shape kept = *input; /* the output with all its dimensions */
    for (int i = 0; i < input->rank; i++)
        if (settings->axes.count < 0)
            kept.dim[i] = 1;
    for (int64_t i = 0; i < settings->axes.count; i++) {
        int64_t axis = settings->axes.at[i];
        kept.dim[axis < 0 ? axis + input->rank : axis] = 1;
    }
    int64_t strides[DLT_SHAPE_MAX];
    dlt_strides_of(&kept, input->rank, strides);
    dlt_strided each = {0};
    for (int i = 0; i < input->rank; i++)
        dlt_strided_axis(&each, input->dim[i], strides[i], 0);
    return each;
}

/* Elements of x for one of y. */
static int64_t elements_of(const dlt_layer *layer) {
    return dlt_shape_count(&layer->context.inputs[0].shape) /
           dlt_shape_count(&layer->spec.outputs[0].shape);
}

static void add_run(int64_t count, const dlt_real *restrict x, double *restrict sums,
                    int64_t step) {
    if (step != 0) {
        for (int64_t i = 0; i < count; i++)
            sums[i] += (double)x[i];
        return;
    }
    double sum = sums[0];
    for (int64_t i = 0; i < count; i++)
        sum += (double)x[i];
    sums[0] = sum;
}

static void sum_sample(const dlt_layer *layer, const dlt_real *x, double divisor, double *sums,
                       dlt_real *y) {
    int64_t outputs = dlt_shape_count(&layer->spec.outputs[0].shape);
    memset(sums, 0, (size_t)outputs * sizeof *sums);
    dlt_strided each = visit_reduce(layer);
    while (dlt_strided_next(&each))
        add_run(each.count, x + each.at, sums + each.offset[0], each.step[0]);
    for (int64_t i = 0; i < outputs; i++)
        y[i] = (dlt_real)(sums[i] / divisor);
}

/* place [outputs] gets the position of each maximum in x. */
static void find_maxima(const dlt_layer *layer, const dlt_real *x, dlt_real *y, int64_t *place) {
    int64_t outputs = dlt_shape_count(&layer->spec.outputs[0].shape);
    for (int64_t i = 0; i < outputs; i++)
        place[i] = -1;
    dlt_strided each = visit_reduce(layer);
    while (dlt_strided_next(&each))
        for (int64_t i = 0; i < each.count; i++) {
            int64_t out = each.offset[0] + i * each.step[0];
            dlt_real value = x[each.at + i];
            bool first_nan = value != value && y[out] == y[out];
            if (place[out] >= 0 && !(value > y[out]) && !first_nan)
                continue;
            y[out] = value;
            place[out] = each.at + i;
        }
}

static void forward_reduce(const dlt_layer *layer, const dlt_layer_call *call) {
    const reduce_settings *settings = layer->context.settings;
    int64_t inputs = dlt_shape_count(&layer->context.inputs[0].shape);
    int64_t outputs = dlt_shape_count(&layer->spec.outputs[0].shape);
    double divisor = settings->op == REDUCE_MEAN ? (double)elements_of(layer) : 1;
    for (int64_t sample = 0; sample < call->n; sample++) {
        const dlt_real *x = call->x[0] + sample * inputs;
        dlt_real *y = call->y[0] + sample * outputs;
        int64_t *saved = call->saved;
        if (settings->op == REDUCE_MAX)
            find_maxima(layer, x, y, saved != NULL ? saved + sample * outputs : call->workspace);
        else
            sum_sample(layer, x, divisor, call->workspace, y);
    }
}

static void spread_maxima(const dlt_layer *layer, const dlt_layer_call *call) {
    int64_t inputs = dlt_shape_count(&layer->context.inputs[0].shape);
    int64_t outputs = dlt_shape_count(&layer->spec.outputs[0].shape);
    const int64_t *place = call->saved;
    memset(call->dx[0], 0, (size_t)(call->n * inputs) * sizeof(dlt_real));
    for (int64_t i = 0; i < call->n * outputs; i++)
        call->dx[0][i / outputs * inputs + place[i]] = call->dy[0][i];
}

static void spread_sums(const dlt_layer *layer, const dlt_layer_call *call, double divisor) {
    int64_t inputs = dlt_shape_count(&layer->context.inputs[0].shape);
    int64_t outputs = dlt_shape_count(&layer->spec.outputs[0].shape);
    for (int64_t sample = 0; sample < call->n; sample++) {
        const dlt_real *dy = call->dy[0] + sample * outputs;
        dlt_real *dx = call->dx[0] + sample * inputs;
        dlt_strided each = visit_reduce(layer);
        while (dlt_strided_next(&each))
            for (int64_t i = 0; i < each.count; i++)
                dx[each.at + i] =
                    (dlt_real)((double)dy[each.offset[0] + i * each.step[0]] / divisor);
    }
}

static void backward_reduce(const dlt_layer *layer, const dlt_layer_call *call) {
    const reduce_settings *settings = layer->context.settings;
    if (call->dx[0] == NULL)
        return;
    if (settings->op == REDUCE_MAX)
        spread_maxima(layer, call);
    else
        spread_sums(layer, call, settings->op == REDUCE_MEAN ? (double)elements_of(layer) : 1);
}

static const dlt_layer_selftest selftests[] = {
    {.name = "known answer, sum of all",
     .settings = "reduce: sum",
     .n = 2,
     .input_count = 1,
     .inputs = {{2, {2, 2}}},
     .input = (const double[]){1, 2, 3, 4, -1, 0.5, 0.25, 8},
     .output = (const double[]){10, 7.75}},
    {.name = "known answer, mean of columns",
     .settings = "reduce: {op: mean, axes: 0}",
     .n = 1,
     .input_count = 1,
     .inputs = {{2, {2, 3}}},
     .input = (const double[]){1, 2, 3, 4, 6, -3},
     .output = (const double[]){2.5, 4, 0}},
    {.name = "known answer, maximum of rows, kept",
     .settings = "reduce: {op: max, axes: -1, keep_dims: true}",
     .n = 1,
     .input_count = 1,
     .inputs = {{2, {2, 3}}},
     .input = (const double[]){-1, -2, -3, 4, 6, 6},
     .output = (const double[]){-1, 6}},
    {.name = "known answer, maximum in evaluation",
     .settings = "reduce: {op: max, axes: [1]}",
     .n = 2,
     .input_count = 1,
     .evaluate = true,
     .inputs = {{2, {2, 2}}},
     .input = (const double[]){1, 2, 4, 3, -1, -5, 0, -8},
     .output = (const double[]){2, 4, -1, 0}},
    {.name = "sum over channels",
     .settings = "reduce: {op: sum, axes: [-1]}",
     .n = 2,
     .input_count = 1,
     .inputs = {{3, {2, 3, 4}}}},
    {.name = "mean over two outer dimensions",
     .settings = "reduce: {op: mean, axes: [0, -2], keep_dims: true}",
     .n = 3,
     .input_count = 1,
     .inputs = {{3, {3, 2, 4}}}},
    {.name = "mean over the first and the last",
     .settings = "reduce: {op: mean, axes: [2, 0]}",
     .n = 2,
     .input_count = 1,
     .inputs = {{3, {3, 2, 4}}}},
    {.name = "maximum between",
     .settings = "reduce: {op: max, axes: 1}",
     .n = 2,
     .input_count = 1,
     .inputs = {{3, {2, 5, 3}}}},
    {.name = "maximum of all",
     .settings = "reduce: {op: max}",
     .n = 3,
     .input_count = 1,
     .inputs = {{2, {3, 4}}}},
    {.name = "scalars", .settings = "reduce: mean", .n = 3, .input_count = 1},
};

const dlt_layer_ops dlt_layer_reduce = {
    .entry = {.name = "reduce",
              .summary = "Sum, mean or maximum over dimensions of a sample.",
              .keys = keys,
              .settings_size = sizeof(reduce_settings)},
    .inputs_least = 1,
    .inputs_most = 1,
    .infer = infer_reduce,
    .forward = forward_reduce,
    .backward = backward_reduce,
    .selftests = selftests,
    .selftest_count = DLT_COUNT_OF(selftests),
};
