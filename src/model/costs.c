#include "model/costs.h"

#include "model/model_internal.h"

static int64_t bytes_of_shape(const dlt_model *model, const dlt_shape *shape) {
    return dlt_shape_count(shape) * model->options.sizes[0] * (int64_t)sizeof(dlt_real);
}

static bool is_view(const dlt_model *model, int index) {
    const node *self = &model->nodes[index];
    return self->layer.ops->is_view &&
           (self->memory.shares_output || self->memory.output == NO_PIECE);
}

static int64_t forward_bytes(const dlt_model *model, int index) {
    const node *self = &model->nodes[index];
    int64_t bytes = bytes_of_shape(model, &self->layer.spec.output) + self->layer.spec.saved_bytes +
                    dlt_model_node_params(model, index) * (int64_t)sizeof(dlt_real);
    for (int i = 0; i < self->feed_count; i++)
        bytes += bytes_of_shape(model, dlt_model_feed_shape(self, i));
    return is_view(model, index) ? 0 : bytes;
}

/* Reads the gradient of the output and what its kind needs, writes the gradients of parameters and inputs. */
static int64_t backward_bytes(const dlt_model *model, int index) {
    const node *self = &model->nodes[index];
    const dlt_layer_spec *spec = &self->layer.spec;
    int64_t output = bytes_of_shape(model, &spec->output);
    int64_t params = dlt_model_node_params(model, index) * (int64_t)sizeof(dlt_real);
    int64_t bytes = output + (spec->backward_reads_y ? output : 0) + spec->saved_bytes + params;
    bool passes_on = false;
    for (int i = 0; i < self->feed_count; i++) {
        int from = self->feeds[i];
        int64_t input = bytes_of_shape(model, dlt_model_feed_shape(self, i));
        bool wanted = from != INPUT_NODE && model->nodes[from].trains;
        bool is_read = spec->backward_reads_x && i < self->layer.site.input_count;
        bytes += (is_read ? input : 0) + (wanted ? input : 0);
        passes_on = passes_on || wanted;
    }
    return self->trains && !is_view(model, index) ? bytes + (passes_on ? params : 0) : 0;
}

/* A piece of this node that lives beyond the loss. */
static int64_t kept_bytes(const dlt_model *model, int piece) {
    return piece != NO_PIECE && model->pieces[piece].last > model->node_count
               ? model->pieces[piece].bytes
               : 0;
}

void dlt_model_node_cost(const dlt_model *model, int index, dlt_node_cost *out) {
    const node *self = &model->nodes[index];
    *out = (dlt_node_cost){.name = self->name,
                           .kind = self->chosen->kind->name,
                           .output = self->layer.spec.output,
                           .params = dlt_model_node_params(model, index)};
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
    if (!self->memory.shares_output)
        out->kept_bytes += kept_bytes(model, self->memory.output);
}

static int64_t live_bytes(const dlt_model *model, int piece, int moment) {
    if (piece == NO_PIECE || moment < model->pieces[piece].first ||
        moment > model->pieces[piece].last)
        return 0;
    return model->pieces[piece].bytes;
}

/* What a node adds to the activations that live at a moment: pieces that it shares count with the node before. */
static int64_t live_of_node(const dlt_model *model, int index, int moment) {
    const node *self = &model->nodes[index];
    int from = self->feeds[0];
    bool shares_gradient =
        from != INPUT_NODE && self->memory.gradient == model->nodes[from].memory.gradient;
    return live_bytes(model, self->memory.saved, moment) +
           live_bytes(model, self->memory.addend, moment) +
           (self->memory.shares_output ? 0 : live_bytes(model, self->memory.output, moment)) +
           (shares_gradient ? 0 : live_bytes(model, self->memory.gradient, moment));
}

void dlt_model_memory_of(const dlt_model *model, dlt_model_memory *out) {
    *out = (dlt_model_memory){.slots = model->slots};
    for (int moment = 0; moment <= 2 * model->node_count; moment++) {
        int64_t live = 0;
        for (int i = 0; i < model->node_count; i++)
            live += live_of_node(model, i, moment);
        out->activation_bytes = live > out->activation_bytes ? live : out->activation_bytes;
    }
    out->workspace_bytes = model->arena_bytes - out->activation_bytes;
}
