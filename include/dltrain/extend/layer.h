/** A layer: the operation of one node of the model's graph.
 *
 *  One file per layer: a settings struct with its table of keys, static functions, self-tests, and
 * one const dlt_layer_ops, which stands as one row in src/layers/registry.c. A layer sees shapes,
 * kernels and raw pointers; it knows nothing of ranks, data or the graph.
 */
#ifndef DLTRAIN_EXTEND_LAYER_H
#define DLTRAIN_EXTEND_LAYER_H

#include "dltrain/extend/kernels.h"
#include "dltrain/extend/keys.h"
#include "dltrain/extend/role.h"
#include "dltrain/real.h"
#include "dltrain/rows.h"
#include "dltrain/status.h"
#include "dltrain/tensor.h"

#include <stdbool.h>
#include <stdint.h>

#ifdef __cplusplus
extern "C" {
#endif

enum {
    DLT_LAYER_INPUTS_MAX = 16,
    DLT_LAYER_OUTPUTS_MAX = 16,
    DLT_LAYER_PARAMS_MAX = 16,
    DLT_LAYER_BUFFERS_MAX = 8
};

/** Bit i of a set of inputs. */
#define DLT_INPUT(i) (UINT32_C(1) << (i))

/** One trainable tensor. Its initial values come from `init`, or are all `constant` where init is
 * NULL. */
typedef struct dlt_param_spec {
    const char *name; /* "weight", "bias": the last part of /params/NODE/NAME */
    dlt_shape shape;
    const dlt_selection
        *init; /* borrowed from the layer's settings; an entry of dlt_initializers */
    double constant;
    int64_t fan_in;
    int64_t fan_out;
    dlt_param_role role; /* 0: a weight */
    /* > 0: the gradient is row-sparse, a list of rows along dimension 0, of which a call of n
     * samples uses at most so many; below 2^31. 0: it is dense */
    int64_t sparse_rows;
} dlt_param_spec;

/** One tensor of state that is not trained by gradients: running statistics. */
typedef struct dlt_buffer_spec {
    const char *name;
    dlt_shape shape;
    double initial;
} dlt_buffer_spec;

/** What `infer` finds out. Byte counts are for a call of n samples. */
typedef struct dlt_layer_spec {
    int output_count; /* 1 unless `infer` says otherwise */
    dlt_tensor_spec outputs[DLT_LAYER_OUTPUTS_MAX];
    int param_count;
    dlt_param_spec params[DLT_LAYER_PARAMS_MAX];
    int buffer_count;
    dlt_buffer_spec buffers[DLT_LAYER_BUFFERS_MAX];
    int64_t saved_bytes;       /* written by the training forward, read by backward */
    int64_t workspace_bytes;   /* scratch during one call */
    uint32_t backward_reads_x; /* DLT_INPUT(0) | DLT_INPUT(2): these inputs */
    bool backward_reads_y;     /* the outputs */
    /* doubles to be added over the whole batch before forward and before backward in training; 0:
     * the layer looks at its own micro-batch only */
    int64_t sync_count;
    int64_t flops; /* floating-point operations of one forward of n samples */
    int64_t input_below[DLT_LAYER_INPUTS_MAX]; /* whole numbers lie in [0, this); 0: any may come */
} dlt_layer_spec;

/** What `infer` is given. Names are for messages: an error names this node, the node before, both
 * shapes. */
typedef struct dlt_layer_context {
    const char *node;
    const void *settings;
    int input_count;
    const char *input_nodes[DLT_LAYER_INPUTS_MAX];
    dlt_tensor_spec inputs[DLT_LAYER_INPUTS_MAX];
    int64_t n; /* largest number of samples of a call */
    const dlt_kernels *kernels;
} dlt_layer_context;

struct dlt_layer_ops;

/** Work of neighbouring nodes that a layer does in its own passes over memory. */
typedef struct dlt_layer_fusion {
    bool add;  /* y = layer(x[0]) + x[1]; backward writes dx[1], too */
    bool relu; /* then y = max(0, y); dy is the gradient of that */
} dlt_layer_fusion;

/** One layer of a model after inference. */
typedef struct dlt_layer {
    const struct dlt_layer_ops *ops;
    dlt_layer_context context;
    dlt_layer_spec spec;
    dlt_layer_fusion fusion;
    void *state; /* made by `create`, released by `destroy`; NULL where the layer has neither */
} dlt_layer;

/** One call of forward or backward. Pointers are to buffers of n samples; those behind the counts
 * of the spec are NULL. */
typedef struct dlt_layer_call {
    int64_t n;
    bool training;
    const dlt_real *x[DLT_LAYER_INPUTS_MAX]; /* inputs of reals */
    const int32_t
        *ix[DLT_LAYER_INPUTS_MAX];      /* inputs of whole numbers: of each, one of both is set */
    dlt_real *y[DLT_LAYER_OUTPUTS_MAX]; /* outputs of reals */
    int32_t *iy[DLT_LAYER_OUTPUTS_MAX]; /* outputs of whole numbers, likewise */
    const dlt_real *params[DLT_LAYER_PARAMS_MAX];
    const dlt_real *buffers[DLT_LAYER_BUFFERS_MAX]; /* running state, read in evaluation */
    /* written by the training forward: what this micro-batch says about each buffer, times n */
    dlt_real *statistics[DLT_LAYER_BUFFERS_MAX];
    const double *batch_sums; /* [sync_count], over all micro-batches of the batch; NULL without */
    int64_t batch_n;          /* samples of the batch; set with batch_sums */
    void *saved;              /* NULL in evaluation */
    void *workspace;
    uint32_t random_key[2]; /* the stream of this node, step and micro-batch */
    uint32_t random_high[2];
    /* backward only */
    const dlt_real *dy[DLT_LAYER_OUTPUTS_MAX]; /* NULL where nothing depends on an output: zeros */
    dlt_real *dx[DLT_LAYER_INPUTS_MAX];        /* overwritten; NULL where nobody needs it */
    /* overwritten with the sum over the n samples; with skips_frozen NULL where nobody needs it,
     * and for a row-sparse one, of which the rows in use are written to its list instead. The
     * places where a row is used are added sample by sample, within a sample position by position.
     */
    dlt_real *dparams[DLT_LAYER_PARAMS_MAX];
    dlt_row_list *drows[DLT_LAYER_PARAMS_MAX]; /* NULL for a dense one, or where nobody needs it */
} dlt_layer_call;

/** One row of a layer's tests, walked by the gradient check (in double, central differences). */
typedef struct dlt_layer_selftest {
    const char *name;
    const char *settings; /* the layer as in a run file: "dense: {units: 3}" */
    int64_t n;
    int input_count;
    bool evaluate;           /* call with training = false (no gradient is checked then) */
    dlt_layer_fusion fusion; /* with `add` the last input is what is added */
    dlt_shape inputs[DLT_LAYER_INPUTS_MAX];
    int32_t below[DLT_LAYER_INPUTS_MAX]; /* > 0: the input has whole numbers from 0, below this */
    double avoid_zero;    /* inputs with |x| below this are pushed out: keeps off kinks */
    const double *input;  /* known answer: all inputs one after the other, or NULL for random */
    const double *params; /* known answer: parameters one after the other, or NULL for random */
    const double
        *buffers;         /* known answer: buffers one after the other, or NULL for their initial */
    const double *output; /* known answer, compared at 1e-9, or NULL */
} dlt_layer_selftest;

/** What a neighbour can do in its place. */
typedef enum dlt_layer_role {
    DLT_LAYER_IS_ITSELF, /* nothing */
    DLT_LAYER_ADDS,      /* the sum of two inputs */
    DLT_LAYER_IS_RELU
} dlt_layer_role;

/** What may stand beside each layer in a list of nodes. */
typedef struct dlt_node_settings {
    const char *name;
    dlt_strings from;  /* count -1: the node before */
    const char *share; /* the node whose parameters it uses; NULL: none */
} dlt_node_settings;

extern const dlt_key dlt_node_keys[];

enum { DLT_COMPOSITE_ROWS_MAX = 16, DLT_COMPOSITE_FROM_MAX = 5, DLT_COMPOSITE_ROW_BYTES = 160 };

/** A node that a composite adds, in the words of a run file. */
typedef struct dlt_composite_row {
    const char *name;
    /* as `from`, ended by NULL; "" is the node before, and none at all means that, too */
    const char *from[DLT_COMPOSITE_FROM_MAX];
    char layer[DLT_COMPOSITE_ROW_BYTES]; /* "dense: {units: 8}" */
} dlt_composite_row;

/** What stands in the place of a composite. `previous` and `previous.1` are what feeds it. */
typedef struct dlt_composite {
    int64_t times;           /* so often, numbered, each fed by the one before; 0: once */
    dlt_selection_list body; /* nodes of the run file, borrowed */
    int row_count;           /* nodes behind them */
    dlt_composite_row rows[DLT_COMPOSITE_ROWS_MAX];
} dlt_composite;

/** The operations of one kind of layer. */
typedef struct dlt_layer_ops {
    dlt_registry_entry entry; /* name, summary, keys, settings size */
    /* required */
    int inputs_least; /* checked before infer */
    int inputs_most;
    uint32_t whole_inputs; /* DLT_INPUT(i): this input takes whole numbers; all others take reals */
    uint32_t either_inputs; /* or either, of these: `infer` then sets the dtype of the outputs */
    /** Shapes, parameters and memory. Errors: SHAPE (use dlt_layer_shape_error), CONFIG. */
    dlt_status (*infer)(const dlt_layer_context *context, dlt_layer_spec *spec);
    void (*forward)(const dlt_layer *layer, const dlt_layer_call *call);
    void (*backward)(const dlt_layer *layer, const dlt_layer_call *call);
    const dlt_layer_selftest *selftests;
    int selftest_count;
    /* optional */
    /** A composite: nodes stand in its place before the graph is built. It has no operation but
     * this one. *out is zero; input_count is the number of nodes that feed it. */
    void (*expand)(const void *settings, int input_count, dlt_composite *out);
    /** Each element of y depends on the same element of the inputs only: forward may write y over
     * x[0], and backward dx[0] over dy. Where memory allows it, they are called so. */
    bool in_place;
    /** In place besides, y is x itself and dx dy: nothing is computed where they share memory. */
    bool is_view;
    dlt_layer_role role;
    /** backward leaves the gradient of a parameter out where its dparams is NULL. Without this it
     * is computed, and dropped. */
    bool skips_frozen;
    /** Takes on the work of the nodes that follow, after infer and before create: sets
     * layer->fusion and what else is needed in layer->spec. False where it cannot. */
    bool (*fuse)(dlt_layer *layer, const dlt_layer_fusion *fusion);
    /** max(0, layer(x)) = layer(max(0, x)), gradients included: a relu before it is fused like one
     * behind. */
    bool commutes_with_relu;
    /** Where sync_count > 0: this micro-batch's part of the sums that training's forward and
     * backward need; both then find the total in call->batch_sums. batch_sums_backward comes after
     * forward and has dy. */
    void (*batch_sums_forward)(const dlt_layer *layer, const dlt_layer_call *call, double *sums);
    void (*batch_sums_backward)(const dlt_layer *layer, const dlt_layer_call *call, double *sums);
    /** Makes layer->state (library handles) for calls of each of the sizes, which may repeat. May
     * raise layer->spec.workspace_bytes, since only the library knows what its handles need: memory
     * is planned after this. On failure nothing is left behind. Errors: MEM, UNSUPPORTED. */
    dlt_status (*create)(dlt_layer *layer, const int64_t *sizes, int size_count);
    /** Takes the sum of `statistics` over the batch of `samples` samples (of `micro_batches`
     * micro-batches) into the running state. */
    void (*update_statistics)(const dlt_layer *layer, const dlt_real *const *statistics,
                              int64_t samples, int64_t micro_batches, dlt_real *const *buffers);
    void (*destroy)(dlt_layer *layer);
} dlt_layer_ops;

/** All layers; each entry is the `entry` of a dlt_layer_ops. NULL-terminated. */
extern const dlt_registry_entry *const dlt_layers[];

/** All initialisers; each entry is the `entry` of a dlt_initializer_ops. NULL-terminated. */
extern const dlt_registry_entry *const dlt_initializers[];

/** Fails with SHAPE: "node 'fc' (dense) cannot take [7, 7, 32] from node 'pool': WHY"; `input` is
 *  the index of the input that does not fit.
 *  Collective: Not collective
 *  Errors:     always SHAPE
 */
__attribute__((format(printf, 4, 5))) DLT_CHECKED dlt_status dlt_layer_shape_error(
    const dlt_layer_context *context, const char *kind, int input, const char *why, ...);

/** Fills values [count] of one parameter from its spec; words come from stream (seed, INIT, node,
 *  param).
 *  Collective: Not collective
 *  Exact:      same bits for any number of ranks and any kernel table
 *  Errors:     none
 */
void dlt_param_init(const dlt_param_spec *spec, uint64_t seed, uint32_t node, uint32_t param,
                    dlt_real *values);

/** Adds a layer of the caller's own, which run files then can name. `ops` stays as it is
 *  until the process ends. Call it before anything reads a run file, in one thread alone.
 *  Collective: Not collective; the same on all ranks, in any order
 *  Owns:       borrows ops until the process ends
 *  Errors:     CONFIG if the name is taken or no name, or if a required member is missing
 */
DLT_CHECKED dlt_status dlt_register_layer(const dlt_layer_ops *ops);

#ifdef __cplusplus
}
#endif
#endif
