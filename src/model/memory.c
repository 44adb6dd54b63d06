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

/* Whether one of the consumer's first `count` feeds is the node. */
static bool is_among(const node *consumer, int count, int index) {
    for (int i = 0; i < count; i++)
        if (consumer->feeds[i] == index)
            return true;
    return false;
}

static bool feeds(const node *consumer, int index) {
    return is_among(consumer, consumer->feed_count, index);
}

/* Nobody needs a term of a sum in backward. */
static bool is_read_by_backward(const node *consumer, int index) {
    return consumer->trains && consumer->layer.spec.backward_reads_x &&
           is_among(consumer, consumer->layer.site.input_count, index);
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
        bool later = backward && is_read_by_backward(consumer, index);
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
    for (int i = 0; i < self->feed_count; i++) {
        int from = self->feeds[i];
        if (from == INPUT_NODE || !model->nodes[from].trains)
            continue;
        if (last_consumer(model, from) != index)
            return true;
        for (int k = 0; k < i; k++)
            if (self->feeds[k] == from)
                return true;
    }
    return false;
}

static int64_t largest_input_bytes(const dlt_model *model, const node *self) {
    int64_t most = 0;
    for (int i = 0; i < self->feed_count; i++)
        most = dlt_max_i64(most, dlt_shape_count(dlt_model_feed_shape(self, i)));
    return most * model->options.sizes[0] * (int64_t)sizeof(dlt_real);
}

/* How often other nodes read the node's output. */
static int count_readers(const dlt_model *model, int index) {
    int readers = 0;
    for (int j = index + 1; j < model->node_count; j++)
        for (int i = 0; i < model->nodes[j].feed_count; i++)
            readers += model->nodes[j].feeds[i] == index;
    return readers;
}

/* Whether backward reads the memory of the node's output: its own, or that of the node it is a view of. */
static bool keeps_output(const dlt_model *model, int index) {
    const node *self = &model->nodes[index];
    if (self->layer.spec.backward_reads_y)
        return true;
    return self->memory.shares_output && self->layer.ops->is_view &&
           keeps_output(model, self->feeds[0]);
}

/* Whether the node may write its output over its first input, which then nobody else needs. */
static bool may_share_output(const dlt_model *model, int index) {
    const node *self = &model->nodes[index];
    int from = self->feeds[0];
    if (!self->layer.ops->in_place || from == INPUT_NODE || count_readers(model, from) != 1)
        return false;
    bool overwrites = !self->layer.ops->is_view;
    bool is_needed = self->layer.spec.backward_reads_x || keeps_output(model, from);
    return !(overwrites && is_needed) && model->nodes[from].memory.output != NO_PIECE;
}

/* Whether the gradient of the first input may be written over that of the output. */
static bool may_share_gradient(const dlt_model *model, int index) {
    const node *self = &model->nodes[index];
    int from = self->feeds[0];
    return self->layer.ops->in_place && from != INPUT_NODE && count_readers(model, from) == 1 &&
           model->nodes[from].memory.gradient != NO_PIECE;
}

/* A view of the sample itself has no memory: whoever reads it reads the sample. */
static bool is_view_of_sample(const dlt_model *model, int index) {
    const node *self = &model->nodes[index];
    if (!self->layer.ops->is_view || index + 1 == model->node_count)
        return false;
    int from = self->feeds[0];
    return from == INPUT_NODE || model->nodes[from].memory.output == NO_PIECE;
}

/* The piece lives during these moments, too. */
static int extend_piece(dlt_model *model, int piece, int first, int last) {
    dlt_arena_piece *at = &model->pieces[piece];
    at->first = first < at->first ? first : at->first;
    at->last = last > at->last ? last : at->last;
    return piece;
}

static void add_output_piece(dlt_model *model, int index, int64_t bytes) {
    node *self = &model->nodes[index];
    int last = output_life(model, index);
    self->memory.shares_output = may_share_output(model, index);
    if (is_view_of_sample(model, index))
        return;
    self->memory.output =
        self->memory.shares_output
            ? extend_piece(model, model->nodes[self->feeds[0]].memory.output, index, last)
            : add_piece(model, bytes, index, last);
}

static void add_gradient_piece(dlt_model *model, int index, int64_t bytes, int first, int last) {
    node *self = &model->nodes[index];
    self->memory.gradient =
        may_share_gradient(model, index)
            ? extend_piece(model, model->nodes[self->feeds[0]].memory.gradient, first, last)
            : add_piece(model, bytes, first, last);
}

static void add_backward_pieces(dlt_model *model, int index, int64_t output_bytes) {
    node *self = &model->nodes[index];
    int moment = backward_moment(model, index);
    int writer = last_consumer(model, index);
    int written = writer == model->node_count ? loss_moment(model) : backward_moment(model, writer);
    add_gradient_piece(model, index, output_bytes, written, moment);
    self->memory.backward_workspace =
        add_piece(model, self->layer.spec.workspace_bytes, moment, moment);
    int64_t addend = needs_addend(model, index) ? largest_input_bytes(model, self) : 0;
    /* One addend per input: several inputs of one node may have gradients begun by others. */
    addend *= self->feed_count;
    self->memory.addend = add_piece(model, addend, moment, moment);
}

static void add_pieces(dlt_model *model, int index) {
    node *self = &model->nodes[index];
    int64_t bytes = dlt_shape_count(&self->layer.spec.output) * model->options.sizes[0] *
                    (int64_t)sizeof(dlt_real);
    self->memory = (node_memory){NO_PIECE, NO_PIECE, NO_PIECE, NO_PIECE, NO_PIECE, NO_PIECE, false};
    if (self->done_by != index)
        return;
    add_output_piece(model, index, bytes);
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
    DLT_TRY(DLT_NEW(model->arena, model->slots * model->arena_bytes));
    dlt_use_large_pages(model->arena, model->slots * model->arena_bytes);
    return DLT_OK;
}

void *dlt_model_piece(const dlt_model *model, int slot, int piece) {
    return piece == NO_PIECE
               ? NULL
               : model->arena + slot * model->arena_bytes + model->pieces[piece].offset;
}
