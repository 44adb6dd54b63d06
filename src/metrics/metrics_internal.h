/* Module card: metrics (level 2).
 *
 * What lives here: one file per metric, each with its sums, formula, self-tests and one const
 * dlt_metric_ops (dltrain/extend/metric.h); registry.c, the table of all of them; check.c, whether
 * a metric fits the targets; answer.h, what a model's output says; class_counts.h, how often each
 * class is right. A metric is sums over samples that are added up over any split of the data, and a
 * formula that is applied to the total. May include: base, kernels, tensor, config. Owns: nothing;
 * the sums are the caller's.
 */
#ifndef DLT_METRICS_INTERNAL_H
#define DLT_METRICS_INTERNAL_H

#include "dltrain/extend/metric.h"

extern const dlt_metric_ops dlt_metric_accuracy;
extern const dlt_metric_ops dlt_metric_top_k;
extern const dlt_metric_ops dlt_metric_confusion_matrix;
extern const dlt_metric_ops dlt_metric_f1;
extern const dlt_metric_ops dlt_metric_mean_iou;
extern const dlt_metric_ops dlt_metric_mae;
extern const dlt_metric_ops dlt_metric_rmse;
extern const dlt_metric_ops dlt_metric_r2;

#endif
