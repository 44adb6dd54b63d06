/* Product of two inputs, element by element, with broadcasting over the dimensions of a sample as
 * in NumPy: shapes are aligned at the last dimension, and a dimension that one input lacks or has
 * with size 1 is repeated.
 *
 *   y = a b;  da = dy b;  db = dy a
 *
 * The gradient of an input that is broadcast is the sum over its repetitions, ascending, in double
 * and rounded once. ONNX: Mul. */
#include "layers/layers_internal.h"
#include "layers/strided.h"

#include "base/cast.h"
#include "base/error.h"

#include <string.h>

static bool is_repeated(const dlt_layer_context *context, const dlt_shape *output, int input) {
    return dlt_shape_count(&context->inputs[input].shape) != dlt_shape_count(output);
}

static dlt_status infer_mul(const dlt_layer_context *context, dlt_layer_spec *spec) {
    char text[DLT_SHAPE_TEXT_BYTES];
    if (!dlt_shape_broadcast(&context->inputs[0].shape, &context->inputs[1].shape,
                             &spec->outputs[0].shape))
        return dlt_layer_shape_error(
            context, "mul", 1,
            "node '%s' gives %s, and counted from the last dimension sizes must be equal or 1",
            context->input_nodes[0], dlt_shape_text(&context->inputs[0].shape, text));
    int64_t count = context->n;
    for (int i = 0; i < spec->outputs[0].shape.rank; i++)
        count = dlt_layer_product(count, spec->outputs[0].shape.dim[i]);
    DLT_TRY(dlt_layer_check_size(context, "mul", "an output", count));
    for (int i = 0; i < 2; i++)
        if (is_repeated(context, &spec->outputs[0].shape, i))
            spec->workspace_bytes =
                dlt_max_i64(spec->workspace_bytes,
                            dlt_shape_count(&context->inputs[i].shape) * (int64_t)sizeof(double));
    spec->backward_reads_x = DLT_INPUT(0) | DLT_INPUT(1);
    spec->flops = count;
    return DLT_OK;
}

/* The output in order, or an array like it, and the two inputs beside it. */
static dlt_strided visit_mul(const dlt_layer *layer, int64_t n, int first, int second) {
    const dlt_shape *output = &layer->spec.outputs[0].shape;
    const dlt_shape *shapes[] = {&layer->context.inputs[first].shape,
                                 &layer->context.inputs[second].shape};
    int64_t strides[2][DLT_SHAPE_MAX];
    dlt_strides_of(shapes[0], output->rank, strides[0]);
    dlt_strides_of(shapes[1], output->rank, strides[1]);
    dlt_strided each = {0};
    dlt_strided_axis(&each, n, dlt_shape_count(shapes[0]), dlt_shape_count(shapes[1]));
    for (int i = 0; i < output->rank; i++)
        dlt_strided_axis(&each, output->dim[i], strides[0][i], strides[1][i]);
    return each;
}

/* y = a b; a step is 1, or 0 for one number. */
static void multiply_run(int64_t count, const dlt_real *restrict a, int64_t step_a,
                         const dlt_real *restrict b, int64_t step_b, dlt_real *restrict y) {
    if (step_a == 0)
        for (int64_t i = 0; i < count; i++)
            y[i] = a[0] * b[i * step_b];
    else if (step_b == 0)
        for (int64_t i = 0; i < count; i++)
            y[i] = a[i] * b[0];
    else
        for (int64_t i = 0; i < count; i++)
            y[i] = a[i] * b[i];
}

static void forward_mul(const dlt_layer *layer, const dlt_layer_call *call) {
    dlt_strided each = visit_mul(layer, call->n, 0, 1);
    while (dlt_strided_next(&each))
        multiply_run(each.count, call->x[0] + each.offset[0], each.step[0],
                     call->x[1] + each.offset[1], each.step[1], call->y[0] + each.at);
}

/* sums += dy b, where step_sum is 0 for a single sum. */
static void add_products(int64_t count, const dlt_real *restrict dy, const dlt_real *restrict b,
                         int64_t step_b, double *restrict sums, int64_t step_sum) {
    if (step_sum == 0) {
        double sum = sums[0];
        for (int64_t i = 0; i < count; i++)
            sum += (double)dy[i] * (double)b[i * step_b];
        sums[0] = sum;
        return;
    }
    for (int64_t i = 0; i < count; i++)
        sums[i] += (double)dy[i] * (double)b[i * step_b];
}

static void sum_gradient(const dlt_layer *layer, const dlt_layer_call *call, int self) {
    int other = 1 - self;
    int64_t count = dlt_shape_count(&layer->context.inputs[self].shape);
    int64_t other_count = dlt_shape_count(&layer->context.inputs[other].shape);
    int64_t outputs = dlt_shape_count(&layer->spec.outputs[0].shape);
    double *sums = call->workspace;
    for (int64_t sample = 0; sample < call->n; sample++) {
        const dlt_real *dy = call->dy[0] + sample * outputs;
        const dlt_real *b = call->x[other] + sample * other_count;
        memset(sums, 0, (size_t)count * sizeof *sums);
        dlt_strided each = visit_mul(layer, 1, self, other);
        while (dlt_strided_next(&each))
            add_products(each.count, dy + each.at, b + each.offset[1], each.step[1],
                         sums + each.offset[0], each.step[0]);
        for (int64_t i = 0; i < count; i++)
            call->dx[self][sample * count + i] = (dlt_real)sums[i];
    }
}

static void backward_mul(const dlt_layer *layer, const dlt_layer_call *call) {
    for (int self = 0; self < 2; self++) {
        if (call->dx[self] == NULL)
            continue;
        if (is_repeated(&layer->context, &layer->spec.outputs[0].shape, self)) {
            sum_gradient(layer, call, self);
            continue;
        }
        int other = 1 - self;
        dlt_strided each = visit_mul(layer, call->n, self, other);
        while (dlt_strided_next(&each))
            multiply_run(each.count, call->dy[0] + each.at, 1, call->x[other] + each.offset[1],
                         each.step[1], call->dx[self] + each.at);
    }
}

static const dlt_layer_selftest selftests[] = {
    {.name = "known answer",
     .settings = "mul",
     .n = 2,
     .input_count = 2,
     .inputs = {{1, {2}}, {1, {2}}},
     .input = (const double[]){1, 2, 3, -4, 10, 20, 0.5, 0.25},
     .output = (const double[]){10, 40, 1.5, -1}},
    {.name = "known answer, rows and columns",
     .settings = "mul",
     .n = 1,
     .input_count = 2,
     .inputs = {{2, {2, 1}}, {1, {3}}},
     .input = (const double[]){2, -3, 1, 10, 100},
     .output = (const double[]){2, 20, 200, -3, -30, -300}},
    {.name = "one shape",
     .settings = "mul",
     .n = 2,
     .input_count = 2,
     .inputs = {{3, {2, 3, 2}}, {3, {2, 3, 2}}}},
    {.name = "a factor for each channel",
     .settings = "mul",
     .n = 2,
     .input_count = 2,
     .inputs = {{3, {2, 3, 4}}, {3, {1, 1, 4}}}},
    {.name = "a factor for each position",
     .settings = "mul",
     .n = 3,
     .input_count = 2,
     .inputs = {{2, {4, 1}}, {2, {4, 3}}}},
    {.name = "a factor for each sample",
     .settings = "mul",
     .n = 2,
     .input_count = 2,
     .inputs = {{2, {3, 2}}, {0}}},
    {.name = "both are repeated",
     .settings = "mul",
     .n = 2,
     .input_count = 2,
     .inputs = {{4, {2, 1, 3, 1}}, {3, {2, 1, 4}}}},
    {.name = "scalars", .settings = "mul", .n = 3, .input_count = 2},
};

const dlt_layer_ops dlt_layer_mul = {
    .entry = {.name = "mul", .summary = "Product of two inputs, with broadcasting (gates, masks)."},
    .inputs_least = 2,
    .inputs_most = 2,
    .infer = infer_mul,
    .forward = forward_mul,
    .backward = backward_mul,
    .selftests = selftests,
    .selftest_count = DLT_COUNT_OF(selftests),
};
