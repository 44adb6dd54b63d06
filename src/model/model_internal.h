/* Module card: model (level 3).
 *
 * What lives here: composites made flat (expand*.c), the graph of named nodes (graph.c), what
 * neighbours do in one (fuse.c), parameters that nodes share (share.c) and their settings
 * (parameters.c), the layout of parameters and running state (layout.c), the gradients of tables
 * (rows.c), the memory plan (memory.c), the graph for each length of sequences (classes.c), the
 * walk forward and backward (walk.c), what each node costs (costs.h).
 * May include: base, kernels, tensor, config, layers. It knows no data, no optimizer and no ranks.
 * Owns: a dlt_model owns its nodes, flat buffers and arena; layers' settings are borrowed from the
 * configuration, kernels from the caller.
 */
#ifndef DLT_MODEL_INTERNAL_H
#define DLT_MODEL_INTERNAL_H

#include "model/expand.h"
#include "model/model.h"
#include "tensor/arena.h"

#include <stdatomic.h>

enum { NODE_NAME_BYTES = 64, INPUT_NODE = -1, NO_VALUE = -1 };

/* A block of the arena that does not exist for this node. */
enum { NO_BLOCK = -1 };

/* The gradient of this parameter is dense. */
enum { NO_TABLE = -1 };

/* A tensor on an edge of the graph: an input of the model, or an output of a node. */
typedef struct graph_value {
    int node;   /* that makes it; INPUT_NODE: it comes with the call */
    int output; /* which of the node's outputs, or of the model's inputs */
    dlt_tensor_spec spec;
    bool trains;    /* a gradient is wanted of it */
    bool is_output; /* of the model: it stays until the loss has been computed */
    bool has_loss;  /* which then is the first to write its gradient */
    int block;
    int gradient; /* block */
} graph_value;

/* What a node keeps in the arena beside its outputs: indices of blocks, or NO_BLOCK. */
typedef struct node_memory {
    int saved;
    int forward_workspace;
    int backward_workspace;
    int addend; /* where this node writes a gradient that is then added to an earlier one */
    int64_t addend_bytes;             /* of one input: a multiple of a cache line */
    int shared[DLT_LAYER_PARAMS_MAX]; /* the gradient of another node's parameter */
    bool shares_output;               /* it is written over the first input */
} node_memory;

/* The node that has a parameter, and which of its parameters it is. */
typedef struct param_owner {
    int node;
    int param;
} param_owner;

typedef struct node {
    char name[NODE_NAME_BYTES];
    const dlt_selection *selection; /* borrowed */
    dlt_layer layer;
    int inputs[DLT_LAYER_INPUTS_MAX]; /* values, as the run file has them */
    int effective_input_count; /* values that it reads as the graph is computed: other nodes */
    int effective_inputs[DLT_LAYER_INPUTS_MAX]; /* may do its work, or it theirs (fuse.c) */
    int first_value;                            /* its outputs follow each other among the values */
    int done_by;     /* the node that does its work: its own index, or another's */
    bool trains;     /* it or a node before it has parameters that are not frozen for good */
    int first_param; /* its own parameters among the model's tensors */
    int params[DLT_LAYER_PARAMS_MAX]; /* all that it uses, of whatever node */
    param_owner owners[DLT_LAYER_PARAMS_MAX];
    int first_buffer;
    node_memory memory;
    double *batch_sums; /* of a synchronised node, over the batch; owned */
    int64_t batch_n;
} node;

struct dlt_model {
    dlt_model *whole; /* the model that this is a smaller shape class of; NULL: it is the model */
    dlt_model **classes;    /* [options.class_count], the last is the model itself; owned */
    int *class_of;          /* [in_flight_max], owned: the class of each micro-batch under way */
    int64_t *class_lengths; /* [options.class_count], owned copy */
    dlt_model_options options;
    dlt_expansion *expansion; /* owned: of options.nodes; NULL without composites */
    int64_t *sizes;           /* [options.size_count], owned copy */
    dlt_model_input *inputs;  /* [options.input_count], owned copy */
    int node_count;
    node *nodes;
    int value_count; /* the inputs of the model come first */
    graph_value *values;
    int output_count;
    int outputs[DLT_MODEL_OUTPUTS_MAX]; /* values */
    int shared_count;                   /* parameters of nodes that are another node's */
    int param_tensor_count;
    dlt_model_tensor *param_tensors;
    int64_t param_elements;
    int64_t grad_elements; /* of them before the tables */
    int table_count;       /* parameters with a row-sparse gradient: the last tensors */
    dlt_row_table *tables; /* [table_count] */
    int *table_of;         /* [param_tensor_count]: index into tables, or NO_TABLE */
    dlt_row_list *lists;   /* [in_flight_max, table_count]: their gradients */
    dlt_real *params;      /* own_params, or the caller's */
    dlt_real *own_params;  /* owned */
    int group_count;
    dlt_model_group *groups;
    int buffer_tensor_count;
    dlt_model_tensor *buffer_tensors;
    int64_t buffer_elements;
    dlt_real *buffers;
    int block_count;
    dlt_arena_block *blocks;
    int64_t arena_bytes;
    int in_flight_max; /* arenas */
    char *arena;       /* [in_flight_max, arena_bytes] */
    atomic_int at;     /* index of the node that is computed, for the watchdog */
    int sync_count;    /* synchronised nodes */
    int *sync_nodes;
    bool *begun; /* [in_flight_max, value_count]: something has been written to this gradient */
};

/* model.c: all of a model or of a shape class of the length, but the memory that classes share.
 * Errors: CONFIG, SHAPE, MEM. */
DLT_CHECKED dlt_status dlt_model_build(dlt_model *model, const dlt_model_options *options,
                                       int64_t length);
/* classes.c: checks the lengths. Errors: CONFIG. */
DLT_CHECKED dlt_status dlt_model_check_classes(const dlt_model_options *options);
/* The length of ragged inputs. */
void dlt_model_set_length(dlt_model *model, int64_t length);
/* Makes the smaller classes of a model that is built. Errors: CONFIG, SHAPE, MEM. */
DLT_CHECKED dlt_status dlt_model_create_classes(dlt_model *model);
/* Points the classes to the model's parameters, running state and arena. */
void dlt_model_share_memory(dlt_model *model);
void dlt_model_destroy_classes(dlt_model *model);
const dlt_model *dlt_model_in_class(const dlt_model *model, int shape_class);
/* The class of the last forward of a micro-batch under way. */
const dlt_model *dlt_model_under_way(const dlt_model *model, int in_flight);

/* graph.c: names, inputs, shapes. Errors: CONFIG, SHAPE, MEM. */
DLT_CHECKED dlt_status dlt_model_build_graph(dlt_model *model);
/* share.c: finds the owners of a node's parameters, after its inference. Errors: CONFIG. */
DLT_CHECKED dlt_status dlt_model_share_params(dlt_model *model, int index);
/* Adds the gradients of the nodes that use parameters of this one to its own, in the order of the
 * nodes, after backward of this one. */
void dlt_model_add_shared(const dlt_model *model, const dlt_model_call *call, int index,
                          dlt_real *grads);
/* Where backward of a node puts the gradient of a parameter that another node has. */
dlt_real *dlt_model_shared_gradient(const dlt_model *model, const dlt_model_call *call, int index,
                                    int param);
/* True if the parameter belongs to an earlier node. */
bool dlt_model_is_shared(const dlt_model *model, int index, int param);
/* True if nobody needs the gradient and backward of the layer can leave it out. */
bool dlt_model_skips_gradient(const dlt_model *model, int index, int param);
/* What the run file says of a parameter of a node, under the name that its owner gives it. */
dlt_param_settings dlt_model_param_settings(const dlt_model *model, int index, int param);

/* fuse.c: fills effective_inputs and done_by, and asks layers for fusion. Before layers are
 * created. */
void dlt_model_fuse(dlt_model *model);
/* layout.c: offsets and groups of parameters, offsets of buffers, and memory for both. Errors:
 * CONFIG, MEM. */
DLT_CHECKED dlt_status dlt_model_lay_out(dlt_model *model);
/* rows.c: memory for the gradients of the tables, which the classes share. Errors: MEM. */
DLT_CHECKED dlt_status dlt_model_make_row_lists(dlt_model *model);
void dlt_model_free_row_lists(dlt_model *model);
/* rows.c: the list of a parameter of a node; NULL: its gradient is dense. */
dlt_row_list *dlt_model_row_list(const dlt_model *model, int in_flight, int tensor);
/* memory.c: the plan of the arena, and the arena itself. Errors: MEM. */
DLT_CHECKED dlt_status dlt_model_plan_memory(dlt_model *model);
DLT_CHECKED dlt_status dlt_model_create_arena(dlt_model *model);

/* sync.c: the synchronised nodes and the number of micro-batches in flight. Errors: MEM. */
DLT_CHECKED dlt_status dlt_model_find_sync(dlt_model *model);

/* walk.c: the parts of a call that forward, backward and gather share. */
void dlt_model_fill_call(const dlt_model *model, int index, const dlt_model_call *call,
                         dlt_layer_call *out);

/* walk.c: [value_count] of a micro-batch: something has been written to the gradient of this value.
 */
bool *dlt_model_begun(const dlt_model *model, const dlt_model_call *call);

/* model.c: of one node. */
int64_t dlt_model_node_params(const dlt_model *model, int index);
int64_t dlt_model_node_backward_flops(const dlt_model *model, int index);

/* graph.c: the node that makes a value is among the first `count` that the node reads. */
bool dlt_model_reads(const node *self, int count, int value);
/* The memory of a block in the arena of a micro-batch in flight, NULL for NO_BLOCK. */
void *dlt_model_block(const dlt_model *model, int in_flight, int block);

#endif
