#include "model/model_internal.h"

#include "base/alloc.h"
#include "base/error.h"
#include "base/name.h"
#include "config/config.h"

#include <stddef.h>
#include <stdio.h>
#include <string.h>

static const char *const INPUT_NAME = "input";

const dlt_key dlt_node_keys[] = {
    {.name = "name",
     .type = DLT_KEY_STRING,
     .offset = offsetof(dlt_node_settings, name),
     .fallback = "null",
     .flags = DLT_KEY_NULLABLE,
     .help = "Name of the node, for `from` and for /params/<node>/...; by default its kind and a "
             "running number: dense_1, dense_2."},
    {.name = "from",
     .type = DLT_KEY_STRINGS,
     .offset = offsetof(dlt_node_settings, from),
     .fallback = "null",
     .flags = DLT_KEY_NULLABLE,
     .help =
         "Names of the earlier nodes that feed this one, or 'input'; by default the node before."},
    {0}};

static const dlt_layer_ops *ops_of(const dlt_chosen *chosen) {
    return (const dlt_layer_ops *)(const void *)chosen->kind;
}

static int find_node(const dlt_model *model, int before, const char *name) {
    for (int i = 0; i < before; i++)
        if (strcmp(model->nodes[i].name, name) == 0)
            return i;
    return before;
}

/* dense_1, dense_2: the count of nodes of this kind so far. */
static void default_name(const dlt_model *model, int index, char *out) {
    const dlt_choice *kind = model->nodes[index].chosen->kind;
    int number = 1;
    for (int i = 0; i < index; i++)
        number += model->nodes[i].chosen->kind == kind;
    snprintf(out, NODE_NAME_BYTES, "%s_%d", kind->name, number);
}

/* It becomes the name of a group of the checkpoint. */
static bool is_node_name(const char *name) {
    return dlt_name_is_plain(name) && strlen(name) < NODE_NAME_BYTES;
}

static dlt_status name_node(dlt_model *model, int index) {
    node *self = &model->nodes[index];
    const dlt_node_settings *common = self->chosen->common;
    const char *name = common->name;
    if (name == NULL)
        default_name(model, index, self->name);
    else if (!is_node_name(name))
        return dlt_config_fail(&self->chosen->position,
                               "a node's name must have 1 to %d characters, no '/' and no control "
                               "character, and not be '.' or '..'; found '%s'",
                               NODE_NAME_BYTES - 1, name);
    else
        snprintf(self->name, sizeof self->name, "%s", name);
    if (strcmp(self->name, INPUT_NAME) == 0)
        return dlt_config_fail(&self->chosen->position,
                               "'input' is the name of the data; choose another for this node");
    if (find_node(model, index, self->name) < index)
        return dlt_config_fail(&self->chosen->position, "two nodes have the name '%s'", self->name);
    return DLT_OK;
}

static dlt_status resolve_input(const dlt_model *model, int index, const char *name, int *out) {
    if (strcmp(name, INPUT_NAME) == 0) {
        *out = INPUT_NODE;
        return DLT_OK;
    }
    *out = find_node(model, index, name);
    if (*out < index)
        return DLT_OK;
    return dlt_config_fail(&model->nodes[index].chosen->position,
                           "node '%s' comes from '%s', which is not the name of an earlier node",
                           model->nodes[index].name, name);
}

static dlt_status connect_node(dlt_model *model, int index) {
    node *self = &model->nodes[index];
    const dlt_node_settings *common = self->chosen->common;
    const dlt_layer_ops *ops = ops_of(self->chosen);
    bool given = common->from.count >= 0;
    int64_t count = given ? common->from.count : 1;
    if (count < ops->inputs_least || count > ops->inputs_most)
        return dlt_config_fail(&self->chosen->position,
                               "node '%s' (%s) takes %d to %d inputs, found %lld; name them with "
                               "`from: [a, b]`",
                               self->name, ops->choice.name, ops->inputs_least, ops->inputs_most,
                               (long long)count);
    self->layer.site.input_count = (int)count;
    if (!given)
        self->inputs[0] = index - 1; /* INPUT_NODE for the first */
    for (int i = 0; given && i < count; i++)
        DLT_TRY(resolve_input(model, index, common->from.at[i], &self->inputs[i]));
    return DLT_OK;
}

static void fill_site(const dlt_model *model, node *self) {
    dlt_layer_site *site = &self->layer.site;
    site->node = self->name;
    site->settings = self->chosen->settings;
    site->n = model->options.sizes[0];
    site->kernels = model->options.kernels;
    for (int i = 0; i < site->input_count; i++) {
        bool data = self->inputs[i] == INPUT_NODE;
        const node *from = data ? NULL : &model->nodes[self->inputs[i]];
        site->input_nodes[i] = data ? INPUT_NAME : from->name;
        site->inputs[i] = data ? model->options.input : from->layer.spec.output;
    }
}

/* Puts the place in the run file before a layer's own sentence. */
static dlt_status with_position(const node *self, dlt_status status) {
    if (status != DLT_ERR_SHAPE && status != DLT_ERR_CONFIG)
        return status;
    return dlt_config_fail_at(__FILE__, __LINE__, status, &self->chosen->position, "%s",
                              dlt_error_message());
}

static dlt_status infer_node(dlt_model *model, int index) {
    node *self = &model->nodes[index];
    fill_site(model, self);
    const dlt_layer_ops *ops = ops_of(self->chosen);
    self->layer.ops = ops;
    dlt_status status = ops->infer(&self->layer.site, &self->layer.spec);
    if (status != DLT_OK)
        return with_position(self, status);
    self->trains = self->layer.spec.param_count > 0;
    for (int i = 0; i < self->layer.site.input_count; i++)
        if (self->inputs[i] != INPUT_NODE)
            self->trains = self->trains || model->nodes[self->inputs[i]].trains;
    return DLT_OK;
}

static dlt_status create_node(dlt_model *model, int index) {
    node *self = &model->nodes[index];
    const dlt_layer_ops *ops = self->layer.ops;
    if (ops->create == NULL || self->done_by != index)
        return DLT_OK;
    return with_position(
        self, ops->create(&self->layer, model->options.sizes, model->options.size_count));
}

/* Only the last node is the output; any other that feeds nothing is a mistake. */
static dlt_status check_used(const dlt_model *model) {
    for (int i = 0; i + 1 < model->node_count; i++) {
        bool used = false;
        for (int j = i + 1; j < model->node_count && !used; j++)
            for (int k = 0; k < model->nodes[j].layer.site.input_count; k++)
                used = used || model->nodes[j].inputs[k] == i;
        if (!used)
            return dlt_config_fail(&model->nodes[i].chosen->position,
                                   "node '%s' feeds no other node and is not the last",
                                   model->nodes[i].name);
    }
    return DLT_OK;
}

dlt_status dlt_model_build_graph(dlt_model *model) {
    const dlt_chosen_list *list = &model->options.nodes;
    if (list->count < 1)
        return dlt_fail(DLT_ERR_CONFIG, "the model has no layers");
    DLT_TRY(DLT_NEW(model->nodes, list->count));
    for (int i = 0; i < list->count; i++) {
        model->nodes[i].chosen = &list->at[i];
        DLT_TRY(name_node(model, i));
        DLT_TRY(connect_node(model, i));
        model->node_count = i + 1;
        DLT_TRY(infer_node(model, i));
    }
    DLT_TRY(check_used(model));
    dlt_model_fuse(model);
    for (int i = 0; i < model->node_count; i++)
        DLT_TRY(create_node(model, i));
    return DLT_OK;
}
