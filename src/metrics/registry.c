/* The metrics that a run file can name, in the order in which `dltrain list` shows them. */
#include "config/registered.h"
#include "metrics/metrics_internal.h"

#include <stddef.h>

const dlt_registry_entry *const dlt_metrics[] = {
    &dlt_metric_accuracy.entry, &dlt_metric_top_k.entry,    &dlt_metric_confusion_matrix.entry,
    &dlt_metric_f1.entry,       &dlt_metric_mean_iou.entry, &dlt_metric_mae.entry,
    &dlt_metric_rmse.entry,     &dlt_metric_r2.entry,       NULL,
};

dlt_status dlt_register_metric(const dlt_metric_ops *ops) {
    const bool is_whole = ops->sums != NULL && ops->accumulate != NULL && ops->finish != NULL;
    return dlt_registry_add(dlt_metrics, &ops->entry, "metric", is_whole);
}
