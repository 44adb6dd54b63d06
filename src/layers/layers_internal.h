/* Module card: layers (level 2).
 *
 * What lives here: one file per layer, the registry of layers (registry.c), the geometry of windows
 * that convolution and pooling share (geometry.h), arrays with strides (strided.h), and the
 * initialisers (init/). May include: base, tensor, config, and the table of kernels
 * (dltrain/extend/kernels.h).
 * Owns: a layer owns what its `create` puts into layer->state; parameters, activations and scratch
 * belong to the model and come with each call.
 */
#ifndef DLT_LAYERS_INTERNAL_H
#define DLT_LAYERS_INTERNAL_H

#include "dltrain/extend/layer.h"

#include <stddef.h>

#define DLT_COUNT_OF(array) ((int)(sizeof(array) / sizeof((array)[0])))

/** a * b, INT64_MAX where it does not fit: sizes from a run file may be absurd. */
int64_t dlt_layer_product(int64_t a, int64_t b);

/** CONFIG, naming the node, if n calls of `count` elements are more than a computer can address. */
DLT_CHECKED dlt_status dlt_layer_check_size(const dlt_layer_context *context, const char *kind,
                                            const char *what, int64_t count);

/** SHAPE if input 0 has no dimension to work along. */
DLT_CHECKED dlt_status dlt_layer_need_features(const dlt_layer_context *context, const char *kind);

/** Last dimension of input 0, and the product of n and all dimensions before it. */
int64_t dlt_layer_features(const dlt_layer_context *context);
int64_t dlt_layer_rows(const dlt_layer_context *context, int64_t n);

/** Elements of input 0 in a call of n samples. */
int64_t dlt_layer_elements(const dlt_layer_context *context, int64_t n);

/** Output as input 0; `flops` operations per element. */
void dlt_layer_same_shape(const dlt_layer_context *context, int64_t flops, dlt_layer_spec *spec);

/** Copies count elements: forward and backward of layers that only rename dimensions. */
void dlt_layer_copy(int64_t count, const dlt_real *from, dlt_real *to);

/** to[i] = from[i * step], and to[i * step] = from[i]; step may be negative. */
void dlt_layer_gather(int64_t count, const dlt_real *from, int64_t step, dlt_real *to);
void dlt_layer_scatter(int64_t count, const dlt_real *from, dlt_real *to, int64_t step);

/** Output k has elements of the type of input 0. */
void dlt_layer_same_type(const dlt_layer_context *context, dlt_layer_spec *spec);

/** The elements of input 0 and of output k of layers that move them, whatever their type, and the
 * copying of count of them: to[to_at + i] = from[from_at + i * step]. */
const void *dlt_layer_elements_in(const dlt_layer_call *call);
void *dlt_layer_elements_out(const dlt_layer_call *call, int k);
void dlt_layer_move(dlt_dtype dtype, int64_t count, const void *from, int64_t from_at, int64_t step,
                    void *to, int64_t to_at);

/** Counts a dimension of input 0 from the front: -1 is the last. SHAPE if there is none. */
DLT_CHECKED dlt_status dlt_layer_axis(const dlt_layer_context *context, const char *kind,
                                      int64_t axis, int *out);

/** Appends a row to a composite: its name, where it comes from (see dlt_composite_row; up to
 * DLT_COMPOSITE_FROM_MAX - 1 names), and the layer in the words of a run file. */
__attribute__((format(printf, 4, 5))) void dlt_composite_add(dlt_composite *composite,
                                                             const char *name,
                                                             const char *const *from,
                                                             const char *layer, ...);

/** The key `model` of composites with a list of nodes. */
#define DLT_BODY_KEY(settings)                                                                     \
    {                                                                                              \
        .name = "model", .type = DLT_KEY_SELECTIONS, .offset = offsetof(settings, body),           \
        .least = 1, .most = 100000, .section = dlt_node_keys,                                      \
        .section_size = sizeof(dlt_node_settings), .registry = dlt_layers,                         \
        .help = "Its nodes, as in the model's own list; the first takes what feeds the whole."     \
    }

/** What layers with a weight and a bias have in common. */
typedef struct dlt_weight_settings {
    bool bias;
    dlt_selection init;
    dlt_selection bias_init;
} dlt_weight_settings;

#define DLT_WEIGHT_KEYS(settings, field)                                                           \
    {.name = "bias",                                                                               \
     .type = DLT_KEY_BOOL,                                                                         \
     .offset = offsetof(settings, field) + offsetof(dlt_weight_settings, bias),                    \
     .default_value = "true",                                                                      \
     .help = "Whether a bias is added."},                                                          \
        {.name = "init",                                                                           \
         .type = DLT_KEY_SELECTION,                                                                \
         .offset = offsetof(settings, field) + offsetof(dlt_weight_settings, init),                \
         .default_value = "glorot_uniform",                                                        \
         .registry = dlt_initializers,                                                             \
         .help = "Initial weights; the default is that of Keras (PyTorch: pytorch_uniform)."},     \
    {                                                                                              \
        .name = "bias_init", .type = DLT_KEY_SELECTION,                                            \
        .offset = offsetof(settings, field) + offsetof(dlt_weight_settings, bias_init),            \
        .default_value = "zeros", .registry = dlt_initializers,                                    \
        .help = "Initial bias; the default is that of Keras (PyTorch: pytorch_uniform)."           \
    }

/** Appends params "weight" (of the given shape) and, if wanted, "bias" [outputs] to spec. */
void dlt_layer_add_weights(const dlt_weight_settings *settings, const dlt_shape *shape,
                           int64_t outputs, int64_t fan_in, int64_t fan_out, dlt_layer_spec *spec);

#endif
