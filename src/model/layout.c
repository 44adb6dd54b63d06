/* Lays parameters and buffers out in two flat arrays, the tensors of the last node first. Backward
 * finishes gradients in this order, so the finished part is always a prefix of the gradient, and
 * the reduction can begin while backward goes on (dlt_model_grads_ready). The layout depends on the
 * model alone: it is the same on all ranks. */
#include "model/model_internal.h"

#include "base/alloc.h"
#include "base/cast.h"
#include "base/error.h"

/* Tensors start on cache lines: 16 floats. */
enum { TENSOR_ALIGNMENT = 16 };

static void count_tensors(dlt_model *model) {
    for (int i = 0; i < model->node_count; i++) {
        model->param_tensor_count += model->nodes[i].layer.spec.param_count;
        model->buffer_tensor_count += model->nodes[i].layer.spec.buffer_count;
    }
}

/* Writes one row of a tensor table and returns the offset behind it. */
static int64_t place(dlt_model_tensor *tensor, const char *node_name, const char *name,
                     const dlt_shape *shape, int64_t offset) {
    *tensor = (dlt_model_tensor){.node = node_name,
                                 .name = name,
                                 .shape = *shape,
                                 .count = dlt_shape_count(shape),
                                 .offset = offset};
    return dlt_ceil_div(offset + tensor->count, TENSOR_ALIGNMENT) * TENSOR_ALIGNMENT;
}

/* Backward goes from the last node to the first, and so do the parameters: what is finished
 * together lies together, which is what a bucket needs. */
static void place_tensors(dlt_model *model) {
    int param = 0;
    int buffer = 0;
    for (int i = model->node_count - 1; i >= 0; i--) {
        node *self = &model->nodes[i];
        self->first_param = param;
        self->first_buffer = buffer;
        for (int p = 0; p < self->layer.spec.param_count; p++)
            model->param_elements =
                place(&model->param_tensors[param++], self->name, self->layer.spec.params[p].name,
                      &self->layer.spec.params[p].shape, model->param_elements);
        for (int e = 0; e < self->layer.spec.buffer_count; e++)
            model->buffer_elements = place(
                &model->buffer_tensors[buffer++], self->name, self->layer.spec.buffers[e].name,
                &self->layer.spec.buffers[e].shape, model->buffer_elements);
    }
}

dlt_status dlt_model_lay_out(dlt_model *model) {
    count_tensors(model);
    DLT_TRY(DLT_NEW(model->param_tensors, model->param_tensor_count));
    DLT_TRY(DLT_NEW(model->buffer_tensors, model->buffer_tensor_count));
    place_tensors(model);
    DLT_TRY(DLT_NEW(model->own_params, model->param_elements));
    dlt_use_large_pages(model->own_params,
                        model->param_elements * (int64_t)sizeof *model->own_params);
    model->params = model->own_params;
    return DLT_NEW(model->buffers, model->buffer_elements);
}
