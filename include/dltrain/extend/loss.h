/** A loss: what is minimised, as a sum over samples and a sum of weights; the batch's loss is their
 * ratio. */
#ifndef DLTRAIN_EXTEND_LOSS_H
#define DLTRAIN_EXTEND_LOSS_H

#include "dltrain/extend/kernels.h"
#include "dltrain/extend/keys.h"
#include "dltrain/real.h"
#include "dltrain/shape.h"
#include "dltrain/status.h"
#include "dltrain/target.h"

#include <stdbool.h>
#include <stdint.h>

#ifdef __cplusplus
extern "C" {
#endif

typedef struct dlt_loss_call {
    int64_t n;
    int64_t d;                  /* elements of one sample's output */
    const dlt_real *prediction; /* [n, d] */
    dlt_target target;
    const dlt_kernels *kernels;
    const double *class_weights; /* [d] for a loss that balances classes; NULL: all 1 */
    dlt_real *dprediction;       /* [n, d]: gradient of the SUM over samples; NULL in evaluation */
} dlt_loss_call;

/** Sums over samples. */
typedef struct dlt_loss_sum {
    double loss;
    double weight; /* what the loss and the gradient are divided by, once, per batch */
} dlt_loss_sum;

typedef struct dlt_loss_selftest {
    const char *name;
    const char *settings; /* "huber: {delta: 0.5}" */
    int64_t n;
    int64_t d;
    const double *prediction; /* NULL: random */
    const double *values;     /* or labels; both NULL: random */
    const int32_t *labels;
    double loss; /* known answer: loss / weight; NAN: gradient check only */
} dlt_loss_selftest;

typedef struct dlt_loss_ops {
    dlt_registry_entry entry;
    dlt_target_kind target;
    const char *default_metrics; /* YAML: "[accuracy]" */
    /** Optional, for values: targets outside this range are refused. */
    const dlt_target_range *range;
    /** Optional, for labels: whether calls are to carry class_weights, n / (k n_c) for n training
     * samples of k classes, n_c of them of class c. */
    bool (*balances)(const void *settings);
    /** What `predict` turns outputs into: softmax or sigmoid probabilities, or NULL for none. */
    void (*probabilities)(const dlt_kernels *kernels, int64_t n, int64_t d,
                          const dlt_real *prediction, dlt_real *out);
    /** Optional: SHAPE or CONFIG if the output does not fit. */
    dlt_status (*check)(const void *settings, const dlt_shape *output);
    dlt_loss_sum (*compute)(const void *settings, const dlt_loss_call *call);
    const dlt_loss_selftest *selftests;
    int selftest_count;
} dlt_loss_ops;

/** All losses; each entry is the `entry` of a dlt_loss_ops. NULL-terminated. */
extern const dlt_registry_entry *const dlt_losses[];

#ifdef __cplusplus
}
#endif
#endif
