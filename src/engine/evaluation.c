/* Runs a whole split as one batch of the reducer. Each micro-batch is a leaf of its canonical tree,
 * so the sums do not depend on the number of ranks. A leaf holds loss, weight and the sums of the
 * metrics (metric_sums.h). A rank that fails pushes its remaining leaves unread and sets its flag;
 * the ranks agree on the error after the reduction. */
#include "engine/evaluation.h"

#include "base/alloc.h"
#include "base/cast.h"
#include "base/error.h"
#include "comm/reducer.h"
#include "engine/metric_sums.h"
#include "engine/objectives.h"
#include "engine/reduction_flags.h"

#include <math.h>
#include <stdio.h>
#include <string.h>

/* One micro-batch: forward, loss, metrics, sink. */
static dlt_status evaluate_micro(const dlt_evaluation_options *options,
                                 const dlt_micro_batch *batch, double *block) {
    const dlt_task *task = options->task;
    const dlt_model_call call = dlt_task_model_call(task, batch);
    dlt_model_forward(task->model, &call, NULL);
    if (options->split->has_targets) {
        const dlt_objectives_call losses = {.batch = batch,
                                            .origins =
                                                (const dlt_real *const *)options->split->origins,
                                            .metrics = task->metric_count,
                                            .block = block};
        dlt_objectives_compute(task, &losses);
    }
    if (options->sink == NULL)
        return DLT_OK;
    return options->sink(options->sink_context, batch);
}

static dlt_status check_stop(const dlt_evaluation_options *options) {
    if (options->stop == NULL || *options->stop == 0)
        return DLT_OK;
    return dlt_fail(DLT_ERR_IO, "stopped by a signal before all samples were computed");
}

static void flag(dlt_reducer *reducer, dlt_status status) {
    dlt_reducer_set_flags(
        reducer, (const double[DLT_REDUCTION_FLAGS]){[DLT_FLAG_FAILED] = status != DLT_OK});
}

/* This rank's run of micro-batches. After a failure the rest is pushed unread, so that the
 * canonical tree is whole and the ranks meet in the reduction. */
static dlt_status evaluate_run(const dlt_evaluation_options *options, dlt_loader *loader,
                               dlt_reducer *reducer, int64_t micros, dlt_status status) {
    const dlt_comm *comm = options->task->comm;
    int64_t first = 0;
    int64_t last = 0;
    dlt_batch_partition_run(micros, dlt_comm_rank(comm), dlt_comm_size(comm), &first, &last);
    for (int64_t micro = first; micro < last; micro++) {
        dlt_sums leaf = dlt_reducer_leaf(reducer);
        const dlt_micro_batch *batch = NULL;
        if (status == DLT_OK)
            status = check_stop(options);
        if (status == DLT_OK)
            status = dlt_loader_next(loader, &batch);
        if (status == DLT_OK)
            status = evaluate_micro(options, batch, leaf.doubles);
        if (batch != NULL)
            dlt_loader_release(loader, batch);
        flag(reducer, status);
        dlt_reducer_push(reducer);
        dlt_heartbeat_progress(options->heartbeat);
        if (options->progress != NULL)
            dlt_progress_update(options->progress,
                                options->split->subset.count * (micro - first + 1) / (last - first),
                                NULL);
    }
    if (last == first)
        flag(reducer, status);
    return status;
}

static void read_matrix(const dlt_task *task, int64_t index, const double *block,
                        dlt_evaluation *out) {
    int64_t rows = out->metrics[index].matrix_rows;
    memcpy(out->matrix, block + dlt_sums_offset(task, index),
           (size_t)(rows * rows) * sizeof *out->matrix);
}

dlt_status dlt_evaluation_of_sums(const dlt_task *task, const double *block, dlt_evaluation *out) {
    out->loss = dlt_objectives_total(task, block);
    out->loss_count = task->objective_count > 1 ? task->objective_count : 0;
    for (int k = 0; k < out->loss_count; k++) {
        out->losses[k].value = dlt_objective_value(k, block);
        snprintf(out->losses[k].name, sizeof out->losses[k].name, "%.57s_loss",
                 task->objectives[k].name);
    }
    for (int64_t i = 0; i < task->metric_count; i++) {
        dlt_sums_finish(task, i, block, &out->metrics[i]);
        out->metric_count = (int)i + 1;
        int64_t rows = out->metrics[i].matrix_rows;
        if (rows == 0 || out->matrix != NULL)
            continue;
        DLT_TRY(DLT_NEW(out->matrix, rows * rows));
        out->matrix_rows = rows;
        read_matrix(task, i, block, out);
    }
    return DLT_OK;
}

dlt_status dlt_evaluate_split(const dlt_evaluation_options *options, dlt_evaluation *out) {
    const dlt_task *task = options->task;
    dlt_batch_partition partition = dlt_task_evaluation_partition(task, options->split);
    int64_t micros = dlt_batch_partition_micros(&partition, 0);
    *out = (dlt_evaluation){.samples = partition.samples};
    dlt_heartbeat_phase(options->heartbeat, DLT_PHASE_EVALUATING);
    dlt_loader *loader = NULL;
    dlt_reducer *reducer = NULL;
    int64_t length = dlt_sums_length(task, task->metric_count);
    const dlt_reducer_options reduction = {
        .double_count = length, .micros = &micros, .micros_count = 1};
    DLT_TRY(dlt_reducer_create(task->comm, &reduction, &reducer));
    dlt_loader_options loader_options =
        dlt_task_loader_options(task, options->split, &partition, false);
    dlt_status mine = dlt_loader_create(&loader_options, &loader);
    dlt_status status = dlt_reducer_begin(reducer, micros);
    if (status == DLT_OK) {
        mine = evaluate_run(options, loader, reducer, micros, mine);
        dlt_total total;
        status = dlt_reducer_finish(reducer, &total);
        if (status == DLT_OK && total.flags[DLT_FLAG_FAILED] > 0)
            status = dlt_agree(task->comm, mine);
        if (status == DLT_OK && options->split->has_targets)
            status = dlt_objectives_check_counted(task, total.doubles, "the evaluated data");
        if (status == DLT_OK)
            status = dlt_agree(task->comm, dlt_evaluation_of_sums(task, total.doubles, out));
    }
    dlt_loader_destroy(&loader);
    dlt_reducer_destroy(&reducer);
    return status;
}

void dlt_evaluation_destroy(dlt_evaluation *evaluation) {
    dlt_free(evaluation->matrix);
    *evaluation = (dlt_evaluation){0};
}

void dlt_evaluation_record(const dlt_evaluation *evaluation, const char *prefix,
                           dlt_record *record) {
    char key[128];
    snprintf(key, sizeof key, "%s_loss", prefix);
    dlt_record_real(record, key, evaluation->loss);
    for (int k = 0; k < evaluation->loss_count; k++) {
        snprintf(key, sizeof key, "%s_%s", prefix, evaluation->losses[k].name);
        dlt_record_real(record, key, evaluation->losses[k].value);
    }
    for (int i = 0; i < evaluation->metric_count; i++)
        for (int k = 0; k < evaluation->metrics[i].count; k++) {
            const dlt_metric_value *value = &evaluation->metrics[i].values[k];
            snprintf(key, sizeof key, "%s_%s", prefix, value->name);
            dlt_record_real(record, key, value->value);
        }
}

bool dlt_evaluation_find(const dlt_evaluation *evaluation, const char *name, double *value,
                         bool *higher_is_better) {
    if (strcmp(name, "loss") == 0) {
        *value = evaluation->loss;
        *higher_is_better = false;
        return true;
    }
    for (int k = 0; k < evaluation->loss_count; k++)
        if (strcmp(name, evaluation->losses[k].name) == 0) {
            *value = evaluation->losses[k].value;
            *higher_is_better = false;
            return true;
        }
    for (int i = 0; i < evaluation->metric_count; i++)
        for (int k = 0; k < evaluation->metrics[i].count; k++) {
            const dlt_metric_value *found = &evaluation->metrics[i].values[k];
            if (strcmp(found->name, name) != 0)
                continue;
            *value = found->value;
            *higher_is_better = found->higher_is_better;
            return true;
        }
    return false;
}
