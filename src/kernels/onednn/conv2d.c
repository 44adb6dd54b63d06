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
    const dnnl_exec_arg_t arguments[] = {{DNNL_ARG_DIFF_DST, plan->y.operand},
                                         {DNNL_ARG_WEIGHTS, pass->weights},
                                         {DNNL_ARG_DIFF_SRC, plan->x.values},
                                         {DNNL_ARG_SCRATCHPAD, pass->scratchpad}};
    for (int64_t block = 0; block < plan->blocks; block++) {
        load_block(&call, &plan->y, block, call.slices.y, dy);
        point_result(&call, &plan->x, block, dx);
        dlt_k_execute(&call.run, pass->convolution, 4, arguments);
    }
    dlt_k_spoil_on_failure(&call.run, plan->blocks * plan->x.count, dx);
}

/* The gradient of the weights in the layout of the convolution: the blocks' one after the other, always in the same
 * order, added onto the first. */
static void add_blocks(conv2d_call *call, const dlt_real *x, const dlt_real *dy, dlt_real *total) {
    const dlt_k_conv2d_plan *plan = call->plan;
    const dlt_k_pass *pass = call->pass;
    dlt_real *part = (dlt_real *)(void *)(call->workspace + call->slices.spare);
    int64_t packed = pass->weights_bytes / (int64_t)sizeof(dlt_real);
    int64_t count = pass->reorder != NULL ? packed : plan->weight_count;
    const dnnl_exec_arg_t arguments[] = {{DNNL_ARG_SRC, plan->x.operand},
                                         {DNNL_ARG_DIFF_DST, plan->y.operand},
                                         {DNNL_ARG_DIFF_WEIGHTS, pass->weights},
                                         {DNNL_ARG_SCRATCHPAD, pass->scratchpad}};
    for (int64_t block = 0; block < plan->blocks; block++) {
        load_block(call, &plan->x, block, call->slices.x, x);
        load_block(call, &plan->y, block, call->slices.y, dy);
        dlt_k_point_memory(&call->run, pass->weights, block == 0 ? total : part);
        dlt_k_execute(&call->run, pass->convolution, 4, arguments);
        if (block > 0)
            dlt_k_add(count, total, part, total);
    }
}

void dlt_k_backward_weights_conv2d_onednn(const dlt_conv2d *conv, const dlt_real *x,
                                          const dlt_real *dy, dlt_real *dweight, dlt_real *dbias,
                                          void *workspace) {
    const dlt_window *window = &conv->window;
    const dlt_k_conv2d_plan *plan = conv->plan;
    const dlt_k_pass *pass = &plan->backward_weights;
    if (pass->convolution == NULL) {
        plan->below.conv2d_backward_weights(&plan->below_conv, x, dy, dweight, dbias, workspace);
        return;
    }
    conv2d_call call = begin_call(conv, pass, workspace);
    dlt_real *total = pass->reorder != NULL ? workspace : dweight;
    add_blocks(&call, x, dy, total);
    if (pass->reorder != NULL) {
        dlt_k_point_memory(&call.run, pass->weights, total);
        dlt_k_point_memory(&call.run, plan->weights, dweight);
        dlt_k_execute_reorder(&call.run, pass->reorder, pass->weights, plan->weights);
    }
    dlt_k_spoil_on_failure(&call.run, plan->weight_count, dweight);
    if (dbias != NULL)
        dlt_k_column_sum(conv->n * window->out_h * window->out_w, conv->k, dy, dbias);
}
