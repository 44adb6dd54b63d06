/* Data, model, loss and metrics of a run, or of an evaluation, before anything is computed. All
 * that may fail on one rank alone stands in create_here; then the ranks agree, and compare what
 * they have. */
#include "engine/task.h"

#include "base/alloc.h"
#include "base/cast.h"
#include "base/error.h"
#include "base/log.h"
#include "base/name.h"
#include "comm/collectives.h"
#include "dltrain/kernels_info.h"
#include "engine/alike.h"
#include "engine/objectives.h"
#include "engine/precision.h"
#include "engine/splits.h"
#include "engine/sync.h"
#include "engine/targets.h"
#include "engine/task_fields.h"

#include <string.h>

static int64_t choose_micro_batch(const dlt_task_options *options, int64_t batch) {
    int64_t asked = options->run->settings.train.micro_batch;
    if (options->micro_batch > 0)
        return options->micro_batch;
    if (asked == DLT_MICRO_BATCH_AUTO)
        return dlt_micro_batch_auto(batch);
    if (asked == DLT_MICRO_BATCH_PER_RANK)
        return dlt_ceil_div(batch, dlt_comm_size(options->comm));
    return dlt_min_i64(asked, batch);
}

static dlt_status choose_batches(dlt_task *task, const dlt_task_options *options) {
    int64_t samples = task->train.subset.count;
    int64_t asked = options->run->settings.train.batch;
    task->batch = asked == DLT_BATCH_ALL ? samples : asked;
    task->train.subset.shuffle_buffer.batch = task->batch;
    if (options->training && task->batch > samples) {
        dlt_position position = dlt_config_position(options->run->config, "train.batch");
        return dlt_config_fail(&position,
                               "'train.batch' is %lld, but there are only %lld training samples; "
                               "use a smaller batch, or 'all'",
                               (long long)task->batch, (long long)samples);
    }
    task->micro_batch = choose_micro_batch(options, task->batch);
    if (task->micro_batch < 1)
        task->micro_batch = dlt_micro_batch_auto(DLT_EVALUATION_BATCH);
    return DLT_OK;
}

enum { SIZES_MAX = 8 };

static void add_size(int64_t *sizes, int *count, int64_t size) {
    for (int i = 0; i < *count; i++)
        if (sizes[i] == size)
            return;
    if (size > 0)
        sizes[(*count)++] = size;
}

/* Every number of samples that a call of the model will have: whole micro-batches first, then the
 * remainders of a batch, of the last batch, and of the evaluated parts. */
static int collect_sizes(const dlt_task *task, bool training, int64_t sizes[SIZES_MAX]) {
    int64_t m = task->micro_batch;
    int count = 0;
    add_size(sizes, &count, m);
    if (training) {
        add_size(sizes, &count, task->batch % m);
        add_size(sizes, &count, task->train.subset.count % task->batch % m);
    }
    add_size(sizes, &count, task->validation.subset.count % m);
    add_size(sizes, &count, task->test.subset.count % m);
    return count;
}

/* As many micro-batches as this rank takes of a batch: what a model with synchronised nodes has
 * under way. */
static int in_flight_of(const dlt_task *task) {
    dlt_batch_partition partition = dlt_task_training_partition(task);
    return dlt_batch_partition_held(&partition);
}

/* All fields that the run file names are there for nodes to take; of a short one the inputs. */
static int collect_inputs(const dlt_task *task, dlt_model_input inputs[DLT_MODEL_INPUTS_MAX]) {
    const bool is_short = task->run->settings.data.fields.count < 0;
    const int count = is_short ? 1 : task->field_count;
    for (int i = 0; i < count; i++)
        inputs[i] = (dlt_model_input){.name = task->fields[i].name,
                                      .spec = task->fields[i].spec,
                                      .ragged = task->fields[i].is_ragged};
    return count;
}

static dlt_status create_model(dlt_task *task, const dlt_task_options *options,
                               const dlt_objective_outputs *outputs) {
    int64_t sizes[SIZES_MAX];
    dlt_model_input inputs[DLT_MODEL_INPUTS_MAX];
    int size_count = collect_sizes(task, options->training, sizes);
    dlt_model_options model_options = {.nodes = task->run->settings.model,
                                       .inputs = inputs,
                                       .input_count = collect_inputs(task, inputs),
                                       .outputs = outputs->requests,
                                       .output_positions = outputs->positions,
                                       .output_count = outputs->count,
                                       .parameters = task->run->settings.parameters,
                                       .kernels = &task->kernels,
                                       .class_lengths = task->classes.lengths,
                                       .class_count = task->classes.count,
                                       .sizes = sizes,
                                       .size_count = size_count,
                                       .training = options->training,
                                       .in_flight_max = options->training ? in_flight_of(task) : 1};
    return dlt_model_create(&model_options, &task->model);
}

/* The targets of each split against the losses. */
static dlt_status check_targets(dlt_task *task) {
    dlt_task_split *splits[] = {&task->train, &task->validation, &task->test};
    for (int i = 0; i < 3; i++) {
        if (splits[i]->data == NULL)
            continue;
        DLT_TRY(dlt_targets_check(task, splits[i]));
        if (splits[i] != &task->validation || splits[i]->data != task->train_data)
            DLT_TRY(dlt_targets_scan(task, splits[i]));
        DLT_TRY(dlt_targets_find_origin(task, splits[i]));
    }
    return DLT_OK;
}

/* The loss that a metric is of: the one that it names, or the first that it suits; the first of all
 * where it suits none, whose check then says why. */
static dlt_status find_objective(const dlt_task *task, const dlt_selection *metric, int *out) {
    const dlt_metric_settings *common = metric->common;
    const dlt_metric_ops *ops = (const dlt_metric_ops *)(const void *)metric->kind;
    *out = 0;
    for (int k = task->objective_count - 1; k >= 0; k--) {
        const dlt_objective *self = &task->objectives[k];
        const bool is_it = common->loss != NULL
                               ? strcmp(self->name, common->loss) == 0
                               : dlt_metric_suits(ops, self->ops->target, self->ops->binary);
        if (is_it)
            *out = k;
    }
    if (common->loss == NULL || strcmp(task->objectives[*out].name, common->loss) == 0)
        return DLT_OK;
    return dlt_config_fail(&metric->position,
                           "the metric %s is of the loss '%s', which is not a "
                           "loss of this run",
                           metric->kind->name, common->loss);
}

/* It becomes a key of logs, which no other value may have. */
static dlt_status check_metric_name(const dlt_task *task, int index, const dlt_selection *metric,
                                    const char *name) {
    if (name == NULL)
        return DLT_OK;
    if (!dlt_name_is_plain(name) || strcmp(name, "loss") == 0)
        return dlt_config_fail(&metric->position, "'%s' cannot be the name of a metric", name);
    for (int i = 0; i < index; i++)
        if (task->metrics[i].name != NULL && strcmp(task->metrics[i].name, name) == 0)
            return dlt_config_fail(&metric->position, "two metrics have the name '%s'", name);
    return DLT_OK;
}

static dlt_status create_metrics(dlt_task *task) {
    const dlt_selection_list *metrics = &task->run->settings.metrics;
    task->metric_count = (int)metrics->count;
    for (int i = 0; i < task->metric_count; i++) {
        const dlt_selection *metric = &metrics->at[i];
        const dlt_metric_settings *common = metric->common;
        int objective = 0;
        DLT_TRY(check_metric_name(task, i, metric, common->name));
        DLT_TRY(find_objective(task, metric, &objective));
        const dlt_objective *of = &task->objectives[objective];
        DLT_TRY(dlt_metric_check(metric, of->ops->target, of->ops->binary, of->rows.d));
        task->metrics[i] =
            (dlt_task_metric){.ops = (const dlt_metric_ops *)(const void *)metric->kind,
                              .settings = metric->settings,
                              .objective = objective,
                              .name = common->name,
                              .with_loss = task->objective_count > 1};
    }
    return DLT_OK;
}

/* Whole batches of samples that are made elsewhere; as good as without an end. */
static const int64_t MADE_BATCHES = 1 << 30;

/* The data sets, or what stands in for them. */
static dlt_status find_samples(dlt_task *task, const dlt_task_options *options) {
    if (options->synthetic_input != NULL) {
        task->train.subset.count = options->run->settings.train.batch * MADE_BATCHES;
        task->train.has_targets = true;
    } else {
        DLT_TRY(dlt_task_open_splits(task, options));
        DLT_TRY(dlt_normalisation_find(task, options));
    }
    DLT_TRY(dlt_task_specify_fields(task, options->synthetic_input));
    task->input = task->fields[0].spec.shape;
    return DLT_OK;
}

static dlt_status create_objectives(dlt_task *task, const dlt_task_options *options) {
    DLT_TRY(dlt_task_bind_fields(task, options->synthetic_input != NULL));
    DLT_TRY(dlt_task_check_lengths(task));
    DLT_TRY(dlt_objectives_bind(task));
    DLT_TRY(dlt_task_limit_fields(task));
    DLT_TRY(check_targets(task));
    DLT_TRY(dlt_targets_make_weights(task, options));
    return create_metrics(task);
}

/* Everything that may fail on one rank alone, without communication. */
static dlt_status create_here(dlt_task *task, const dlt_task_options *options) {
    dlt_objective_outputs outputs;
    DLT_TRY(dlt_precision_select(options->run, &task->kernels));
    DLT_TRY(dlt_kernels_threads(task->kernels.name, task->placement.threads));
    DLT_TRY(dlt_h5_lock_create(&task->h5_lock));
    DLT_TRY(dlt_task_list_fields(task));
    DLT_TRY(dlt_objectives_create(task, &outputs));
    if (options->output != NULL)
        DLT_TRY(dlt_objective_outputs_add(&outputs, options->output));
    dlt_task_mark_operands(task);
    DLT_TRY(find_samples(task, options));
    DLT_TRY(choose_batches(task, options));
    dlt_heartbeat_doing(options->heartbeat, DLT_PHASE_SETTING_UP, "building the model");
    DLT_TRY(create_model(task, options, &outputs));
    return create_objectives(task, options);
}

/* After all ranks were found to have the same table, so that one speaks for all. */
static void warn_of_precision(const dlt_task *task) {
    bool has_bf16 = strcmp(dlt_precision_of(&task->kernels), "bf16") == 0;
    if (!dlt_precision_is_bf16(task->run) || has_bf16 || dlt_comm_rank(task->comm) != 0)
        return;
    dlt_text why = DLT_TEXT_EMPTY;
    dlt_precision_explain(task->run, &why);
    dlt_log(DLT_LOG_WARNING, "precision bf16 was asked for, but %s: computing in fp32",
            dlt_text_of(&why));
    dlt_text_destroy(&why);
}

dlt_status dlt_task_create(const dlt_task_options *options, dlt_task *out) {
    int64_t threads =
        options->threads > 0 ? options->threads : options->run->settings.train.threads;
    *out = (dlt_task){.comm = options->comm, .run = options->run, .heartbeat = options->heartbeat};
    dlt_heartbeat_doing(options->heartbeat, DLT_PHASE_SETTING_UP, "choosing kernels and cores");
    DLT_TRY(dlt_placement_find(options->comm, threads, &out->placement));
    dlt_status status = create_here(out, options);
    dlt_heartbeat_doing(options->heartbeat, DLT_PHASE_SETTING_UP,
                        "waiting until all ranks have data and model");
    DLT_TRY(dlt_agree(options->comm, status));
    DLT_TRY(dlt_task_check_alike(out));
    if (options->training && options->synthetic_input == NULL)
        DLT_TRY(dlt_normalisation_compute(out));
    if (options->training && options->synthetic_input == NULL)
        DLT_TRY(dlt_targets_balance(out));
    if (options->trained == NULL) /* that one has warned */
        warn_of_precision(out);
    if (options->training && dlt_comm_rank(out->comm) == 0)
        dlt_targets_warn(out);
    return DLT_OK;
}
