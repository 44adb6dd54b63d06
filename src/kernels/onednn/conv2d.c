#include "kernels/onednn/onednn.h"

#include "kernels/onednn/conv2d_plan.h"
#include "kernels/real_math.h"
#include "kernels/ref/ref.h"

#include <string.h>

/* One execution: the plan, the caller's scratch, and whether the library has refused anything. */
typedef struct execution {
    const dlt_k_conv2d_plan *plan;
    const dlt_k_pass *pass;
    char *workspace;
    dnnl_status_t status;
} execution;

/* The library takes all pointers as writable but writes to outputs only. */
static void point_memory(execution *call, dnnl_memory_t memory, const void *data) {
    if (call->status == dnnl_success)
        call->status = dnnl_memory_set_data_handle(memory, (void *)(uintptr_t)data);
}

static void execute(execution *call, dnnl_primitive_t primitive, int count,
                    const dnnl_exec_arg_t *arguments) {
    if (call->status == dnnl_success)
        call->status = dnnl_primitive_execute(primitive, call->plan->stream, count, arguments);
    if (call->status == dnnl_success)
        call->status = dnnl_stream_wait(call->plan->stream);
}

static void execute_reorder(execution *call, dnnl_memory_t from, dnnl_memory_t to) {
    const dnnl_exec_arg_t arguments[] = {{DNNL_ARG_FROM, from}, {DNNL_ARG_TO, to}};
    execute(call, call->pass->reorder, 2, arguments);
}

/* Points the weights of the pass at the plain ones, or at the slice for packed ones, and the
 * scratchpad at its slice. */
static void point_weights(execution *call, const dlt_real *weight) {
    const dlt_k_pass *pass = call->pass;
    point_memory(call, call->plan->weights, weight);
    point_memory(call, pass->weights,
                 pass->reorder != NULL ? (const void *)call->workspace : (const void *)weight);
    point_memory(call, pass->scratchpad, call->workspace + dlt_k_slice_bytes(pass->weights_bytes));
}

/* A call cannot return a failure. None is known once the plan was made; should one happen, NaN
 * stops the training with a reason instead of continuing on old numbers. */
static void spoil_on_failure(const execution *call, int64_t count, dlt_real *out) {
    if (call->status != dnnl_success)
        for (int64_t i = 0; i < count; i++)
            out[i] = (dlt_real)NAN;
}

void dlt_k_forward_conv2d_onednn(const dlt_conv2d *conv, const dlt_real *x, const dlt_real *weight,
                                 const dlt_real *bias, dlt_real *y, void *workspace) {
    const dlt_k_conv2d_plan *plan = conv->plan;
    const dlt_k_pass *pass = &plan->forward;
    if (pass->convolution == NULL) {
        plan->below.conv2d_forward(&plan->below_conv, x, weight, bias, y, workspace);
        return;
    }
    execution call = {plan, pass, workspace, dnnl_success};
    if (bias == NULL) {
        dlt_real *zeros =
            (dlt_real *)(void *)(call.workspace + dlt_k_slice_bytes(pass->weights_bytes) +
                                 dlt_k_slice_bytes(pass->scratchpad_bytes));
        memset(zeros, 0, (size_t)conv->k * sizeof *zeros);
        bias = zeros;
    }
    point_memory(&call, plan->x, x);
    point_memory(&call, plan->y, y);
    point_memory(&call, plan->bias, bias);
    point_weights(&call, weight);
    if (pass->reorder != NULL)
        execute_reorder(&call, plan->weights, pass->weights);
    const dnnl_exec_arg_t arguments[] = {{DNNL_ARG_SRC, plan->x},
                                         {DNNL_ARG_WEIGHTS, pass->weights},
                                         {DNNL_ARG_BIAS, plan->bias},
                                         {DNNL_ARG_DST, plan->y},
                                         {DNNL_ARG_SCRATCHPAD, pass->scratchpad}};
    execute(&call, pass->convolution, 5, arguments);
    spoil_on_failure(&call, conv->n * conv->window.out_h * conv->window.out_w * conv->k, y);
}

void dlt_k_backward_data_conv2d_onednn(const dlt_conv2d *conv, const dlt_real *dy,
                                       const dlt_real *weight, dlt_real *dx, void *workspace) {
    const dlt_k_conv2d_plan *plan = conv->plan;
    const dlt_k_pass *pass = &plan->backward_data;
    if (pass->convolution == NULL) {
        plan->below.conv2d_backward_data(&plan->below_conv, dy, weight, dx, workspace);
        return;
    }
    execution call = {plan, pass, workspace, dnnl_success};
    point_memory(&call, plan->y, dy);
    point_memory(&call, plan->x, dx);
    point_weights(&call, weight);
    if (pass->reorder != NULL)
        execute_reorder(&call, plan->weights, pass->weights);
    const dnnl_exec_arg_t arguments[] = {{DNNL_ARG_DIFF_DST, plan->y},
                                         {DNNL_ARG_WEIGHTS, pass->weights},
                                         {DNNL_ARG_DIFF_SRC, plan->x},
                                         {DNNL_ARG_SCRATCHPAD, pass->scratchpad}};
    execute(&call, pass->convolution, 4, arguments);
    spoil_on_failure(&call, conv->n * conv->window.h * conv->window.w * conv->window.c, dx);
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
    execution call = {plan, pass, workspace, dnnl_success};
    point_memory(&call, plan->x, x);
    point_memory(&call, plan->y, dy);
    point_weights(&call, dweight);
    const dnnl_exec_arg_t arguments[] = {{DNNL_ARG_SRC, plan->x},
                                         {DNNL_ARG_DIFF_DST, plan->y},
                                         {DNNL_ARG_DIFF_WEIGHTS, pass->weights},
                                         {DNNL_ARG_SCRATCHPAD, pass->scratchpad}};
    execute(&call, pass->convolution, 4, arguments);
    if (pass->reorder != NULL)
        execute_reorder(&call, pass->weights, plan->weights);
    spoil_on_failure(&call, window->r * window->s * (window->c / conv->groups) * conv->k, dweight);
    if (dbias != NULL)
        dlt_k_column_sum(conv->n * window->out_h * window->out_w, conv->k, dy, dbias);
}
