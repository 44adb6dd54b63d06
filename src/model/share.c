/* Parameters that several nodes use. One tensor lies in the flat buffers, at the place of the first
 * node, its owner: backward comes to it last, and only then is the gradient final. Each later node
 * writes the gradient of its use into a block of the arena that lives until the owner's backward,
 * which adds the uses to its own in the order of the nodes. */
#include "model/model_internal.h"

#include "base/error.h"
#include "config/config.h"

#include <string.h>

bool dlt_model_is_shared(const dlt_model *model, int index, int param) {
    return model->nodes[index].owners[param].node != index;
}

bool dlt_model_skips_gradient(const dlt_model *model, int index, int param) {
    const node *self = &model->nodes[index];
    return model->param_tensors[self->params[param]].settings.freeze == DLT_FROZEN &&
           self->layer.ops->skips_frozen;
}

static const dlt_param_spec *spec_of(const dlt_model *model, const param_owner *owner) {
    return &model->nodes[owner->node].layer.spec.params[owner->param];
}

static int find_other(const dlt_model *model, int index, const char *name) {
    for (int i = 0; i < index; i++)
        if (strcmp(model->nodes[i].name, name) == 0)
            return i;
    return index;
}

static int find_param(const dlt_layer_spec *spec, const char *name) {
    for (int p = 0; p < spec->param_count; p++)
        if (strcmp(spec->params[p].name, name) == 0)
            return p;
    return spec->param_count;
}

static dlt_status check_alike(const dlt_model *model, const node *self, int param,
                              const node *other) {
    char wanted[DLT_SHAPE_TEXT_BYTES];
    char found[DLT_SHAPE_TEXT_BYTES];
    const dlt_param_spec *mine = &self->layer.spec.params[param];
    const dlt_param_spec *theirs = spec_of(model, &self->owners[param]);
    if (mine->sparse_rows > 0 || theirs->sparse_rows > 0)
        return dlt_config_fail(&self->selection->position,
                               "nodes '%s' and '%s' cannot share '%s', because a row-sparse "
                               "gradient belongs to one node; set 'sparse: false'",
                               other->name, self->name, mine->name);
    if (dlt_shape_equal(&mine->shape, &theirs->shape))
        return DLT_OK;
    return dlt_config_fail(&self->selection->position,
                           "a shared parameter of two shapes: '%s' is %s in node '%s' and %s in "
                           "node '%s'",
                           mine->name, dlt_shape_text(&mine->shape, wanted), self->name,
                           dlt_shape_text(&theirs->shape, found), other->name);
}

dlt_status dlt_model_share_params(dlt_model *model, int index) {
    node *self = &model->nodes[index];
    const dlt_layer_spec *spec = &self->layer.spec;
    const char *name = ((const dlt_node_settings *)self->selection->common)->share;
    int count = 0;
    for (int p = 0; p < spec->param_count; p++)
        self->owners[p] = (param_owner){.node = index, .param = p};
    if (name == NULL)
        return DLT_OK;
    const int from = find_other(model, index, name);
    if (from == index)
        return dlt_config_fail(&self->selection->position,
                               "node '%s' shares the parameters of '%s', which is not the name of "
                               "an earlier node",
                               self->name, name);
    const node *other = &model->nodes[from];
    for (int p = 0; p < spec->param_count; p++) {
        const int same = find_param(&other->layer.spec, spec->params[p].name);
        if (same == other->layer.spec.param_count)
            continue;
        self->owners[p] = other->owners[same];
        DLT_TRY(check_alike(model, self, p, other));
        count++;
    }
    model->shared_count += count;
    if (count == 0)
        return dlt_config_fail(&self->selection->position,
                               "node '%s' shares the parameters of '%s', but they have none of the "
                               "same name",
                               self->name, name);
    return DLT_OK;
}

dlt_param_settings dlt_model_param_settings(const dlt_model *model, int index, int param) {
    const param_owner *owner = &model->nodes[index].owners[param];
    const dlt_param_spec *spec = spec_of(model, owner);
    return dlt_param_settings_of(&model->options.parameters, model->nodes[owner->node].name,
                                 spec->name, spec->role);
}

dlt_real *dlt_model_shared_gradient(const dlt_model *model, const dlt_model_call *call, int index,
                                    int param) {
    return dlt_model_block(model, call->in_flight, model->nodes[index].memory.shared[param]);
}

void dlt_model_add_shared(const dlt_model *model, const dlt_model_call *call, int index,
                          dlt_real *grads) {
    for (int user = index + 1; user < model->node_count && model->shared_count > 0; user++) {
        const node *self = &model->nodes[user];
        for (int p = 0; p < self->layer.spec.param_count; p++) {
            const dlt_real *addend = dlt_model_shared_gradient(model, call, user, p);
            const dlt_model_tensor *tensor = &model->param_tensors[self->params[p]];
            if (self->owners[p].node == index && addend != NULL)
                model->options.kernels->add(tensor->count, grads + tensor->offset, addend,
                                            grads + tensor->offset);
        }
    }
}

void dlt_model_describe_shares(const dlt_model *model, dlt_text *out) {
    for (int i = 0; i < model->node_count; i++)
        for (int p = 0; p < model->nodes[i].layer.spec.param_count; p++) {
            const dlt_model_tensor *tensor = &model->param_tensors[model->nodes[i].params[p]];
            if (dlt_model_is_shared(model, i, p))
                dlt_text_add(out, "%s%s/%s is %s/%s", out->used > 0 ? ", " : "",
                             model->nodes[i].name, model->nodes[i].layer.spec.params[p].name,
                             tensor->node, tensor->name);
        }
}
