#include "kernels/onednn/conv2d_plan.h"

#include "base/alloc.h"
#include "base/cast.h"
#include "base/error.h"
#include "kernels/kernels_internal.h"
#include "kernels/onednn/onednn.h"

/* The layouts that a convolution of one block is asked for. The weights' is left open in `any`. */
typedef struct layouts {
    dnnl_memory_desc_t x; /* operands, of the type that is multiplied */
    dnnl_memory_desc_t y;
    dnnl_memory_desc_t x_result; /* float */
    dnnl_memory_desc_t y_result;
    dnnl_memory_desc_t bias;
    dnnl_memory_desc_t weights; /* plain, float */
    dnnl_memory_desc_t weights_any;
    dnnl_memory_desc_t gradient_any;
    dnnl_dims_t strides;
    dnnl_dims_t dilations; /* oneDNN counts the gaps: 0 is dense */
    dnnl_dims_t padding_before;
    dnnl_dims_t padding_after;
} layouts;

static dlt_status check(dnnl_status_t status) {
    return dlt_k_check_onednn(status, "a convolution");
}

static dlt_status describe_weights(const dlt_conv2d *conv, dnnl_data_type_t type, layouts *of) {
    const dlt_window *window = &conv->window;
    int64_t g = conv->groups;
    const dnnl_dims_t dense = {conv->k, window->c, window->r, window->s};
    const dnnl_dims_t grouped = {g, conv->k / g, window->c / g, window->r, window->s};
    const int64_t *dims = g > 1 ? grouped : dense;
    int rank = g > 1 ? 5 : 4;
    DLT_TRY(check(dnnl_memory_desc_init_by_tag(&of->weights, rank, dims, dnnl_f32,
                                               g > 1 ? dnnl_hwigo : dnnl_hwio)));
    DLT_TRY(check(dnnl_memory_desc_init_by_tag(&of->gradient_any, rank, dims, dnnl_f32,
                                               dnnl_format_tag_any)));
    return check(
        dnnl_memory_desc_init_by_tag(&of->weights_any, rank, dims, type, dnnl_format_tag_any));
}

static dlt_status describe_images(const dlt_conv2d *conv, int64_t block, dnnl_data_type_t type,
                                  layouts *of) {
    const dlt_window *window = &conv->window;
    const dnnl_dims_t x = {block, window->c, window->h, window->w};
    const dnnl_dims_t y = {block, conv->k, window->out_h, window->out_w};
    DLT_TRY(check(dnnl_memory_desc_init_by_tag(&of->x, 4, x, type, dnnl_nhwc)));
    DLT_TRY(check(dnnl_memory_desc_init_by_tag(&of->y, 4, y, type, dnnl_nhwc)));
    DLT_TRY(check(dnnl_memory_desc_init_by_tag(&of->x_result, 4, x, dnnl_f32, dnnl_nhwc)));
    return check(dnnl_memory_desc_init_by_tag(&of->y_result, 4, y, dnnl_f32, dnnl_nhwc));
}

static dlt_status describe_layouts(const dlt_conv2d *conv, int64_t block, dnnl_data_type_t type,
                                   layouts *of) {
    const dlt_window *window = &conv->window;
    const dnnl_dims_t bias = {conv->k};
    DLT_TRY(describe_images(conv, block, type, of));
    DLT_TRY(check(dnnl_memory_desc_init_by_tag(&of->bias, 1, bias, dnnl_f32, dnnl_x)));
    DLT_TRY(describe_weights(conv, type, of));
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
        &of->y_result, of->strides, of->dilations, of->padding_before, of->padding_after);
}

static dnnl_status_t describe_backward_data(const layouts *of, dnnl_convolution_desc_t *out) {
    return dnnl_dilated_convolution_backward_data_desc_init(
        out, dnnl_convolution_direct, &of->x_result, &of->weights_any, &of->y, of->strides,
        of->dilations, of->padding_before, of->padding_after);
}

static dnnl_status_t describe_backward_weights(const layouts *of, dnnl_convolution_desc_t *out) {
    return dnnl_dilated_convolution_backward_weights_desc_init(
        out, dnnl_convolution_direct, &of->x, &of->gradient_any, NULL, &of->y, of->strides,
        of->dilations, of->padding_before, of->padding_after);
}

static dlt_status create_memories(dnnl_engine_t engine, const layouts *of,
                                  const_dnnl_primitive_desc_t description, bool writes_weights,
                                  dlt_k_pass *pass) {
    const dnnl_memory_desc_t *packed = dnnl_primitive_desc_query_md(
        description, writes_weights ? dnnl_query_diff_weights_md : dnnl_query_weights_md, 0);
    const dnnl_memory_desc_t *scratchpad =
        dnnl_primitive_desc_query_md(description, dnnl_query_scratchpad_md, 0);
    DLT_TRY(check(dnnl_memory_create(&pass->weights, packed, engine, DNNL_MEMORY_NONE)));
    DLT_TRY(check(dnnl_memory_create(&pass->scratchpad, scratchpad, engine, DNNL_MEMORY_NONE)));
    pass->scratchpad_bytes = (int64_t)dnnl_memory_desc_get_size(scratchpad);
    if (dnnl_memory_desc_equal(packed, &of->weights))
        return DLT_OK;
    pass->weights_bytes = (int64_t)dnnl_memory_desc_get_size(packed);
    return writes_weights ? dlt_k_create_reorder(engine, packed, &of->weights, &pass->reorder)
                          : dlt_k_create_reorder(engine, &of->weights, packed, &pass->reorder);
}

/* Leaves pass->convolution NULL where the library has nothing fast for the shape. */
static dlt_status create_pass(dnnl_engine_t engine, const layouts *of,
                              const dnnl_convolution_desc_t *convolution,
                              const_dnnl_primitive_desc_t hint, dlt_k_pass *pass,
                              dnnl_primitive_desc_t *out) {
    DLT_TRY(dlt_k_describe_primitive(engine, convolution, hint, "a convolution", out));
    if (*out == NULL || dlt_k_is_reference(*out))
        return DLT_OK;
    bool writes_weights = convolution->prop_kind == dnnl_backward_weights;
    DLT_TRY(create_memories(engine, of, *out, writes_weights, pass));
    return check(dnnl_primitive_create(&pass->convolution, *out));
}

static dlt_status create_passes(const layouts *of, dlt_k_conv2d_plan *plan) {
    dlt_status status = DLT_OK;
    dnnl_primitive_desc_t forward = NULL;
    dnnl_primitive_desc_t backward_data = NULL;
    dnnl_primitive_desc_t backward_weights = NULL;
    dnnl_convolution_desc_t convolution;
    DLT_TRY_OUT(check(describe_forward(of, &convolution)));
    DLT_TRY_OUT(create_pass(plan->engine, of, &convolution, NULL, &plan->forward, &forward));
    /* The library derives the backward passes from the forward one. */
    if (forward == NULL)
        goto out;
    DLT_TRY_OUT(check(describe_backward_data(of, &convolution)));
    DLT_TRY_OUT(
        create_pass(plan->engine, of, &convolution, forward, &plan->backward_data, &backward_data));
    DLT_TRY_OUT(check(describe_backward_weights(of, &convolution)));
    DLT_TRY_OUT(create_pass(plan->engine, of, &convolution, forward, &plan->backward_weights,
                            &backward_weights));
out:
    dnnl_primitive_desc_destroy(forward);
    dnnl_primitive_desc_destroy(backward_data);
    dnnl_primitive_desc_destroy(backward_weights);
    return status;
}

static bool is_complete(const dlt_k_conv2d_plan *plan) {
    return plan->forward.convolution != NULL && plan->backward_data.convolution != NULL &&
           plan->backward_weights.convolution != NULL;
}

/* What the library leaves is computed in float by the tables below. */
static dlt_status create_below(const dlt_conv2d *conv, dnnl_data_type_t type,
                               dlt_k_conv2d_plan *plan) {
    if (is_complete(plan))
        return DLT_OK;
    dlt_kernels below = dlt_kernels_ref;
    dlt_kernels_add_blas(&below);
    if (type != dnnl_f32)
        dlt_kernels_add_onednn(&below);
    plan->below_conv = *conv;
    plan->below_conv.plan = NULL;
    DLT_TRY(below.conv2d_create(&plan->below_conv));
    plan->below = below;
    return DLT_OK;
}

/* Samples whose images, rounded to bf16, take half of a core's second-level cache of 1 MiB: the most that divide n.
 * Seen on ResNet-20's first stage (128 images, 32x32x16): gradient of the weights 3.6 ms in one block, 3.3 in eight;
 * forward the same, its rounding 0.16 ms less. */
static int64_t choose_block(const dlt_conv2d *conv, dnnl_data_type_t type) {
    const int64_t block_bytes = 512 << 10;
    const dlt_window *window = &conv->window;
    if (type == dnnl_f32)
        return conv->n;
    int64_t elements = window->h * window->w * window->c + window->out_h * window->out_w * conv->k;
    int64_t fits = dlt_max_i64(1, block_bytes / (elements * (int64_t)sizeof(uint16_t)));
    int64_t block = dlt_min_i64(fits, conv->n);
    while (conv->n % block != 0)
        block--;
    return block;
}

static dlt_status create_plan(const dlt_conv2d *conv, dnnl_data_type_t type,
                              dlt_k_conv2d_plan *plan) {
    const dlt_window *window = &conv->window;
    layouts of = {0};
    plan->block = choose_block(conv, type);
    plan->blocks = conv->n / plan->block;
    plan->weight_count = window->r * window->s * (window->c / conv->groups) * conv->k;
    DLT_TRY(describe_layouts(conv, plan->block, type, &of));
    DLT_TRY(dlt_k_open_onednn(&plan->engine, &plan->stream));
    dnnl_engine_t engine = plan->engine;
    DLT_TRY(dlt_k_create_array(engine, &of.x, &of.x_result, &plan->x));
    DLT_TRY(dlt_k_create_array(engine, &of.y, &of.y_result, &plan->y));
    DLT_TRY(check(dnnl_memory_create(&plan->bias, &of.bias, engine, DNNL_MEMORY_NONE)));
    DLT_TRY(check(dnnl_memory_create(&plan->weights, &of.weights, engine, DNNL_MEMORY_NONE)));
    DLT_TRY(create_passes(&of, plan));
    return create_below(conv, type, plan);
}

/* Bytes of a block's part of the weight gradient; the first block writes to its place. */
static int64_t part_bytes(const dlt_k_conv2d_plan *plan, const dlt_k_pass *pass) {
    if (pass != &plan->backward_weights || plan->blocks == 1)
        return 0;
    return pass->reorder != NULL ? pass->weights_bytes
                                 : plan->weight_count * (int64_t)sizeof(dlt_real);
}

dlt_k_slices dlt_k_slices_of(const dlt_conv2d *conv, const dlt_k_conv2d_plan *plan,
                             const dlt_k_pass *pass) {
    int64_t bias = conv->k * (int64_t)sizeof(dlt_real);
    dlt_k_slices slices = {.scratchpad = dlt_k_slice_bytes(pass->weights_bytes)};
    slices.spare = slices.scratchpad + dlt_k_slice_bytes(pass->scratchpad_bytes);
    slices.x = slices.spare + dlt_k_slice_bytes(dlt_max_i64(bias, part_bytes(plan, pass)));
    slices.y = slices.x + dlt_k_rounded_bytes(&plan->x);
    slices.end = slices.y + dlt_k_rounded_bytes(&plan->y);
    return slices;
}

static int64_t workspace_of(const dlt_conv2d *conv, const dlt_k_conv2d_plan *plan) {
    const dlt_k_pass *passes[] = {&plan->forward, &plan->backward_data, &plan->backward_weights};
    int64_t bytes = plan->below_conv.workspace_bytes;
    for (int i = 0; i < 3; i++)
        bytes = dlt_max_i64(bytes, dlt_k_slices_of(conv, plan, passes[i]).end);
    /* Both backward passes at once: those of the second, but for the operands, behind those of the first. */
    int64_t both = dlt_k_slices_of(conv, plan, &plan->backward_weights).end +
                   dlt_k_slices_of(conv, plan, &plan->backward_data).spare;
    return plan->y.round != NULL ? dlt_max_i64(bytes, both) : bytes;
}

static dlt_status create_conv2d(dnnl_data_type_t type, dlt_conv2d *conv) {
    dlt_k_conv2d_plan *plan = NULL;
    DLT_TRY(DLT_NEW(plan, 1));
    conv->plan = plan;
    dlt_status status = create_plan(conv, type, plan);
    if (status == DLT_OK)
        conv->workspace_bytes = workspace_of(conv, plan);
    else
        dlt_k_destroy_conv2d_onednn(conv);
    return status;
}

dlt_status dlt_k_create_conv2d_onednn(dlt_conv2d *conv) {
    return create_conv2d(dnnl_f32, conv);
}

dlt_status dlt_k_create_conv2d_bf16(dlt_conv2d *conv) {
    return create_conv2d(dnnl_bf16, conv);
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
    dlt_k_destroy_array(&plan->x);
    dlt_k_destroy_array(&plan->y);
    dnnl_memory_destroy(plan->bias);
    dnnl_memory_destroy(plan->weights);
    dnnl_stream_destroy(plan->stream);
    dnnl_engine_destroy(plan->engine);
    dlt_free(plan);
    conv->plan = NULL;
}
