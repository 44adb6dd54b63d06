/* The sums behind loss and metrics: one block of doubles per micro-batch, added over micro-batches
 * and ranks. */
#ifndef DLT_ENGINE_METRIC_SUMS_H
#define DLT_ENGINE_METRIC_SUMS_H

#include "engine/task.h"

/* Every block begins with these two of each loss; the metrics' sums follow one after the other. */
enum { DLT_SUM_LOSS = 0, DLT_SUM_WEIGHT = 1, DLT_SUMS_PER_LOSS = 2 };

/* A block of training sums is part of the state, so it is short: beside the losses a few sums of
 * the first metric. */
enum {
    DLT_METRIC_SUMS_MAX = 14,
    DLT_TRAINING_SUMS_MAX = DLT_SUMS_PER_LOSS * DLT_LOSSES_MAX + DLT_METRIC_SUMS_MAX
};

/** How many of the run's metrics are also counted on training batches: the first, where its sums
 * are few. */
int64_t dlt_sums_training_metrics(const dlt_task *task);

/** Length of a block with the first `metrics` metrics of the run. */
int64_t dlt_sums_length(const dlt_task *task, int64_t metrics);

/** Adds the call's rows to the sums of those of the first `metrics` metrics that are of loss
 * `objective`. */
void dlt_sums_add(const dlt_task *task, int objective, int64_t metrics, const dlt_metric_call *call,
                  double *block);

/** The result of metric `index`, from a block. */
void dlt_sums_finish(const dlt_task *task, int64_t index, const double *block,
                     dlt_metric_result *result);

/** Where the sums of metric `index` begin in a block. */
int64_t dlt_sums_offset(const dlt_task *task, int64_t index);

#endif
