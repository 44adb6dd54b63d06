/* The table of layers: X(name) declares dlt_layer_name and adds its row. */
#include "config/registered.h"
#include "layers/layers_internal.h"

/* The list of layers, in the order in which help shows them. */
#define LAYERS(X)                                                                                  \
    X(dense)                                                                                       \
    X(conv2d)                                                                                      \
    X(conv2d_transpose)                                                                            \
    X(max_pool2d)                                                                                  \
    X(avg_pool2d)                                                                                  \
    X(global_max_pool2d)                                                                           \
    X(global_avg_pool2d)                                                                           \
    X(flatten)                                                                                     \
    X(reshape)                                                                                     \
    X(transpose)                                                                                   \
    X(slice)                                                                                       \
    X(reduce)                                                                                      \
    X(batch_norm)                                                                                  \
    X(layer_norm)                                                                                  \
    X(dropout)                                                                                     \
    X(relu)                                                                                        \
    X(leaky_relu)                                                                                  \
    X(elu)                                                                                         \
    X(sigmoid)                                                                                     \
    X(tanh)                                                                                        \
    X(gelu)                                                                                        \
    X(softmax)                                                                                     \
    X(add)                                                                                         \
    X(mul)                                                                                         \
    X(matmul)                                                                                      \
    X(concat)                                                                                      \
    X(split)                                                                                       \
    X(embedding)                                                                                   \
    X(position_embedding)                                                                          \
    X(attention)                                                                                   \
    X(lstm)                                                                                        \
    X(repeat)                                                                                      \
    X(residual)                                                                                    \
    X(transformer_block)

#define DECLARATION(name) extern const dlt_layer_ops dlt_layer_##name;
#define ROW(name)         &dlt_layer_##name.entry,

LAYERS(DECLARATION)

const dlt_registry_entry *const dlt_layers[] = {LAYERS(ROW) NULL};

dlt_status dlt_register_layer(const dlt_layer_ops *ops) {
    const bool is_composite = ops->expand != NULL;
    const bool is_node = ops->infer != NULL && ops->forward != NULL && ops->backward != NULL;
    return dlt_registry_add(dlt_layers, &ops->entry, "layer", is_composite || is_node);
}
