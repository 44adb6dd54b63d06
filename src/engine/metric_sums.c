/* Lays out a block: loss, weight, then the sums of each metric in the order of the run file. Each
 * metric tells the length of its sums, and offsets are added up on every call: the lists are short.
 * Training counts the first metric alone, and only if the block then has at most 16 numbers. */
#include "engine/metric_sums.h"

static int64_t metric_length(const dlt_task *task, int64_t index) {
    const void *settings = task->run->settings.metrics.at[index].settings;
    return dlt_task_metric(task, index)->sums(settings, task->output_count, task->binary);
}

int64_t dlt_sums_offset(const dlt_task *task, int64_t index) {
    int64_t offset = DLT_SUM_METRICS;
    for (int64_t i = 0; i < index; i++)
        offset += metric_length(task, i);
    return offset;
}

int64_t dlt_sums_training_metrics(const dlt_task *task) {
    if (task->run->settings.metrics.count < 1)
        return 0;
    return dlt_sums_length(task, 1) <= DLT_TRAINING_SUMS_MAX ? 1 : 0;
}

int64_t dlt_sums_length(const dlt_task *task, int64_t metrics) {
    return dlt_sums_offset(task, metrics);
}

void dlt_sums_add(const dlt_task *task, int64_t metrics, const dlt_metric_call *call,
                  double *block) {
    double *at = block + DLT_SUM_METRICS;
    for (int64_t i = 0; i < metrics; i++) {
        const void *settings = task->run->settings.metrics.at[i].settings;
        dlt_task_metric(task, i)->accumulate(settings, call, at);
        at += metric_length(task, i);
    }
}

void dlt_sums_finish(const dlt_task *task, int64_t index, const double *block,
                     dlt_metric_result *result) {
    const void *settings = task->run->settings.metrics.at[index].settings;
    *result = (dlt_metric_result){0};
    dlt_task_metric(task, index)
        ->finish(settings, task->output_count, task->binary, block + dlt_sums_offset(task, index),
                 result);
}
