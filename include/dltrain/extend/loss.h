/** A loss: what is minimised, as a sum over rows and a sum of weights; the batch's loss is their
 * ratio. A row is what the loss compares with its target at once: the scores of one sample, of one
 * position of a sequence, of one pixel. */
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
    int64_t n;                  /* rows: those of each sample, one sample after the other */
    int64_t d;                  /* elements of one row */
    const dlt_real *prediction; /* [n, d]; NULL for `denominator` */
    dlt_target target;          /* of n rows */
    const dlt_kernels *kernels;
    const double *class_weights; /* [d] for a loss that balances classes; NULL: all 1 */
    /* [n]: multiplies loss, gradient and weight of a row. Of a row of weight 0 nothing is read,
     * neither prediction (NaN) nor target (no class), and its gradient is 0. NULL: all 1, which
     * gives the same bits as ones */
    const dlt_real *weights;
    dlt_real *dprediction; /* [n, d]: gradient of the SUM over rows; NULL in evaluation */
} dlt_loss_call;

/** Sums over rows. */
typedef struct dlt_loss_sum {
    double loss;
    double weight; /* what the loss and the gradient are divided by, once, per batch */
} dlt_loss_sum;

/** The shape of one sample of something that a loss takes, and what a message calls it. */
typedef struct dlt_loss_operand {
    const char *name;       /* "node 'head'", "field 'y'"; borrowed */
    const dlt_shape *shape; /* rank 0: one number per sample; NULL: the loss does not take it */
} dlt_loss_operand;

/** What a loss takes, of the run file's `from`, `mask` and `weight`. */
typedef struct dlt_loss_operands {
    dlt_loss_operand prediction;
    dlt_loss_operand target; /* without a shape: there are no targets to check */
    dlt_loss_operand mask;
    dlt_loss_operand weight;
} dlt_loss_operands;

/** How a prediction is cut into rows: its first `leading` dimensions number the rows of one sample,
 * what is behind them is one row. */
typedef struct dlt_loss_rows {
    int leading;
    int64_t count; /* rows of one sample */
    int64_t d;     /* elements of one row */
} dlt_loss_rows;

typedef struct dlt_loss_selftest {
    const char *name;
    const char *settings; /* "huber: {delta: 0.5}" */
    int64_t n;
    int64_t d;
    const double *prediction; /* NULL: random */
    const double *values;     /* or labels; both NULL: random */
    const int32_t *labels;
    const double *weights; /* of rows; NULL: none */
    double loss;           /* known answer: loss / weight; NAN: gradient check only */
} dlt_loss_selftest;

typedef struct dlt_loss_ops {
    dlt_registry_entry entry;
    dlt_target_kind target;
    bool binary;                 /* predictions are logits of yes/no questions, targets 0 or 1 */
    bool last_dimension;         /* a row is the last dimension of the prediction, one score per
                                  * class. Else it is the whole sample, or what is behind the
                                  * dimensions of the mask and of the weight */
    const char *default_metrics; /* YAML: "[accuracy]" */
    /** Optional, for values: targets outside this range are refused. */
    const dlt_target_range *range;
    /** Optional, for labels: whether calls are to carry class_weights, n / (k n_c) for n training
     * samples of k classes, n_c of them of class c. */
    bool (*balances)(const void *settings);
    /** What `predict` turns outputs into: softmax or sigmoid probabilities, or NULL for none. */
    void (*probabilities)(const dlt_kernels *kernels, int64_t n, int64_t d,
                          const dlt_real *prediction, dlt_real *out);
    /** Optional: SHAPE or CONFIG if rows of d elements do not fit. */
    dlt_status (*check)(const void *settings, const dlt_loss_operand *prediction, int64_t d);
    dlt_loss_sum (*compute)(const void *settings, const dlt_loss_call *call);
    /** Optional: the weight that `compute` gives, bit for bit, without looking at predictions.
     * NULL: the sum of the row weights. */
    double (*denominator)(const void *settings, const dlt_loss_call *call);
    /** Optional, beside `denominator`: whether, with these settings, it depends on targets. NULL:
     * it does. */
    bool (*counts_by_target)(const void *settings);
    const dlt_loss_selftest *selftests;
    int selftest_count;
} dlt_loss_ops;

/** All losses; each entry is the `entry` of a dlt_loss_ops. NULL-terminated. */
extern const dlt_registry_entry *const dlt_losses[];

/** Cuts the prediction into rows and checks that all operands fit: mask and weight have the first
 * dimensions of the prediction, of at most its rows' number where a row is the last dimension;
 * targets are one label per row, or one value per element. Dimensions of 1 count in targets as
 * little as behind the end of a mask.
 *  Collective: Not collective
 *  Errors:     SHAPE or CONFIG, naming the operands
 */
DLT_CHECKED dlt_status dlt_loss_cut(const dlt_selection *loss, const dlt_loss_operands *operands,
                                    dlt_loss_rows *out);

/** The weight of a call's rows, from targets and weights alone: what `compute` gives, bit for bit.
 *  Collective: Not collective
 *  Errors:     none
 */
double dlt_loss_denominator(const dlt_selection *loss, const dlt_loss_call *call);

/** Adds a loss of the caller's own, which run files then can name. `ops` stays as it is
 *  until the process ends. Call it before anything reads a run file, in one thread alone.
 *  Collective: Not collective; the same on all ranks, in any order
 *  Owns:       borrows ops until the process ends
 *  Errors:     CONFIG if the name is taken or no name, or if a required member is missing
 */
DLT_CHECKED dlt_status dlt_register_loss(const dlt_loss_ops *ops);

#ifdef __cplusplus
}
#endif
#endif
