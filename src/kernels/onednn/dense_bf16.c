/* Dense layers with operands rounded to bf16; sums and results are float.
 *
 * x, W and dy stay plain and are rounded in the call. In GFLOP/s on one core of an AMD processor
 * with AVX-512 BF16 (peak in float 129), 64 x 2048 x 4096: packed weights (brgemm) 212 forward and
 * 167 back, but packing them takes as long as the product; plain ones as matmul 165 and 193, as
 * inner product 147 and 145. The gradient of the weights: matmul 167, inner product 217. */
#include "kernels/onednn/onednn.h"

#include "base/alloc.h"
#include "base/cast.h"
#include "base/error.h"
#include "kernels/onednn/primitive.h"
#include "kernels/ref/ref.h"

typedef struct dense_product {
    dnnl_primitive_t primitive; /* NULL: the library has nothing fast for the shape */
    dnnl_memory_t scratchpad;
    int64_t scratchpad_bytes;
} dense_product;

typedef struct dense_plan {
    dnnl_engine_t engine;
    dnnl_stream_t stream;
    dlt_k_array x;
    dlt_k_array y;
    dlt_k_array weight;
    dnnl_memory_t transposed; /* the rounded weight, seen as [k, d] */
    dnnl_memory_t gradient;   /* of the weight, with the dimensions of an inner product */
    dense_product forward;
    dense_product backward_data;
    dense_product backward_weights;
} dense_plan;

typedef struct dense_layouts {
    dlt_k_layout x, y, weight;                      /* operands in bf16 */
    dlt_k_layout x_values, y_values, weight_values; /* float */
    dlt_k_layout transposed;
    dlt_k_layout gradient;       /* float */
    dlt_k_layout weight_product; /* bf16, with the dimensions of an inner product */
} dense_layouts;

static const char WHAT[] = "a dense layer";

static dlt_status check(dnnl_status_t status) {
    return dlt_k_check_onednn(status, WHAT);
}

static void destroy_layouts(const dense_layouts *of) {
    dlt_k_destroy_layout(of->x);
    dlt_k_destroy_layout(of->y);
    dlt_k_destroy_layout(of->weight);
    dlt_k_destroy_layout(of->x_values);
    dlt_k_destroy_layout(of->y_values);
    dlt_k_destroy_layout(of->weight_values);
    dlt_k_destroy_layout(of->transposed);
    dlt_k_destroy_layout(of->gradient);
    dlt_k_destroy_layout(of->weight_product);
}

static dlt_status create_matrix(int64_t rows, int64_t columns, dlt_k_layout *operand,
                                dlt_k_layout *values) {
    const dnnl_dims_t dims = {rows, columns};
    DLT_TRY(dlt_k_create_layout(2, dims, dnnl_bf16, dnnl_ab, WHAT, operand));
    return dlt_k_create_layout(2, dims, dnnl_f32, dnnl_ab, WHAT, values);
}

static dlt_status create_layouts(const dlt_dense *dense, dense_layouts *of) {
    const dnnl_dims_t turned = {dense->k, dense->d};
    DLT_TRY(create_matrix(dense->n, dense->d, &of->x, &of->x_values));
    DLT_TRY(create_matrix(dense->n, dense->k, &of->y, &of->y_values));
    DLT_TRY(create_matrix(dense->d, dense->k, &of->weight, &of->weight_values));
    DLT_TRY(dlt_k_create_layout(2, turned, dnnl_bf16, dnnl_ba, WHAT, &of->transposed));
    DLT_TRY(dlt_k_create_layout(2, turned, dnnl_bf16, dnnl_io, WHAT, &of->weight_product));
    return dlt_k_create_layout(2, turned, dnnl_f32, dnnl_io, WHAT, &of->gradient);
}

static dlt_status create_product(const dense_plan *plan, dlt_k_describe *describe,
                                 const dlt_k_operation *operation, dense_product *out) {
    dlt_status status = DLT_OK;
    dnnl_primitive_desc_t description = NULL;
    DLT_TRY_OUT(dlt_k_describe_primitive(plan->engine, describe, operation, WHAT, &description));
    if (description == NULL || dlt_k_is_reference(description))
        goto out;
    dlt_k_const_layout scratchpad =
        dnnl_primitive_desc_query_md(description, dnnl_query_scratchpad_md, 0);
    out->scratchpad_bytes = (int64_t)dnnl_memory_desc_get_size(scratchpad);
    DLT_TRY_OUT(
        check(dnnl_memory_create(&out->scratchpad, scratchpad, plan->engine, DNNL_MEMORY_NONE)));
    DLT_TRY_OUT(check(dnnl_primitive_create(&out->primitive, description)));
out:
    dnnl_primitive_desc_destroy(description);
    return status;
}

static dlt_status create_weights_product(const dense_layouts *of, dense_plan *plan) {
    dlt_status status = DLT_OK;
    dnnl_primitive_desc_t hint = NULL;
    const dlt_k_operation forward = {
        .source = of->x, .weights = of->weight_product, .destination = of->y};
    /* The library derives the backward pass from the forward one. */
    DLT_TRY_OUT(dlt_k_describe_primitive(plan->engine, dlt_k_describe_inner_product, &forward, WHAT,
                                         &hint));
    if (hint == NULL)
        goto out;
    const dlt_k_operation backward = {
        .source = of->x, .weights = of->gradient, .destination = of->y, .hint = hint};
    DLT_TRY_OUT(create_product(plan, dlt_k_describe_inner_product_backward_weights, &backward,
                               &plan->backward_weights));
out:
    dnnl_primitive_desc_destroy(hint);
    return status;
}

static dlt_status create_products(const dense_layouts *of, dense_plan *plan) {
    const dlt_k_operation forward = {
        .source = of->x, .weights = of->weight, .destination = of->y_values};
    const dlt_k_operation backward = {
        .source = of->y, .weights = of->transposed, .destination = of->x_values};
    DLT_TRY(create_product(plan, dlt_k_describe_matmul, &forward, &plan->forward));
    DLT_TRY(create_product(plan, dlt_k_describe_matmul, &backward, &plan->backward_data));
    return create_weights_product(of, plan);
}

static dlt_status create_arrays(const dense_layouts *of, dense_plan *plan) {
    DLT_TRY(dlt_k_open_onednn(&plan->engine, &plan->stream));
    dnnl_engine_t engine = plan->engine;
    DLT_TRY(dlt_k_create_array(engine, of->x, of->x_values, &plan->x));
    DLT_TRY(dlt_k_create_array(engine, of->y, of->y_values, &plan->y));
    DLT_TRY(dlt_k_create_array(engine, of->weight, of->weight_values, &plan->weight));
    DLT_TRY(check(dnnl_memory_create(&plan->transposed, of->transposed, engine, DNNL_MEMORY_NONE)));
    return check(dnnl_memory_create(&plan->gradient, of->gradient, engine, DNNL_MEMORY_NONE));
}

static dlt_status create_plan(const dlt_dense *dense, dense_plan *plan) {
    dlt_status status = DLT_OK;
    dense_layouts of = {0};
    DLT_TRY_OUT(create_layouts(dense, &of));
    DLT_TRY_OUT(create_arrays(&of, plan));
    DLT_TRY_OUT(create_products(&of, plan));
out:
    destroy_layouts(&of);
    return status;
}

/* Slices of the workspace: [rounded left operand | rounded right operand | scratchpad]. */
static int64_t workspace_of(const dense_product *self, const dlt_k_array *left,
                            const dlt_k_array *right) {
    return dlt_k_rounded_bytes(left) + dlt_k_rounded_bytes(right) +
           dlt_k_slice_bytes(self->scratchpad_bytes);
}

dlt_status dlt_k_create_dense_bf16(dlt_dense *dense) {
    dense_plan *plan = NULL;
    DLT_TRY(DLT_NEW(plan, 1));
    dense->plan = plan;
    dlt_status status = create_plan(dense, plan);
    if (status != DLT_OK) {
        dlt_k_destroy_dense_bf16(dense);
        return status;
    }
    int64_t forward = workspace_of(&plan->forward, &plan->x, &plan->weight);
    int64_t data = workspace_of(&plan->backward_data, &plan->y, &plan->weight);
    int64_t weights = workspace_of(&plan->backward_weights, &plan->x, &plan->y);
    dense->workspace_bytes = dlt_max_i64(forward, dlt_max_i64(data, weights));
    return DLT_OK;
}

static void destroy_product(dense_product *self) {
    dnnl_primitive_destroy(self->primitive);
    dnnl_memory_destroy(self->scratchpad);
}

void dlt_k_destroy_dense_bf16(dlt_dense *dense) {
    dense_plan *plan = dense->plan;
    if (plan == NULL)
        return;
    destroy_product(&plan->forward);
    destroy_product(&plan->backward_data);
    destroy_product(&plan->backward_weights);
    dnnl_memory_destroy(plan->transposed);
    dnnl_memory_destroy(plan->gradient);
    dlt_k_destroy_array(&plan->x);
    dlt_k_destroy_array(&plan->y);
    dlt_k_destroy_array(&plan->weight);
    dnnl_stream_destroy(plan->stream);
    dnnl_engine_destroy(plan->engine);
    dlt_free(plan);
    dense->plan = NULL;
}

/* A product under way: both operands rounded, the scratchpad in place. */
typedef struct rounded {
    dlt_k_execution run;
    char *right; /* the rounded right operand */
} rounded;

static rounded round_operands(const dense_plan *plan, const dense_product *self,
                              const dlt_k_array *left, const dlt_real *left_data,
                              const dlt_k_array *right, const dlt_real *right_data,
                              char *workspace) {
    rounded call = {.run = {plan->stream, dnnl_success},
                    .right = workspace + dlt_k_rounded_bytes(left)};
    dlt_k_load_operand(&call.run, left, left_data, workspace);
    dlt_k_load_operand(&call.run, right, right_data, call.right);
    dlt_k_point_memory(&call.run, self->scratchpad, call.right + dlt_k_rounded_bytes(right));
    return call;
}

void dlt_k_forward_dense_bf16(const dlt_dense *dense, const dlt_real *x, const dlt_real *weight,
                              const dlt_real *bias, dlt_real *y, void *workspace) {
    const dense_plan *plan = dense->plan;
    const dense_product *self = &plan->forward;
    if (self->primitive == NULL) {
        dlt_k_forward_dense(dense, x, weight, bias, y, workspace);
        return;
    }
    rounded call = round_operands(plan, self, &plan->x, x, &plan->weight, weight, workspace);
    dlt_k_point_memory(&call.run, plan->y.values, y);
    const dnnl_exec_arg_t arguments[] = {{DNNL_ARG_SRC, plan->x.operand},
                                         {DNNL_ARG_WEIGHTS, plan->weight.operand},
                                         {DNNL_ARG_DST, plan->y.values},
                                         {DNNL_ARG_SCRATCHPAD, self->scratchpad}};
    dlt_k_execute(&call.run, self->primitive, 4, arguments);
    dlt_k_spoil_on_failure(&call.run, plan->y.count, y);
    if (bias != NULL)
        dense->kernels->bias_add(dense->n, dense->k, bias, y);
}

void dlt_k_backward_data_dense_bf16(const dlt_dense *dense, const dlt_real *dy,
                                    const dlt_real *weight, dlt_real *dx, void *workspace) {
    const dense_plan *plan = dense->plan;
    const dense_product *self = &plan->backward_data;
    if (self->primitive == NULL) {
        dlt_k_backward_data_dense(dense, dy, weight, dx, workspace);
        return;
    }
    rounded call = round_operands(plan, self, &plan->y, dy, &plan->weight, weight, workspace);
    dlt_k_point_memory(&call.run, plan->transposed, call.right);
    dlt_k_point_memory(&call.run, plan->x.values, dx);
    const dnnl_exec_arg_t arguments[] = {{DNNL_ARG_SRC, plan->y.operand},
                                         {DNNL_ARG_WEIGHTS, plan->transposed},
                                         {DNNL_ARG_DST, plan->x.values},
                                         {DNNL_ARG_SCRATCHPAD, self->scratchpad}};
    dlt_k_execute(&call.run, self->primitive, 4, arguments);
    dlt_k_spoil_on_failure(&call.run, plan->x.count, dx);
}

void dlt_k_backward_weights_dense_bf16(const dlt_dense *dense, const dlt_real *x,
                                       const dlt_real *dy, dlt_real *dweight, dlt_real *dbias,
                                       void *workspace) {
    const dense_plan *plan = dense->plan;
    const dense_product *self = &plan->backward_weights;
    if (self->primitive == NULL) {
        dlt_k_backward_weights_dense(dense, x, dy, dweight, dbias, workspace);
        return;
    }
    rounded call = round_operands(plan, self, &plan->x, x, &plan->y, dy, workspace);
    dlt_k_point_memory(&call.run, plan->gradient, dweight);
    const dnnl_exec_arg_t arguments[] = {{DNNL_ARG_SRC, plan->x.operand},
                                         {DNNL_ARG_DIFF_DST, plan->y.operand},
                                         {DNNL_ARG_DIFF_WEIGHTS, plan->gradient},
                                         {DNNL_ARG_SCRATCHPAD, self->scratchpad}};
    dlt_k_execute(&call.run, self->primitive, 4, arguments);
    dlt_k_spoil_on_failure(&call.run, plan->weight.count, dweight);
    if (dbias != NULL)
        dense->kernels->column_sum(dense->n, dense->k, dy, dbias);
}
