/* Lays parameters and buffers out in two flat arrays, the tensors of the last node first. Backward
 * finishes gradients in this order, so the finished part is always a prefix of the gradient, and
 * the reduction can begin while backward goes on (dlt_model_grads_ready). Tables, whose gradients
 * are lists of rows (rows.c), lie behind all others: a flat gradient ends before them. The layout
 * depends on the model alone: it is the same on all ranks. */
#include "model/model_internal.h"

#include "base/alloc.h"
#include "base/cast.h"
#include "base/error.h"
#include "config/config.h"

#include <math.h>

/* Tensors start on cache lines: 16 floats. */
enum { TENSOR_ALIGNMENT = 16 };

static void count_tensors(dlt_model *model) {
    for (int i = 0; i < model->node_count; i++) {
        model->param_tensor_count += model->nodes[i].layer.spec.param_count;
        model->buffer_tensor_count += model->nodes[i].layer.spec.buffer_count;
    }
    model->param_tensor_count -= model->shared_count;
}

/* Writes one row of a tensor table and returns the offset behind it. */
static int64_t place(dlt_model_tensor *tensor, const char *node_name, const char *name,
                     const dlt_shape *shape, int64_t offset) {
    *tensor = (dlt_model_tensor){.node = node_name,
                                 .name = name,
                                 .shape = *shape,
                                 .count = dlt_shape_count(shape),
                                 .offset = offset};
    return dlt_ceil_div(offset + tensor->count, TENSOR_ALIGNMENT) * TENSOR_ALIGNMENT;
}

static void place_param(dlt_model *model, int index, int param, dlt_model_tensor *tensor) {
    const node *self = &model->nodes[index];
    const dlt_param_spec *spec = &self->layer.spec.params[param];
    model->param_elements =
        place(tensor, self->name, spec->name, &spec->shape, model->param_elements);
    tensor->role = spec->role;
    tensor->settings = dlt_model_param_settings(model, index, param);
}

/* Backward goes from the last node to the first, and so do the parameters: what is finished
 * together lies together, which is what a bucket needs. Returns the number of parameters placed:
 * all but the tables. */
static int place_tensors(dlt_model *model) {
    int param = 0;
    int buffer = 0;
    for (int i = model->node_count - 1; i >= 0; i--) {
        node *self = &model->nodes[i];
        self->first_param = param;
        self->first_buffer = buffer;
        for (int p = 0; p < self->layer.spec.param_count; p++)
            if (!dlt_model_is_shared(model, i, p) && self->layer.spec.params[p].sparse_rows == 0) {
                self->params[p] = param;
                place_param(model, i, p, &model->param_tensors[param++]);
            }
        for (int e = 0; e < self->layer.spec.buffer_count; e++)
            model->buffer_elements = place(
                &model->buffer_tensors[buffer++], self->name, self->layer.spec.buffers[e].name,
                &self->layer.spec.buffers[e].shape, model->buffer_elements);
    }
    model->grad_elements = model->param_elements;
    return param;
}

/* Behind the tensors that are placed already. */
static void place_tables(dlt_model *model, int tensor) {
    for (int t = 0; t < tensor; t++)
        model->table_of[t] = NO_TABLE;
    for (int i = model->node_count - 1; i >= 0; i--)
        for (int p = 0; p < model->nodes[i].layer.spec.param_count; p++) {
            const dlt_param_spec *spec = &model->nodes[i].layer.spec.params[p];
            if (dlt_model_is_shared(model, i, p) || spec->sparse_rows == 0)
                continue;
            dlt_model_tensor *at = &model->param_tensors[tensor];
            place_param(model, i, p, at);
            model->nodes[i].params[p] = tensor;
            model->table_of[tensor++] = model->table_count;
            model->tables[model->table_count++] =
                (dlt_row_table){.offset = at->offset,
                                .rows = spec->shape.dim[0],
                                .width = at->count / spec->shape.dim[0],
                                .most = dlt_min_i64(spec->sparse_rows, spec->shape.dim[0])};
        }
}

/* Shared parameters are their owners', which come later in this layout. */
static void find_shared(dlt_model *model) {
    for (int i = 0; i < model->node_count; i++)
        for (int p = 0; p < model->nodes[i].layer.spec.param_count; p++) {
            const param_owner *owner = &model->nodes[i].owners[p];
            model->nodes[i].params[p] = model->nodes[owner->node].params[owner->param];
        }
}

static bool matches_any(const dlt_model *model, const char *pattern) {
    for (int t = 0; t < model->param_tensor_count; t++) {
        const dlt_model_tensor *tensor = &model->param_tensors[t];
        if (dlt_param_pattern_matches(pattern, tensor->node, tensor->name, tensor->role))
            return true;
    }
    return false;
}

static dlt_status check_patterns(const dlt_model *model) {
    const dlt_named_list *patterns = &model->options.parameters;
    for (int64_t i = 0; i < patterns->count; i++)
        if (!matches_any(model, patterns->at[i].name))
            return dlt_config_fail(
                &patterns->at[i].position,
                "'%s' matches no parameter of the model; a pattern is compared "
                "with NODE/NAME such as '%s/%s', or is role:weight, role:bias, "
                "role:norm_scale or role:embedding",
                patterns->at[i].name,
                model->param_tensor_count > 0 ? model->param_tensors[0].node : "dense_1",
                model->param_tensor_count > 0 ? model->param_tensors[0].name : "weight");
    return DLT_OK;
}

static bool are_alike(const dlt_param_settings *a, const dlt_param_settings *b) {
    const bool same_decay =
        a->weight_decay == b->weight_decay || (isnan(a->weight_decay) && isnan(b->weight_decay));
    return same_decay && a->lr_factor == b->lr_factor && a->freeze == b->freeze;
}

static dlt_status find_groups(dlt_model *model) {
    dlt_model_group *group = NULL;
    DLT_TRY(DLT_NEW(model->groups, model->param_tensor_count));
    for (int t = 0; t < model->param_tensor_count; t++) {
        const dlt_model_tensor *tensor = &model->param_tensors[t];
        if (group == NULL || !are_alike(&group->settings, &tensor->settings)) {
            group = &model->groups[model->group_count++];
            *group = (dlt_model_group){
                .settings = tensor->settings, .offset = tensor->offset, .first_tensor = t};
        }
        const bool is_last = t + 1 == model->param_tensor_count;
        const int64_t end = is_last ? model->param_elements : tensor[1].offset;
        group->count = end - group->offset;
        group->tensor_count++;
    }
    return DLT_OK;
}

dlt_status dlt_model_lay_out(dlt_model *model) {
    count_tensors(model);
    DLT_TRY(DLT_NEW(model->param_tensors, model->param_tensor_count));
    DLT_TRY(DLT_NEW(model->buffer_tensors, model->buffer_tensor_count));
    DLT_TRY(DLT_NEW(model->tables, model->param_tensor_count));
    DLT_TRY(DLT_NEW(model->table_of, model->param_tensor_count));
    place_tables(model, place_tensors(model));
    find_shared(model);
    DLT_TRY(check_patterns(model));
    DLT_TRY(find_groups(model));
    if (model->whole != NULL) /* it gets the memory of the whole model */
        return DLT_OK;
    DLT_TRY(DLT_NEW(model->own_params, model->param_elements));
    dlt_use_large_pages(model->own_params,
                        model->param_elements * (int64_t)sizeof *model->own_params);
    model->params = model->own_params;
    return DLT_NEW(model->buffers, model->buffer_elements);
}
