/* The elements of a sample, in their order in memory, under another shape. One dimension may be -1:
 * it takes what is left. The batch dimension is not named, as in Keras' Reshape. */
#include "layers/layers_internal.h"

#include "base/error.h"

typedef struct reshape_settings {
    dlt_ints shape;
} reshape_settings;

static const dlt_key keys[] = {
    {.name = "shape",
     .type = DLT_KEY_INTS,
     .offset = offsetof(reshape_settings, shape),
     .minimum = -1,
     .maximum = 2147483647,
     .least = 1,
     .most = DLT_SHAPE_MAX,
     .flags = DLT_KEY_SHORTHAND,
     .help = "Shape of one sample; one dimension may be -1, which takes the remaining elements."},
    {0},
};

/* The shape asked for with 1 in the place of -1; *unknown is that place, or -1. */
static dlt_status read_shape(const dlt_layer_context *context, dlt_shape *out, int *unknown) {
    const reshape_settings *settings = context->settings;
    *out = (dlt_shape){.rank = (int)settings->shape.count};
    *unknown = -1;
    for (int i = 0; i < out->rank; i++) {
        out->dim[i] = settings->shape.at[i];
        if (out->dim[i] == 0)
            return dlt_fail(DLT_ERR_CONFIG, "node '%s' (reshape): a dimension cannot be 0",
                            context->node);
        if (out->dim[i] > 0)
            continue;
        if (*unknown >= 0)
            return dlt_fail(DLT_ERR_CONFIG, "node '%s' (reshape): only one dimension can be -1",
                            context->node);
        *unknown = i;
        out->dim[i] = 1;
    }
    return DLT_OK;
}

static dlt_status infer_reshape(const dlt_layer_context *context, dlt_layer_spec *spec) {
    dlt_shape shape;
    int unknown;
    DLT_TRY(read_shape(context, &shape, &unknown));
    int64_t known = 1;
    for (int i = 0; i < shape.rank; i++)
        known = dlt_layer_product(known, shape.dim[i]);
    int64_t elements = dlt_shape_count(&context->inputs[0].shape);
    if (unknown >= 0 && elements % known == 0)
        shape.dim[unknown] = elements / known;
    else if (unknown >= 0 || known != elements) {
        if (unknown >= 0)
            shape.dim[unknown] = -1;
        char text[DLT_SHAPE_TEXT_BYTES];
        return dlt_layer_shape_error(context, "reshape", 0, "it does not have the elements of %s",
                                     dlt_shape_text(&shape, text));
    }
    spec->outputs[0].shape = shape;
    dlt_layer_same_type(context, spec);
    return DLT_OK;
}

static void forward_reshape(const dlt_layer *layer, const dlt_layer_call *call) {
    dlt_layer_move(layer->context.inputs[0].dtype, dlt_layer_elements(&layer->context, call->n),
                   dlt_layer_elements_in(call), 0, 1, dlt_layer_elements_out(call, 0), 0);
}

static void backward_reshape(const dlt_layer *layer, const dlt_layer_call *call) {
    if (call->dx[0] != NULL)
        dlt_layer_copy(dlt_layer_elements(&layer->context, call->n), call->dy[0], call->dx[0]);
}

static const dlt_layer_selftest selftests[] = {
    {.name = "known answer",
     .settings = "reshape: [2, 2]",
     .n = 1,
     .input_count = 1,
     .inputs = {{1, {4}}},
     .input = (const double[]){1, 2, 3, 4},
     .output = (const double[]){1, 2, 3, 4}},
    {.name = "one dimension left open",
     .settings = "reshape: {shape: [3, -1, 2]}",
     .n = 2,
     .input_count = 1,
     .inputs = {{2, {6, 4}}}},
    {.name = "to a vector",
     .settings = "reshape: -1",
     .n = 2,
     .input_count = 1,
     .inputs = {{2, {2, 3}}}},
    {.name = "known answer, whole numbers",
     .settings = "reshape: [2, -1]",
     .n = 2,
     .input_count = 1,
     .inputs = {{1, {4}}},
     .below = {9},
     .input = (const double[]){1, 2, 3, 4, 5, 6, 7, 8},
     .output = (const double[]){1, 2, 3, 4, 5, 6, 7, 8}},
};

const dlt_layer_ops dlt_layer_reshape = {
    .entry = {.name = "reshape",
              .summary = "The same elements under another shape.",
              .keys = keys,
              .settings_size = sizeof(reshape_settings)},
    .inputs_least = 1,
    .inputs_most = 1,
    .either_inputs = DLT_INPUT(0),
    .infer = infer_reshape,
    .forward = forward_reshape,
    .backward = backward_reshape,
    .in_place = true,
    .is_view = true,
    .selftests = selftests,
    .selftest_count = DLT_COUNT_OF(selftests),
};
