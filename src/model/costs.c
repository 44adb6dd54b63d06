/* Costs follow the fused graph: a node that does the work of others (fuse.c) has their operations,
 * and those others have only its name. The peak of the activations is found moment by moment, with
 * the moments of memory.c, from the blocks that are alive; a block that several nodes share counts
 * once. The rest of the arena counts as workspace. */
#include "model/costs.h"

#include "model/model_internal.h"

static int64_t bytes_of(const dlt_model *model, int at) {
    return dlt_tensor_bytes(&model->values[at].spec, model->options.sizes[0]);
}

static int64_t output_bytes(const dlt_model *model, int index) {
    int64_t bytes = 0;
    for (int k = 0; k < model->nodes[index].layer.spec.output_count; k++)
        bytes += bytes_of(model, model->nodes[index].first_value + k);
    return bytes;
}

/* Of all parameters that the node reads, its own and shared ones. */
static int64_t param_bytes(const dlt_model *model, int index) {
    int64_t count = 0;
    for (int p = 0; p < model->nodes[index].layer.spec.param_count; p++)
        count += model->param_tensors[model->nodes[index].params[p]].count;
    return count * (int64_t)sizeof(dlt_real);
}

/* The node whose parameters it shares; NULL: none. */
static const char *shared_with(const dlt_model *model, int index) {
    for (int p = 0; p < model->nodes[index].layer.spec.param_count; p++)
        if (dlt_model_is_shared(model, index, p))
            return model->nodes[model->nodes[index].owners[p].node].name;
    return NULL;
}

static bool is_view(const dlt_model *model, int index) {
    const node *self = &model->nodes[index];
    return self->layer.ops->is_view &&
           (self->memory.shares_output || model->values[self->first_value].block == NO_BLOCK);
}

static int64_t forward_bytes(const dlt_model *model, int index) {
    const node *self = &model->nodes[index];
    int64_t bytes =
        output_bytes(model, index) + self->layer.spec.saved_bytes + param_bytes(model, index);
    for (int i = 0; i < self->effective_input_count; i++)
        bytes += bytes_of(model, self->effective_inputs[i]);
    return is_view(model, index) ? 0 : bytes;
}

/* Reads the gradient of the output and what its kind needs, writes the gradients of parameters and
 * inputs. */
static int64_t backward_bytes(const dlt_model *model, int index) {
    const node *self = &model->nodes[index];
    const dlt_layer_spec *spec = &self->layer.spec;
    int64_t output = output_bytes(model, index);
    int64_t params = param_bytes(model, index);
    int64_t bytes = output + (spec->backward_reads_y ? output : 0) + spec->saved_bytes + params;
    bool passes_on = false;
    for (int i = 0; i < self->effective_input_count; i++) {
        int from = self->effective_inputs[i];
        int64_t input = bytes_of(model, from);
        bool wanted = model->values[from].trains;
        bool is_read = (spec->backward_reads_x & DLT_INPUT(i)) != 0;
        bytes += (is_read ? input : 0) + (wanted ? input : 0);
        passes_on = passes_on || wanted;
    }
    return self->trains && !is_view(model, index) ? bytes + (passes_on ? params : 0) : 0;
}

/* A block of this node that lives beyond the loss. */
static int64_t kept_bytes(const dlt_model *model, int block) {
    return block != NO_BLOCK && model->blocks[block].last > model->node_count
               ? model->blocks[block].bytes
               : 0;
}

void dlt_model_node_cost(const dlt_model *model, int index, dlt_node_cost *out) {
    const node *self = &model->nodes[index];
    *out = (dlt_node_cost){.name = self->name,
                           .kind = self->selection->kind->name,
                           .output = self->layer.spec.outputs[0].shape,
                           .params = dlt_model_node_params(model, index),
                           .shares = shared_with(model, index)};
    if (self->done_by != index) {
        out->done_by = model->nodes[self->done_by].name;
        return;
    }
    for (int i = 0; i < model->node_count; i++)
        if (model->nodes[i].done_by == index) {
            out->forward_flops += model->nodes[i].layer.spec.flops;
            out->backward_flops += dlt_model_node_backward_flops(model, i);
        }
    out->forward_bytes = forward_bytes(model, index);
    out->backward_bytes = backward_bytes(model, index);
    out->kept_bytes = kept_bytes(model, self->memory.saved);
    for (int k = 0; k < self->layer.spec.output_count && !self->memory.shares_output; k++)
        out->kept_bytes += kept_bytes(model, model->values[self->first_value + k].block);
}

static int64_t live_bytes(const dlt_model *model, int block, int time) {
    if (block == NO_BLOCK || time < model->blocks[block].first || time > model->blocks[block].last)
        return 0;
    return model->blocks[block].bytes;
}

/* What a node adds to the activations that live at a moment: blocks that it shares count with the
 * node before. */
static int64_t live_of_node(const dlt_model *model, int index, int time) {
    const node *self = &model->nodes[index];
    int64_t bytes =
        live_bytes(model, self->memory.saved, time) + live_bytes(model, self->memory.addend, time);
    for (int k = 0; k < self->layer.spec.output_count && self->done_by == index; k++) {
        const graph_value *output = &model->values[self->first_value + k];
        const graph_value *input = &model->values[self->effective_inputs[0]];
        if (!self->memory.shares_output)
            bytes += live_bytes(model, output->block, time);
        if (output->gradient != input->gradient)
            bytes += live_bytes(model, output->gradient, time);
    }
    return bytes;
}

void dlt_model_memory_of(const dlt_model *model, dlt_model_memory *out) {
    *out = (dlt_model_memory){.in_flight_max = model->in_flight_max};
    for (int time = 0; time <= 2 * model->node_count; time++) {
        int64_t live = 0;
        for (int i = 0; i < model->node_count; i++)
            live += live_of_node(model, i, time);
        out->activation_bytes = live > out->activation_bytes ? live : out->activation_bytes;
    }
    out->workspace_bytes = model->arena_bytes - out->activation_bytes;
}
