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
#include "engine/objectives.h"
#include "engine/splits.h"

#include <stdio.h>
#include <string.h>

/* Class names are of the field y. */
static dlt_status check_classes(const dlt_task *task, const dlt_objective *self,
                                const dlt_dataset *data) {
    char text[DLT_SHAPE_TEXT_BYTES];
    const int64_t classes = dlt_dataset_facts_of(data)->classes;
    const dlt_field_facts *y = dlt_dataset_y(data);
    if (self->ops->target != DLT_TARGET_LABELS || y == NULL || y->index != self->target.index ||
        classes <= self->rows.d)
        return DLT_OK;
    return dlt_fail(DLT_ERR_SHAPE, "node '%s' has output %s, but the data set has %lld classes",
                    dlt_model_output_node(task->model, self->prediction),
                    dlt_shape_text(&dlt_model_output(task->model, self->prediction)->shape, text),
                    (long long)classes);
}

dlt_status dlt_targets_check(const dlt_task *task, const dlt_task_split *split) {
    const dlt_dataset_facts *facts = dlt_dataset_facts_of(split->data);
    for (int k = 0; k < task->objective_count && split->has_targets; k++) {
        const dlt_objective *self = &task->objectives[k];
        if (self->target.origin != DLT_TENSOR_FIELD)
            continue;
        dlt_objective_operands described;
        dlt_loss_rows rows;
        const dlt_task_field *field = &task->fields[self->target.index];
        const dlt_shape *shape = &facts->fields[self->target.index].shape;
        if (dlt_shape_equal(shape, &field->stored))
            shape = &field->spec.shape;
        dlt_objective_describe(task, self, shape, &described);
        DLT_TRY(
            dlt_objective_place(self, dlt_loss_cut(self->selection, &described.operands, &rows)));
        DLT_TRY(check_classes(task, self, split->data));
    }
    return DLT_OK;
}

/* Row by row, whatever the order of the split: the samples of a random split lie all over the file,
 * and reading them one by one takes 10 to 100 times as long. */
static dlt_status scan_field(const dlt_task *task, const dlt_task_split *split,
                             const dlt_loader_field *field) {
    enum { SAMPLES = 1024 };
    const int64_t most_bytes = INT64_C(1) << 28;
    const int64_t total = split->subset.total;
    const int64_t sample_bytes = dlt_tensor_bytes(&field->spec, 1);
    if (total > most_bytes / sample_bytes)
        return DLT_OK;
    const int64_t block = dlt_max_i64(1, SAMPLES / dlt_shape_count(&field->spec.shape));
    int64_t first = 0;
    int64_t last = 0;
    int64_t samples[SAMPLES];
    char *rows = NULL;
    dlt_batch_partition_run(total, dlt_comm_rank(task->comm), dlt_comm_size(task->comm), &first,
                            &last);
    DLT_TRY(DLT_NEW(rows, block * sample_bytes));
    dlt_status status = DLT_OK;
    for (int64_t at = first; at < last && status == DLT_OK; at += block) {
        int64_t count = dlt_min_i64(block, last - at);
        for (int64_t i = 0; i < count; i++)
            samples[i] = at + i;
        status = dlt_dataset_read(split->data, field, samples, count, rows);
        dlt_heartbeat_progress(task->heartbeat);
    }
    dlt_free(rows);
    return status;
}

dlt_status dlt_targets_scan(const dlt_task *task, const dlt_task_split *split) {
    dlt_loader_field field;
    for (int k = 0; k < task->objective_count && split->has_targets; k++)
        if (dlt_task_target_field(task, split, k, &field))
            DLT_TRY(scan_field(task, split, &field));
    return DLT_OK;
}

static bool balances(const dlt_objective *self) {
    return self->ops->balances != NULL && self->ops->balances(self->selection->settings);
}

/* Where a checkpoint has the class weights of a loss; of the first one without its number. */
void dlt_class_weights_name(int k, char *out, size_t bytes) {
    if (k == 0)
        snprintf(out, bytes, "%s", DLT_CLASS_WEIGHTS);
    else
        snprintf(out, bytes, "%s_%d", DLT_CLASS_WEIGHTS, k);
}

static dlt_status read_weights(const dlt_task *task, const char *checkpoint, int k) {
    const dlt_objective *self = &task->objectives[k];
    const dlt_shape shape = {.rank = 1, .dim = {self->rows.d}};
    char name[64];
    dlt_h5_file *file = NULL;
    dlt_class_weights_name(k, name, sizeof name);
    DLT_TRY(dlt_h5_open(task->h5_lock, checkpoint, &file));
    dlt_status status = DLT_OK;
    if (dlt_h5_exists(file, name))
        status = dlt_h5_read(file, name, DLT_H5_F64, &shape, self->class_weights);
    dlt_h5_close(&file);
    return status;
}

dlt_status dlt_targets_make_weights(dlt_task *task, const dlt_task_options *options) {
    for (int k = 0; k < task->objective_count; k++) {
        dlt_objective *self = &task->objectives[k];
        if (!balances(self))
            continue;
        if (self->target.origin != DLT_TENSOR_FIELD)
            return dlt_config_fail(&self->selection->position,
                                   "balanced class weights need targets that are a field, but "
                                   "'%s' is a node",
                                   self->target.name);
        DLT_TRY(DLT_NEW(self->class_weights, self->rows.d));
        for (int64_t c = 0; c < self->rows.d; c++)
            self->class_weights[c] = 1;
        if (options->trained != NULL)
            memcpy(self->class_weights, options->trained->objectives[k].class_weights,
                   (size_t)self->rows.d * sizeof *self->class_weights);
        else if (!options->training)
            DLT_TRY(read_weights(task, options->checkpoint, k));
    }
    return DLT_OK;
}

/* This rank's share of the training samples; labels that do not count are left out. */
static dlt_status count_labels(const dlt_task *task, int k, int32_t *labels, int64_t block,
                               uint64_t *counts) {
    enum { SAMPLES = 1024 };
    const dlt_objective *self = &task->objectives[k];
    int64_t samples[SAMPLES];
    int64_t first = 0;
    int64_t last = 0;
    dlt_loader_field field;
    dlt_subset in_file_order = task->train.subset;
    in_file_order.shuffle = false;
    dlt_order order = dlt_subset_order(&in_file_order, 0);
    if (!dlt_task_target_field(task, &task->train, k, &field))
        return DLT_OK;
    dlt_batch_partition_run(in_file_order.count, dlt_comm_rank(task->comm),
                            dlt_comm_size(task->comm), &first, &last);
    for (int64_t at = first; at < last; at += block) {
        int64_t count = dlt_min_i64(block, last - at);
        dlt_order_samples(&order, at, count, samples);
        DLT_TRY(dlt_dataset_read(task->train.data, &field, samples, count, labels));
        for (int64_t i = 0; i < count * dlt_shape_count(&field.spec.shape); i++)
            if (!self->has_ignored || labels[i] != self->ignored)
                counts[labels[i]]++;
        dlt_heartbeat_progress(task->heartbeat);
    }
    return DLT_OK;
}

/* n / (k n_c) of all rows that count. */
static void fill_weights(const dlt_objective *self, const uint64_t *counts) {
    int64_t occurring = 0;
    uint64_t total = 0;
    for (int64_t c = 0; c < self->rows.d; c++) {
        occurring += counts[c] > 0;
        total += counts[c];
    }
    for (int64_t c = 0; c < self->rows.d; c++)
        if (counts[c] > 0)
            self->class_weights[c] = (double)total / ((double)occurring * (double)counts[c]);
}

static dlt_status balance(dlt_task *task, int k) {
    enum { LABELS = 1024 };
    dlt_objective *self = &task->objectives[k];
    const int64_t each = dlt_shape_count(&task->fields[self->target.index].stored);
    const int64_t block = dlt_max_i64(1, LABELS / each);
    uint64_t *counts = NULL;
    int32_t *labels = NULL;
    dlt_status status = DLT_NEW(counts, self->rows.d);
    if (status == DLT_OK)
        status = DLT_NEW(labels, block * each);
    if (status == DLT_OK)
        status = count_labels(task, k, labels, block, counts);
    status = dlt_agree(task->comm, status);
    if (status == DLT_OK)
        status = dlt_sum_u64(task->comm, counts, (int)self->rows.d);
    if (status == DLT_OK)
        fill_weights(self, counts);
    dlt_free(labels);
    dlt_free(counts);
    return status;
}

dlt_status dlt_targets_balance(dlt_task *task) {
    for (int k = 0; k < task->objective_count; k++)
        if (task->objectives[k].class_weights != NULL)
            DLT_TRY(balance(task, k));
    return DLT_OK;
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

static void warn_of_activation(const dlt_task *task, const dlt_objective *self) {
    const char *node = NULL;
    const char *kind = dlt_model_output_kind(task->model, self->prediction, &node);
    if (self->ops->probabilities == NULL)
        return;
    for (size_t i = 0; i < sizeof activations / sizeof activations[0]; i++)
        if (strcmp(kind, activations[i].kind) == 0)
            dlt_log(DLT_LOG_WARNING,
                    "node '%s' (%s) is the last before the loss %s, which takes logits: it %s; "
                    "leave it out",
                    node, kind, self->ops->entry.name, activations[i].effect);
}

void dlt_targets_warn(const dlt_task *task) {
    for (int k = 0; k < task->objective_count; k++)
        warn_of_activation(task, &task->objectives[k]);
}

dlt_status dlt_targets_find_origin(const dlt_task *task, dlt_task_split *split) {
    dlt_loader_field field;
    dlt_subset in_file_order = split->subset;
    in_file_order.shuffle = false;
    dlt_order order = dlt_subset_order(&in_file_order, 0);
    int64_t first = dlt_order_sample(&order, 0);
    for (int k = 0; k < task->objective_count && split->has_targets; k++) {
        if (task->objectives[k].ops->target != DLT_TARGET_VALUES ||
            !dlt_task_target_field(task, split, k, &field))
            continue;
        /* Of targets that transforms reshape, 0 will do. */
        const dlt_shape *delivered = &task->fields[task->objectives[k].target.index].spec.shape;
        if (!dlt_shape_equal(&field.spec.shape, delivered)) {
            DLT_TRY(DLT_NEW(split->origins[k], dlt_shape_count(delivered)));
            continue;
        }
        DLT_TRY(DLT_NEW(split->origins[k], dlt_shape_count(&field.spec.shape)));
        DLT_TRY(dlt_dataset_read(split->data, &field, &first, 1, split->origins[k]));
    }
    return DLT_OK;
}
