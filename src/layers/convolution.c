/* The kernels' handles belong to a number of samples, so a layer keeps one for each that occurs: a
 * few, searched in turn. */
#include "layers/convolution.h"

#include "base/alloc.h"
#include "base/cast.h"
#include "base/error.h"

#include <inttypes.h>

typedef struct convolution_plans {
    int count;
    dlt_conv2d *at; /* owned */
} convolution_plans;

dlt_status dlt_convolution_check_groups(const dlt_layer_context *context, const char *kind,
                                        int64_t filters, int64_t groups) {
    if (context->inputs[0].shape.dim[2] % groups != 0)
        return dlt_layer_shape_error(context, kind, 0,
                                     "its %" PRId64 " groups do not divide the channels", groups);
    if (filters % groups != 0)
        return dlt_fail(DLT_ERR_CONFIG,
                        "node '%s' (%s): groups %" PRId64 " does not divide filters %" PRId64,
                        context->node, kind, groups, filters);
    return DLT_OK;
}

const dlt_conv2d *dlt_convolution_find(const dlt_layer *layer, int64_t n) {
    const convolution_plans *plans = layer->state;
    for (int i = 0; i < plans->count; i++)
        if (plans->at[i].n == n)
            return &plans->at[i];
    return NULL;
}

void dlt_convolution_destroy(dlt_layer *layer) {
    convolution_plans *plans = layer->state;
    if (plans == NULL)
        return;
    for (int i = 0; i < plans->count; i++)
        layer->context.kernels->conv2d_destroy(&plans->at[i]);
    dlt_free(plans->at);
    dlt_free(plans);
    layer->state = NULL;
}

static dlt_status add_plan(dlt_layer *layer, const dlt_conv2d *shape, int64_t n) {
    convolution_plans *plans = layer->state;
    if (dlt_convolution_find(layer, n) != NULL)
        return DLT_OK;
    dlt_conv2d plan = *shape;
    plan.n = n;
    DLT_TRY(layer->context.kernels->conv2d_create(&plan));
    plans->at[plans->count++] = plan;
    layer->spec.workspace_bytes = dlt_max_i64(layer->spec.workspace_bytes, plan.workspace_bytes);
    return DLT_OK;
}

dlt_status dlt_convolution_create(dlt_layer *layer, const dlt_conv2d *shape, const int64_t *sizes,
                                  int size_count) {
    convolution_plans *plans = NULL;
    dlt_status status = DLT_OK;
    DLT_TRY_OUT(DLT_NEW(plans, 1));
    layer->state = plans;
    DLT_TRY_OUT(DLT_NEW(plans->at, size_count));
    for (int i = 0; i < size_count; i++)
        DLT_TRY_OUT(add_plan(layer, shape, sizes[i]));
out:
    if (status != DLT_OK)
        dlt_convolution_destroy(layer);
    return status;
}
