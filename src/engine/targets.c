/* Prepares the targets of a task before the first update: checks their shape and values against the
 * loss, computes class weights, and finds the origin for sums of differences. Each rank scans or
 * counts its share of the samples. The caller agrees on the outcome; dlt_targets_balance alone is
 * collective and agrees by itself. */
#include "engine/targets.h"

#include "base/alloc.h"
#include "base/cast.h"
#include "base/error.h"
#include "base/log.h"
#include "comm/collectives.h"
#include "engine/splits.h"

#include <string.h>

/* Dimensions of one element change neither the number nor the order of the elements. */
static dlt_shape without_ones(const dlt_shape *shape) {
    dlt_shape out = {0};
    for (int i = 0; i < shape->rank; i++)
        if (shape->dim[i] != 1)
            out.dim[out.rank++] = shape->dim[i];
    return out;
}

static dlt_status check_values(const dlt_task *task, const dlt_field_facts *facts) {
    char text[2][DLT_SHAPE_TEXT_BYTES];
    const dlt_shape *output = &dlt_model_output(task->model, 0)->shape;
    dlt_shape ours = without_ones(output);
    dlt_shape theirs = without_ones(&facts->shape);
    if (dlt_shape_equal(&ours, &theirs))
        return DLT_OK;
    bool same_count = dlt_shape_count(&ours) == dlt_shape_count(&theirs);
    return dlt_fail(DLT_ERR_SHAPE,
                    "node '%s' has output %s, but the targets '%s' have shape %s per sample%s",
                    dlt_model_output_node(task->model, 0), dlt_shape_text(output, text[0]),
                    task->run->settings.data.y, dlt_shape_text(&facts->shape, text[1]),
                    same_count ? "; end the model with a reshape to that shape if the order of "
                                 "the elements is the same"
                               : "");
}

static dlt_status check_labels(const dlt_task *task, const dlt_field_facts *facts,
                               int64_t classes) {
    char text[DLT_SHAPE_TEXT_BYTES];
    if (dlt_shape_count(&facts->shape) != 1)
        return dlt_fail(DLT_ERR_SHAPE,
                        "the loss '%s' takes one class number per sample, but targets '%s' have "
                        "shape %s",
                        task->loss->entry.name, task->run->settings.data.y,
                        dlt_shape_text(&facts->shape, text));
    if (classes > task->output_count)
        return dlt_fail(DLT_ERR_SHAPE, "node '%s' has output %s, but the data set has %lld classes",
                        dlt_model_output_node(task->model, 0),
                        dlt_shape_text(&dlt_model_output(task->model, 0)->shape, text),
                        (long long)classes);
    return DLT_OK;
}

dlt_status dlt_targets_check(const dlt_task *task, const dlt_task_split *split) {
    const dlt_field_facts *facts = dlt_dataset_y(split->data);
    if (facts == NULL)
        return DLT_OK;
    return task->loss->target == DLT_TARGET_LABELS
               ? check_labels(task, facts, dlt_dataset_facts_of(split->data)->classes)
               : check_values(task, facts);
}

static dlt_status read_targets(const dlt_task *task, const dlt_task_split *split,
                               const int64_t *samples, int64_t count, void *out) {
    const dlt_loader_field field = dlt_task_target_field(task, dlt_dataset_y(split->data));
    return dlt_dataset_read(split->data, &field, samples, count, out);
}

/* Row by row, whatever the order of the split: the samples of a random split lie all over the file,
 * and reading them one by one takes 10 to 100 times as long. */
dlt_status dlt_targets_scan(const dlt_task *task, const dlt_task_split *split) {
    enum { SAMPLES = 1024 };
    const int64_t most_bytes = INT64_C(1) << 28;
    const int64_t total = split->subset.total;
    if (dlt_dataset_y(split->data) == NULL)
        return DLT_OK;
    bool labels = task->loss->target == DLT_TARGET_LABELS;
    int64_t width = labels ? 1 : task->output_count;
    if (total > most_bytes / (int64_t)sizeof(dlt_real) / width)
        return DLT_OK;
    int64_t first = 0;
    int64_t last = 0;
    int64_t samples[SAMPLES];
    int32_t numbers[SAMPLES];
    dlt_real *values = NULL;
    dlt_batch_partition_run(total, dlt_comm_rank(task->comm), dlt_comm_size(task->comm), &first,
                            &last);
    DLT_TRY(DLT_NEW(values, labels ? 1 : SAMPLES * width));
    dlt_status status = DLT_OK;
    for (int64_t at = first; at < last && status == DLT_OK; at += SAMPLES) {
        int64_t count = dlt_min_i64(SAMPLES, last - at);
        for (int64_t i = 0; i < count; i++)
            samples[i] = at + i;
        status = read_targets(task, split, samples, count, labels ? (void *)numbers : values);
        dlt_heartbeat_progress(task->heartbeat);
    }
    dlt_free(values);
    return status;
}

dlt_status dlt_targets_make_weights(dlt_task *task, const dlt_task_options *options) {
    const dlt_loss_ops *loss = task->loss;
    if (loss->balances == NULL || !loss->balances(task->run->settings.loss.settings))
        return DLT_OK;
    DLT_TRY(DLT_NEW(task->class_weights, task->output_count));
    for (int64_t c = 0; c < task->output_count; c++)
        task->class_weights[c] = 1;
    if (options->training)
        return DLT_OK;
    if (options->trained != NULL) {
        memcpy(task->class_weights, options->trained->class_weights,
               (size_t)task->output_count * sizeof *task->class_weights);
        return DLT_OK;
    }
    dlt_h5_file *file = NULL;
    const dlt_shape shape = {.rank = 1, .dim = {task->output_count}};
    DLT_TRY(dlt_h5_open(task->h5_lock, options->checkpoint, &file));
    dlt_status status = DLT_OK;
    if (dlt_h5_exists(file, DLT_CLASS_WEIGHTS))
        status = dlt_h5_read(file, DLT_CLASS_WEIGHTS, DLT_H5_F64, &shape, task->class_weights);
    dlt_h5_close(&file);
    return status;
}

/* This rank's share of the training samples. */
static dlt_status count_labels(const dlt_task *task, uint64_t *counts) {
    enum { SAMPLES = 1024 };
    int64_t samples[SAMPLES];
    int32_t labels[SAMPLES];
    int64_t first = 0;
    int64_t last = 0;
    dlt_subset in_file_order = task->train.subset;
    in_file_order.shuffle = false;
    dlt_order order = dlt_subset_order(&in_file_order, 0);
    dlt_batch_partition_run(in_file_order.count, dlt_comm_rank(task->comm),
                            dlt_comm_size(task->comm), &first, &last);
    for (int64_t at = first; at < last; at += SAMPLES) {
        int64_t count = dlt_min_i64(SAMPLES, last - at);
        dlt_order_samples(&order, at, count, samples);
        DLT_TRY(read_targets(task, &task->train, samples, count, labels));
        for (int64_t i = 0; i < count; i++)
            counts[labels[i]]++;
        dlt_heartbeat_progress(task->heartbeat);
    }
    return DLT_OK;
}

dlt_status dlt_targets_balance(dlt_task *task) {
    const int64_t classes = task->output_count;
    uint64_t *counts = NULL;
    int64_t occurring = 0;
    dlt_status status = DLT_NEW(counts, classes);
    if (status == DLT_OK)
        status = count_labels(task, counts);
    status = dlt_agree(task->comm, status);
    if (status == DLT_OK)
        status = dlt_sum_u64(task->comm, counts, (int)classes);
    for (int64_t c = 0; status == DLT_OK && c < classes; c++)
        occurring += counts[c] > 0;
    for (int64_t c = 0; status == DLT_OK && c < classes; c++)
        if (counts[c] > 0)
            task->class_weights[c] =
                (double)task->train.subset.count / ((double)occurring * (double)counts[c]);
    dlt_free(counts);
    return status;
}

/* What an activation leaves of the scores that a logits loss wants: any number. */
typedef struct activation {
    const char *kind;
    const char *effect;
} activation;

static const activation activations[] = {
    {"softmax", "leaves scores between 0 and 1, to which the loss applies its own function again"},
    {"sigmoid", "leaves scores between 0 and 1, to which the loss applies its own function again"},
    {"tanh", "leaves scores between -1 and 1, so that no answer can be certain"},
    {"relu", "leaves no score below 0 and stops the gradient there"},
    {"elu", "leaves no score below -1"},
    {"gelu", "leaves no score below -0.17"},
    {"dropout", "sets scores to 0 at random in training"},
};

void dlt_targets_warn(const dlt_task *task) {
    const char *node = NULL;
    const char *kind = dlt_model_output_kind(task->model, 0, &node);
    if (task->loss->probabilities == NULL)
        return;
    for (size_t i = 0; i < sizeof activations / sizeof activations[0]; i++)
        if (strcmp(kind, activations[i].kind) == 0)
            dlt_log(DLT_LOG_WARNING,
                    "node '%s' (%s) is the last before the loss %s, which takes logits: it %s; "
                    "leave it out",
                    node, kind, task->loss->entry.name, activations[i].effect);
}

dlt_status dlt_targets_find_origin(const dlt_task *task, dlt_task_split *split) {
    if (task->loss->target != DLT_TARGET_VALUES || dlt_dataset_y(split->data) == NULL)
        return DLT_OK;
    dlt_subset in_file_order = split->subset;
    in_file_order.shuffle = false;
    dlt_order order = dlt_subset_order(&in_file_order, 0);
    int64_t first = dlt_order_sample(&order, 0);
    DLT_TRY(DLT_NEW(split->origin, task->output_count));
    return read_targets(task, split, &first, 1, split->origin);
}
