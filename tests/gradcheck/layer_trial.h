/* One self-test of a layer on one table of kernels: the layer, its buffers, and a call that points
 * to them. */
#ifndef GRADCHECK_LAYER_TRIAL_H
#define GRADCHECK_LAYER_TRIAL_H

#include "guarded.h"
#include "selftest.h"

#include "dltrain/extend/layer.h"

typedef struct layer_trial {
    const dlt_layer_ops *ops;
    const dlt_layer_selftest *selftest;
    const char *table;
    selftest_case *settings; /* borrowed: opened for the self-test */
    dlt_layer layer;
    dlt_layer_call call;
    guarded x[DLT_LAYER_INPUTS_MAX];
    guarded dx[DLT_LAYER_INPUTS_MAX];
    guarded dx_first[DLT_LAYER_INPUTS_MAX]; /* copies, to compare with */
    guarded params[DLT_LAYER_PARAMS_MAX];
    guarded dparams[DLT_LAYER_PARAMS_MAX];
    guarded rows[DLT_LAYER_PARAMS_MAX]; /* of a row-sparse gradient, and its values */
    guarded row_values[DLT_LAYER_PARAMS_MAX];
    dlt_row_list drows[DLT_LAYER_PARAMS_MAX];
    guarded dparams_first[DLT_LAYER_PARAMS_MAX]; /* copies, to compare with */
    guarded buffers[DLT_LAYER_BUFFERS_MAX];
    guarded statistics[DLT_LAYER_BUFFERS_MAX];
    guarded y[DLT_LAYER_OUTPUTS_MAX];
    guarded y_first[DLT_LAYER_OUTPUTS_MAX]; /* copies, to compare with */
    guarded dy[DLT_LAYER_OUTPUTS_MAX];
    guarded saved;
    guarded workspace;
    double *sums; /* over the whole batch, which is this one micro-batch; owned */
} layer_trial;

/** Infers and creates the layer, for more samples than the call has, as for a short last
 * micro-batch; ops, selftest, table and settings are set, the rest is zero. To be destroyed even if
 * it fails.
 * Errors: those of the layer; MEM. */
DLT_CHECKED dlt_status layer_trial_create(layer_trial *trial, const dlt_kernels *kernels);
void layer_trial_destroy(layer_trial *trial);

/** Fills inputs, parameters and buffers with the numbers given, one buffer after the other, or
 * where there are none with random ones (buffers: their initial values); dy always with random
 * ones. */
void layer_trial_fill(layer_trial *trial, const double *input, const double *params,
                      const double *buffers);

/** True if an output has whole numbers: dy does not exist then. */
bool layer_trial_is_whole(const layer_trial *trial, int output);

/** After backward: writes row-sparse gradients to dparams, as if they were dense. Rows in wrong
 * order are left out. */
void layer_trial_spread_rows(layer_trial *trial);

/** True if nothing was written behind the end of a buffer. */
bool layer_trial_intact(layer_trial *trial);

#endif
