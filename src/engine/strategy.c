/* Makes the reducer from the options that every strategy has and those that this one adds. The
 * strategy's own create comes after it, because it may move the parameters into memory of the
 * reducer. The ranks agree after each step that can fail on one rank alone, before the next
 * collective call. */
#include "engine/strategy.h"

#include "base/alloc.h"
#include "base/cast.h"
#include "base/error.h"
#include "config/config.h"
#include "engine/metric_sums.h"

const dlt_strategy_ops *const dlt_strategies[] = {
    [DLT_STRATEGY_REPLICATED] = &dlt_strategy_replicated,
    [DLT_STRATEGY_SHARDED] = &dlt_strategy_sharded,
    NULL,
};

static dlt_status create_reducer(dlt_strategy *self, const dlt_strategy_options *options) {
    const dlt_task *task = options->task;
    int64_t micros[2];
    const dlt_row_table *tables = NULL;
    const int table_count = dlt_model_tables(task->model, &tables);
    dlt_reducer_options reducer = {
        .real_count = dlt_model_grad_elements(task->model) + dlt_model_buffer_elements(task->model),
        .tables = tables,
        .table_count = table_count,
        .whole_rows = options->whole_gradients,
        .double_count = dlt_sums_length(task, options->train_metrics),
        .micros = micros,
        .micros_count = dlt_batch_partition_micro_counts(options->partition, micros)};
    const dlt_comm_settings *settings = &task->run->settings.comm;
    if (settings->compression == DLT_COMPRESSION_BF16) {
        reducer.rounded_count = dlt_model_grad_elements(task->model);
        reducer.error_feedback = settings->error_feedback;
    }
    self->ops->set_options(task, &reducer);
    if (options->whole_gradients)
        reducer.scattered_count = 0;
    return dlt_reducer_create(task->comm, &reducer, &self->reducer);
}

static dlt_status create_tensor_sums(dlt_strategy *self) {
    const dlt_registry_entry *kind = self->task->run->settings.optimizer.kind;
    const dlt_optimizer_ops *optimizer = (const dlt_optimizer_ops *)(const void *)kind;
    const dlt_row_table *tables = NULL;
    if (optimizer->prepare != NULL && dlt_model_tables(self->task->model, &tables) > 0)
        return dlt_config_fail(&self->task->run->settings.optimizer.position,
                               "%s needs norms of whole parameters, which a row-sparse gradient "
                               "does not have; set 'sparse: false' or use another optimizer",
                               kind->name);
    return optimizer->prepare != NULL
               ? dlt_tensor_sums_create(self->task->model, &self->tensor_sums)
               : DLT_OK;
}

dlt_status dlt_strategy_create(const dlt_strategy_options *options, dlt_strategy **out) {
    const dlt_task *task = options->task;
    dlt_strategy *self = NULL;
    *out = NULL;
    dlt_status status = DLT_NEW(self, 1);
    if (status == DLT_OK) {
        self->task = task;
        self->ops = dlt_strategies[task->run->settings.comm.strategy];
        status = create_tensor_sums(self);
    }
    if (status == DLT_OK)
        status = dlt_row_scratch_create(task->model, &self->rows);
    status = dlt_agree(task->comm, status);
    if (status == DLT_OK)
        status = create_reducer(self, options);
    if (status == DLT_OK)
        status = dlt_agree(task->comm, self->ops->create(self));
    if (status != DLT_OK)
        dlt_strategy_destroy(&self);
    *out = self;
    return status;
}

void dlt_strategy_destroy(dlt_strategy **strategy) {
    if (*strategy == NULL)
        return;
    dlt_reducer_destroy(&(*strategy)->reducer);
    dlt_free((*strategy)->block_norms);
    dlt_tensor_sums_destroy(&(*strategy)->tensor_sums);
    dlt_row_scratch_destroy(&(*strategy)->rows);
    dlt_free(*strategy);
    *strategy = NULL;
}

dlt_range dlt_strategy_range(const dlt_strategy *strategy, int index) {
    dlt_range range = strategy->ops->range(strategy, index);
    int64_t elements = dlt_model_param_elements(strategy->task->model);
    int64_t end = dlt_min_i64(range.first + range.count, elements);
    range.count = dlt_max_i64(end - range.first, 0);
    return range;
}
