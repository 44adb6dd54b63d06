/* A loss of a run: what it compares, which rows count for it, and what it contributes to the
 * total. With s_k the sum of loss k over the rows of a batch, w_k the sum of their weights and f_k
 * the run file's factor:
 *
 *   total = sum over k of f_k s_k / w_k
 */
#ifndef DLT_ENGINE_OBJECTIVE_H
#define DLT_ENGINE_OBJECTIVE_H

#include "dltrain/extend/loss.h"
#include "run/run_settings.h"

/** Where a tensor of a micro-batch comes from. */
typedef enum dlt_tensor_origin {
    DLT_TENSOR_ABSENT,
    DLT_TENSOR_FIELD, /* as the loader delivers it */
    DLT_TENSOR_OUTPUT /* as the model computes it */
} dlt_tensor_origin;

typedef struct dlt_tensor_source {
    dlt_tensor_origin origin;
    int index;        /* of the task's fields, or of the model's outputs */
    const char *name; /* as the run file says it; borrowed */
} dlt_tensor_source;

enum { DLT_OBJECTIVE_OPERAND_BYTES = 128 };

/** One loss. */
typedef struct dlt_objective {
    char name[DLT_LOSS_NAME_BYTES];
    const dlt_selection *selection; /* borrowed */
    const dlt_loss_ops *ops;        /* borrowed */
    double factor;
    int prediction;     /* output of the model */
    bool shares_output; /* an earlier loss has the same prediction: this gradient is added to its */
    dlt_tensor_source target;
    dlt_tensor_source mask;
    dlt_tensor_source weight;
    bool has_ignored;
    int32_t ignored; /* label of rows that do not count */
    dlt_loss_rows rows;
    double *class_weights; /* [rows.d] where the loss balances classes, else NULL; owned */
    /* of one micro-batch; owned, each NULL where it is not needed */
    dlt_real *row_weights;    /* [n, rows.count] */
    dlt_real *gradient;       /* [n, rows.count, rows.d], with shares_output */
    dlt_real *counted;        /* [n, rows.count, rows.d]: predictions of the rows that count */
    int32_t *counted_labels;  /* [n, rows.count] */
    dlt_real *counted_values; /* [n, rows.count, rows.d] */
} dlt_objective;

/** Releases what an objective owns. Not collective. */
void dlt_objective_destroy(dlt_objective *objective);

/** Whether mask, weight or an ignored label say which rows count, and how much. */
bool dlt_objective_has_row_weights(const dlt_objective *objective);

/** Whether the weights of its rows are known without looking at the data. */
bool dlt_objective_is_static(const dlt_objective *objective);

#endif
