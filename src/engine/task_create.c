/* Data, model, loss and metrics of a run, or of an evaluation, before anything is computed. All
 * that may fail on one rank alone stands in create_here; then the ranks agree, and compare what
 * they have. */
#include "engine/task.h"

#include "base/alloc.h"
#include "base/cast.h"
#include "base/error.h"
#include "base/log.h"
#include "comm/collectives.h"
#include "dltrain/kernels_info.h"
#include "engine/alike.h"
#include "engine/precision.h"
#include "engine/splits.h"
#include "engine/sync.h"
#include "engine/targets.h"

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
    return dlt_sync_in_flight(&partition);
}

static dlt_status create_model(dlt_task *task, const dlt_task_options *options) {
    int64_t sizes[SIZES_MAX];
    int size_count = collect_sizes(task, options->training, sizes);
    const dlt_model_input input = {.name = "input",
                                   .spec = {.dtype = DLT_DTYPE_REAL, .shape = task->input}};
    dlt_model_options model_options = {.nodes = options->run->settings.model,
                                       .inputs = &input,
                                       .input_count = 1,
                                       .parameters = options->run->settings.parameters,
                                       .kernels = &task->kernels,
                                       .sizes = sizes,
                                       .size_count = size_count,
                                       .training = options->training,
                                       .in_flight_max = options->training ? in_flight_of(task) : 1};
    DLT_TRY(dlt_model_create(&model_options, &task->model));
    task->output_count = dlt_shape_count(&dlt_model_output(task->model, 0)->shape);
    return DLT_OK;
}

/* The loss against the model's output, which must be one row per sample. */
static dlt_status check_rows(const dlt_task *task) {
    dlt_text name = DLT_TEXT_EMPTY;
    dlt_text_add(&name, "node '%s'", dlt_model_output_node(task->model, 0));
    dlt_status status = dlt_text_check(&name);
    const dlt_shape one = {0};
    const dlt_shape *output = &dlt_model_output(task->model, 0)->shape;
    const dlt_loss_operands operands = {
        .prediction = {.name = dlt_text_of(&name), .shape = output},
        .target = {.name = "targets",
                   .shape = task->loss->target == DLT_TARGET_LABELS ? &one : NULL},
    };
    dlt_loss_rows rows;
    if (status == DLT_OK)
        status = dlt_loss_cut(&task->run->settings.loss, &operands, &rows);
    dlt_text_destroy(&name);
    return status;
}

/* The loss against the model's output, and the targets against both. */
static dlt_status check_loss(dlt_task *task) {
    const dlt_run_settings *settings = &task->run->settings;
    task->loss = (const dlt_loss_ops *)(const void *)settings->loss.kind;
    task->binary = task->loss->binary;
    DLT_TRY(check_rows(task));
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

static dlt_status check_metrics(const dlt_task *task) {
    const dlt_selection_list *metrics = &task->run->settings.metrics;
    for (int64_t i = 0; i < metrics->count; i++)
        DLT_TRY(dlt_metric_check(&metrics->at[i], task->loss->target, task->binary,
                                 task->output_count));
    return DLT_OK;
}

/* Whole batches of samples that are made elsewhere; as good as without an end. */
static const int64_t MADE_BATCHES = 1 << 30;

/* The data sets, or what stands in for them. */
static dlt_status find_samples(dlt_task *task, const dlt_task_options *options) {
    if (options->synthetic_input != NULL) {
        task->input = *options->synthetic_input;
        task->train.subset.count = options->run->settings.train.batch * MADE_BATCHES;
        return DLT_OK;
    }
    DLT_TRY(dlt_task_open_splits(task, options));
    DLT_TRY(dlt_normalisation_find(task, options));
    const dlt_task_split *split = task->train.data != NULL ? &task->train : &task->test;
    task->input = dlt_dataset_x(split->data)->shape;
    return DLT_OK;
}

/* Everything that may fail on one rank alone, without communication. */
static dlt_status create_here(dlt_task *task, const dlt_task_options *options) {
    DLT_TRY(dlt_precision_select(options->run, &task->kernels));
    DLT_TRY(dlt_kernels_threads(task->kernels.name, task->placement.threads));
    DLT_TRY(dlt_h5_lock_create(&task->h5_lock));
    DLT_TRY(find_samples(task, options));
    DLT_TRY(choose_batches(task, options));
    dlt_heartbeat_doing(options->heartbeat, DLT_PHASE_SETTING_UP, "building the model");
    DLT_TRY(create_model(task, options));
    DLT_TRY(check_loss(task));
    DLT_TRY(dlt_targets_make_weights(task, options));
    return check_metrics(task);
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
    if (out->class_weights != NULL && options->training && options->synthetic_input == NULL)
        DLT_TRY(dlt_targets_balance(out));
    warn_of_precision(out);
    if (options->training && dlt_comm_rank(out->comm) == 0)
        dlt_targets_warn(out);
    return DLT_OK;
}
