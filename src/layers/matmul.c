/* Product of two inputs as stacks of matrices.
 *
 *   y = a b            a [..., M, K], b [..., K, N], y [..., M, N]
 *   da = dy b^T;  db = a^T dy
 *
 * The dimensions before the last two are equal or broadcast as in NumPy; the gradient of a matrix
 * that is used several times is the sum over its uses, ascending. Each matrix of each sample is a
 * product of its own. Where all matrices of a sample are multiplied by one b, those of a lie one
 * below the other and are multiplied as one. ONNX: MatMul of stacks. */
#include "layers/layers_internal.h"
#include "layers/strided.h"

#include "base/cast.h"
#include "base/error.h"

#include <inttypes.h>
#include <string.h>

/* The products of a sample: one for each position of the `stack` of y. */
typedef struct matmul_plan {
    int64_t m, k, n;
    dlt_shape stack;
    dlt_shape stacks[2]; /* of the inputs */
} matmul_plan;

static dlt_shape stack_of(const dlt_shape *input) {
    dlt_shape stack = *input;
    stack.rank -= 2;
    return stack;
}

/* False if the stacks do not broadcast. */
static bool plan_matmul(const dlt_layer_context *context, matmul_plan *plan) {
    const dlt_shape *a = &context->inputs[0].shape;
    const dlt_shape *b = &context->inputs[1].shape;
    *plan = (matmul_plan){.m = a->dim[a->rank - 2],
                          .k = a->dim[a->rank - 1],
                          .n = b->dim[b->rank - 1],
                          .stacks = {stack_of(a), stack_of(b)}};
    return dlt_shape_broadcast(&plan->stacks[0], &plan->stacks[1], &plan->stack);
}

static dlt_status check_sizes(const dlt_layer_context *context, const matmul_plan *plan,
                              dlt_layer_spec *spec) {
    int64_t outputs = context->n;
    for (int i = 0; i < spec->outputs[0].shape.rank; i++)
        outputs = dlt_layer_product(outputs, spec->outputs[0].shape.dim[i]);
    DLT_TRY(dlt_layer_check_size(context, "matmul", "an output", outputs));
    int fits; /* the dimensions of a matrix product are int in BLAS */
    const bool is_one =
        dlt_shape_count(&plan->stacks[1]) == 1; /* then all rows go through one product */
    DLT_TRY(dlt_cast_int(is_one ? dlt_layer_product(dlt_shape_count(&plan->stacks[0]), plan->m)
                                : plan->m,
                         "rows of a matmul layer's first input", &fits));
    DLT_TRY(dlt_cast_int(plan->k, "columns of a matmul layer's first input", &fits));
    DLT_TRY(dlt_cast_int(plan->n, "columns of a matmul layer's second input", &fits));
    spec->flops = dlt_layer_product(outputs, 2 * plan->k);
    return DLT_OK;
}

static dlt_status infer_matmul(const dlt_layer_context *context, dlt_layer_spec *spec) {
    char text[DLT_SHAPE_TEXT_BYTES];
    const dlt_shape *a = &context->inputs[0].shape;
    const dlt_shape *b = &context->inputs[1].shape;
    for (int i = 0; i < 2; i++)
        if (context->inputs[i].shape.rank < 2)
            return dlt_layer_shape_error(context, "matmul", i, "it multiplies matrices");
    if (a->dim[a->rank - 1] != b->dim[b->rank - 2])
        return dlt_layer_shape_error(context, "matmul", 1,
                                     "node '%s' gives %s, whose %" PRId64
                                     " columns do not match these %" PRId64 " rows",
                                     context->input_nodes[0], dlt_shape_text(a, text),
                                     a->dim[a->rank - 1], b->dim[b->rank - 2]);
    matmul_plan plan;
    if (!plan_matmul(context, &plan))
        return dlt_layer_shape_error(
            context, "matmul", 1,
            "node '%s' gives %s, and dimensions before the last two must be equal or 1",
            context->input_nodes[0], dlt_shape_text(a, text));
    spec->outputs[0].shape = plan.stack;
    spec->outputs[0].shape.dim[spec->outputs[0].shape.rank++] = plan.m;
    spec->outputs[0].shape.dim[spec->outputs[0].shape.rank++] = plan.n;
    spec->backward_reads_x = DLT_INPUT(0) | DLT_INPUT(1);
    return check_sizes(context, &plan, spec);
}

/* The products of n samples, each array in steps of whole matrices; a's and b's beside y's. */
static dlt_strided visit_products(const dlt_layer *layer, int64_t n, matmul_plan *plan) {
    (void)plan_matmul(&layer->context, plan); /* infer has seen that it can */
    int64_t counts[] = {dlt_shape_count(&plan->stacks[0]), dlt_shape_count(&plan->stacks[1])};
    dlt_strided each = {0};
    if (counts[1] == 1) { /* one b: the rows of all matrices of a */
        plan->m *= counts[0];
        dlt_strided_axis(&each, n, 1, 1);
        return each;
    }
    int64_t strides[2][DLT_SHAPE_MAX];
    for (int i = 0; i < 2; i++)
        dlt_strides_of(&plan->stacks[i], plan->stack.rank, strides[i]);
    dlt_strided_axis(&each, n, counts[0], counts[1]);
    for (int i = 0; i < plan->stack.rank; i++)
        dlt_strided_axis(&each, plan->stack.dim[i], strides[0][i], strides[1][i]);
    return each;
}

static void forward_matmul(const dlt_layer *layer, const dlt_layer_call *call) {
    const dlt_kernels *kernels = layer->context.kernels;
    matmul_plan plan;
    dlt_strided each = visit_products(layer, call->n, &plan);
    int64_t m = plan.m, k = plan.k, n = plan.n;
    while (dlt_strided_next(&each))
        for (int64_t i = 0; i < each.count; i++)
            kernels->gemm(false, false, m, n, k, 1,
                          call->x[0] + (each.offset[0] + i * each.step[0]) * m * k, k,
                          call->x[1] + (each.offset[1] + i * each.step[1]) * k * n, n, 0,
                          call->y[0] + (each.at + i) * m * n, n);
}

/* Zeros a gradient that is summed over several products; returns gemm's factor of what is there. */
static dlt_real begin_gradient(const dlt_layer *layer, const dlt_layer_call *call, int input,
                               int64_t products) {
    int64_t count = call->n * dlt_shape_count(&layer->context.inputs[input].shape);
    if (dlt_shape_count(&layer->context.inputs[input].shape) == products)
        return 0;
    memset(call->dx[input], 0, (size_t)count * sizeof(dlt_real));
    return 1;
}

static void backward_matmul(const dlt_layer *layer, const dlt_layer_call *call) {
    const dlt_kernels *kernels = layer->context.kernels;
    matmul_plan plan;
    dlt_strided each = visit_products(layer, call->n, &plan);
    int64_t m = plan.m, k = plan.k, n = plan.n;
    int64_t products = dlt_shape_count(&layer->spec.outputs[0].shape) / (m * n);
    dlt_real beta[2] = {0, 0};
    for (int i = 0; i < 2; i++)
        if (call->dx[i] != NULL)
            beta[i] = begin_gradient(layer, call, i, products * (i == 0 ? m * k : k * n));
    while (dlt_strided_next(&each))
        for (int64_t i = 0; i < each.count; i++) {
            const dlt_real *dy = call->dy[0] + (each.at + i) * m * n;
            int64_t a = (each.offset[0] + i * each.step[0]) * m * k;
            int64_t b = (each.offset[1] + i * each.step[1]) * k * n;
            if (call->dx[0] != NULL)
                kernels->gemm(false, true, m, k, n, 1, dy, n, call->x[1] + b, n, beta[0],
                              call->dx[0] + a, k);
            if (call->dx[1] != NULL)
                kernels->gemm(true, false, k, n, m, 1, call->x[0] + a, k, dy, n, beta[1],
                              call->dx[1] + b, n);
        }
}

static const dlt_layer_selftest selftests[] = {
    {.name = "known answer",
     .settings = "matmul",
     .n = 2,
     .input_count = 2,
     .inputs = {{2, {1, 2}}, {2, {2, 3}}},
     .input = (const double[]){1, 2, 3, -1, 1, 2, 3, 4, 5, 6, 0, 1, 0, 2, 0, -1},
     .output = (const double[]){9, 12, 15, -2, 3, 1}},
    {.name = "known answer, one matrix for a stack",
     .settings = "matmul",
     .n = 1,
     .input_count = 2,
     .inputs = {{3, {2, 1, 2}}, {2, {2, 2}}},
     .input = (const double[]){1, 2, 3, 4, 1, 10, 100, 1000},
     .output = (const double[]){201, 2010, 403, 4030}},
    {.name = "known answer, a stack for one matrix",
     .settings = "matmul",
     .n = 1,
     .input_count = 2,
     .inputs = {{2, {1, 2}}, {3, {2, 2, 1}}},
     .input = (const double[]){1, 2, 3, 4, 5, 6},
     .output = (const double[]){11, 17}},
    {.name = "matrices",
     .settings = "matmul",
     .n = 3,
     .input_count = 2,
     .inputs = {{2, {3, 4}}, {2, {4, 2}}}},
    {.name = "stacks",
     .settings = "matmul",
     .n = 2,
     .input_count = 2,
     .inputs = {{4, {2, 2, 3, 2}}, {4, {2, 2, 2, 3}}}},
    {.name = "one b for all",
     .settings = "matmul",
     .n = 2,
     .input_count = 2,
     .inputs = {{4, {2, 3, 2, 2}}, {3, {1, 2, 3}}}},
    {.name = "one a for all",
     .settings = "matmul",
     .n = 2,
     .input_count = 2,
     .inputs = {{2, {2, 3}}, {3, {3, 3, 2}}}},
    {.name = "both are repeated",
     .settings = "matmul",
     .n = 2,
     .input_count = 2,
     .inputs = {{4, {3, 1, 2, 2}}, {4, {1, 2, 2, 3}}}},
    {.name = "row times column",
     .settings = "matmul",
     .n = 2,
     .input_count = 2,
     .inputs = {{2, {1, 5}}, {2, {5, 1}}}},
};

const dlt_layer_ops dlt_layer_matmul = {
    .entry = {.name = "matmul",
              .summary = "Product of two inputs as matrices, or stacks of them (attention)."},
    .inputs_least = 2,
    .inputs_most = 2,
    .infer = infer_matmul,
    .forward = forward_matmul,
    .backward = backward_matmul,
    .selftests = selftests,
    .selftest_count = DLT_COUNT_OF(selftests),
};
