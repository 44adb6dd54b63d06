#include "model/model_internal.h"

#include "base/alloc.h"
#include "base/cast.h"
#include "base/error.h"

/* Moments of a training call: node i runs forward at i, the loss at node_count, node i backward at
 * 2 * node_count - i. In evaluation the moments after the loss do not come. */
static int loss_moment(const dlt_model *model) {
    return model->node_count;
}

static int backward_moment(const dlt_model *model, int index) {
    return 2 * model->node_count - index;
}

static int add_piece(dlt_model *model, int64_t bytes, int first, int last) {
    if (bytes <= 0)
        return NO_PIECE;
    model->pieces[model->piece_count] =
        (dlt_arena_piece){.bytes = bytes, .first = first, .last = last};
    return model->piece_count++;
}

static bool feeds(const node *consumer, int index) {
    for (int i = 0; i < consumer->layer.site.input_count; i++)
        if (consumer->inputs[i] == index)
            return true;
    return false;
}

/* The last moment at which somebody reads the node's output. */
static int output_life(const dlt_model *model, int index) {
    bool backward = model->options.training;
    int last = index + 1 == model->node_count ? loss_moment(model) : index;
    if (backward && model->nodes[index].trains && model->nodes[index].layer.spec.backward_reads_y)
        last = backward_moment(model, index);
    for (int j = index + 1; j < model->node_count; j++) {
        const node *consumer = &model->nodes[j];
        if (!feeds(consumer, index))
            continue;
        bool later = backward && consumer->trains && consumer->layer.spec.backward_reads_x;
        int moment = later ? backward_moment(model, j) : j;
        last = moment > last ? moment : last;
    }
    return last;
}

/* The consumer whose backward comes first writes the gradient; it is the one with the highest
 * index. */
static int last_consumer(const dlt_model *model, int index) {
    for (int j = model->node_count - 1; j > index; j--)
        if (feeds(&model->nodes[j], index))
            return j;
    return model->node_count; /* the loss */
}

/* True if the node's backward must add to a gradient that a later node has begun, or to one of its
 * own inputs twice. */
static bool needs_addend(const dlt_model *model, int index) {
    const node *self = &model->nodes[index];
    for (int i = 0; i < self->layer.site.input_count; i++) {
        int from = self->inputs[i];
        if (from == INPUT_NODE || !model->nodes[from].trains)
            continue;
        if (last_consumer(model, from) != index)
            return true;
        for (int k = 0; k < i; k++)
            if (self->inputs[k] == from)
                return true;
    }
    return false;
}

static int64_t largest_input_bytes(const dlt_model *model, const node *self) {
    int64_t most = 0;
    for (int i = 0; i < self->layer.site.input_count; i++)
        most = dlt_max_i64(most, dlt_shape_count(&self->layer.site.inputs[i]));
    return most * model->options.sizes[0] * (int64_t)sizeof(dlt_real);
}

static void add_backward_pieces(dlt_model *model, int index, int64_t output_bytes) {
    node *self = &model->nodes[index];
    int moment = backward_moment(model, index);
    int writer = last_consumer(model, index);
    int written = writer == model->node_count ? loss_moment(model) : backward_moment(model, writer);
    self->memory.gradient = add_piece(model, output_bytes, written, moment);
    self->memory.backward_workspace =
        add_piece(model, self->layer.spec.workspace_bytes, moment, moment);
    int64_t addend = needs_addend(model, index) ? largest_input_bytes(model, self) : 0;
    /* One addend per input: several inputs of one node may have gradients begun by others. */
    addend *= self->layer.site.input_count;
    self->memory.addend = add_piece(model, addend, moment, moment);
}

static void add_pieces(dlt_model *model, int index) {
    node *self = &model->nodes[index];
    int64_t bytes = dlt_shape_count(&self->layer.spec.output) * model->options.sizes[0] *
                    (int64_t)sizeof(dlt_real);
    self->memory = (node_memory){NO_PIECE, NO_PIECE, NO_PIECE, NO_PIECE, NO_PIECE, NO_PIECE};
    self->memory.output = add_piece(model, bytes, index, output_life(model, index));
    bool backward = model->options.training && self->trains;
    int saved_until = backward ? backward_moment(model, index) : index;
    self->memory.saved = add_piece(model, self->layer.spec.saved_bytes, index, saved_until);
    self->memory.forward_workspace =
        add_piece(model, self->layer.spec.workspace_bytes, index, index);
    bool output_gradient = model->options.training && index + 1 == model->node_count;
    if (backward || output_gradient)
        add_backward_pieces(model, index, bytes);
}

dlt_status dlt_model_plan_memory(dlt_model *model) {
    const int most_per_node = 6;
    DLT_TRY(DLT_NEW(model->pieces, (int64_t)model->node_count * most_per_node));
    for (int i = 0; i < model->node_count; i++)
        add_pieces(model, i);
    DLT_TRY(dlt_arena_plan(model->pieces, model->piece_count, &model->arena_bytes));
    model->arena_bytes = dlt_ceil_div(model->arena_bytes, 64) * 64;
    return DLT_NEW(model->arena, model->slots * model->arena_bytes);
}

void *dlt_model_piece(const dlt_model *model, int slot, int piece) {
    return piece == NO_PIECE
               ? NULL
               : model->arena + slot * model->arena_bytes + model->pieces[piece].offset;
}
