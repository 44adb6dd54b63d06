/* Nodes that need sums over the whole batch, and the sums themselves. */
#include "model/model_internal.h"

#include "base/alloc.h"
#include "base/error.h"

#include <string.h>

dlt_status dlt_model_find_sync(dlt_model *model) {
    DLT_TRY(DLT_NEW(model->sync_nodes, model->node_count));
    for (int i = 0; i < model->node_count; i++) {
        if (model->nodes[i].layer.spec.sync_count == 0 || !model->options.training)
            continue;
        model->sync_nodes[model->sync_count++] = i;
        DLT_TRY(DLT_NEW(model->nodes[i].batch_sums, model->nodes[i].layer.spec.sync_count));
    }
    model->in_flight_max = model->sync_count > 0 && model->options.in_flight_max > 1
                               ? model->options.in_flight_max
                               : 1;
    return DLT_OK;
}

int dlt_model_sync_nodes(const dlt_model *model, const int **nodes) {
    *nodes = model->sync_nodes;
    return model->sync_count;
}

int64_t dlt_model_sync_count(const dlt_model *model) {
    int64_t most = 0;
    for (int i = 0; i < model->sync_count; i++) {
        int64_t count = model->nodes[model->sync_nodes[i]].layer.spec.sync_count;
        most = count > most ? count : most;
    }
    return most;
}

int dlt_model_node_count(const dlt_model *model) {
    return model->node_count;
}

bool dlt_model_trains(const dlt_model *model, int index) {
    return model->nodes[index].trains;
}

void dlt_model_batch_sums(dlt_model *model, const dlt_model_call *call, int index, bool backward,
                          double *sums) {
    const dlt_model *shaped = dlt_model_in_class(model, call->shape_class);
    const dlt_layer *layer = &shaped->nodes[index].layer;
    dlt_layer_call layer_call;
    dlt_model_fill_call(shaped, index, call, &layer_call);
    if (!backward) {
        layer->ops->batch_sums_forward(layer, &layer_call, sums);
        return;
    }
    const int at = shaped->nodes[index].first_value;
    if (!dlt_model_begun(shaped, call)[at]) { /* nothing depends on it */
        for (int64_t i = 0; i < layer->spec.sync_count; i++)
            sums[i] = 0;
        return;
    }
    layer_call.dy[0] = dlt_model_block(shaped, call->in_flight, shaped->values[at].gradient);
    layer->ops->batch_sums_backward(layer, &layer_call, sums);
}

static void set_sums(node *self, const double *sums, int64_t batch_n) {
    memcpy(self->batch_sums, sums, (size_t)self->layer.spec.sync_count * sizeof *self->batch_sums);
    self->batch_n = batch_n;
}

/* Micro-batches of one batch may be of several shape classes. */
void dlt_model_set_sums(dlt_model *model, int index, const double *sums, int64_t batch_n) {
    set_sums(&model->nodes[index], sums, batch_n);
    for (int c = 0; c < model->options.class_count - 1; c++)
        set_sums(&model->classes[c]->nodes[index], sums, batch_n);
}
