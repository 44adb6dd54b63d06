/* Runs the nodes in order, and backward in reverse; allocates nothing. The first writer of a
 * value's gradient (the loss, or the last node that reads the value) writes it in place; each later
 * one writes an addend, which is then added. `begun` holds, per micro-batch in flight, which
 * gradients have been written. A node whose work another does is skipped. The order is fixed and
 * dropout depends on seed, node, step and micro-batch only, so the bits do not depend on which rank
 * computes a micro-batch. */
#include "model/model_internal.h"

#include "base/philox.h"

#include <string.h>

/* Where a value lies; that of a view of the sample is the sample. */
static const void *data_of(const dlt_model *model, const dlt_model_call *call, int at) {
    while (model->values[at].node != INPUT_NODE && model->values[at].block == NO_BLOCK)
        at = model->nodes[model->values[at].node].effective_inputs[0];
    const graph_value *self = &model->values[at];
    return self->node == INPUT_NODE ? call->inputs[self->output]
                                    : dlt_model_block(model, call->in_flight, self->block);
}

bool *dlt_model_begun(const dlt_model *model, const dlt_model_call *call) {
    return model->begun + (int64_t)call->in_flight * model->value_count;
}

/* The parts of a call that forward and backward share. */
void dlt_model_fill_call(const dlt_model *model, int index, const dlt_model_call *call,
                         dlt_layer_call *out) {
    const node *self = &model->nodes[index];
    *out = (dlt_layer_call){.n = call->n, .training = call->training};
    for (int i = 0; i < self->effective_input_count; i++) {
        const void *data = data_of(model, call, self->effective_inputs[i]);
        if (model->values[self->effective_inputs[i]].spec.dtype == DLT_DTYPE_I32)
            out->ix[i] = data;
        else
            out->x[i] = data;
    }
    for (int k = 0; k < self->layer.spec.output_count; k++) {
        const graph_value *output = &model->values[self->first_value + k];
        void *data = dlt_model_block(model, call->in_flight, output->block);
        if (output->spec.dtype == DLT_DTYPE_I32)
            out->iy[k] = data;
        else
            out->y[k] = data;
    }
    out->batch_sums = self->batch_sums;
    out->batch_n = self->batch_n;
    out->saved =
        call->training ? dlt_model_block(model, call->in_flight, self->memory.saved) : NULL;
    for (int p = 0; p < self->layer.spec.param_count; p++)
        out->params[p] = model->params + model->param_tensors[self->params[p]].offset;
    dlt_stream stream = dlt_stream_make(call->seed, DLT_PURPOSE_DROPOUT, (uint32_t)index,
                                        (uint64_t)call->step, (uint64_t)call->micro);
    for (int i = 0; i < 2; i++) {
        out->random_key[i] = stream.key[i];
        out->random_high[i] = stream.high[i];
    }
}

void dlt_model_forward_part(dlt_model *model, const dlt_model_call *call, dlt_real *statistics,
                            int first, int last) {
    const dlt_model *shaped = dlt_model_in_class(model, call->shape_class);
    model->class_of[call->in_flight] = call->shape_class;
    for (int index = first; index < last; index++) {
        atomic_store_explicit(&model->at, index, memory_order_relaxed);
        const node *self = &shaped->nodes[index];
        dlt_layer_call layer_call;
        dlt_model_fill_call(shaped, index, call, &layer_call);
        layer_call.workspace =
            dlt_model_block(shaped, call->in_flight, self->memory.forward_workspace);
        for (int e = 0; e < self->layer.spec.buffer_count; e++) {
            int64_t offset = shaped->buffer_tensors[self->first_buffer + e].offset;
            layer_call.buffers[e] = shaped->buffers + offset;
            layer_call.statistics[e] = statistics != NULL ? statistics + offset : NULL;
        }
        /* no block: a view of the sample, which is there; or another node does it */
        if (shaped->values[self->first_value].block != NO_BLOCK)
            self->layer.ops->forward(&self->layer, &layer_call);
    }
}

void dlt_model_forward(dlt_model *model, const dlt_model_call *call, dlt_real *statistics) {
    dlt_model_forward_part(model, call, statistics, 0, model->node_count);
}

const void *dlt_model_output_at(const dlt_model *model, int in_flight, int output) {
    const dlt_model *shaped = dlt_model_under_way(model, in_flight);
    return dlt_model_block(shaped, in_flight, shaped->values[shaped->outputs[output]].block);
}

dlt_real *dlt_model_output_gradient(dlt_model *model, int in_flight, int output) {
    const dlt_model *shaped = dlt_model_under_way(model, in_flight);
    return dlt_model_block(shaped, in_flight, shaped->values[shaped->outputs[output]].gradient);
}

/* The gradients of a node's outputs; false if nothing depends on any of them. */
static bool take_gradients(const dlt_model *model, const dlt_model_call *call, const node *self,
                           dlt_layer_call *out) {
    bool any = false;
    for (int k = 0; k < self->layer.spec.output_count; k++) {
        const int at = self->first_value + k;
        const bool is_there = dlt_model_begun(model, call)[at];
        out->dy[k] =
            is_there ? dlt_model_block(model, call->in_flight, model->values[at].gradient) : NULL;
        any = any || is_there;
    }
    return any;
}

static void clear(int64_t count, dlt_real *gradient) {
    if (gradient != NULL)
        memset(gradient, 0, (size_t)count * sizeof *gradient);
}

/* Where the gradients of parameters go. What is frozen for good and skipped is never written: like
 * the gaps it stays 0. */
static void aim_param_gradients(const dlt_model *model, const dlt_model_call *call, int index,
                                dlt_real *grads, dlt_layer_call *out) {
    const node *self = &model->nodes[index];
    for (int p = 0; p < self->layer.spec.param_count; p++) {
        const int tensor = self->params[p];
        if (dlt_model_skips_gradient(model, index, p))
            continue;
        out->drows[p] = dlt_model_row_list(model, call->in_flight, tensor);
        if (out->drows[p] != NULL)
            continue;
        out->dparams[p] = dlt_model_is_shared(model, index, p)
                              ? dlt_model_shared_gradient(model, call, index, p)
                              : grads + model->param_tensors[tensor].offset;
    }
}

static void clear_gradient(const dlt_model *model, const node *self, const dlt_layer_call *call,
                           int p) {
    clear(model->param_tensors[self->params[p]].count, call->dparams[p]);
    if (call->drows[p] != NULL)
        call->drows[p]->count = 0;
}

static void clear_gradients(const dlt_model *model, const node *self, const dlt_layer_call *call) {
    for (int p = 0; p < self->layer.spec.param_count; p++)
        clear_gradient(model, self, call, p);
}

/* Gradients that were computed, but are dropped. */
static void drop_frozen(const dlt_model *model, const dlt_model_call *call, const node *self,
                        const dlt_layer_call *made) {
    for (int p = 0; p < self->layer.spec.param_count; p++) {
        const dlt_model_tensor *tensor = &model->param_tensors[self->params[p]];
        if (dlt_param_is_frozen(&tensor->settings, call->epoch))
            clear_gradient(model, self, made, p);
    }
}

/* Where each input's gradient is written: straight to its place by the first writer, else to an
 * addend. */
static void aim_gradients(const dlt_model *model, const dlt_model_call *call, int index,
                          dlt_layer_call *out) {
    const node *self = &model->nodes[index];
    bool *begun = dlt_model_begun(model, call);
    char *addend = dlt_model_block(model, call->in_flight, self->memory.addend);
    for (int i = 0; i < self->effective_input_count; i++) {
        int from = self->effective_inputs[i];
        if (!model->values[from].trains)
            continue;
        if (!begun[from]) {
            out->dx[i] = dlt_model_block(model, call->in_flight, model->values[from].gradient);
            begun[from] = true;
            continue;
        }
        out->dx[i] = (dlt_real *)(void *)addend;
        addend += self->memory.addend_bytes;
    }
}

static void add_addends(const dlt_model *model, const dlt_model_call *call, int index,
                        const dlt_layer_call *made) {
    const node *self = &model->nodes[index];
    for (int i = 0; i < self->effective_input_count; i++) {
        if (made->dx[i] == NULL)
            continue;
        const graph_value *from = &model->values[self->effective_inputs[i]];
        dlt_real *gradient = dlt_model_block(model, call->in_flight, from->gradient);
        int64_t count = made->n * dlt_shape_count(&from->spec.shape);
        if (made->dx[i] != gradient)
            model->options.kernels->add(count, gradient, made->dx[i], gradient);
    }
}

void dlt_model_backward_begin(dlt_model *model, const dlt_model_call *call) {
    const dlt_model *shaped = dlt_model_in_class(model, call->shape_class);
    bool *begun = dlt_model_begun(shaped, call);
    for (int i = 0; i < shaped->value_count; i++)
        begun[i] = shaped->values[i].has_loss;
}

void dlt_model_backward(dlt_model *model, const dlt_model_call *call, dlt_real *grads) {
    dlt_model_backward_begin(model, call);
    dlt_model_backward_part(model, call, grads, 0, model->node_count);
}

void dlt_model_backward_part(dlt_model *model, const dlt_model_call *call, dlt_real *grads,
                             int first, int last) {
    const dlt_model *shaped = dlt_model_in_class(model, call->shape_class);
    for (int index = last - 1; index >= first; index--) {
        atomic_store_explicit(&model->at, index, memory_order_relaxed);
        const node *self = &shaped->nodes[index];
        if (!self->trains || self->done_by != index)
            continue;
        dlt_layer_call layer_call;
        dlt_model_fill_call(shaped, index, call, &layer_call);
        layer_call.workspace =
            dlt_model_block(shaped, call->in_flight, self->memory.backward_workspace);
        aim_param_gradients(shaped, call, index, grads, &layer_call);
        if (take_gradients(shaped, call, self, &layer_call)) {
            aim_gradients(shaped, call, index, &layer_call);
            self->layer.ops->backward(&self->layer, &layer_call);
            drop_frozen(shaped, call, self, &layer_call);
            add_addends(shaped, call, index, &layer_call);
        } else {
            clear_gradients(shaped, self, &layer_call);
        }
        dlt_model_add_shared(shaped, call, index, grads);
    }
}

void dlt_model_update_statistics(dlt_model *model, const dlt_real *statistics, int64_t samples,
                                 int64_t micros) {
    for (int index = 0; index < model->node_count; index++) {
        const node *self = &model->nodes[index];
        if (self->layer.ops->update_statistics == NULL || self->layer.spec.buffer_count == 0)
            continue;
        const dlt_real *sums[DLT_LAYER_BUFFERS_MAX] = {0};
        dlt_real *buffers[DLT_LAYER_BUFFERS_MAX] = {0};
        for (int e = 0; e < self->layer.spec.buffer_count; e++) {
            int64_t offset = model->buffer_tensors[self->first_buffer + e].offset;
            sums[e] = statistics + offset;
            buffers[e] = model->buffers + offset;
        }
        self->layer.ops->update_statistics(&self->layer, sums, samples, micros, buffers);
    }
}

const char *dlt_model_node_at(const dlt_model *model) {
    return model->nodes[atomic_load_explicit(&model->at, memory_order_relaxed)].name;
}
