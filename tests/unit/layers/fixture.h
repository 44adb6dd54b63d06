/* One layer built from its text in a run file, on the plain kernels. Not to be copied: the layer
 * points to the kernels beside it. */
#ifndef LAYERS_FIXTURE_H
#define LAYERS_FIXTURE_H

#include "config/config.h"
#include "dltrain/extend/layer.h"

#include <stddef.h>

typedef struct layer_fixture {
    dlt_config *config;
    dlt_kernels kernels;
    dlt_layer layer;
} layer_fixture;

/* Reads the settings and runs inference for calls of up to n samples. Input i comes from node "a",
 * "b" and so on; the node itself is "self". */
static inline dlt_status fixture_infer(const char *text, int64_t n, int input_count,
                                       const dlt_shape *inputs, layer_fixture *out) {
    static const char *const nodes[] = {"a", "b", "c"};
    *out = (layer_fixture){0};
    dlt_selection selection;
    dlt_status status = dlt_kernels_select("ref", &out->kernels);
    if (status == DLT_OK)
        status = dlt_config_parse("{}", "test", NULL, 0, &out->config);
    if (status == DLT_OK)
        status = dlt_config_choose(out->config, text, dlt_layers, &selection);
    if (status != DLT_OK)
        return status;
    out->layer.ops = (const dlt_layer_ops *)(const void *)selection.kind;
    out->layer.context = (dlt_layer_context){.node = "self",
                                             .settings = selection.settings,
                                             .input_count = input_count,
                                             .n = n,
                                             .kernels = &out->kernels};
    for (int i = 0; i < input_count; i++) {
        out->layer.context.inputs[i].shape = inputs[i];
        out->layer.context.input_nodes[i] = nodes[i];
    }
    return out->layer.ops->infer(&out->layer.context, &out->layer.spec);
}

static inline void fixture_destroy(layer_fixture *fixture) {
    if (fixture->layer.ops != NULL && fixture->layer.ops->destroy != NULL)
        fixture->layer.ops->destroy(&fixture->layer);
    dlt_config_destroy(&fixture->config);
}

#endif
