#include "metrics/metrics_internal.h"

#include <stddef.h>

const dlt_choice *const dlt_metrics[] = {
    &dlt_metric_accuracy.choice,
    &dlt_metric_top_k.choice,
    &dlt_metric_confusion_matrix.choice,
    &dlt_metric_f1.choice,
    &dlt_metric_mae.choice,
    &dlt_metric_rmse.choice,
    &dlt_metric_r2.choice,
    NULL,
};
