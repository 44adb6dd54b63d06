#include "model/model_internal.h"

#include "base/philox.h"

/* Where a node's output lies; that of a view of the sample is the sample. */
static const dlt_real *output_of(const dlt_model *model, const dlt_model_call *call, int index) {
    while (index != INPUT_NODE && model->nodes[index].memory.output == NO_PIECE)
        index = model->nodes[index].feeds[0];
    return index == INPUT_NODE
               ? call->x
               : dlt_model_piece(model, call->slot, model->nodes[index].memory.output);
}

/* The parts of a call that forward and backward share. */
void dlt_model_fill_call(const dlt_model *model, int index, const dlt_model_call *call,
                         dlt_layer_call *out) {
    const node *self = &model->nodes[index];
    *out = (dlt_layer_call){.n = call->n, .training = call->training};
    for (int i = 0; i < self->feed_count; i++)
        out->x[i] = output_of(model, call, self->feeds[i]);
    out->y = dlt_model_piece(model, call->slot, self->memory.output);
    out->batch_sums = self->batch_sums;
    out->batch_n = self->batch_n;
    out->saved = dlt_model_piece(model, call->slot, self->memory.saved);
    for (int p = 0; p < self->layer.spec.param_count; p++)
        out->params[p] = model->params + model->param_tensors[self->first_param + p].offset;
    dlt_stream stream = dlt_stream_make(call->seed, DLT_PURPOSE_DROPOUT, (uint32_t)index,
                                        (uint64_t)call->step, (uint64_t)call->micro);
    for (int i = 0; i < 2; i++) {
        out->random_key[i] = stream.key[i];
        out->random_high[i] = stream.high[i];
    }
}

const dlt_real *dlt_model_forward_part(dlt_model *model, const dlt_model_call *call,
                                       dlt_real *observed, int first, int last) {
    for (int index = first; index < last; index++) {
        atomic_store_explicit(&model->at, index, memory_order_relaxed);
        const node *self = &model->nodes[index];
        dlt_layer_call layer_call;
        dlt_model_fill_call(model, index, call, &layer_call);
        layer_call.workspace = dlt_model_piece(model, call->slot, self->memory.forward_workspace);
        for (int e = 0; e < self->layer.spec.extra_count; e++) {
            int64_t offset = model->extra_tensors[self->first_extra + e].offset;
            layer_call.extras[e] = model->extras + offset;
            layer_call.observed[e] = observed != NULL ? observed + offset : NULL;
        }
        if (layer_call.y !=
            NULL) /* NULL: a view of the sample, which is there; or another does it */
            self->layer.ops->forward(&self->layer, &layer_call);
    }
    if (last < model->node_count)
        return NULL;
    return dlt_model_piece(model, call->slot, model->nodes[last - 1].memory.output);
}

const dlt_real *dlt_model_forward(dlt_model *model, const dlt_model_call *call,
                                  dlt_real *observed) {
    return dlt_model_forward_part(model, call, observed, 0, model->node_count);
}

dlt_real *dlt_model_output_gradient(dlt_model *model, int slot) {
    return dlt_model_piece(model, slot, model->nodes[model->node_count - 1].memory.gradient);
}

/* Where each input's gradient is written: straight to its place by the first writer, else to an
 * addend. */
static void aim_gradients(dlt_model *model, const dlt_model_call *call, int index,
                          dlt_layer_call *out) {
    const node *self = &model->nodes[index];
    bool *begun = model->begun + (int64_t)call->slot * model->node_count;
    dlt_real *addend = dlt_model_piece(model, call->slot, self->memory.addend);
    for (int i = 0; i < self->feed_count; i++) {
        int from = self->feeds[i];
        if (from == INPUT_NODE || !model->nodes[from].trains)
            continue;
        if (!begun[from]) {
            out->dx[i] = dlt_model_piece(model, call->slot, model->nodes[from].memory.gradient);
            begun[from] = true;
            continue;
        }
        out->dx[i] = addend;
        addend += out->n * dlt_shape_count(dlt_model_feed_shape(self, i));
    }
}

static void add_addends(const dlt_model *model, const dlt_model_call *call, int index,
                        const dlt_layer_call *made) {
    const node *self = &model->nodes[index];
    for (int i = 0; i < self->feed_count; i++) {
        if (made->dx[i] == NULL)
            continue;
        dlt_real *gradient =
            dlt_model_piece(model, call->slot, model->nodes[self->feeds[i]].memory.gradient);
        int64_t count = made->n * dlt_shape_count(dlt_model_feed_shape(self, i));
        if (made->dx[i] != gradient)
            model->options.kernels->add(count, gradient, made->dx[i], gradient);
    }
}

void dlt_model_backward_begin(dlt_model *model, const dlt_model_call *call) {
    bool *begun = model->begun + (int64_t)call->slot * model->node_count;
    for (int i = 0; i < model->node_count; i++)
        begun[i] = false;
}

void dlt_model_backward(dlt_model *model, const dlt_model_call *call, dlt_real *grads) {
    dlt_model_backward_begin(model, call);
    dlt_model_backward_part(model, call, grads, 0, model->node_count);
}

void dlt_model_backward_part(dlt_model *model, const dlt_model_call *call, dlt_real *grads,
                             int first, int last) {
    for (int index = last - 1; index >= first; index--) {
        atomic_store_explicit(&model->at, index, memory_order_relaxed);
        const node *self = &model->nodes[index];
        if (!self->trains || self->done_by != index)
            continue;
        dlt_layer_call layer_call;
        dlt_model_fill_call(model, index, call, &layer_call);
        layer_call.workspace = dlt_model_piece(model, call->slot, self->memory.backward_workspace);
        layer_call.dy = dlt_model_piece(model, call->slot, self->memory.gradient);
        for (int p = 0; p < self->layer.spec.param_count; p++)
            layer_call.dparams[p] = grads + model->param_tensors[self->first_param + p].offset;
        aim_gradients(model, call, index, &layer_call);
        self->layer.ops->backward(&self->layer, &layer_call);
        add_addends(model, call, index, &layer_call);
    }
}

void dlt_model_absorb(dlt_model *model, const dlt_real *observed, int64_t samples, int64_t micros) {
    for (int index = 0; index < model->node_count; index++) {
        const node *self = &model->nodes[index];
        if (self->layer.ops->absorb == NULL || self->layer.spec.extra_count == 0)
            continue;
        const dlt_real *sums[DLT_LAYER_EXTRAS_MAX] = {0};
        dlt_real *extras[DLT_LAYER_EXTRAS_MAX] = {0};
        for (int e = 0; e < self->layer.spec.extra_count; e++) {
            int64_t offset = model->extra_tensors[self->first_extra + e].offset;
            sums[e] = observed + offset;
            extras[e] = model->extras + offset;
        }
        self->layer.ops->absorb(&self->layer, sums, samples, micros, extras);
    }
}

const char *dlt_model_node_at(const dlt_model *model) {
    return model->nodes[atomic_load_explicit(&model->at, memory_order_relaxed)].name;
}
