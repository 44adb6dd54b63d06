/* Lays out a block: sum and weight of each loss, then the sums of each metric in the order of the
 * run file. Each metric tells the length of its sums, and offsets are added up on every call: the
 * lists are short. Training counts the first metric alone, and only if it has at most 14 sums. */
#include "engine/metric_sums.h"

#include <stdio.h>

static int64_t metric_length(const dlt_task *task, int64_t index) {
    const dlt_task_metric *metric = &task->metrics[index];
    const dlt_objective *of = &task->objectives[metric->objective];
    return metric->ops->sums(metric->settings, of->rows.d, of->ops->binary);
}

int64_t dlt_sums_offset(const dlt_task *task, int64_t index) {
    int64_t offset = DLT_SUMS_PER_LOSS * task->objective_count;
    for (int64_t i = 0; i < index; i++)
        offset += metric_length(task, i);
    return offset;
}

int64_t dlt_sums_training_metrics(const dlt_task *task) {
    return task->metric_count > 0 && metric_length(task, 0) <= DLT_METRIC_SUMS_MAX ? 1 : 0;
}

int64_t dlt_sums_length(const dlt_task *task, int64_t metrics) {
    return dlt_sums_offset(task, metrics);
}

void dlt_sums_add(const dlt_task *task, int objective, int64_t metrics, const dlt_metric_call *call,
                  double *block) {
    double *at = block + DLT_SUMS_PER_LOSS * task->objective_count;
    for (int64_t i = 0; i < metrics; i++) {
        const dlt_task_metric *metric = &task->metrics[i];
        if (metric->objective == objective)
            metric->ops->accumulate(metric->settings, call, at);
        at += metric_length(task, i);
    }
}

/* "accuracy", "ocean_accuracy" where there are several losses, or the run file's own name. */
static void rename_values(const dlt_task *task, const dlt_task_metric *metric,
                          dlt_metric_result *result) {
    const char *prefix =
        metric->with_loss ? task->objectives[metric->objective].name : metric->name;
    for (int v = 0; prefix != NULL && v < result->count; v++) {
        char name[sizeof result->values[v].name];
        if (v == 0 && metric->name != NULL)
            snprintf(name, sizeof name, "%s", metric->name);
        else
            snprintf(name, sizeof name, "%.31s_%.31s", prefix, result->values[v].name);
        snprintf(result->values[v].name, sizeof result->values[v].name, "%s", name);
    }
}

void dlt_sums_finish(const dlt_task *task, int64_t index, const double *block,
                     dlt_metric_result *result) {
    const dlt_task_metric *metric = &task->metrics[index];
    const dlt_objective *of = &task->objectives[metric->objective];
    *result = (dlt_metric_result){0};
    metric->ops->finish(metric->settings, of->rows.d, of->ops->binary,
                        block + dlt_sums_offset(task, index), result);
    rename_values(task, metric, result);
}
