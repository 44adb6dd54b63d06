/* Neighbours whose work is done in the passes of one: what an elementwise node costs is its way
 * through memory.
 *
 *   batch_norm -> add -> relu    the batch norm, where the other term is there before it
 *   relu -> max_pool2d           the pooling, which then has a quarter of the elements to look at
 *
 * Nodes keep their names, parameters and random streams; only what reads what is changed. A
 * convolution does not take on its relu: oneDNN's makes 0 of NaN, which must stay visible.
 */
#include "model/model_internal.h"

static bool plays(const dlt_model *model, int index, dlt_layer_role role) {
    return model->nodes[index].layer.ops->role == role;
}

/* The output of a node that has one. */
static int output_of(const dlt_model *model, int index) {
    return model->nodes[index].first_value;
}

/* The only node that reads the output of `index`, or the number of nodes if there are none or
 * several. */
static int only_reader(const dlt_model *model, int index) {
    int reader = model->node_count;
    for (int j = index + 1; j < model->node_count; j++)
        for (int i = 0; i < model->nodes[j].effective_input_count; i++) {
            if (model->nodes[j].effective_inputs[i] != output_of(model, index))
                continue;
            if (reader < model->node_count)
                return model->node_count;
            reader = j;
        }
    return reader;
}

static bool ask(node *self, const dlt_layer_fusion *fusion) {
    return self->layer.ops->fuse != NULL && self->layer.ops->fuse(&self->layer, fusion);
}

/* Whoever read the value `from` now reads `to`. */
static void redirect(dlt_model *model, int from, int to) {
    for (int j = 0; j < model->node_count; j++)
        for (int i = 0; i < model->nodes[j].effective_input_count; i++)
            if (model->nodes[j].effective_inputs[i] == from)
                model->nodes[j].effective_inputs[i] = to;
}

static void hand_over(dlt_model *model, int index, int to) {
    redirect(model, output_of(model, index), output_of(model, to));
    model->nodes[index].effective_input_count = 0;
    model->nodes[index].done_by = to;
}

/* An output of the model stays a node of its own. */
static bool may_go(const dlt_model *model, int index) {
    return !model->values[output_of(model, index)].is_output;
}

/* A relu whose only reader can do it behind its own work. */
static void fuse_with_reader(dlt_model *model, int index) {
    int reader = only_reader(model, index);
    const dlt_layer_fusion relu = {.relu = true};
    if (!plays(model, index, DLT_LAYER_IS_RELU) || reader == model->node_count ||
        !may_go(model, index))
        return;
    node *self = &model->nodes[reader];
    if (!self->layer.ops->commutes_with_relu || !ask(self, &relu))
        return;
    self->effective_inputs[0] = model->nodes[index].effective_inputs[0];
    model->nodes[index].effective_input_count = 0;
    model->nodes[index].done_by = reader;
}

/* The term beside the output of `index` in the sum that is its only reader, if it is computed
 * before; else NO_VALUE. */
static int other_term(const dlt_model *model, int index, int sum) {
    const node *self = &model->nodes[sum];
    if (!plays(model, sum, DLT_LAYER_ADDS) || self->effective_input_count != 2)
        return NO_VALUE;
    int other = self->effective_inputs[0] == output_of(model, index) ? self->effective_inputs[1]
                                                                     : self->effective_inputs[0];
    return model->values[other].node < index ? other : NO_VALUE;
}

/* The nodes behind `index` whose work its layer can do. */
static void fuse_followers(dlt_model *model, int index) {
    node *self = &model->nodes[index];
    dlt_layer_fusion fusion = {0};
    int next = may_go(model, index) ? only_reader(model, index) : model->node_count;
    int sum = model->node_count;
    int term =
        next < model->node_count && may_go(model, next) ? other_term(model, index, next) : NO_VALUE;
    if (term != NO_VALUE) {
        fusion.add = true;
        sum = next;
        next = only_reader(model, sum);
    }
    fusion.relu =
        next < model->node_count && may_go(model, next) && plays(model, next, DLT_LAYER_IS_RELU);
    if ((!fusion.add && !fusion.relu) || !ask(self, &fusion))
        return;
    if (fusion.add) {
        self->trains = self->trains || model->nodes[sum].trains;
        model->values[output_of(model, index)].trains = self->trains;
        hand_over(model, sum, index);
        self->effective_inputs[self->effective_input_count++] = term;
    }
    if (fusion.relu)
        hand_over(model, next, index);
}

void dlt_model_fuse(dlt_model *model) {
    for (int i = 0; i < model->node_count; i++) {
        node *self = &model->nodes[i];
        self->done_by = i;
        self->effective_input_count = self->layer.context.input_count;
        for (int k = 0; k < self->effective_input_count; k++)
            self->effective_inputs[k] = self->inputs[k];
    }
    if (model->options.unfused)
        return;
    for (int i = 0; i < model->node_count; i++)
        fuse_with_reader(model, i);
    for (int i = 0; i < model->node_count; i++)
        if (model->nodes[i].done_by == i)
            fuse_followers(model, i);
}
