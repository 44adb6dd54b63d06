/* Runs the passes that conv2d_plan.c has prepared, one block of images after the other; the table
 * below computes a pass that oneDNN does not have. A call points the plan's memory objects to its
 * arrays, so two threads must not use one plan at a time. The gradient of the weights is that of
 * the first block plus those of the others in ascending order. */
#include "kernels/onednn/onednn.h"

#include "kernels/onednn/conv2d_plan.h"
#include "kernels/ref/ref.h"
#include "kernels/vector.h"

#include <string.h>

/* One call: the plan, one of its passes, the caller's scratch. */
typedef struct conv2d_call {
    dlt_k_execution run;
    const dlt_k_conv2d_plan *plan;
    const dlt_k_pass *pass;
    char *workspace;
    dlt_k_slices slices;
} conv2d_call;

static conv2d_call begin_call(const dlt_conv2d *conv, const dlt_k_pass *pass, void *workspace) {
    const dlt_k_conv2d_plan *plan = conv->plan;
    conv2d_call call = {.run = {plan->stream, dnnl_success},
                        .plan = plan,
                        .pass = pass,
                        .workspace = workspace,
                        .slices = dlt_k_slices_of(conv, plan, pass)};
    dlt_k_point_memory(&call.run, pass->scratchpad, call.workspace + call.slices.scratchpad);
    return call;
}

/* Points the weights of the pass at the plain ones, or at the slice into which these are packed. */
static void load_weights(conv2d_call *call, const dlt_real *weight) {
    const dlt_k_pass *pass = call->pass;
    const void *packed = pass->reorder != NULL ? (const void *)call->workspace : weight;
    dlt_k_point_memory(&call->run, call->plan->weights, weight);
    dlt_k_point_memory(&call->run, pass->weights, packed);
    if (pass->reorder != NULL)
        dlt_k_execute_reorder(&call->run, pass->reorder, call->plan->weights, pass->weights);
}

/* One block of images as an operand, rounded into the slice where operands are bf16. */
static void load_block(conv2d_call *call, const dlt_k_array *images, int64_t block, int64_t slice,
                       const dlt_real *data) {
    dlt_k_load_operand(&call->run, images, data + block * images->count, call->workspace + slice);
}

static void point_result(conv2d_call *call, const dlt_k_array *images, int64_t block,
                         dlt_real *data) {
    dlt_k_point_memory(&call->run, images->values, data + block * images->count);
}

void dlt_k_forward_conv2d_onednn(const dlt_conv2d *conv, const dlt_real *x, const dlt_real *weight,
                                 const dlt_real *bias, dlt_real *y, void *workspace) {
    const dlt_k_conv2d_plan *plan = conv->plan;
    const dlt_k_pass *pass = &plan->forward;
    if (pass->convolution == NULL) {
        plan->below.conv2d_forward(&plan->below_conv, x, weight, bias, y, workspace);
        return;
    }
    conv2d_call call = begin_call(conv, pass, workspace);
    if (bias == NULL) {
        dlt_real *zeros = (dlt_real *)(void *)(call.workspace + call.slices.spare);
        memset(zeros, 0, (size_t)conv->k * sizeof *zeros);
        bias = zeros;
    }
    dlt_k_point_memory(&call.run, plan->bias, bias);
    load_weights(&call, weight);
    const dnnl_exec_arg_t arguments[] = {{DNNL_ARG_SRC, plan->x.operand},
                                         {DNNL_ARG_WEIGHTS, pass->weights},
                                         {DNNL_ARG_BIAS, plan->bias},
                                         {DNNL_ARG_DST, plan->y.values},
                                         {DNNL_ARG_SCRATCHPAD, pass->scratchpad}};
    for (int64_t block = 0; block < plan->blocks; block++) {
        load_block(&call, &plan->x, block, call.slices.x, x);
        point_result(&call, &plan->y, block, y);
        dlt_k_execute(&call.run, pass->convolution, 5, arguments);
    }
    dlt_k_spoil_on_failure(&call.run, plan->blocks * plan->y.count, y);
}

/* The gradient of one block of x, whose operand dy is loaded. */
static void multiply_gradient(conv2d_call *call, int64_t block, dlt_real *dx) {
    const dlt_k_conv2d_plan *plan = call->plan;
    const dlt_k_pass *pass = call->pass;
    const dnnl_exec_arg_t arguments[] = {{DNNL_ARG_DIFF_DST, plan->y.operand},
                                         {DNNL_ARG_WEIGHTS, pass->weights},
                                         {DNNL_ARG_DIFF_SRC, plan->x.values},
                                         {DNNL_ARG_SCRATCHPAD, pass->scratchpad}};
    point_result(call, &plan->x, block, dx);
    dlt_k_execute(&call->run, pass->convolution, 4, arguments);
}

void dlt_k_backward_data_conv2d_onednn(const dlt_conv2d *conv, const dlt_real *dy,
                                       const dlt_real *weight, dlt_real *dx, void *workspace) {
    const dlt_k_conv2d_plan *plan = conv->plan;
    const dlt_k_pass *pass = &plan->backward_data;
    if (pass->convolution == NULL) {
        plan->below.conv2d_backward_data(&plan->below_conv, dy, weight, dx, workspace);
        return;
    }
    conv2d_call call = begin_call(conv, pass, workspace);
    load_weights(&call, weight);
    for (int64_t block = 0; block < plan->blocks; block++) {
        load_block(&call, &plan->y, block, call.slices.y, dy);
        multiply_gradient(&call, block, dx);
    }
    dlt_k_spoil_on_failure(&call.run, plan->blocks * plan->x.count, dx);
}

/* The gradient of the weights in the layout of the convolution: that of a block, whose operands are
 * loaded, added onto those before. */
static void add_gradient(conv2d_call *call, int64_t block, dlt_real *total) {
    const dlt_k_conv2d_plan *plan = call->plan;
    const dlt_k_pass *pass = call->pass;
    dlt_real *part = (dlt_real *)(void *)(call->workspace + call->slices.spare);
    int64_t packed = pass->weights_bytes / (int64_t)sizeof(dlt_real);
    int64_t count = pass->reorder != NULL ? packed : plan->weight_count;
    const dnnl_exec_arg_t arguments[] = {{DNNL_ARG_SRC, plan->x.operand},
                                         {DNNL_ARG_DIFF_DST, plan->y.operand},
                                         {DNNL_ARG_DIFF_WEIGHTS, pass->weights},
                                         {DNNL_ARG_SCRATCHPAD, pass->scratchpad}};
    dlt_k_point_memory(&call->run, pass->weights, block == 0 ? total : part);
    dlt_k_execute(&call->run, pass->convolution, 4, arguments);
    if (block > 0)
        dlt_k_add(count, total, part, total);
}

/* Where the gradient of the weights is summed: in its place, or in the slice for packed ones. */
static dlt_real *total_of(const conv2d_call *call, dlt_real *dweight) {
    return call->pass->reorder != NULL ? (dlt_real *)(void *)call->workspace : dweight;
}

static void finish_gradient(conv2d_call *call, const dlt_real *total, dlt_real *dweight) {
    const dlt_k_conv2d_plan *plan = call->plan;
    const dlt_k_pass *pass = call->pass;
    if (pass->reorder != NULL) {
        dlt_k_point_memory(&call->run, pass->weights, total);
        dlt_k_point_memory(&call->run, plan->weights, dweight);
        dlt_k_execute_reorder(&call->run, pass->reorder, pass->weights, plan->weights);
    }
    dlt_k_spoil_on_failure(&call->run, plan->weight_count, dweight);
}

static void sum_bias_gradient(const dlt_conv2d *conv, const dlt_real *dy, dlt_real *dbias) {
    if (dbias != NULL)
        dlt_k_column_sum(conv->n * conv->geometry.out_h * conv->geometry.out_w, conv->k, dy, dbias);
}

void dlt_k_backward_weights_conv2d_onednn(const dlt_conv2d *conv, const dlt_real *x,
                                          const dlt_real *dy, dlt_real *dweight, dlt_real *dbias,
                                          void *workspace) {
    const dlt_k_conv2d_plan *plan = conv->plan;
    const dlt_k_pass *pass = &plan->backward_weights;
    if (pass->convolution == NULL) {
        plan->below.conv2d_backward_weights(&plan->below_conv, x, dy, dweight, dbias, workspace);
        return;
    }
    conv2d_call call = begin_call(conv, pass, workspace);
    dlt_real *total = total_of(&call, dweight);
    for (int64_t block = 0; block < plan->blocks; block++) {
        load_block(&call, &plan->x, block, call.slices.x, x);
        load_block(&call, &plan->y, block, call.slices.y, dy);
        add_gradient(&call, block, total);
    }
    finish_gradient(&call, total, dweight);
    sum_bias_gradient(conv, dy, dbias);
}

/* Both passes block by block: dy is rounded once, and read from memory once. */
static void backward_by_blocks(const dlt_conv2d *conv, const dlt_real *x, const dlt_real *dy,
                               const dlt_real *weight, dlt_real *dx, dlt_real *dweight,
                               char *workspace) {
    const dlt_k_conv2d_plan *plan = conv->plan;
    conv2d_call weights = begin_call(conv, &plan->backward_weights, workspace);
    conv2d_call data = begin_call(conv, &plan->backward_data, workspace + weights.slices.end);
    dlt_real *total = total_of(&weights, dweight);
    load_weights(&data, weight);
    for (int64_t block = 0; block < plan->blocks; block++) {
        load_block(&weights, &plan->x, block, weights.slices.x, x);
        load_block(&weights, &plan->y, block, weights.slices.y, dy);
        add_gradient(&weights, block, total);
        multiply_gradient(&data, block, dx);
    }
    finish_gradient(&weights, total, dweight);
    dlt_k_spoil_on_failure(&data.run, plan->blocks * plan->x.count, dx);
}

void dlt_k_backward_conv2d_onednn(const dlt_conv2d *conv, const dlt_real *x, const dlt_real *dy,
                                  const dlt_real *weight, dlt_real *dx, dlt_real *dweight,
                                  dlt_real *dbias, void *workspace) {
    const dlt_k_conv2d_plan *plan = conv->plan;
    bool both = dx != NULL && plan->backward_weights.convolution != NULL &&
                plan->backward_data.convolution != NULL;
    if (both && plan->y.round != NULL) {
        backward_by_blocks(conv, x, dy, weight, dx, dweight, workspace);
        sum_bias_gradient(conv, dy, dbias);
        return;
    }
    dlt_k_backward_weights_conv2d_onednn(conv, x, dy, dweight, dbias, workspace);
    if (dx != NULL)
        dlt_k_backward_data_conv2d_onednn(conv, dy, weight, dx, workspace);
}
