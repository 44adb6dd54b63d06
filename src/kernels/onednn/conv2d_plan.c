#include "kernels/onednn/conv2d_plan.h"

#include "base/alloc.h"
#include "base/cast.h"
#include "base/error.h"
#include "kernels/kernels_internal.h"
#include "kernels/onednn/onednn.h"

#include <string.h>

/* The layouts that a convolution is asked for. The weights' is left open in `any`. */
typedef struct layouts {
    dnnl_memory_desc_t x;
    dnnl_memory_desc_t y;
    dnnl_memory_desc_t bias;
    dnnl_memory_desc_t weights;
    dnnl_memory_desc_t weights_any;
    dnnl_dims_t strides;
    dnnl_dims_t dilations; /* oneDNN counts the gaps: 0 is dense */
    dnnl_dims_t padding_before;
    dnnl_dims_t padding_after;
} layouts;

static dlt_status check_onednn(dnnl_status_t status) {
    if (status == dnnl_success)
        return DLT_OK;
    if (status == dnnl_out_of_memory)
        return dlt_fail(DLT_ERR_MEM, "oneDNN has no memory to plan a convolution");
    return dlt_fail(DLT_ERR_INTERNAL, "oneDNN refused a convolution's plan (status %d)",
                    (int)status);
}

static dlt_status describe_weights(const dlt_conv2d *conv, layouts *of) {
    const dlt_window *window = &conv->window;
    int64_t g = conv->groups;
    const dnnl_dims_t dense = {conv->k, window->c, window->r, window->s};
    const dnnl_dims_t grouped = {g, conv->k / g, window->c / g, window->r, window->s};
    const int64_t *dims = g > 1 ? grouped : dense;
    int rank = g > 1 ? 5 : 4;
    DLT_TRY(check_onednn(dnnl_memory_desc_init_by_tag(&of->weights, rank, dims, dnnl_f32,
                                                      g > 1 ? dnnl_hwigo : dnnl_hwio)));
    return check_onednn(
        dnnl_memory_desc_init_by_tag(&of->weights_any, rank, dims, dnnl_f32, dnnl_format_tag_any));
}

static dlt_status describe_layouts(const dlt_conv2d *conv, layouts *of) {
    const dlt_window *window = &conv->window;
    const dnnl_dims_t x = {conv->n, window->c, window->h, window->w};
    const dnnl_dims_t y = {conv->n, conv->k, window->out_h, window->out_w};
    const dnnl_dims_t bias = {conv->k};
    DLT_TRY(check_onednn(dnnl_memory_desc_init_by_tag(&of->x, 4, x, dnnl_f32, dnnl_nhwc)));
    DLT_TRY(check_onednn(dnnl_memory_desc_init_by_tag(&of->y, 4, y, dnnl_f32, dnnl_nhwc)));
    DLT_TRY(check_onednn(dnnl_memory_desc_init_by_tag(&of->bias, 1, bias, dnnl_f32, dnnl_x)));
    DLT_TRY(describe_weights(conv, of));
    of->strides[0] = window->stride_h;
    of->strides[1] = window->stride_w;
    of->dilations[0] = window->dilation_h - 1;
    of->dilations[1] = window->dilation_w - 1;
    of->padding_before[0] = window->pad_top;
    of->padding_before[1] = window->pad_left;
    /* The output size is given; where the stride does not divide, the last rows go unseen and the
     * library wants the padding that is used. */
    of->padding_after[0] = (window->out_h - 1) * window->stride_h +
                           (window->r - 1) * window->dilation_h + 1 - window->h - window->pad_top;
    of->padding_after[1] = (window->out_w - 1) * window->stride_w +
                           (window->s - 1) * window->dilation_w + 1 - window->w - window->pad_left;
    return DLT_OK;
}

static dnnl_status_t describe_forward(const layouts *of, dnnl_convolution_desc_t *out) {
    return dnnl_dilated_convolution_forward_desc_init(
        out, dnnl_forward_training, dnnl_convolution_direct, &of->x, &of->weights_any, &of->bias,
        &of->y, of->strides, of->dilations, of->padding_before, of->padding_after);
}

static dnnl_status_t describe_backward_data(const layouts *of, dnnl_convolution_desc_t *out) {
    return dnnl_dilated_convolution_backward_data_desc_init(
        out, dnnl_convolution_direct, &of->x, &of->weights_any, &of->y, of->strides, of->dilations,
        of->padding_before, of->padding_after);
}

static dnnl_status_t describe_backward_weights(const layouts *of, dnnl_convolution_desc_t *out) {
    return dnnl_dilated_convolution_backward_weights_desc_init(
        out, dnnl_convolution_direct, &of->x, &of->weights_any, NULL, &of->y, of->strides,
        of->dilations, of->padding_before, of->padding_after);
}

static dlt_status create_reorder(dnnl_engine_t engine, const dnnl_memory_desc_t *from,
                                 const dnnl_memory_desc_t *to, dnnl_primitive_t *out) {
    dnnl_primitive_desc_t description = NULL;
    dnnl_status_t status =
        dnnl_reorder_primitive_desc_create(&description, from, engine, to, engine, NULL);
    if (status == dnnl_success)
        status = dnnl_primitive_create(out, description);
    dnnl_primitive_desc_destroy(description);
    return check_onednn(status);
}

/* The library's plain C code for any layout is slower than the products of `below`. */
static bool is_reference(const_dnnl_primitive_desc_t description) {
    const char *name = "";
    dnnl_status_t status =
        dnnl_primitive_desc_query(description, dnnl_query_impl_info_str, 0, (void *)&name);
    return status != dnnl_success || strstr(name, "ref") != NULL;
}

static dlt_status create_memories(dnnl_engine_t engine, const layouts *of,
                                  const_dnnl_primitive_desc_t description, bool writes_weights,
                                  dlt_k_pass *pass) {
    const dnnl_memory_desc_t *packed = dnnl_primitive_desc_query_md(
        description, writes_weights ? dnnl_query_diff_weights_md : dnnl_query_weights_md, 0);
    const dnnl_memory_desc_t *scratchpad =
        dnnl_primitive_desc_query_md(description, dnnl_query_scratchpad_md, 0);
    DLT_TRY(check_onednn(dnnl_memory_create(&pass->weights, packed, engine, DNNL_MEMORY_NONE)));
    DLT_TRY(
        check_onednn(dnnl_memory_create(&pass->scratchpad, scratchpad, engine, DNNL_MEMORY_NONE)));
    pass->scratchpad_bytes = (int64_t)dnnl_memory_desc_get_size(scratchpad);
    if (dnnl_memory_desc_equal(packed, &of->weights))
        return DLT_OK;
    pass->weights_bytes = (int64_t)dnnl_memory_desc_get_size(packed);
    return writes_weights ? create_reorder(engine, packed, &of->weights, &pass->reorder)
                          : create_reorder(engine, &of->weights, packed, &pass->reorder);
}

/* Leaves pass->convolution NULL where the library has nothing fast for the shape. */
static dlt_status create_pass(dnnl_engine_t engine, const layouts *of,
                              const dnnl_convolution_desc_t *convolution,
                              const_dnnl_primitive_desc_t hint, dlt_k_pass *pass,
                              dnnl_primitive_desc_t *out) {
    dlt_status status = DLT_OK;
    dnnl_primitive_attr_t attributes = NULL;
    DLT_TRY_OUT(check_onednn(dnnl_primitive_attr_create(&attributes)));
    DLT_TRY_OUT(check_onednn(
        dnnl_primitive_attr_set_scratchpad_mode(attributes, dnnl_scratchpad_mode_user)));
    dnnl_status_t made = dnnl_primitive_desc_create(out, convolution, attributes, engine, hint);
    if (made == dnnl_unimplemented || (made == dnnl_success && is_reference(*out)))
        goto out;
    DLT_TRY_OUT(check_onednn(made));
    bool writes_weights = convolution->prop_kind == dnnl_backward_weights;
    DLT_TRY_OUT(create_memories(engine, of, *out, writes_weights, pass));
    DLT_TRY_OUT(check_onednn(dnnl_primitive_create(&pass->convolution, *out)));
out:
    dnnl_primitive_attr_destroy(attributes);
    return status;
}

static dlt_status create_passes(const layouts *of, dlt_k_conv2d_plan *plan) {
    dlt_status status = DLT_OK;
    dnnl_primitive_desc_t forward = NULL;
    dnnl_primitive_desc_t backward_data = NULL;
    dnnl_primitive_desc_t backward_weights = NULL;
    dnnl_convolution_desc_t convolution;
    DLT_TRY_OUT(check_onednn(describe_forward(of, &convolution)));
    DLT_TRY_OUT(create_pass(plan->engine, of, &convolution, NULL, &plan->forward, &forward));
    /* The library derives the backward passes from the forward one. */
    if (forward == NULL)
        goto out;
    DLT_TRY_OUT(check_onednn(describe_backward_data(of, &convolution)));
    DLT_TRY_OUT(
        create_pass(plan->engine, of, &convolution, forward, &plan->backward_data, &backward_data));
    DLT_TRY_OUT(check_onednn(describe_backward_weights(of, &convolution)));
    DLT_TRY_OUT(create_pass(plan->engine, of, &convolution, forward, &plan->backward_weights,
                            &backward_weights));
out:
    dnnl_primitive_desc_destroy(forward);
    dnnl_primitive_desc_destroy(backward_data);
    dnnl_primitive_desc_destroy(backward_weights);
    return status;
}

static dlt_status create_plan(const dlt_conv2d *conv, dlt_k_conv2d_plan *plan) {
    layouts of = {0};
    DLT_TRY(describe_layouts(conv, &of));
    DLT_TRY(check_onednn(dnnl_engine_create(&plan->engine, dnnl_cpu, 0)));
    DLT_TRY(
        check_onednn(dnnl_stream_create(&plan->stream, plan->engine, dnnl_stream_default_flags)));
    dnnl_engine_t engine = plan->engine;
    DLT_TRY(check_onednn(dnnl_memory_create(&plan->x, &of.x, engine, DNNL_MEMORY_NONE)));
    DLT_TRY(check_onednn(dnnl_memory_create(&plan->y, &of.y, engine, DNNL_MEMORY_NONE)));
    DLT_TRY(check_onednn(dnnl_memory_create(&plan->bias, &of.bias, engine, DNNL_MEMORY_NONE)));
    DLT_TRY(
        check_onednn(dnnl_memory_create(&plan->weights, &of.weights, engine, DNNL_MEMORY_NONE)));
    DLT_TRY(create_passes(&of, plan));
    plan->below_conv = *conv;
    plan->below = dlt_kernels_ref;
    dlt_kernels_add_blas(&plan->below);
    return plan->below.conv2d_create(&plan->below_conv);
}

static int64_t pass_bytes(const dlt_k_pass *pass) {
    return dlt_k_slice_bytes(pass->weights_bytes) + dlt_k_slice_bytes(pass->scratchpad_bytes);
}

static int64_t workspace_of(const dlt_conv2d *conv, const dlt_k_conv2d_plan *plan) {
    int64_t bias = dlt_k_slice_bytes(conv->k * (int64_t)sizeof(dlt_real));
    int64_t bytes = pass_bytes(&plan->forward) + bias;
    bytes = dlt_max_i64(bytes, pass_bytes(&plan->backward_data));
    bytes = dlt_max_i64(bytes, pass_bytes(&plan->backward_weights));
    bool complete = plan->forward.convolution != NULL && plan->backward_data.convolution != NULL &&
                    plan->backward_weights.convolution != NULL;
    return complete ? bytes : dlt_max_i64(bytes, plan->below_conv.workspace_bytes);
}

dlt_status dlt_k_create_conv2d_onednn(dlt_conv2d *conv) {
    dlt_k_conv2d_plan *plan = NULL;
    DLT_TRY(DLT_NEW(plan, 1));
    conv->plan = plan;
    dlt_status status = create_plan(conv, plan);
    if (status == DLT_OK)
        conv->workspace_bytes = workspace_of(conv, plan);
    else
        dlt_k_destroy_conv2d_onednn(conv);
    return status;
}

static void destroy_pass(dlt_k_pass *pass) {
    dnnl_primitive_destroy(pass->convolution);
    dnnl_primitive_destroy(pass->reorder);
    dnnl_memory_destroy(pass->weights);
    dnnl_memory_destroy(pass->scratchpad);
}

void dlt_k_destroy_conv2d_onednn(dlt_conv2d *conv) {
    dlt_k_conv2d_plan *plan = conv->plan;
    if (plan == NULL)
        return;
    if (plan->below.conv2d_destroy != NULL)
        plan->below.conv2d_destroy(&plan->below_conv);
    destroy_pass(&plan->forward);
    destroy_pass(&plan->backward_data);
    destroy_pass(&plan->backward_weights);
    dnnl_memory_destroy(plan->x);
    dnnl_memory_destroy(plan->y);
    dnnl_memory_destroy(plan->bias);
    dnnl_memory_destroy(plan->weights);
    dnnl_stream_destroy(plan->stream);
    dnnl_engine_destroy(plan->engine);
    dlt_free(plan);
    conv->plan = NULL;
}
