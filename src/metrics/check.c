/* Compares a metric with the targets of a task: class numbers, yes/no values or other numbers. The
 * error lists the metrics that do apply, from the registry. The metric's own check against
 * the D elements of a row comes last. */
#include "config/config.h"
#include "config/registered.h"
#include "metrics/metrics_internal.h"

bool dlt_metric_suits(const dlt_metric_ops *metric, dlt_target_kind target, bool binary) {
    if (target == DLT_TARGET_LABELS)
        return metric->for_classes;
    return binary ? metric->for_binary : metric->for_values;
}

static const char *targets_name(dlt_target_kind target, bool binary) {
    if (target == DLT_TARGET_LABELS)
        return "class numbers";
    return binary ? "yes/no values" : "numbers";
}

static dlt_status fail_unfit(const dlt_selection *metric, dlt_target_kind target, bool binary) {
    dlt_text names = DLT_TEXT_EMPTY;
    const dlt_registry_entry *at = NULL;
    for (int i = 0; (at = dlt_registry_at(dlt_metrics, i)) != NULL; i++)
        if (dlt_metric_suits((const dlt_metric_ops *)at, target, binary))
            dlt_text_add(&names, "%s%s", names.used > 0 ? ", " : "", at->name);
    dlt_status status = dlt_text_check(&names);
    if (status == DLT_OK)
        status = dlt_config_fail(
            &metric->position, "the metric %s does not apply to targets that are %s; these do: %s",
            metric->kind->name, targets_name(target, binary), dlt_text_of(&names));
    dlt_text_destroy(&names);
    return status;
}

dlt_status dlt_metric_check(const dlt_selection *metric, dlt_target_kind target, bool binary,
                            int64_t d) {
    const dlt_metric_ops *ops = (const dlt_metric_ops *)metric->kind;
    if (!dlt_metric_suits(ops, target, binary))
        return fail_unfit(metric, target, binary);
    return ops->check != NULL ? ops->check(metric, d, binary) : DLT_OK;
}
