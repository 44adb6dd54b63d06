/* Turns the window settings of convolutions and pooling into a kernel geometry, first height, then
 * width, by the same formula:
 *   outputs = floor((extent + padding - span) / stride) + 1,   span = (size - 1) dilation + 1
 * `same` pads to ceil(extent / stride) outputs, with the odd row or column behind the image. A
 * transposed convolution solves the formula for the extent, which is the size of its output. */
#include "layers/geometry.h"

#include "base/cast.h"
#include "base/error.h"

#include <inttypes.h>

const char *const dlt_padding_names[] = {"valid", "same", NULL};

enum { PADDING_SAME = -2 }; /* how "same" reads: -1 - (its index in dlt_padding_names) */

/* What one side of the image (height or width) has of the settings. */
typedef struct window_side {
    int64_t extent; /* of the image */
    int64_t size;
    int64_t stride;
    int64_t dilation;
    int64_t before; /* padding */
    int64_t after;
} window_side;

/* Element i of a list of one or two numbers. */
static int64_t pick(const dlt_ints *list, int i, int64_t default_value) {
    if (list->count <= 0)
        return default_value;
    return list->at[list->count == 1 ? 0 : i];
}

/* Rows that a window spans, the gaps of dilation included. */
static int64_t span_of(const window_side *side) {
    return (side->size - 1) * side->dilation + 1;
}

static void pad_same(window_side *side) {
    int64_t out = dlt_ceil_div(side->extent, side->stride);
    int64_t needed = (out - 1) * side->stride + span_of(side) - side->extent;
    int64_t total = dlt_max_i64(needed, 0);
    side->before = total / 2;
    side->after = total - side->before;
}

static void pad_listed(const dlt_ints *padding, int i, window_side *side) {
    if (padding->count <= 0 || padding->at[0] < 0)
        return; /* valid */
    bool four = padding->count == 4;
    side->before = four ? padding->at[2 * i] : pick(padding, i, 0);
    side->after = four ? padding->at[2 * i + 1] : side->before;
}

static bool is_same(const dlt_geometry_settings *settings) {
    return settings->padding.count == 1 && settings->padding.at[0] == PADDING_SAME;
}

static window_side side_of(const dlt_geometry_settings *settings, int i, int64_t extent) {
    window_side side = {.extent = extent, .size = pick(&settings->size, i, 1)};
    side.stride = pick(&settings->stride, i, side.size);
    side.dilation = pick(&settings->dilation, i, 1);
    if (is_same(settings))
        pad_same(&side);
    else
        pad_listed(&settings->padding, i, &side);
    return side;
}

static int64_t outputs_of(const window_side *side) {
    return (side->extent + side->before + side->after - span_of(side)) / side->stride + 1;
}

static dlt_status check_padding_count(const dlt_layer_context *context, const char *kind,
                                      const dlt_geometry_settings *settings) {
    if (settings->padding.count == 3)
        return dlt_fail(DLT_ERR_CONFIG, "node '%s' (%s): padding takes 1, 2 or 4 numbers, not 3",
                        context->node, kind);
    return DLT_OK;
}

dlt_status dlt_geometry_check(const dlt_layer_context *context, const char *kind,
                              const dlt_geometry_settings *settings) {
    const dlt_shape *image = &context->inputs[0].shape;
    if (image->rank != 3)
        return dlt_layer_shape_error(context, kind, 0, "it needs images [H, W, C]");
    DLT_TRY(check_padding_count(context, kind, settings));
    const char *const names[] = {"high", "wide"};
    int64_t out[2];
    for (int i = 0; i < 2; i++) {
        window_side side = side_of(settings, i, image->dim[i]);
        if (span_of(&side) > side.extent + side.before + side.after)
            return dlt_layer_shape_error(
                context, kind, 0,
                "its window is %" PRId64 " %s and the image with its padding only %" PRId64,
                span_of(&side), names[i], side.extent + side.before + side.after);
        out[i] = outputs_of(&side);
    }
    return dlt_layer_check_size(
        context, kind, "an output",
        dlt_layer_product(dlt_layer_product(out[0] * out[1], image->dim[2]), context->n));
}

static dlt_status check_padding(const dlt_layer_context *context, const char *kind,
                                const dlt_geometry_settings *settings) {
    for (int i = 0; i < 2; i++) {
        window_side side = side_of(settings, i, context->inputs[0].shape.dim[i]);
        int64_t padding = dlt_max_i64(side.before, side.after);
        if (padding >= side.size)
            return dlt_fail(DLT_ERR_CONFIG,
                            "node '%s' (%s): padding %" PRId64
                            " must be smaller than the window's size %" PRId64,
                            context->node, kind, padding, side.size);
    }
    return DLT_OK;
}

static dlt_kernel_geometry geometry_of(const window_side *h, const window_side *w,
                                       int64_t channels) {
    return (dlt_kernel_geometry){.h = h->extent,
                                 .w = w->extent,
                                 .c = channels,
                                 .r = h->size,
                                 .s = w->size,
                                 .stride_h = h->stride,
                                 .stride_w = w->stride,
                                 .dilation_h = h->dilation,
                                 .dilation_w = w->dilation,
                                 .pad_top = h->before,
                                 .pad_bottom = h->after,
                                 .pad_left = w->before,
                                 .pad_right = w->after,
                                 .out_h = outputs_of(h),
                                 .out_w = outputs_of(w)};
}

dlt_kernel_geometry dlt_geometry_make(const dlt_geometry_settings *settings,
                                      const dlt_shape *image) {
    window_side h = side_of(settings, 0, image->dim[0]);
    window_side w = side_of(settings, 1, image->dim[1]);
    return geometry_of(&h, &w, image->dim[2]);
}

dlt_status dlt_geometry_transposed(const dlt_layer_context *context, const char *kind,
                                   const dlt_geometry_settings *settings,
                                   const dlt_ints *output_padding, int64_t channels,
                                   dlt_kernel_geometry *out) {
    const dlt_shape *image = &context->inputs[0].shape;
    if (image->rank != 3)
        return dlt_layer_shape_error(context, kind, 0, "it needs images [H, W, C]");
    DLT_TRY(check_padding_count(context, kind, settings));
    const char *const names[] = {"rows", "columns"};
    window_side sides[2];
    for (int i = 0; i < 2; i++) {
        int64_t more = pick(output_padding, i, 0);
        window_side *side = &sides[i];
        *side = side_of(settings, i, 1);
        if (more > 0 && is_same(settings))
            return dlt_fail(DLT_ERR_CONFIG,
                            "node '%s' (%s): output_padding needs padding as numbers, since same "
                            "gives input * stride outputs",
                            context->node, kind);
        if (more >= side->stride)
            return dlt_fail(DLT_ERR_CONFIG,
                            "node '%s' (%s): output_padding %" PRId64
                            " must be smaller than the stride %" PRId64,
                            context->node, kind, more, side->stride);
        int64_t spread = dlt_layer_product(image->dim[i] - 1, side->stride);
        DLT_TRY(dlt_layer_check_size(context, kind, "an output", spread));
        if (is_same(settings))
            *side = side_of(settings, i, image->dim[i] * side->stride);
        else
            side->extent = spread + span_of(side) + more - side->before - side->after;
        if (side->extent < 1)
            return dlt_layer_shape_error(context, kind, 0,
                                         "its padding cuts off all %s of the output", names[i]);
    }
    *out = geometry_of(&sides[0], &sides[1], channels);
    return DLT_OK;
}

dlt_kernel_geometry dlt_geometry_whole(const dlt_shape *image) {
    const int64_t size[] = {image->dim[0], image->dim[1]};
    const dlt_geometry_settings settings = {.size = {.count = 2, .at = size}};
    return dlt_geometry_make(&settings, image);
}

dlt_status dlt_geometry_infer_pool(const dlt_layer_context *context, const char *kind,
                                   const dlt_geometry_settings *settings, dlt_layer_spec *spec) {
    DLT_TRY(dlt_geometry_check(context, kind, settings));
    DLT_TRY(check_padding(context, kind, settings));
    dlt_kernel_geometry geometry = dlt_geometry_make(settings, &context->inputs[0].shape);
    spec->outputs[0].shape =
        (dlt_shape){.rank = 3, .dim = {geometry.out_h, geometry.out_w, geometry.c}};
    spec->flops = dlt_layer_product(context->n * dlt_shape_count(&spec->outputs[0].shape),
                                    geometry.r * geometry.s);
    return DLT_OK;
}

dlt_status dlt_geometry_infer_global(const dlt_layer_context *context, const char *kind,
                                     dlt_layer_spec *spec) {
    if (context->inputs[0].shape.rank != 3)
        return dlt_layer_shape_error(context, kind, 0, "it needs images [H, W, C]");
    spec->outputs[0].shape = (dlt_shape){.rank = 1, .dim = {context->inputs[0].shape.dim[2]}};
    spec->flops = dlt_layer_elements(context, context->n);
    return DLT_OK;
}
