/* How often each class was right, taken for another, and missed. */
#ifndef DLT_METRICS_CLASS_COUNTS_H
#define DLT_METRICS_CLASS_COUNTS_H

#include "dltrain/extend/metric.h"

/* Counts are [DLT_CLASS_COUNTS, d]. */
enum { DLT_TRUE_POSITIVES, DLT_FALSE_POSITIVES, DLT_FALSE_NEGATIVES, DLT_CLASS_COUNTS };

/* Adds a call's rows to the counts of d classes. With yes/no values each element is one class, that
 * of its positive answers. A NaN is no answer: it adds a false negative and no false positive. */
void dlt_class_counts_add(const dlt_metric_call *call, double *counts);

#endif
