/* Plans the arena: every output, gradient, saved value and workspace is a block with a first and a
 * last moment of the training call, and tensor/arena.c lets blocks that never live together share
 * bytes. A block ends with its last reader, often a backward pass. A layer that may work in place
 * writes over the block of its first input if nothing else needs that input. Nodes whose work
 * another does (fuse.c) have no blocks. Each micro-batch in flight has an arena of its own with
 * this plan. */
#include "model/model_internal.h"

#include "base/alloc.h"
#include "base/cast.h"
#include "base/error.h"

/* Nothing that trains depends on a value. */
enum { NO_WRITER = -1 };

/* Moments of a training call: node i runs forward at i, the loss at node_count, node i backward at
 * 2 * node_count - i. In evaluation the moments after the loss do not come. */
static int loss_time(const dlt_model *model) {
    return model->node_count;
}

static int backward_time(const dlt_model *model, int index) {
    return 2 * model->node_count - index;
}

static int add_block(dlt_model *model, int64_t bytes, int first, int last) {
    if (bytes <= 0)
        return NO_BLOCK;
    model->blocks[model->block_count] =
        (dlt_arena_block){.bytes = bytes, .first = first, .last = last};
    return model->block_count++;
}

static bool reads_value(const node *consumer, int at) {
    return dlt_model_reads(consumer, consumer->effective_input_count, at);
}

/* Nobody needs a term of a sum in backward. */
static bool is_read_by_backward(const node *consumer, int at) {
    for (int i = 0; i < consumer->layer.context.input_count; i++)
        if (consumer->effective_inputs[i] == at &&
            (consumer->layer.spec.backward_reads_x & DLT_INPUT(i)) != 0)
            return consumer->trains;
    return false;
}

/* The last moment at which somebody reads a node's output. */
static int output_life(const dlt_model *model, int at) {
    const int index = model->values[at].node;
    bool backward = model->options.training;
    int last = model->values[at].is_output ? loss_time(model) : index;
    if (backward && model->nodes[index].trains && model->nodes[index].layer.spec.backward_reads_y)
        last = backward_time(model, index);
    for (int j = index + 1; j < model->node_count; j++) {
        const node *consumer = &model->nodes[j];
        if (!reads_value(consumer, at))
            continue;
        bool later = backward && is_read_by_backward(consumer, at);
        int time = later ? backward_time(model, j) : j;
        last = time > last ? time : last;
    }
    return last;
}

/* Who writes a gradient first: the loss, or else the consumer with the highest index, whose
 * backward comes first. */
static int first_writer(const dlt_model *model, int at) {
    if (model->values[at].has_loss)
        return model->node_count;
    for (int j = model->node_count - 1; j > model->values[at].node; j--)
        if (reads_value(&model->nodes[j], at))
            return j;
    return NO_WRITER;
}

/* True if the node's backward must add to a gradient that a later node has begun, or to one of its
 * own inputs twice. */
static bool needs_addend(const dlt_model *model, int index) {
    const node *self = &model->nodes[index];
    for (int i = 0; i < self->effective_input_count; i++) {
        int from = self->effective_inputs[i];
        if (!model->values[from].trains)
            continue;
        if (first_writer(model, from) != index || dlt_model_reads(self, i, from))
            return true;
    }
    return false;
}

static int64_t largest_input_bytes(const dlt_model *model, const node *self) {
    int64_t most = 0;
    for (int i = 0; i < self->effective_input_count; i++)
        most = dlt_max_i64(most, dlt_tensor_bytes(&model->values[self->effective_inputs[i]].spec,
                                                  model->options.sizes[0]));
    return most;
}

/* How often nodes, and whoever wants it as an output, read a value. */
static int count_readers(const dlt_model *model, int at) {
    int readers = model->values[at].is_output ? 1 : 0;
    for (int j = model->values[at].node + 1; j < model->node_count; j++)
        for (int i = 0; i < model->nodes[j].effective_input_count; i++)
            readers += model->nodes[j].effective_inputs[i] == at;
    return readers;
}

/* Whether backward reads the memory of a node's output: its own, or that of the node it is a view
 * of. */
static bool keeps_output(const dlt_model *model, int at) {
    if (model->values[at].node == INPUT_NODE)
        return false;
    const node *self = &model->nodes[model->values[at].node];
    if (self->layer.spec.backward_reads_y)
        return true;
    return self->memory.shares_output && self->layer.ops->is_view &&
           keeps_output(model, self->effective_inputs[0]);
}

/* Whether the node may write its output over its first input, which then nobody else needs. */
static bool may_share_output(const dlt_model *model, int index) {
    const node *self = &model->nodes[index];
    int from = self->effective_inputs[0];
    if (!self->layer.ops->in_place || count_readers(model, from) != 1)
        return false;
    bool overwrites = !self->layer.ops->is_view;
    bool is_needed = self->layer.spec.backward_reads_x != 0 || keeps_output(model, from);
    return !(overwrites && is_needed) && model->values[from].block != NO_BLOCK;
}

/* Whether the gradient of the first input may be written over that of the output. */
static bool may_share_gradient(const dlt_model *model, int index) {
    const node *self = &model->nodes[index];
    int from = self->effective_inputs[0];
    return self->layer.ops->in_place && count_readers(model, from) == 1 &&
           model->values[from].gradient != NO_BLOCK;
}

/* A view of the sample itself has no memory: whoever reads it reads the sample. */
static bool is_view_of_sample(const dlt_model *model, int index) {
    const node *self = &model->nodes[index];
    return self->layer.ops->is_view && !model->values[self->first_value].is_output &&
           model->values[self->effective_inputs[0]].block == NO_BLOCK;
}

/* The block lives during these moments, too. */
static int extend_block(dlt_model *model, int block, int first, int last) {
    dlt_arena_block *at = &model->blocks[block];
    at->first = first < at->first ? first : at->first;
    at->last = last > at->last ? last : at->last;
    return block;
}

static int64_t value_bytes(const dlt_model *model, int at) {
    return dlt_tensor_bytes(&model->values[at].spec, model->options.sizes[0]);
}

static void add_output_blocks(dlt_model *model, int index) {
    node *self = &model->nodes[index];
    self->memory.shares_output = may_share_output(model, index);
    if (is_view_of_sample(model, index))
        return;
    for (int k = 0; k < self->layer.spec.output_count; k++) {
        const int at = self->first_value + k;
        const int last = output_life(model, at);
        model->values[at].block =
            self->memory.shares_output
                ? extend_block(model, model->values[self->effective_inputs[0]].block, index, last)
                : add_block(model, value_bytes(model, at), index, last);
    }
}

static void add_gradient_block(dlt_model *model, int at) {
    graph_value *self = &model->values[at];
    const int writer = first_writer(model, at);
    if (writer == NO_WRITER || self->spec.dtype != DLT_DTYPE_REAL)
        return;
    const int first = writer == model->node_count ? loss_time(model) : backward_time(model, writer);
    const int last = backward_time(model, self->node);
    self->gradient =
        may_share_gradient(model, self->node)
            ? extend_block(model,
                           model->values[model->nodes[self->node].effective_inputs[0]].gradient,
                           first, last)
            : add_block(model, value_bytes(model, at), first, last);
}

static void add_backward_blocks(dlt_model *model, int index) {
    node *self = &model->nodes[index];
    int time = backward_time(model, index);
    for (int k = 0; k < self->layer.spec.output_count; k++)
        add_gradient_block(model, self->first_value + k);
    self->memory.backward_workspace =
        add_block(model, self->layer.spec.workspace_bytes, time, time);
    /* One addend per input: several inputs of one node may have gradients begun by others. */
    self->memory.addend_bytes =
        needs_addend(model, index) ? dlt_ceil_div(largest_input_bytes(model, self), 64) * 64 : 0;
    self->memory.addend =
        add_block(model, self->memory.addend_bytes * self->effective_input_count, time, time);
}

/* Gradients of parameters that an earlier node has, until its backward adds them. */
static void add_shared_blocks(dlt_model *model, int index) {
    node *self = &model->nodes[index];
    for (int p = 0; p < self->layer.spec.param_count; p++) {
        const dlt_model_tensor *tensor = &model->param_tensors[self->params[p]];
        if (dlt_model_is_shared(model, index, p) && !dlt_model_skips_gradient(model, index, p))
            self->memory.shared[p] =
                add_block(model, tensor->count * (int64_t)sizeof(dlt_real),
                          backward_time(model, index), backward_time(model, self->owners[p].node));
    }
}

static bool has_loss(const dlt_model *model, int index) {
    const node *self = &model->nodes[index];
    for (int k = 0; k < self->layer.spec.output_count; k++)
        if (model->values[self->first_value + k].has_loss)
            return true;
    return false;
}

static void add_blocks(dlt_model *model, int index) {
    node *self = &model->nodes[index];
    self->memory = (node_memory){.saved = NO_BLOCK,
                                 .forward_workspace = NO_BLOCK,
                                 .backward_workspace = NO_BLOCK,
                                 .addend = NO_BLOCK};
    for (int p = 0; p < DLT_LAYER_PARAMS_MAX; p++)
        self->memory.shared[p] = NO_BLOCK;
    if (self->done_by != index)
        return;
    add_output_blocks(model, index);
    bool backward = model->options.training && self->trains;
    int saved_until = backward ? backward_time(model, index) : index;
    if (model->options.training)
        self->memory.saved = add_block(model, self->layer.spec.saved_bytes, index, saved_until);
    self->memory.forward_workspace =
        add_block(model, self->layer.spec.workspace_bytes, index, index);
    if (backward || (model->options.training && has_loss(model, index)))
        add_backward_blocks(model, index);
    if (backward)
        add_shared_blocks(model, index);
}

dlt_status dlt_model_plan_memory(dlt_model *model) {
    const int most_per_node = 4;
    const int most_per_value = 2;
    DLT_TRY(DLT_NEW(model->blocks, (int64_t)model->node_count * most_per_node +
                                       (int64_t)model->value_count * most_per_value +
                                       model->shared_count));
    for (int i = 0; i < model->node_count; i++)
        add_blocks(model, i);
    DLT_TRY(dlt_arena_plan(model->blocks, model->block_count, &model->arena_bytes));
    model->arena_bytes = dlt_ceil_div(model->arena_bytes, 64) * 64;
    return DLT_OK;
}

dlt_status dlt_model_create_arena(dlt_model *model) {
    DLT_TRY(DLT_NEW(model->arena, model->in_flight_max * model->arena_bytes));
    dlt_use_large_pages(model->arena, model->in_flight_max * model->arena_bytes);
    return DLT_OK;
}

void *dlt_model_block(const dlt_model *model, int in_flight, int block) {
    return block == NO_BLOCK
               ? NULL
               : model->arena + in_flight * model->arena_bytes + model->blocks[block].offset;
}
