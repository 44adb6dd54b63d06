/* Creates and destroys a model and answers questions about it. The steps of `build` have a fixed
 * order, because each reads what those before it have set: graph, layout, synchronised nodes,
 * memory. The fingerprint covers names, kinds, settings, edges and shapes but no values: ranks
 * compare it at the start, and checkpoints carry it. dlt_model_place_params moves the parameters
 * into the caller's memory, which the ranks of a node share in the strategy `sharded`. */
#include "model/model.h"

#include "base/alloc.h"
#include "base/error.h"
#include "base/hash.h"
#include "config/config.h"
#include "model/model_internal.h"

#include <string.h>

dlt_status dlt_model_build(dlt_model *model, const dlt_model_options *options, int64_t length) {
    DLT_TRY(DLT_NEW(model->sizes, options->size_count));
    memcpy(model->sizes, options->sizes, (size_t)options->size_count * sizeof *model->sizes);
    model->options = *options;
    model->options.sizes = model->sizes;
    DLT_TRY(DLT_NEW(model->inputs, options->input_count));
    for (int i = 0; i < options->input_count; i++)
        model->inputs[i] = options->inputs[i];
    model->options.inputs = model->inputs;
    dlt_model_set_length(model, length);
    if (model->whole != NULL)
        model->expansion = model->whole->expansion;
    else if (dlt_nodes_have_composites(&options->nodes))
        DLT_TRY(dlt_nodes_expand(&options->nodes, &model->expansion, &model->options.nodes));
    DLT_TRY(dlt_model_build_graph(model));
    DLT_TRY(dlt_model_lay_out(model));
    DLT_TRY(dlt_model_find_sync(model));
    DLT_TRY(DLT_NEW(model->begun, (int64_t)model->in_flight_max * model->value_count));
    return dlt_model_plan_memory(model);
}

static dlt_status build(dlt_model *model, const dlt_model_options *options) {
    dlt_model_options own = *options;
    DLT_TRY(dlt_model_check_classes(options));
    DLT_TRY(DLT_NEW(model->class_lengths, options->class_count));
    for (int c = 0; c < options->class_count; c++)
        model->class_lengths[c] = options->class_lengths[c];
    own.class_lengths = model->class_lengths;
    DLT_TRY(dlt_model_build(model, &own,
                            own.class_count > 0 ? model->class_lengths[own.class_count - 1] : 0));
    DLT_TRY(dlt_model_create_classes(model));
    DLT_TRY(dlt_model_create_arena(model));
    DLT_TRY(dlt_model_make_row_lists(model));
    dlt_model_share_memory(model);
    return DLT_OK;
}

dlt_status dlt_model_create(const dlt_model_options *options, dlt_model **out) {
    dlt_model *model = NULL;
    DLT_TRY(DLT_NEW(model, 1));
    dlt_status status = build(model, options);
    if (status != DLT_OK)
        dlt_model_destroy(&model);
    *out = model;
    return status;
}

void dlt_model_destroy(dlt_model **model) {
    if (*model == NULL)
        return;
    for (int i = 0; i < (*model)->node_count; i++) {
        dlt_layer *layer = &(*model)->nodes[i].layer;
        dlt_free((*model)->nodes[i].batch_sums);
        if (layer->ops != NULL && layer->ops->destroy != NULL)
            layer->ops->destroy(layer);
    }
    const bool is_class = (*model)->whole != NULL;
    dlt_model_destroy_classes(*model);
    if (!is_class)
        dlt_expansion_destroy(&(*model)->expansion);
    dlt_free((*model)->nodes);
    dlt_free((*model)->values);
    dlt_free((*model)->sizes);
    dlt_free((*model)->inputs);
    if (!is_class)
        dlt_model_free_row_lists(*model);
    dlt_free((*model)->tables);
    dlt_free((*model)->table_of);
    dlt_free((*model)->param_tensors);
    dlt_free((*model)->own_params);
    dlt_free((*model)->groups);
    dlt_free((*model)->buffer_tensors);
    if (!is_class)
        dlt_free((*model)->buffers);
    dlt_free((*model)->blocks);
    if (!is_class)
        dlt_free((*model)->arena);
    dlt_free((*model)->class_lengths);
    dlt_free((*model)->sync_nodes);
    dlt_free((*model)->begun);
    dlt_free(*model);
    *model = NULL;
}

int dlt_model_output_count(const dlt_model *model) {
    return model->output_count;
}

const dlt_tensor_spec *dlt_model_output(const dlt_model *model, int output) {
    return &model->values[model->outputs[output]].spec;
}

static const node *output_node(const dlt_model *model, int output) {
    return &model->nodes[model->values[model->outputs[output]].node];
}

const char *dlt_model_output_node(const dlt_model *model, int output) {
    return output_node(model, output)->name;
}

static bool only_changes_shape(const node *self) {
    const char *kind = self->selection->kind->name;
    return strcmp(kind, "flatten") == 0 || strcmp(kind, "reshape") == 0;
}

const char *dlt_model_output_kind(const dlt_model *model, int output, const char **name) {
    const node *at = output_node(model, output);
    while (only_changes_shape(at) && model->values[at->inputs[0]].node != INPUT_NODE)
        at = &model->nodes[model->values[at->inputs[0]].node];
    *name = at->name;
    return at->selection->kind->name;
}

/* Whether a value holds elements of an input of the model: itself, or what nodes that give whole
 * numbers made of it, which only move them. */
static bool comes_from(const dlt_model *model, int input, int at) {
    while (model->values[at].node != INPUT_NODE && model->values[at].spec.dtype == DLT_DTYPE_I32)
        at = model->nodes[model->values[at].node].inputs[0];
    return at == input;
}

bool dlt_model_output_moves(const dlt_model *model, int output, int input) {
    const int at = model->outputs[output];
    return model->values[at].spec.dtype == DLT_DTYPE_I32 && comes_from(model, input, at);
}

int64_t dlt_model_input_bound(const dlt_model *model, int input, const char **node_name) {
    int64_t least = 0;
    *node_name = NULL;
    for (int i = 0; i < model->node_count; i++) {
        const node *self = &model->nodes[i];
        for (int k = 0; k < self->layer.context.input_count; k++) {
            const int64_t below = self->layer.spec.input_below[k];
            if (below == 0 || !comes_from(model, input, self->inputs[k]) ||
                (least != 0 && below >= least))
                continue;
            least = below;
            *node_name = self->name;
        }
    }
    return least;
}

dlt_real *dlt_model_params(dlt_model *model) {
    return model->params;
}

void dlt_model_place_params(dlt_model *model, dlt_real *params) {
    memcpy(params, model->params, (size_t)model->param_elements * sizeof *params);
    dlt_free(model->own_params);
    model->own_params = NULL;
    model->params = params;
    dlt_model_share_memory(model);
}

int64_t dlt_model_grads_ready(const dlt_model *model, int index) {
    /* Tensors lie in the order in which backward comes to their nodes. */
    int before = index == 0 ? model->param_tensor_count : model->nodes[index - 1].first_param;
    return before == model->param_tensor_count ? model->grad_elements
                                               : model->param_tensors[before].offset;
}

int64_t dlt_model_param_elements(const dlt_model *model) {
    return model->param_elements;
}

int64_t dlt_model_grad_elements(const dlt_model *model) {
    return model->grad_elements;
}

int64_t dlt_model_param_count(const dlt_model *model) {
    int64_t count = 0;
    for (int i = 0; i < model->param_tensor_count; i++)
        count += model->param_tensors[i].count;
    return count;
}

int dlt_model_param_tensors(const dlt_model *model, const dlt_model_tensor **tensors) {
    *tensors = model->param_tensors;
    return model->param_tensor_count;
}

int dlt_model_groups(const dlt_model *model, const dlt_model_group **groups) {
    *groups = model->groups;
    return model->group_count;
}

dlt_real *dlt_model_buffers(dlt_model *model) {
    return model->buffers;
}

int64_t dlt_model_buffer_elements(const dlt_model *model) {
    return model->buffer_elements;
}

int dlt_model_buffer_tensors(const dlt_model *model, const dlt_model_tensor **tensors) {
    *tensors = model->buffer_tensors;
    return model->buffer_tensor_count;
}

static void init_node(dlt_model *model, int index, uint64_t seed) {
    const node *self = &model->nodes[index];
    const dlt_layer_spec *spec = &self->layer.spec;
    for (int p = 0; p < spec->param_count; p++)
        if (!dlt_model_is_shared(model, index, p))
            dlt_param_init(&spec->params[p], seed, (uint32_t)index, (uint32_t)p,
                           model->params + model->param_tensors[self->params[p]].offset);
    for (int e = 0; e < spec->buffer_count; e++) {
        const dlt_model_tensor *tensor = &model->buffer_tensors[self->first_buffer + e];
        for (int64_t i = 0; i < tensor->count; i++)
            model->buffers[tensor->offset + i] = (dlt_real)spec->buffers[e].initial;
    }
}

void dlt_model_init(dlt_model *model, uint64_t seed) {
    for (int i = 0; i < model->node_count; i++)
        init_node(model, i, seed);
}

int64_t dlt_model_flops(const dlt_model *model) {
    int64_t flops = 0;
    for (int i = 0; i < model->node_count; i++)
        flops += model->nodes[i].layer.spec.flops;
    return flops;
}

static bool passes_gradient_on(const dlt_model *model, const node *self) {
    for (int i = 0; i < self->layer.context.input_count; i++)
        if (model->values[self->inputs[i]].trains)
            return true;
    return false;
}

static bool learns(const dlt_model *model, const node *self) {
    for (int p = 0; p < self->layer.spec.param_count; p++)
        if (model->param_tensors[self->params[p]].settings.freeze != DLT_FROZEN)
            return true;
    return false;
}

int64_t dlt_model_node_backward_flops(const dlt_model *model, int index) {
    const node *self = &model->nodes[index];
    int64_t passes = (learns(model, self) ? 1 : 0) + (passes_gradient_on(model, self) ? 1 : 0);
    return passes * self->layer.spec.flops;
}

int64_t dlt_model_backward_flops(const dlt_model *model) {
    int64_t flops = 0;
    for (int i = 0; i < model->node_count; i++)
        flops += dlt_model_node_backward_flops(model, i);
    return flops;
}

int64_t dlt_model_arena_bytes(const dlt_model *model) {
    return model->arena_bytes;
}

bool dlt_model_takes_input(const dlt_model *model, int input) {
    for (int i = 0; i < model->node_count; i++)
        for (int k = 0; k < model->nodes[i].layer.context.input_count; k++)
            if (model->nodes[i].inputs[k] == input) /* inputs are the first values */
                return true;
    return false;
}

/* Where an input of a node comes from, in words of the run file. */
static uint64_t hash_value(const dlt_model *model, int at, uint64_t hash) {
    const graph_value *from = &model->values[at];
    const bool is_field = from->node == INPUT_NODE;
    const int64_t output = is_field ? -1 : from->output;
    hash = dlt_hash_text(hash, is_field ? model->options.inputs[from->output].name
                                        : model->nodes[from->node].name);
    return dlt_hash(hash, &output, sizeof output);
}

uint64_t dlt_model_fingerprint(const dlt_model *model) {
    char shape[DLT_SHAPE_TEXT_BYTES];
    uint64_t hash = 0;
    /* What losses alone take may be absent when the model predicts. */
    for (int i = 0; i < model->options.input_count; i++)
        if (dlt_model_takes_input(model, i))
            hash = dlt_hash_text(dlt_hash_text(hash, dlt_dtype_name(model->values[i].spec.dtype)),
                                 dlt_shape_text(&model->values[i].spec.shape, shape));
    for (int c = 0; c < model->options.class_count; c++)
        hash = dlt_hash(hash, &model->class_lengths[c], sizeof model->class_lengths[c]);
    for (int i = 0; i < model->node_count; i++) {
        const node *self = &model->nodes[i];
        hash = dlt_hash_text(hash, self->name);
        hash = dlt_hash_text(hash, self->selection->kind->name);
        if (self->selection->kind->keys != NULL)
            hash = dlt_config_hash(hash, self->selection->kind->keys, self->selection->settings);
        for (int k = 0; k < self->layer.context.input_count; k++)
            hash = hash_value(model, self->inputs[k], hash);
        for (int p = 0; p < self->layer.spec.param_count; p++)
            if (dlt_model_is_shared(model, i, p))
                hash = dlt_hash_text(hash, model->param_tensors[self->params[p]].node);
        for (int k = 0; k < self->layer.spec.output_count; k++)
            hash = dlt_hash_text(hash, dlt_shape_text(&self->layer.spec.outputs[k].shape, shape));
    }
    return hash;
}

int64_t dlt_model_node_params(const dlt_model *model, int index) {
    const dlt_layer_spec *spec = &model->nodes[index].layer.spec;
    int64_t count = 0;
    for (int p = 0; p < spec->param_count; p++)
        if (!dlt_model_is_shared(model, index, p))
            count += dlt_shape_count(&spec->params[p].shape);
    return count;
}
