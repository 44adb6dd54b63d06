/* What a model costs: work, memory traffic and memory, node by node; read off the plan, nothing is
 * computed. */
#ifndef DLT_MODEL_COSTS_H
#define DLT_MODEL_COSTS_H

#include "model/model.h"

/** One node in training, for one micro-batch of the model's largest size. */
typedef struct dlt_node_cost {
    const char *name; /* borrowed from the model */
    const char *kind; /* of layer; static */
    const char
        *done_by; /* the node that does this one's work and has its costs, borrowed; NULL: itself */
    dlt_shape output;   /* of one sample */
    int64_t params;     /* of its own */
    const char *shares; /* the node that has the rest, borrowed from the model; NULL: none */
    int64_t forward_flops;
    int64_t backward_flops;
    /* Bytes that a pass reads and writes, each array counted once: inputs, parameters, output, what
     * is saved; and gradients in backward. 0 for a view, which moves nothing. */
    int64_t forward_bytes;
    int64_t backward_bytes;
    /* memory of its own that stays from its forward to a backward: output, what is saved */
    int64_t kept_bytes;
} dlt_node_cost;

/** Not collective. */
void dlt_model_node_cost(const dlt_model *model, int index, dlt_node_cost *out);

/** The arena of one micro-batch under way. */
typedef struct dlt_model_memory {
    /* outputs, saved values and their gradients: the most that live at one moment */
    int64_t activation_bytes;
    int64_t workspace_bytes; /* the rest: scratch of the kernels, and what placing could not use */
    int in_flight_max;       /* arenas: micro-batches under way at once */
} dlt_model_memory;

/** Not collective. */
void dlt_model_memory_of(const dlt_model *model, dlt_model_memory *out);

#endif
