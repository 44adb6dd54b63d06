/* The metrics that a run file can name, in the order in which `dltrain list` shows them. */
#include "metrics/metrics_internal.h"

#include <stddef.h>

const dlt_registry_entry *const dlt_metrics[] = {
    &dlt_metric_accuracy.entry, &dlt_metric_top_k.entry,    &dlt_metric_confusion_matrix.entry,
    &dlt_metric_f1.entry,       &dlt_metric_mean_iou.entry, &dlt_metric_mae.entry,
    &dlt_metric_rmse.entry,     &dlt_metric_r2.entry,       NULL,
};
