/* What others ask of a task once it stands; task_create.c makes it. */
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
    dlt_task_split *splits[] = {&task->train, &task->validation, &task->test};
    dlt_model_destroy(&task->model);
    for (int k = 0; k < task->objective_count; k++)
        dlt_objective_destroy(&task->objectives[k]);
    dlt_free(task->objectives);
    for (int i = 0; i < 3; i++)
        for (int k = 0; k < DLT_LOSSES_MAX; k++)
            dlt_free(splits[i]->origins[k]);
    dlt_dataset_close(&task->train_data);
    dlt_dataset_close(&task->validation_data);
    dlt_dataset_close(&task->test_data);
    dlt_free(task->normalisation.mean);
    dlt_free(task->normalisation.std);
    dlt_identity_destroy(&task->identity);
    dlt_h5_lock_destroy(&task->h5_lock);
    for (int i = 0; i < DLT_FIELDS_MAX; i++)
        dlt_free(task->length_names[i]);
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

/* How a field of a split is read; -1 in `field` where its data set lacks it. */
static dlt_loader_field loader_field(const dlt_task *task, const dlt_task_split *split, int index) {
    const dlt_task_field *self = &task->fields[index];
    const dlt_field_facts *facts = &dlt_dataset_facts_of(split->data)->fields[self->of_data];
    return (dlt_loader_field){.field = facts->is_there ? self->of_data : -1,
                              .spec = self->spec,
                              .is_length = self->is_length,
                              .name = self->data_name,
                              .below = self->below,
                              .has_ignored = self->has_ignored,
                              .ignored = self->ignored,
                              .range = self->range,
                              .transformed = self->transformed};
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
                                  .classes = task->classes,
                                  .depth = (int)data->prefetch};
    for (int i = 0; i < task->field_count; i++) {
        const dlt_task_field *field = &task->fields[i];
        if (field->loaded < 0 || (!field->is_input && !split->has_targets))
            continue;
        options.fields[field->loaded] = loader_field(task, split, i);
        options.field_count++;
    }
    return options;
}

dlt_model_call dlt_task_model_call(const dlt_task *task, const dlt_micro_batch *batch) {
    dlt_model_call call = {
        .n = batch->id.count, .micro = batch->id.micro, .shape_class = batch->shape_class};
    for (int i = 0; i < task->field_count; i++)
        if (task->fields[i].is_input)
            call.inputs[i] = batch->fields[task->fields[i].loaded];
    return call;
}

bool dlt_task_target_field(const dlt_task *task, const dlt_task_split *split, int k,
                           dlt_loader_field *out) {
    const dlt_tensor_source *target = &task->objectives[k].target;
    if (target->origin != DLT_TENSOR_FIELD)
        return false;
    *out = loader_field(task, split, target->index);
    out->spec.shape = task->fields[target->index].stored;
    return out->field >= 0;
}
