/* What others ask of a task once it stands; problem_create.c makes it. */
#include "engine/task.h"

#include "base/alloc.h"
#include "base/cast.h"

int64_t dlt_micro_batch_auto(int64_t batch) {
    const int64_t share = 8;
    const int64_t least = 32;
    const int64_t most = 512;
    int64_t size = dlt_max_i64(dlt_ceil_div(batch, share), least);
    size = dlt_min_i64(size, dlt_max_i64(batch / 2, 1));
    return dlt_min_i64(size, most);
}

void dlt_task_destroy(dlt_task *task) {
    dlt_model_destroy(&task->model);
    dlt_free(task->class_weights);
    dlt_free(task->train.origin);
    dlt_free(task->validation.origin);
    dlt_free(task->test.origin);
    dlt_dataset_close(&task->train_data);
    dlt_dataset_close(&task->validation_data);
    dlt_dataset_close(&task->test_data);
    dlt_free(task->normalisation.mean);
    dlt_free(task->normalisation.std);
    dlt_identity_destroy(&task->identity);
    dlt_h5_lock_destroy(&task->h5_lock);
    *task = (dlt_task){.comm = NULL};
}

dlt_batch_partition dlt_task_evaluation_partition(const dlt_task *task,
                                                  const dlt_task_split *split) {
    return (dlt_batch_partition){.samples = split->subset.count,
                                 .batch = split->subset.count,
                                 .micro_batch = task->micro_batch,
                                 .rank = dlt_comm_rank(task->comm),
                                 .size = dlt_comm_size(task->comm)};
}

dlt_batch_partition dlt_task_training_partition(const dlt_task *task) {
    dlt_batch_partition partition = dlt_task_evaluation_partition(task, &task->train);
    partition.batch = task->batch;
    return partition;
}

dlt_loader_options dlt_task_loader_options(const dlt_task *task, const dlt_task_split *split,
                                           const dlt_batch_partition *partition, bool training) {
    const dlt_data_settings *data = &task->run->settings.data;
    dlt_loader_options options = {.dataset = split->data,
                                  .subset = split->subset,
                                  .sampler = {.partition = *partition, .end_epoch = 1},
                                  .transforms = data->transform,
                                  .training = training,
                                  .seed = (uint64_t)task->run->settings.seed,
                                  .mean = task->normalisation.mean,
                                  .std = task->normalisation.std,
                                  .feature_count = task->normalisation.count,
                                  .depth = (int)data->prefetch};
    const dlt_field_facts *y = dlt_dataset_y(split->data);
    options.fields[options.field_count] = dlt_loader_field_reals(dlt_dataset_x(split->data));
    options.fields[options.field_count++].transformed = true;
    if (y != NULL)
        options.fields[options.field_count++] = dlt_task_target_field(task, y);
    return options;
}

dlt_loader_field dlt_task_target_field(const dlt_task *task, const dlt_field_facts *facts) {
    if (task->loss->target == DLT_TARGET_LABELS)
        return dlt_loader_field_integers(facts, task->output_count);
    dlt_loader_field field = dlt_loader_field_reals(facts);
    field.range = task->loss->range;
    return field;
}

dlt_target dlt_task_target(const dlt_task *task, const dlt_micro_batch *batch) {
    const void *rows = batch->fields[1];
    const bool has_labels = task->loss->target == DLT_TARGET_LABELS;
    return (dlt_target){.kind = task->loss->target,
                        .labels = has_labels ? rows : NULL,
                        .values = has_labels ? NULL : rows};
}

dlt_loss_sum dlt_task_loss(const dlt_task *task, int64_t n, const dlt_real *prediction,
                           const dlt_target *target, dlt_real *dprediction) {
    dlt_loss_call call = {.n = n,
                          .d = task->output_count,
                          .prediction = prediction,
                          .target = *target,
                          .kernels = &task->kernels,
                          .class_weights = task->class_weights,
                          .dprediction = dprediction};
    return task->loss->compute(task->run->settings.loss.settings, &call);
}

dlt_metric_call dlt_task_metric_call(const dlt_task *task, const dlt_task_split *split, int64_t n,
                                     const dlt_real *prediction, const dlt_target *target) {
    return (dlt_metric_call){.n = n,
                             .d = task->output_count,
                             .prediction = prediction,
                             .target = *target,
                             .binary = task->binary,
                             .origin = split->origin};
}

const dlt_metric_ops *dlt_task_metric(const dlt_task *task, int64_t index) {
    return (const dlt_metric_ops *)(const void *)task->run->settings.metrics.at[index].kind;
}
