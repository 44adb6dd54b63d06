/** A metric: sums over rows that any rank can add to, and what is read from the total. Rows are
 * those of the loss whose prediction and target it takes (dltrain/extend/loss.h), and only those
 * that count: the caller leaves out rows of weight 0. Weights do not multiply. */
#ifndef DLTRAIN_EXTEND_METRIC_H
#define DLTRAIN_EXTEND_METRIC_H

#include "dltrain/extend/keys.h"
#include "dltrain/real.h"
#include "dltrain/status.h"
#include "dltrain/target.h"

#include <stdbool.h>
#include <stdint.h>

#ifdef __cplusplus
extern "C" {
#endif

/** What is counted: predictions are raw outputs (logits for classes). */
typedef struct dlt_metric_call {
    int64_t n;                  /* rows; may be 0 */
    int64_t d;                  /* elements of one row */
    const dlt_real *prediction; /* [n, d] */
    dlt_target target;          /* labels; or values: with `binary`, 0 or 1 per element */
    bool binary;                /* of the loss: predictions are logits of yes/no questions */
    /* [d] the values of one of the rows that are counted, the same one in all calls whose sums
     * are added: sums of differences from it do not cancel. NULL: zeros */
    const dlt_real *origin;
} dlt_metric_call;

/** One number of a metric's result. */
typedef struct dlt_metric_value {
    char name[64]; /* "accuracy", "top5_accuracy", "f1_macro" */
    double value;
    bool higher_is_better;
} dlt_metric_value;

enum { DLT_METRIC_VALUES_MAX = 8 };

typedef struct dlt_metric_result {
    int count;
    dlt_metric_value values[DLT_METRIC_VALUES_MAX]; /* values[0] is the metric itself */
    int64_t
        matrix_rows; /* > 0: the sums are a matrix to print, rows true classes, columns predicted */
} dlt_metric_result;

typedef struct dlt_metric_selftest {
    const char *name;
    const char *settings;
    int64_t n;
    int64_t d;
    bool binary;
    const double *prediction;
    const double *values;
    const int32_t *labels;
    double expected; /* values[0] */
} dlt_metric_selftest;

typedef struct dlt_metric_ops {
    dlt_registry_entry entry;
    bool for_classes; /* takes labels */
    bool for_binary;  /* takes yes/no values */
    bool for_values;  /* takes numbers */
    /** Number of doubles accumulated for rows of d elements. */
    int64_t (*sums)(const void *settings, int64_t d, bool binary);
    /** Adds the call's rows to sums. */
    void (*accumulate)(const void *settings, const dlt_metric_call *call, double *sums);
    void (*finish)(const void *settings, int64_t d, bool binary, const double *sums,
                   dlt_metric_result *result);
    const dlt_metric_selftest *selftests;
    int selftest_count;
    /* optional */
    /** CONFIG, with the place in the run file, if the metric does not fit rows of d elements. */
    dlt_status (*check)(const dlt_selection *metric, int64_t d, bool binary);
} dlt_metric_ops;

/** All metrics; each entry is the `entry` of a dlt_metric_ops. NULL-terminated. */
extern const dlt_registry_entry *const dlt_metrics[];

/** Whether a metric can be taken of predictions of a loss with these targets, which finds the loss
 * of a metric that names none.
 *  Collective: Not collective
 *  Errors:     none
 */
bool dlt_metric_suits(const dlt_metric_ops *metric, dlt_target_kind target, bool binary);

/** Whether a metric can be taken of rows of d elements against targets of this kind.
 *  Collective: Not collective
 *  Errors:     CONFIG, naming the metrics that can
 */
DLT_CHECKED dlt_status dlt_metric_check(const dlt_selection *metric, dlt_target_kind target,
                                        bool binary, int64_t d);

/** Adds a metric of the caller's own, which run files then can name. `ops` stays as it is
 *  until the process ends. Call it before anything reads a run file, in one thread alone.
 *  Collective: Not collective; the same on all ranks, in any order
 *  Owns:       borrows ops until the process ends
 *  Errors:     CONFIG if the name is taken or no name, or if a required member is missing
 */
DLT_CHECKED dlt_status dlt_register_metric(const dlt_metric_ops *ops);

#ifdef __cplusplus
}
#endif
#endif
