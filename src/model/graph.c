/* Builds the graph from the list of nodes in the run file, node by node: name, inputs, then the
 * layer's `infer`, which gives shapes. A node takes inputs from earlier nodes only, so the list is
 * a topological order and cannot hold a cycle. The values of the graph are the inputs of the model,
 * then the outputs of each node. Layers' `create` comes last, after fusion (fuse.c), and only for
 * nodes that still do their own work. */
#include "model/model_internal.h"

#include "base/alloc.h"
#include "base/error.h"
#include "base/name.h"
#include "config/config.h"

#include <stddef.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

static const char *const INPUT_NAME = "input";

static const dlt_layer_ops *ops_of(const dlt_selection *selection) {
    return (const dlt_layer_ops *)(const void *)selection->kind;
}

static int find_node(const dlt_model *model, int before, const char *name) {
    for (int i = 0; i < before; i++)
        if (strcmp(model->nodes[i].name, name) == 0)
            return i;
    return before;
}

static int find_input(const dlt_model *model, const char *name) {
    for (int i = 0; i < model->options.input_count; i++)
        if (strcmp(model->options.inputs[i].name, name) == 0)
            return i;
    return strcmp(name, INPUT_NAME) == 0 ? 0 : NO_VALUE;
}

/* "split.1": the node before the last dot and the number of its output behind it. */
static int find_numbered_output(const dlt_model *model, int before, const char *name) {
    char node_name[NODE_NAME_BYTES];
    const size_t bytes = dlt_output_name_bytes(name);
    if (name[bytes] == '\0' || bytes >= sizeof node_name)
        return NO_VALUE;
    snprintf(node_name, sizeof node_name, "%.*s", (int)bytes, name);
    const long number = strtol(name + bytes + 1, NULL, 10);
    int from = find_node(model, before, node_name);
    if (from == before || number >= model->nodes[from].layer.spec.output_count)
        return NO_VALUE;
    return model->nodes[from].first_value + (int)number;
}

/* The value of a name among the inputs and the first `before` nodes; NO_VALUE if there is none. A
 * node comes before a field of the same name, and both before a composite. */
static int find_value(const dlt_model *model, int before, const char *name) {
    int from = find_node(model, before, name);
    if (from < before)
        return model->nodes[from].first_value;
    int found = find_input(model, name);
    if (found == NO_VALUE)
        found = find_numbered_output(model, before, name);
    const char *last = found == NO_VALUE ? dlt_expansion_find(model->expansion, name) : NULL;
    if (last == NULL)
        return found;
    from = find_node(model, before, last);
    return from < before ? model->nodes[from].first_value : NO_VALUE;
}

/* dense_1, dense_2: the count of nodes of this kind so far. */
static void default_name(const dlt_model *model, int index, char *out) {
    const dlt_registry_entry *kind = model->nodes[index].selection->kind;
    int number = 1;
    for (int i = 0; i < index; i++)
        number += model->nodes[i].selection->kind == kind;
    snprintf(out, NODE_NAME_BYTES, "%s_%d", kind->name, number);
}

/* It becomes the name of a group of the checkpoint. */
static bool is_node_name(const char *name) {
    return dlt_name_is_plain(name) && strlen(name) < NODE_NAME_BYTES;
}

static dlt_status name_node(dlt_model *model, int index) {
    node *self = &model->nodes[index];
    const dlt_node_settings *common = self->selection->common;
    const char *name = common->name;
    if (name == NULL)
        default_name(model, index, self->name);
    else if (!is_node_name(name))
        return dlt_config_fail(&self->selection->position,
                               "a node's name must have 1 to %d characters, no '/' and no control "
                               "character, and not be '.' or '..'; found '%s'",
                               NODE_NAME_BYTES - 1, name);
    else
        snprintf(self->name, sizeof self->name, "%s", name);
    if (strcmp(self->name, INPUT_NAME) == 0)
        return dlt_config_fail(&self->selection->position,
                               "'input' is the name of the data; choose another for this node");
    if (find_node(model, index, self->name) < index)
        return dlt_config_fail(&self->selection->position, "two nodes have the name '%s'",
                               self->name);
    return DLT_OK;
}

static dlt_status resolve_input(const dlt_model *model, int index, const char *name, int *out) {
    *out = find_value(model, index, name);
    if (*out != NO_VALUE)
        return DLT_OK;
    return dlt_config_fail(&model->nodes[index].selection->position,
                           "node '%s' comes from '%s', which is not the name of an earlier node%s",
                           model->nodes[index].name, name,
                           model->options.input_count > 1 ? " or of a field" : "");
}

static dlt_status fail_input_count(const node *self, const dlt_layer_ops *ops, int64_t found) {
    char wanted[32];
    if (ops->inputs_least == ops->inputs_most)
        snprintf(wanted, sizeof wanted, "%d", ops->inputs_least);
    else
        snprintf(wanted, sizeof wanted, "%d to %d", ops->inputs_least, ops->inputs_most);
    return dlt_config_fail(&self->selection->position,
                           "node '%s' (%s) takes %s input%s, found %lld; name them with "
                           "`from: [a, b]`",
                           self->name, ops->entry.name, wanted, ops->inputs_most == 1 ? "" : "s",
                           (long long)found);
}

static dlt_status connect_node(dlt_model *model, int index) {
    node *self = &model->nodes[index];
    const dlt_node_settings *common = self->selection->common;
    const dlt_layer_ops *ops = ops_of(self->selection);
    bool given = common->from.count >= 0;
    int64_t count = given ? common->from.count : 1;
    if (count < ops->inputs_least || count > ops->inputs_most)
        return fail_input_count(self, ops, count);
    self->layer.context.input_count = (int)count;
    if (!given) /* the first output of the node before, or the first field */
        self->inputs[0] = index == 0 ? 0 : model->nodes[index - 1].first_value;
    for (int i = 0; given && i < count; i++)
        DLT_TRY(resolve_input(model, index, common->from.at[i], &self->inputs[i]));
    return DLT_OK;
}

static void fill_context(const dlt_model *model, node *self) {
    dlt_layer_context *context = &self->layer.context;
    context->node = self->name;
    context->settings = self->selection->settings;
    context->n = model->options.sizes[0];
    context->kernels = model->options.kernels;
    for (int i = 0; i < context->input_count; i++) {
        const graph_value *from = &model->values[self->inputs[i]];
        context->input_nodes[i] = from->node == INPUT_NODE
                                      ? model->options.inputs[from->output].name
                                      : model->nodes[from->node].name;
        context->inputs[i] = from->spec;
    }
}

static dlt_status check_types(const node *self) {
    const dlt_layer_context *context = &self->layer.context;
    for (int i = 0; i < context->input_count; i++) {
        if ((self->layer.ops->either_inputs & DLT_INPUT(i)) != 0)
            continue;
        const bool wants_whole = (self->layer.ops->whole_inputs & DLT_INPUT(i)) != 0;
        if (wants_whole != (context->inputs[i].dtype == DLT_DTYPE_I32))
            return dlt_fail(
                DLT_ERR_SHAPE, "node '%s' (%s) takes %s from '%s', which has %s", self->name,
                self->layer.ops->entry.name, wants_whole ? "whole numbers (int32)" : "real numbers",
                context->input_nodes[i], wants_whole ? "real numbers" : "whole numbers (int32)");
    }
    return DLT_OK;
}

static void add_outputs(dlt_model *model, int index) {
    node *self = &model->nodes[index];
    self->first_value = model->value_count;
    for (int k = 0; k < self->layer.spec.output_count; k++) {
        const dlt_tensor_spec *spec = &self->layer.spec.outputs[k];
        model->values[model->value_count++] =
            (graph_value){.node = index,
                          .output = k,
                          .spec = *spec,
                          .trains = self->trains && spec->dtype == DLT_DTYPE_REAL,
                          .block = NO_BLOCK,
                          .gradient = NO_BLOCK};
    }
}

/* Puts the place in the run file before a layer's own sentence. */
static dlt_status with_position(const node *self, dlt_status status) {
    if (status != DLT_ERR_SHAPE && status != DLT_ERR_CONFIG)
        return status;
    return dlt_config_fail_at(__FILE__, __LINE__, status, &self->selection->position, "%s",
                              dlt_error_message());
}

static dlt_status infer_node(dlt_model *model, int index) {
    node *self = &model->nodes[index];
    fill_context(model, self);
    const dlt_layer_ops *ops = ops_of(self->selection);
    self->layer.ops = ops;
    self->layer.spec.output_count = 1;
    dlt_status status = check_types(self);
    if (status == DLT_OK)
        status = ops->infer(&self->layer.context, &self->layer.spec);
    if (status != DLT_OK)
        return with_position(self, status);
    DLT_TRY(dlt_model_share_params(model, index));
    for (int p = 0; p < self->layer.spec.param_count; p++)
        self->trains =
            self->trains || dlt_model_param_settings(model, index, p).freeze != DLT_FROZEN;
    for (int i = 0; i < self->layer.context.input_count; i++)
        self->trains = self->trains || model->values[self->inputs[i]].trains;
    add_outputs(model, index);
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

static bool is_used(const dlt_model *model, int index) {
    for (int i = 0; i < model->value_count; i++)
        if (model->values[i].node == index && model->values[i].is_output)
            return true;
    for (int j = index + 1; j < model->node_count; j++)
        for (int k = 0; k < model->nodes[j].layer.context.input_count; k++)
            if (model->values[model->nodes[j].inputs[k]].node == index)
                return true;
    return false;
}

/* A node that feeds nothing and is no output is a mistake. */
static dlt_status check_used(const dlt_model *model) {
    for (int i = 0; i < model->node_count; i++)
        if (!is_used(model, i))
            return dlt_config_fail(
                &model->nodes[i].selection->position, "node '%s' feeds no other node and is not %s",
                model->nodes[i].name, model->options.output_count > 0 ? "an output" : "the last");
    return DLT_OK;
}

const char *dlt_model_last_node(const dlt_model *model) {
    return model->nodes[model->node_count - 1].name;
}

const dlt_tensor_spec *dlt_model_find_output(const dlt_model *model, const char *name) {
    if (name == NULL)
        return &model->values[model->nodes[model->node_count - 1].first_value].spec;
    const int at = find_value(model, model->node_count, name);
    return at != NO_VALUE ? &model->values[at].spec : NULL;
}

/* position: of who asks for it; its file NULL: nowhere. */
static dlt_status add_output(dlt_model *model, const dlt_model_output_request *wanted,
                             const dlt_position *position) {
    const node *last = &model->nodes[model->node_count - 1];
    int at = find_value(model, model->node_count, wanted->name != NULL ? wanted->name : last->name);
    if (wanted->name == NULL && last->layer.spec.output_count > 1)
        return dlt_config_fail(&last->selection->position,
                               "node '%s' is the last and has %d outputs; a model ends in one",
                               last->name, last->layer.spec.output_count);
    if (at == NO_VALUE || model->values[at].node == INPUT_NODE)
        return dlt_config_fail(position, "the model has no node '%s'%s", wanted->name,
                               position->file != NULL && !wanted->has_loss
                                   ? ", and the run no field of that name"
                                   : "");
    graph_value *output = &model->values[at];
    if (wanted->has_loss && output->spec.dtype != DLT_DTYPE_REAL)
        return dlt_config_fail(position,
                               "the output '%s' of the model has whole numbers (int32); a loss "
                               "needs the gradient of real ones",
                               wanted->name);
    output->is_output = true;
    output->has_loss = output->has_loss || wanted->has_loss;
    model->outputs[model->output_count++] = at;
    return DLT_OK;
}

static dlt_status choose_outputs(dlt_model *model) {
    const dlt_model_options *options = &model->options;
    const dlt_model_output_request last = {.has_loss = true};
    const dlt_position nowhere = {.file = NULL};
    if (options->output_count == 0)
        return add_output(model, &last, &nowhere);
    if (options->output_count > DLT_MODEL_OUTPUTS_MAX)
        return dlt_fail(DLT_ERR_CONFIG, "a model has at most %d outputs", DLT_MODEL_OUTPUTS_MAX);
    for (int i = 0; i < options->output_count; i++)
        DLT_TRY(add_output(model, &options->outputs[i],
                           options->output_positions != NULL ? &options->output_positions[i]
                                                             : &nowhere));
    return DLT_OK;
}

static void add_inputs(dlt_model *model) {
    for (int i = 0; i < model->options.input_count; i++)
        model->values[model->value_count++] = (graph_value){.node = INPUT_NODE,
                                                            .output = i,
                                                            .spec = model->options.inputs[i].spec,
                                                            .block = NO_BLOCK,
                                                            .gradient = NO_BLOCK};
}

bool dlt_model_reads(const node *self, int count, int value) {
    for (int i = 0; i < count; i++)
        if (self->effective_inputs[i] == value)
            return true;
    return false;
}

dlt_status dlt_model_build_graph(dlt_model *model) {
    const dlt_selection_list *list = &model->options.nodes;
    if (list->count < 1)
        return dlt_fail(DLT_ERR_CONFIG, "the model has no layers");
    if (model->options.input_count < 1 || model->options.input_count > DLT_MODEL_INPUTS_MAX)
        return dlt_fail(DLT_ERR_CONFIG, "a model has 1 to %d inputs", DLT_MODEL_INPUTS_MAX);
    DLT_TRY(DLT_NEW(model->nodes, list->count));
    DLT_TRY(
        DLT_NEW(model->values, model->options.input_count + list->count * DLT_LAYER_OUTPUTS_MAX));
    add_inputs(model);
    for (int i = 0; i < list->count; i++) {
        model->nodes[i].selection = &list->at[i];
        DLT_TRY(name_node(model, i));
        DLT_TRY(connect_node(model, i));
        model->node_count = i + 1;
        DLT_TRY(infer_node(model, i));
    }
    DLT_TRY(choose_outputs(model));
    DLT_TRY(check_used(model));
    dlt_model_fuse(model);
    for (int i = 0; i < model->node_count; i++)
        DLT_TRY(create_node(model, i));
    return DLT_OK;
}
