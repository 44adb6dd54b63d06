/* The model: a directed acyclic graph of named nodes over flat parameters and one arena of
 * activations. */
#ifndef DLT_MODEL_MODEL_H
#define DLT_MODEL_MODEL_H

#include "base/philox.h"
#include "base/text.h"
#include "dltrain/extend/kernels.h"
#include "dltrain/extend/keys.h"
#include "dltrain/extend/layer.h"
#include "dltrain/rows.h"
#include "dltrain/status.h"
#include "dltrain/tensor.h"
#include "model/parameters.h"

#include <stdbool.h>
#include <stdint.h>

typedef struct dlt_model dlt_model;

enum { DLT_MODEL_INPUTS_MAX = 16, DLT_MODEL_OUTPUTS_MAX = 16 };

/** A field of the data, as `from` names it. */
typedef struct dlt_model_input {
    const char *name; /* borrowed */
    dlt_tensor_spec spec;
    bool ragged; /* its first dimension is the length of the call's shape class */
} dlt_model_input;

/** What is wanted of a model: an output of any node. */
typedef struct dlt_model_output_request {
    const char *name; /* as in `from`; NULL: the last node; borrowed */
    bool has_loss;    /* its gradient will be given to backward */
} dlt_model_output_request;

typedef struct dlt_model_options {
    dlt_selection_list nodes; /* entries of dlt_layers with common dlt_node_settings; borrowed */
    /* copied, with borrowed names; the first feeds a first node that names no other */
    const dlt_model_input *inputs;
    int input_count;
    dlt_named_list parameters;               /* patterns with dlt_param_settings; borrowed */
    const dlt_model_output_request *outputs; /* borrowed */
    const dlt_position *output_positions;    /* where each stands in the run file; NULL: nowhere */
    int output_count;                        /* 0: the last node, with a loss */
    const dlt_kernels *kernels;              /* borrowed */
    /* of ragged inputs, ascending; borrowed until creation ends. What the model says of shapes and
     * costs is of the last one. NULL, 0: there are no such inputs */
    const int64_t *class_lengths;
    int class_count;
    const int64_t *sizes; /* numbers of samples of the calls to come, the largest first */
    int size_count;
    bool training;     /* false: no backward will be asked for */
    bool unfused;      /* every node does its own work, for comparison with the fused ones */
    int in_flight_max; /* micro-batches that are under way at once in a model with synchronised
                        * nodes; at least 1 */
} dlt_model_options;

/** One named tensor in a flat buffer. */
typedef struct dlt_model_tensor {
    const char *node; /* borrowed from the model */
    const char *name; /* borrowed from the layer */
    dlt_shape shape;
    int64_t count;
    int64_t offset;      /* elements from the start of the flat buffer; a multiple of 16 */
    dlt_param_role role; /* of a parameter, and what the run file says of it */
    dlt_param_settings settings;
} dlt_model_tensor;

/** Consecutive parameters of the same settings, with the gaps behind them. */
typedef struct dlt_model_group {
    dlt_param_settings settings;
    int64_t offset; /* elements from the start of the flat buffer */
    int64_t count;
    int first_tensor;
    int tensor_count;
} dlt_model_group;

/** Infers shapes, lays out parameters and plans memory.
 *  Collective: Not collective
 *  Owns:       caller owns *out; it borrows what options names
 *  Errors:     CONFIG (names, `from`, `share`, nodes that feed nothing, patterns of no parameter)
 *              and SHAPE with file, line and column; MEM
 */
DLT_CHECKED dlt_status dlt_model_create(const dlt_model_options *options, dlt_model **out);
void dlt_model_destroy(dlt_model **model);

int dlt_model_output_count(const dlt_model *model);
/** One output, in the order in which they were asked for. */
const dlt_tensor_spec *dlt_model_output(const dlt_model *model, int output);
/** The same for calls of a shape class. */
const dlt_tensor_spec *dlt_model_output_in_class(const dlt_model *model, int shape_class,
                                                 int output);
/** The node that it comes from; borrowed. */
const char *dlt_model_output_node(const dlt_model *model, int output);

/** The name of the last node; borrowed. */
const char *dlt_model_last_node(const dlt_model *model);

/** A tensor by its name as in `from`: an output of a node (NULL: the first one of the last node) or
 * an input; borrowed. NULL if there is none of that name. */
const dlt_tensor_spec *dlt_model_find_output(const dlt_model *model, const char *name);
/** Whether an output of whole numbers holds elements of an input: nodes only move those. */
bool dlt_model_output_moves(const dlt_model *model, int output, int input);

/** Whether some node reads an input of the model. */
bool dlt_model_takes_input(const dlt_model *model, int input);

/** The kind of the node that decides which values an output can have: the last one that is not a
 * mere change of shape. *name, borrowed, is its name. */
const char *dlt_model_output_kind(const dlt_model *model, int output, const char **name);

/** The smallest bound that the nodes which an input of whole numbers reaches, as it is or moved,
 * set to it: rows of an embedding, or one more than the steps of a sequence. 0: none. *node,
 * borrowed, is the name of that node. */
int64_t dlt_model_input_bound(const dlt_model *model, int input, const char **node);

/** Flat parameters, in the order in which backward finishes them: the last node first, and behind
 * all of these the tables, whose gradients are lists of rows. Elements between tensors are zero and
 * stay zero. */
dlt_real *dlt_model_params(dlt_model *model);
int64_t dlt_model_param_elements(const dlt_model *model); /* of the flat buffer, gaps included */
int64_t dlt_model_param_count(const dlt_model *model);    /* trainable numbers, gaps excluded */
/** Of the flat buffer what lies before the tables: the length of a flat gradient. */
int64_t dlt_model_grad_elements(const dlt_model *model);
/** The tables, by their offset; borrowed. */
int dlt_model_tables(const dlt_model *model, const dlt_row_table **tables);
int dlt_model_param_tensors(const dlt_model *model, const dlt_model_tensor **tensors);
/** The flat parameters from the first to the last, as few groups as there can be: one where the run
 * file says nothing of single parameters. */
int dlt_model_groups(const dlt_model *model, const dlt_model_group **groups);

/** Moves the parameters to memory of the caller's, of dlt_model_param_elements, which the model
 * borrows from then on. */
void dlt_model_place_params(dlt_model *model, dlt_real *params);

/** Running state that gradients do not train, flat likewise. */
dlt_real *dlt_model_buffers(dlt_model *model);
int64_t dlt_model_buffer_elements(const dlt_model *model);
int dlt_model_buffer_tensors(const dlt_model *model, const dlt_model_tensor **tensors);

/** Initial parameters and running state: a function of the seed alone. */
void dlt_model_init(dlt_model *model, uint64_t seed);

/** What one micro-batch is: decides its random numbers. */
typedef struct dlt_model_call {
    int64_t n;                                /* samples; one of the sizes */
    const void *inputs[DLT_MODEL_INPUTS_MAX]; /* each [n, its shape], of its type */
    bool training;
    uint64_t seed;
    int64_t step;  /* updates done before */
    int64_t epoch; /* of the update: gradients of parameters that are frozen in it are 0 */
    int64_t micro; /* micro-batch of the batch */
    int in_flight; /* which of the micro-batches under way; 0 in a model without synchronised nodes
                    */
    int shape_class; /* of its ragged inputs; 0 without */
} dlt_model_call;

/** Computes the outputs. statistics: flat like the buffers, receives this micro-batch's batch
 * statistics times n (overwritten); NULL in evaluation. Not collective; allocates nothing. */
void dlt_model_forward(dlt_model *model, const dlt_model_call *call, dlt_real *statistics);

/** An output after forward; [n, output] of its type, borrowed until the next call. */
const void *dlt_model_output_at(const dlt_model *model, int in_flight, int output);

/** Where the gradient of an output with a loss goes before dlt_model_backward; [n, output],
 * borrowed. */
dlt_real *dlt_model_output_gradient(dlt_model *model, int in_flight, int output);

/** Gradients of all parameters, summed over the samples of the last training forward, into grads
 * (flat like the parameters before the tables, overwritten except for the gaps), and those of the
 * tables into lists of the model's own. */
void dlt_model_backward(dlt_model *model, const dlt_model_call *call, dlt_real *grads);

/** The gradients of the tables, after backward; one list for each, borrowed until the next
 * backward of that micro-batch in flight. NULL in a model without tables. */
const dlt_row_list *dlt_model_row_gradients(const dlt_model *model, int in_flight);

/** Elements of grads that are final once backward has gone through the nodes from `index` on. */
int64_t dlt_model_grads_ready(const dlt_model *model, int index);

/** Nodes that need sums over the whole batch before training's forward and backward, in order. In a
 *  model that has some, all micro-batches of a batch go through the graph together, part by part:
 *
 *    forward_part up to a synchronised node (exclusive) for every micro-batch, gather for every
 *    micro-batch, the sums
 *    added over the batch and set, forward_part from that node on; and backward likewise in the
 *    other direction. */
int dlt_model_sync_nodes(const dlt_model *model, const int **nodes);
/** Largest number of sums of any synchronised node. */
int64_t dlt_model_sync_count(const dlt_model *model);
int dlt_model_node_count(const dlt_model *model);
/** Whether backward visits the node: it or a node before it has parameters. Only such nodes gather
 * in backward. */
bool dlt_model_trains(const dlt_model *model, int index);

/** forward of nodes [first, last). */
void dlt_model_forward_part(dlt_model *model, const dlt_model_call *call, dlt_real *statistics,
                            int first, int last);
/** Before the first backward_part of a batch. */
void dlt_model_backward_begin(dlt_model *model, const dlt_model_call *call);
/** backward of nodes [first, last), the last first. */
void dlt_model_backward_part(dlt_model *model, const dlt_model_call *call, dlt_real *grads,
                             int first, int last);
/** One micro-batch's part of a synchronised node's sums (sync_count of that node doubles). */
void dlt_model_batch_sums(dlt_model *model, const dlt_model_call *call, int index, bool backward,
                          double *sums);
/** The sums over the batch of batch_n samples, for the calls to come. */
void dlt_model_set_sums(dlt_model *model, int index, const double *sums, int64_t batch_n);

/** The name of the node that a forward or backward is at or was last at, borrowed. May be asked at
 *  any time by any thread. */
const char *dlt_model_node_at(const dlt_model *model);

/** Takes the sum of `statistics` over a batch into the running state. */
void dlt_model_update_statistics(dlt_model *model, const dlt_real *statistics, int64_t samples,
                                 int64_t micros);

/** Floating-point operations of one forward of the largest size. */
int64_t dlt_model_flops(const dlt_model *model);
/** The same of the backward that follows it: a node with parameters multiplies once as much for
 * their gradients and once as much for its input's, where somebody needs that. */
int64_t dlt_model_backward_flops(const dlt_model *model);
int64_t dlt_model_arena_bytes(const dlt_model *model);

/** A hash of node names, kinds, settings and shapes: two models with the same one are
 * interchangeable. */
uint64_t dlt_model_fingerprint(const dlt_model *model);

/** Adds the shared parameters: "head/weight is embedding_1/weight, ..."; nothing without any. */
void dlt_model_describe_shares(const dlt_model *model, dlt_text *out);

#endif
