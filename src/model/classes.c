/* Shape classes: the graph once for each length that ragged inputs can have. The model itself is
 * the class of the greatest length. Each smaller class is a model of its own, with its own nodes,
 * library handles and plan of memory, but with the parameters, the running state, the arena and the
 * row lists of the first. So a call of any class allocates nothing; it takes another table of
 * nodes. Parameters must have the same shapes in every class: a length must not decide what is
 * trained. */
#include "model/model_internal.h"

#include "base/alloc.h"
#include "base/cast.h"
#include "base/error.h"
#include "config/config.h"

#include <inttypes.h>

dlt_status dlt_model_check_classes(const dlt_model_options *options) {
    for (int c = 0; c < options->class_count; c++)
        if (options->class_lengths[c] <= (c > 0 ? options->class_lengths[c - 1] : 0))
            return dlt_fail(DLT_ERR_CONFIG,
                            "the lengths of shape classes must be positive and ascend; found "
                            "%" PRId64 " in place %d",
                            options->class_lengths[c], c + 1);
    for (int i = 0; i < options->input_count; i++)
        if (options->inputs[i].ragged &&
            (options->class_count == 0 || options->inputs[i].spec.shape.rank == 0))
            return dlt_fail(DLT_ERR_CONFIG,
                            "the field '%s' has another length in each sample, which takes a "
                            "dimension and shape classes",
                            options->inputs[i].name);
    return DLT_OK;
}

void dlt_model_set_length(dlt_model *model, int64_t length) {
    for (int i = 0; i < model->options.input_count; i++)
        if (model->inputs[i].ragged)
            model->inputs[i].spec.shape.dim[0] = length;
}

static dlt_status check_tensor(const dlt_model *model, const dlt_model_tensor *tensor,
                               const dlt_model_tensor *other, int64_t length, int64_t longest) {
    char shape[DLT_SHAPE_TEXT_BYTES];
    char other_shape[DLT_SHAPE_TEXT_BYTES];
    if (dlt_shape_equal(&tensor->shape, &other->shape))
        return DLT_OK;
    int at = 0;
    while (at < model->node_count && model->nodes[at].name != tensor->node)
        at++;
    return dlt_config_fail_at(
        __FILE__, __LINE__, DLT_ERR_SHAPE, &model->nodes[at].selection->position,
        "'%s' of node '%s' would be %s for sequences of %" PRId64
        " and %s for sequences of %" PRId64 "; a parameter cannot depend on the length",
        tensor->name, tensor->node, dlt_shape_text(&tensor->shape, shape), length,
        dlt_shape_text(&other->shape, other_shape), longest);
}

/* The same nodes in the same order: only shapes can differ. */
static dlt_status check_tensors(const dlt_model *shaped, const dlt_model *model, int64_t length) {
    const int64_t longest = model->options.class_lengths[model->options.class_count - 1];
    for (int t = 0; t < model->param_tensor_count; t++)
        DLT_TRY(check_tensor(shaped, &shaped->param_tensors[t], &model->param_tensors[t], length,
                             longest));
    for (int t = 0; t < model->buffer_tensor_count; t++)
        DLT_TRY(check_tensor(shaped, &shaped->buffer_tensors[t], &model->buffer_tensors[t], length,
                             longest));
    return DLT_OK;
}

static dlt_status create_class(dlt_model *model, int64_t length, dlt_model **out) {
    DLT_TRY(DLT_NEW(*out, 1));
    (*out)->whole = model;
    dlt_status status = dlt_model_build(*out, &model->options, length);
    if (status == DLT_ERR_SHAPE || status == DLT_ERR_CONFIG)
        return dlt_fail(status, "%s (for sequences of %" PRId64 ")", dlt_error_message(), length);
    DLT_TRY(status);
    return check_tensors(*out, model, length);
}

dlt_status dlt_model_create_classes(dlt_model *model) {
    const dlt_model_options *options = &model->options;
    const int last = options->class_count - 1;
    DLT_TRY(DLT_NEW(model->class_of, model->in_flight_max));
    DLT_TRY(DLT_NEW(model->classes, options->class_count));
    for (int c = 0; c < last; c++)
        DLT_TRY(create_class(model, options->class_lengths[c], &model->classes[c]));
    for (int c = 0; c < last; c++)
        model->arena_bytes = dlt_max_i64(model->arena_bytes, model->classes[c]->arena_bytes);
    if (last >= 0)
        model->classes[last] = model;
    return DLT_OK;
}

void dlt_model_share_memory(dlt_model *model) {
    for (int c = 0; c < model->options.class_count; c++) {
        dlt_model *shaped = model->classes[c];
        shaped->params = model->params;
        shaped->buffers = model->buffers;
        shaped->arena = model->arena;
        shaped->lists = model->lists;
        shaped->arena_bytes = model->arena_bytes;
    }
}

void dlt_model_destroy_classes(dlt_model *model) {
    for (int c = 0; model->classes != NULL && c < model->options.class_count - 1; c++)
        dlt_model_destroy(&model->classes[c]);
    dlt_free(model->classes);
    dlt_free(model->class_of);
}

const dlt_model *dlt_model_in_class(const dlt_model *model, int shape_class) {
    return model->options.class_count > 0 ? model->classes[shape_class] : model;
}

const dlt_model *dlt_model_under_way(const dlt_model *model, int in_flight) {
    return dlt_model_in_class(model, model->class_of[in_flight]);
}

const dlt_tensor_spec *dlt_model_output_in_class(const dlt_model *model, int shape_class,
                                                 int output) {
    return dlt_model_output(dlt_model_in_class(model, shape_class), output);
}
