/* Creates the primitives of the three passes for one block of images. oneDNN chooses the layout of
 * the weights, and a pass whose layout is not the plain one gets a reorder. Where oneDNN has no
 * code or only its reference code, the pass stays empty and `below` gets a plan of its own.
 * dlt_k_slices_of alone lays out the workspace, which fits the largest pass, or both backward
 * passes run together. */
#include "kernels/onednn/conv2d_plan.h"

#include "base/alloc.h"
#include "base/cast.h"
#include "base/error.h"
#include "kernels/kernels_internal.h"
#include "kernels/onednn/onednn.h"

/* The layouts that a convolution of one block is asked for. The weights' is left open in `any`. */
typedef struct conv2d_layouts {
    dlt_k_layout x; /* operands, of the type that is multiplied */
    dlt_k_layout y;
    dlt_k_layout x_result; /* float */
    dlt_k_layout y_result;
    dlt_k_layout bias;
    dlt_k_layout weights; /* plain, float */
    dlt_k_layout weights_any;
    dlt_k_layout gradient_any;
    dlt_k_geometry geometry;
} conv2d_layouts;

static const char WHAT[] = "a convolution";

static dlt_status check(dnnl_status_t status) {
    return dlt_k_check_onednn(status, WHAT);
}

static void destroy_layouts(const conv2d_layouts *of) {
    dlt_k_destroy_layout(of->x);
    dlt_k_destroy_layout(of->y);
    dlt_k_destroy_layout(of->x_result);
    dlt_k_destroy_layout(of->y_result);
    dlt_k_destroy_layout(of->bias);
    dlt_k_destroy_layout(of->weights);
    dlt_k_destroy_layout(of->weights_any);
    dlt_k_destroy_layout(of->gradient_any);
}

static dlt_status create_weight_layouts(const dlt_conv2d *conv, dnnl_data_type_t type,
                                        conv2d_layouts *of) {
    const dlt_kernel_geometry *geometry = &conv->geometry;
    int64_t g = conv->groups;
    const dnnl_dims_t dense = {conv->k, geometry->c, geometry->r, geometry->s};
    const dnnl_dims_t grouped = {g, conv->k / g, geometry->c / g, geometry->r, geometry->s};
    const int64_t *dims = g > 1 ? grouped : dense;
    int rank = g > 1 ? 5 : 4;
    DLT_TRY(dlt_k_create_layout(rank, dims, dnnl_f32, g > 1 ? dnnl_hwigo : dnnl_hwio, WHAT,
                                &of->weights));
    DLT_TRY(
        dlt_k_create_layout(rank, dims, dnnl_f32, dnnl_format_tag_any, WHAT, &of->gradient_any));
    return dlt_k_create_layout(rank, dims, type, dnnl_format_tag_any, WHAT, &of->weights_any);
}

static dlt_status create_image_layouts(const dlt_conv2d *conv, int64_t block, dnnl_data_type_t type,
                                       conv2d_layouts *of) {
    const dlt_kernel_geometry *geometry = &conv->geometry;
    const dnnl_dims_t x = {block, geometry->c, geometry->h, geometry->w};
    const dnnl_dims_t y = {block, conv->k, geometry->out_h, geometry->out_w};
    DLT_TRY(dlt_k_create_layout(4, x, type, dnnl_nhwc, WHAT, &of->x));
    DLT_TRY(dlt_k_create_layout(4, y, type, dnnl_nhwc, WHAT, &of->y));
    DLT_TRY(dlt_k_create_layout(4, x, dnnl_f32, dnnl_nhwc, WHAT, &of->x_result));
    return dlt_k_create_layout(4, y, dnnl_f32, dnnl_nhwc, WHAT, &of->y_result);
}

static dlt_k_geometry geometry_of(const dlt_kernel_geometry *geometry) {
    /* The output size is given; where the stride does not divide, the last rows go unseen and the
     * library wants the padding that is used. */
    return (dlt_k_geometry){.strides = {geometry->stride_h, geometry->stride_w},
                            .dilations = {geometry->dilation_h - 1, geometry->dilation_w - 1},
                            .padding_before = {geometry->pad_top, geometry->pad_left},
                            .padding_after = {(geometry->out_h - 1) * geometry->stride_h +
                                                  (geometry->r - 1) * geometry->dilation_h + 1 -
                                                  geometry->h - geometry->pad_top,
                                              (geometry->out_w - 1) * geometry->stride_w +
                                                  (geometry->s - 1) * geometry->dilation_w + 1 -
                                                  geometry->w - geometry->pad_left}};
}

static dlt_status create_layouts(const dlt_conv2d *conv, int64_t block, dnnl_data_type_t type,
                                 conv2d_layouts *of) {
    const dnnl_dims_t bias = {conv->k};
    of->geometry = geometry_of(&conv->geometry);
    DLT_TRY(create_image_layouts(conv, block, type, of));
    DLT_TRY(dlt_k_create_layout(1, bias, dnnl_f32, dnnl_x, WHAT, &of->bias));
    return create_weight_layouts(conv, type, of);
}

static dlt_status create_memories(dnnl_engine_t engine, const conv2d_layouts *of,
                                  const_dnnl_primitive_desc_t description, bool writes_weights,
                                  dlt_k_pass *pass) {
    dlt_k_const_layout packed = dnnl_primitive_desc_query_md(
        description, writes_weights ? dnnl_query_diff_weights_md : dnnl_query_weights_md, 0);
    dlt_k_const_layout scratchpad =
        dnnl_primitive_desc_query_md(description, dnnl_query_scratchpad_md, 0);
    DLT_TRY(check(dnnl_memory_create(&pass->weights, packed, engine, DNNL_MEMORY_NONE)));
    DLT_TRY(check(dnnl_memory_create(&pass->scratchpad, scratchpad, engine, DNNL_MEMORY_NONE)));
    pass->scratchpad_bytes = (int64_t)dnnl_memory_desc_get_size(scratchpad);
    if (dnnl_memory_desc_equal(packed, of->weights))
        return DLT_OK;
    pass->weights_bytes = (int64_t)dnnl_memory_desc_get_size(packed);
    return writes_weights ? dlt_k_create_reorder(engine, packed, of->weights, &pass->reorder)
                          : dlt_k_create_reorder(engine, of->weights, packed, &pass->reorder);
}

/* Leaves pass->convolution NULL where the library has nothing fast for the shape. */
static dlt_status create_pass(dnnl_engine_t engine, const conv2d_layouts *of,
                              dlt_k_describe *describe, const dlt_k_operation *operation,
                              dlt_k_pass *pass, dnnl_primitive_desc_t *out) {
    DLT_TRY(dlt_k_describe_primitive(engine, describe, operation, WHAT, out));
    if (*out == NULL || dlt_k_is_reference(*out))
        return DLT_OK;
    bool writes_weights = describe == dlt_k_describe_convolution_backward_weights;
    DLT_TRY(create_memories(engine, of, *out, writes_weights, pass));
    return check(dnnl_primitive_create(&pass->convolution, *out));
}

static dlt_status create_passes(const conv2d_layouts *of, dlt_k_conv2d_plan *plan) {
    dlt_status status = DLT_OK;
    dnnl_primitive_desc_t forward = NULL;
    dnnl_primitive_desc_t backward_data = NULL;
    dnnl_primitive_desc_t backward_weights = NULL;
    const dlt_k_operation to_y = {.source = of->x,
                                  .weights = of->weights_any,
                                  .bias = of->bias,
                                  .destination = of->y_result,
                                  .geometry = &of->geometry};
    DLT_TRY_OUT(
        create_pass(plan->engine, of, dlt_k_describe_convolution, &to_y, &plan->forward, &forward));
    /* The library derives the backward passes from the forward one. */
    if (forward == NULL)
        goto out;
    const dlt_k_operation to_x = {.source = of->x_result,
                                  .weights = of->weights_any,
                                  .destination = of->y,
                                  .geometry = &of->geometry,
                                  .hint = forward};
    DLT_TRY_OUT(create_pass(plan->engine, of, dlt_k_describe_convolution_backward_data, &to_x,
                            &plan->backward_data, &backward_data));
    const dlt_k_operation to_weights = {.source = of->x,
                                        .weights = of->gradient_any,
                                        .destination = of->y,
                                        .geometry = &of->geometry,
                                        .hint = forward};
    DLT_TRY_OUT(create_pass(plan->engine, of, dlt_k_describe_convolution_backward_weights,
                            &to_weights, &plan->backward_weights, &backward_weights));
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

/* Samples whose images, rounded to bf16, take half of a core's second-level cache of 1 MiB: the
 * most that divide n. Seen on ResNet-20's first stage (128 images, 32x32x16): gradient of the
 * weights 3.6 ms in one block, 3.3 in eight; forward the same, its rounding 0.16 ms less. */
static int64_t choose_block(const dlt_conv2d *conv, dnnl_data_type_t type) {
    const int64_t block_bytes = 512 << 10;
    const dlt_kernel_geometry *geometry = &conv->geometry;
    if (type == dnnl_f32)
        return conv->n;
    int64_t elements =
        geometry->h * geometry->w * geometry->c + geometry->out_h * geometry->out_w * conv->k;
    int64_t fits = dlt_max_i64(1, block_bytes / (elements * (int64_t)sizeof(uint16_t)));
    int64_t block = dlt_min_i64(fits, conv->n);
    while (conv->n % block != 0)
        block--;
    return block;
}

static dlt_status create_arrays(const conv2d_layouts *of, dlt_k_conv2d_plan *plan) {
    DLT_TRY(dlt_k_open_onednn(&plan->engine, &plan->stream));
    dnnl_engine_t engine = plan->engine;
    DLT_TRY(dlt_k_create_array(engine, of->x, of->x_result, &plan->x));
    DLT_TRY(dlt_k_create_array(engine, of->y, of->y_result, &plan->y));
    DLT_TRY(check(dnnl_memory_create(&plan->bias, of->bias, engine, DNNL_MEMORY_NONE)));
    return check(dnnl_memory_create(&plan->weights, of->weights, engine, DNNL_MEMORY_NONE));
}

static dlt_status create_plan(const dlt_conv2d *conv, dnnl_data_type_t type,
                              dlt_k_conv2d_plan *plan) {
    const dlt_kernel_geometry *geometry = &conv->geometry;
    dlt_status status = DLT_OK;
    conv2d_layouts of = {0};
    plan->block = choose_block(conv, type);
    plan->blocks = conv->n / plan->block;
    plan->weight_count = geometry->r * geometry->s * (geometry->c / conv->groups) * conv->k;
    DLT_TRY_OUT(create_layouts(conv, plan->block, type, &of));
    DLT_TRY_OUT(create_arrays(&of, plan));
    DLT_TRY_OUT(create_passes(&of, plan));
    DLT_TRY_OUT(create_below(conv, type, plan));
out:
    destroy_layouts(&of);
    return status;
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
    /* Both backward passes at once: those of the second, but for the operands, behind those of the
     * first. */
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
