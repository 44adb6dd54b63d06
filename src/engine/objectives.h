/* The losses of a task: made from the run file, bound to fields and outputs, and computed. */
#ifndef DLT_ENGINE_OBJECTIVES_H
#define DLT_ENGINE_OBJECTIVES_H

#include "engine/task.h"

/** What the losses need of the model. */
typedef struct dlt_objective_outputs {
    dlt_model_output_request requests[DLT_MODEL_OUTPUTS_MAX];
    dlt_position positions[DLT_MODEL_OUTPUTS_MAX]; /* in the run file */
    int count;
} dlt_objective_outputs;

/** Adds an output behind all others, whatever they are.
 *  Collective: Not collective
 *  Errors:     CONFIG for more outputs than a model has
 */
DLT_CHECKED dlt_status dlt_objective_outputs_add(dlt_objective_outputs *outputs, const char *name);

/** Reads the run file's losses into task->objectives and lists the outputs of the model that they
 * name. Before the model is created.
 *  Collective: Not collective
 *  Owns:       the task owns what is made
 *  Errors:     CONFIG with the place in the run file; MEM
 */
DLT_CHECKED dlt_status dlt_objectives_create(dlt_task *task, dlt_objective_outputs *outputs);

/** Checks the losses against the model's outputs and the fields, cuts predictions into rows and
 * makes room for a micro-batch.
 *  Collective: Not collective
 *  Errors:     SHAPE, CONFIG, MEM
 */
DLT_CHECKED dlt_status dlt_objectives_bind(dlt_task *task);

/** How operands of a loss are called in messages and which shapes they have, for dlt_loss_cut. */
typedef struct dlt_objective_operands {
    char names[4][DLT_OBJECTIVE_OPERAND_BYTES];
    dlt_loss_operands operands;
} dlt_objective_operands;

/** target: the shape of one sample of the target field in some split; NULL: that of the output, or
 * unknown. */
void dlt_objective_describe(const dlt_task *task, const dlt_objective *objective,
                            const dlt_shape *target, dlt_objective_operands *out);

/** Type and shape of one sample of an operand that is not absent. */
const dlt_tensor_spec *dlt_objective_spec(const dlt_task *task, const dlt_tensor_source *source);

/** Puts the place of the loss in the run file before the sentence of a failure of SHAPE or CONFIG.
 *  Collective: Not collective
 *  Errors:     status itself
 */
DLT_CHECKED dlt_status dlt_objective_place(const dlt_objective *objective, dlt_status status);

/** A micro-batch whose forward has been computed. */
typedef struct dlt_objectives_call {
    const dlt_micro_batch *batch;
    int in_flight;
    const dlt_real *const *origins; /* of the split's targets, one for each loss */
    int64_t metrics;                /* the first so many metrics of the run are counted */
    bool training;                  /* gradients are written */
    /* [objective_count]: each loss's weight over the batch, by which its gradient is divided. NULL:
     * there is one loss, whose gradient is that of the sum */
    const double *denominators;
    double *block; /* sums, see metric_sums.h */
} dlt_objectives_call;

/** Adds losses, weights and metrics to the block, and writes the gradients of the model's outputs.
 * Allocates nothing.
 *  Collective: Not collective
 *  Errors:     none
 */
void dlt_objectives_compute(const dlt_task *task, const dlt_objectives_call *call);

/** Adds the weight of each loss over a micro-batch to weights [objective_count]. Only of losses
 * whose operands are fields.
 *  Collective: Not collective
 *  Errors:     none
 */
void dlt_objectives_weigh(const dlt_task *task, const dlt_micro_batch *batch, double *weights);

/** The mean of one loss over the rows that count, from a block of sums. */
double dlt_objective_value(int k, const double *block);

/** The total of losses, from a block of sums; not a number where nothing counts for one of them. */
double dlt_objectives_total(const dlt_task *task, const double *block);

/** Fails if nothing counted for some loss: "no row counts for the loss 'price' in update 3: …".
 *  Collective: Not collective; the same on all ranks where the block is
 *  Errors:     CONFIG
 */
DLT_CHECKED dlt_status dlt_objectives_check_counted(const dlt_task *task, const double *block,
                                                    const char *where);

#endif
