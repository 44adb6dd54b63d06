/* Computes the losses of a micro-batch. Of each loss, in the order of the run file: which rows
 * count (mask, weight, ignored label), the loss's own function on all rows at once, its gradient
 * divided by the weight of the batch where there are several losses, and the metrics on the rows
 * that count. The one loss of a short run file has no row weights and takes no extra pass. */
#include "engine/objectives.h"

#include "base/error.h"
#include "engine/metric_sums.h"

#include <math.h>
#include <string.h>

static const void *operand_at(const dlt_task *task, const dlt_tensor_source *source,
                              const dlt_micro_batch *batch, int in_flight) {
    if (source->origin == DLT_TENSOR_FIELD)
        return batch->fields[task->fields[source->index].loaded];
    return source->origin == DLT_TENSOR_OUTPUT
               ? dlt_model_output_at(task->model, in_flight, source->index)
               : NULL;
}

static bool is_whole(const dlt_task *task, const dlt_tensor_source *source) {
    return dlt_objective_spec(task, source)->dtype == DLT_DTYPE_I32;
}

/* Multiplies the weights of rows by a mask (0 or not) or a weight, of which `group` rows in a row
 * share an element. */
static void scale_rows(dlt_real *weights, int64_t count, int64_t group, const void *by, bool whole,
                       bool as_mask) {
    for (int64_t i = 0; i < count; i++) {
        const int64_t at = i / group;
        const dlt_real value =
            whole ? (dlt_real)((const int32_t *)by)[at] : ((const dlt_real *)by)[at];
        const dlt_real factor = as_mask ? (dlt_real)(value != 0) : value;
        /* A weight of 0 stays 0 whatever else is said of the row, NaN included. */
        weights[i] = weights[i] == 0 || factor == 0 ? 0 : weights[i] * factor;
    }
}

static void scale_by(const dlt_task *task, const dlt_objective *self,
                     const dlt_tensor_source *source, const void *by, int64_t n, bool as_mask) {
    if (by == NULL)
        return;
    const int64_t elements = dlt_shape_count(&dlt_objective_spec(task, source)->shape);
    scale_rows(self->row_weights, n * self->rows.count, self->rows.count / elements, by,
               is_whole(task, source), as_mask);
}

/* Fills the objective's row weights; NULL where all rows count alike. */
static const dlt_real *weigh_rows(const dlt_task *task, const dlt_objective *self,
                                  const dlt_micro_batch *batch, int in_flight) {
    const int64_t n = batch->id.count;
    const int64_t rows = n * self->rows.count;
    if (self->row_weights == NULL)
        return NULL;
    for (int64_t i = 0; i < rows; i++)
        self->row_weights[i] = 1;
    scale_by(task, self, &self->mask, operand_at(task, &self->mask, batch, in_flight), n, true);
    scale_by(task, self, &self->weight, operand_at(task, &self->weight, batch, in_flight), n,
             false);
    const int32_t *labels = operand_at(task, &self->target, batch, in_flight);
    for (int64_t i = 0; self->has_ignored && i < rows; i++)
        if (labels[i] == self->ignored)
            self->row_weights[i] = 0;
    return self->row_weights;
}

static dlt_target target_of(const dlt_objective *self, const void *rows) {
    const bool has_labels = self->ops->target == DLT_TARGET_LABELS;
    return (dlt_target){.kind = self->ops->target,
                        .labels = has_labels ? rows : NULL,
                        .values = has_labels ? NULL : rows};
}

static dlt_loss_call loss_call(const dlt_task *task, const dlt_objective *self,
                               const dlt_micro_batch *batch, int in_flight) {
    return (dlt_loss_call){.n = batch->id.count * self->rows.count,
                           .d = self->rows.d,
                           .target =
                               target_of(self, operand_at(task, &self->target, batch, in_flight)),
                           .kernels = &task->kernels,
                           .class_weights = self->class_weights,
                           .weights = weigh_rows(task, self, batch, in_flight)};
}

void dlt_objectives_weigh(const dlt_task *task, const dlt_micro_batch *batch, double *weights) {
    for (int k = 0; k < task->objective_count; k++) {
        const dlt_objective *self = &task->objectives[k];
        const dlt_loss_call call = loss_call(task, self, batch, 0);
        weights[k] += dlt_loss_denominator(self->selection, &call);
    }
}

/* The rows that count, one after the other, in the objective's own memory. */
static void keep_counted(const dlt_objective *self, const dlt_real *weights,
                         dlt_metric_call *call) {
    const size_t row_bytes = (size_t)call->d * sizeof(dlt_real);
    int64_t kept = 0;
    for (int64_t i = 0; i < call->n; i++) {
        if (weights[i] == 0)
            continue;
        memcpy(self->counted + kept * call->d, call->prediction + i * call->d, row_bytes);
        if (call->target.labels != NULL)
            self->counted_labels[kept] = call->target.labels[i];
        else
            memcpy(self->counted_values + kept * call->d, call->target.values + i * call->d,
                   row_bytes);
        kept++;
    }
    call->n = kept;
    call->prediction = self->counted;
    call->target.labels = call->target.labels != NULL ? self->counted_labels : NULL;
    call->target.values = call->target.values != NULL ? self->counted_values : NULL;
}

static void count_metrics(const dlt_task *task, int k, const dlt_loss_call *loss,
                          const dlt_objectives_call *call) {
    const dlt_objective *self = &task->objectives[k];
    dlt_metric_call counted = {.n = loss->n,
                               .d = loss->d,
                               .prediction = loss->prediction,
                               .target = loss->target,
                               .binary = self->ops->binary,
                               .origin = call->origins[k]};
    if (loss->weights != NULL)
        keep_counted(self, loss->weights, &counted);
    dlt_sums_add(task, k, call->metrics, &counted, call->block);
}

static bool has_metrics(const dlt_task *task, int k, int64_t metrics) {
    for (int64_t i = 0; i < metrics; i++)
        if (task->metrics[i].objective == k)
            return true;
    return false;
}

/* The gradient of the sum becomes that of this loss's part of the total. */
static void scale_gradient(const dlt_objective *self, int64_t count, double denominator,
                           dlt_real *gradient) {
    const dlt_real scale = (dlt_real)(denominator > 0 ? self->factor / denominator : 0);
    for (int64_t i = 0; i < count; i++)
        gradient[i] *= scale;
}

static void add_gradient(int64_t count, const dlt_real *from, dlt_real *to) {
    for (int64_t i = 0; i < count; i++)
        to[i] += from[i];
}

static void compute_objective(const dlt_task *task, int k, const dlt_objectives_call *call) {
    const dlt_objective *self = &task->objectives[k];
    dlt_loss_call loss = loss_call(task, self, call->batch, call->in_flight);
    dlt_real *gradient =
        call->training ? dlt_model_output_gradient(task->model, call->in_flight, self->prediction)
                       : NULL;
    loss.prediction = dlt_model_output_at(task->model, call->in_flight, self->prediction);
    loss.dprediction = gradient != NULL && self->shares_output ? self->gradient : gradient;
    const dlt_loss_sum sum = self->ops->compute(self->selection->settings, &loss);
    call->block[2 * k + DLT_SUM_LOSS] = sum.loss;
    call->block[2 * k + DLT_SUM_WEIGHT] = sum.weight;
    const int64_t elements = loss.n * loss.d;
    /* NULL in evaluation, and where nothing that trains lies before the prediction. */
    if (gradient != NULL && call->denominators != NULL)
        scale_gradient(self, elements, call->denominators[k], loss.dprediction);
    if (gradient != NULL && loss.dprediction != gradient)
        add_gradient(elements, loss.dprediction, gradient);
    if (has_metrics(task, k, call->metrics))
        count_metrics(task, k, &loss, call);
}

void dlt_objectives_compute(const dlt_task *task, const dlt_objectives_call *call) {
    for (int k = 0; k < task->objective_count; k++)
        compute_objective(task, k, call);
}

double dlt_objective_value(int k, const double *block) {
    return block[2 * k + DLT_SUM_LOSS] / block[2 * k + DLT_SUM_WEIGHT];
}

double dlt_objectives_total(const dlt_task *task, const double *block) {
    double total = 0;
    for (int k = 0; k < task->objective_count; k++)
        total += task->objectives[k].factor * dlt_objective_value(k, block);
    return total;
}

dlt_status dlt_objectives_check_counted(const dlt_task *task, const double *block,
                                        const char *where) {
    for (int k = 0; k < task->objective_count; k++)
        if (block[2 * k + DLT_SUM_WEIGHT] == 0)
            return dlt_fail(DLT_ERR_FORMAT,
                            "nothing counts for the loss '%s' in %s: every row has weight 0, is "
                            "masked or has the ignored label",
                            task->objectives[k].name, where);
    return DLT_OK;
}
