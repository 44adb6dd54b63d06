/* Runs an update in this order: this rank's micro-batches (or sync.c's), the reduction over the
 * ranks, clipping, optimizer and EMA on this rank's ranges, publishing of the parameters, running
 * statistics and counters. All ranks take the same branches, because they decide on reduced values
 * alone. A rank that fails pushes its remaining leaves uncomputed, and a flag of the same reduction
 * tells the others. */
#include "engine/step.h"

#include "base/cast.h"
#include "base/clock.h"
#include "base/error.h"
#include "engine/denominators.h"
#include "engine/metric_sums.h"
#include "engine/objectives.h"
#include "engine/reduction_flags.h"
#include "engine/row_update.h"
#include "engine/sync.h"
#include "engine/update.h"

#include <inttypes.h>
#include <math.h>
#include <stdio.h>

/* Gradient sums lie first in a leaf, the batch statistics behind them. */
static dlt_real *statistics_of(const dlt_stepper *stepper, dlt_real *reals) {
    return reals + dlt_model_grad_elements(stepper->task->model);
}

/* Tells the reducer of what is finished while the rest is computed. */
void dlt_step_backward(dlt_stepper *stepper, const dlt_model_call *call, dlt_sums leaf) {
    dlt_model *model = stepper->task->model;
    dlt_model_backward_begin(model, call);
    for (int node = dlt_model_node_count(model) - 1; node >= 0; node--) {
        dlt_model_backward_part(model, call, leaf.reals, node, node + 1);
        dlt_reducer_ready(stepper->strategy->reducer, dlt_model_grads_ready(model, node));
    }
    dlt_reducer_set_rows(stepper->strategy->reducer, dlt_model_row_gradients(model, 0));
}

void dlt_step_forward(dlt_stepper *stepper, const dlt_micro_batch *batch, dlt_sums leaf,
                      dlt_model_call *call) {
    const dlt_task *task = stepper->task;
    *call = dlt_task_model_call(task, batch);
    call->training = true;
    call->seed = (uint64_t)task->run->settings.seed;
    call->step = stepper->state->step;
    call->epoch = stepper->state->epoch;
    dlt_model_forward(task->model, call, statistics_of(stepper, leaf.reals));
}

static void compute_micro(dlt_stepper *stepper, const dlt_micro_batch *batch, dlt_sums leaf) {
    dlt_model_call call;
    dlt_step_forward(stepper, batch, leaf, &call);
    const dlt_objectives_call losses = dlt_stepper_losses(stepper, batch, 0, leaf.doubles);
    dlt_objectives_compute(stepper->task, &losses);
    dlt_step_backward(stepper, &call, leaf);
}

dlt_status dlt_step_read(dlt_stepper *stepper, const dlt_micro_batch **batch) {
    dlt_heartbeat_phase(stepper->heartbeat, DLT_PHASE_READING);
    DLT_TRY(stepper->source.ops->next(stepper->source.self, batch));
    dlt_heartbeat_phase(stepper->heartbeat, DLT_PHASE_COMPUTING);
    return *batch != NULL ? DLT_OK
                          : dlt_fail(DLT_ERR_INTERNAL, "the data ended before the epoch did");
}

/* Where the weights of the losses depend on the data: reads all of this rank's micro-batches, and
 * adds the weights up over the ranks. *failed: some rank could not read its own. */
static dlt_status read_all(dlt_stepper *stepper, int64_t micros, int64_t samples, int count,
                           dlt_status status, bool *failed) {
    dlt_denominators *denominators = stepper->denominators;
    for (int i = 0; i < count; i++) {
        denominators->batches[i] = NULL;
        if (status == DLT_OK)
            status = dlt_step_read(stepper, &denominators->batches[i]);
    }
    dlt_status of_sum =
        dlt_denominators_find(denominators, micros, samples, count, status != DLT_OK, failed);
    return status != DLT_OK ? status : of_sum;
}

/* This rank's micro-batches. After a failure the rest is pushed uncomputed, so that all ranks still
 * meet in the reduction, whose flags tell them. */
static dlt_status compute_run(dlt_stepper *stepper, const dlt_step_requests *requests,
                              int64_t micros, int64_t samples) {
    dlt_reducer *reducer = stepper->strategy->reducer;
    dlt_status status = requests->failure;
    int64_t first = 0;
    int64_t last = 0;
    bool failed = false;
    const bool reads_first = dlt_denominators_need_data(stepper->denominators);
    dlt_batch_partition_run(micros, stepper->partition.rank, stepper->partition.size, &first,
                            &last);
    if (reads_first)
        status = read_all(stepper, micros, samples, (int)(last - first), status, &failed);
    else if (stepper->denominators != NULL)
        status = status != DLT_OK ? status
                                  : dlt_denominators_find(stepper->denominators, micros, samples, 0,
                                                          false, &failed);
    for (int64_t micro = first; micro < last; micro++) {
        dlt_sums leaf = dlt_reducer_leaf(reducer);
        const dlt_micro_batch *batch =
            reads_first ? stepper->denominators->batches[micro - first] : NULL;
        if (status == DLT_OK && !reads_first)
            status = dlt_step_read(stepper, &batch);
        /* All reading is done before the last micro-batch is computed, and its parts are sent. */
        dlt_step_set_flags(stepper, requests, status);
        if (batch != NULL && !failed) {
            compute_micro(stepper, batch, leaf);
            dlt_coverage_add(&stepper->coverage, batch->samples, batch->id.count);
        }
        if (batch != NULL)
            stepper->source.ops->release(stepper->source.self, batch);
        dlt_reducer_push(reducer);
    }
    if (last == first)
        dlt_step_set_flags(stepper, requests, status);
    return status;
}

/* The factor of clipping by norm, as in PyTorch's clip_grad_norm_; 0 / not finite norms are left to
 * the caller. */
static double clip_factor(double limit, double norm) {
    const double epsilon = 1e-6;
    if (isnan(limit))
        return 1;
    return fmin(1, limit / (norm + epsilon));
}

/* What makes the gradient of the total out of what was added up. Of several losses each gradient
 * has been divided by its own weight. */
double dlt_step_scale(const dlt_task *task, const dlt_total *total) {
    if (task->objective_count > 1)
        return 1;
    const double factor = task->objectives[0].factor;
    return factor / total->doubles[DLT_SUM_WEIGHT];
}

/* What multiplies the gradient sum; 0 if its norm is not finite. */
static dlt_status find_scale(dlt_stepper *stepper, const dlt_total *total, double *scale) {
    double limit = stepper->task->run->settings.train.clip_norm;
    double norm2 = 0;
    double rows_norm2 = 0;
    *scale = dlt_step_scale(stepper->task, total);
    if (isnan(limit))
        return DLT_OK;
    DLT_TRY(stepper->strategy->ops->norm2(stepper->strategy, total->reals, &norm2));
    DLT_TRY(dlt_row_update_norm2(stepper->strategy, &rows_norm2));
    double norm = sqrt(norm2 + rows_norm2) * *scale;
    *scale = isfinite(norm) ? *scale * clip_factor(limit, norm) : 0;
    return DLT_OK;
}

static dlt_status update(dlt_stepper *stepper, const dlt_total *total, double scale,
                         dlt_step_result *result) {
    const double began = dlt_clock_s();
    DLT_TRY(dlt_update_params(stepper, total->reals, scale, result->lr));
    result->update_s = dlt_clock_s() - began;
    return DLT_OK;
}

static void advance(dlt_stepper *stepper, const dlt_total *total, int64_t samples, int64_t micros) {
    dlt_train_state *state = stepper->state;
    const dlt_real *statistics = total->reals + dlt_model_grad_elements(stepper->task->model);
    dlt_model_update_statistics(stepper->task->model, statistics, samples, micros);
    int64_t sums = dlt_sums_length(stepper->task, stepper->train_metrics);
    for (int64_t i = 0; i < sums; i++)
        state->epoch_sums[i] += total->doubles[i];
    state->step++;
    state->epoch_step++;
    state->samples += samples;
}

static dlt_status judge_sums(const dlt_stepper *stepper, dlt_status mine, const dlt_total *total,
                             dlt_step_result *result) {
    if (total->flags[DLT_FLAG_FAILED] > 0)
        return dlt_agree(stepper->task->comm, mine);
    result->stop = total->flags[DLT_FLAG_STOP];
    result->save = total->flags[DLT_FLAG_SAVE] > 0;
    result->time_up = total->flags[DLT_FLAG_TIME_UP] > 0;
    result->gradients = total->reals;
    result->reducer = stepper->strategy->reducer;
    char where[64];
    (void)snprintf(where, sizeof where, "the batch of update %" PRId64, stepper->state->step + 1);
    DLT_TRY(dlt_objectives_check_counted(stepper->task, total->doubles, where));
    result->loss = dlt_objectives_total(stepper->task, total->doubles);
    return DLT_OK;
}

/* All ranks see the same sums, and so the same failure; the reduction is closed then, too. */
dlt_status dlt_step_reduce(dlt_stepper *stepper, dlt_status mine, dlt_total *total,
                           dlt_step_result *result) {
    double began = dlt_clock_s();
    dlt_heartbeat_phase(stepper->heartbeat, DLT_PHASE_REDUCING);
    DLT_TRY(dlt_reducer_finish(stepper->strategy->reducer, total));
    result->reduce_s = dlt_clock_s() - began;
    dlt_status status = judge_sums(stepper, mine, total, result);
    if (status == DLT_OK || status == DLT_ERR_MPI)
        return status;
    const dlt_status closed = stepper->strategy->ops->publish(stepper->strategy, false);
    return closed == DLT_OK ? status : closed;
}

static dlt_status publish(dlt_stepper *stepper, dlt_step_result *result) {
    double began = dlt_clock_s();
    dlt_strategy *strategy = stepper->strategy;
    DLT_TRY(strategy->ops->publish(strategy,
                                   result->finite ? DLT_CHANGED_BY_UPDATE : DLT_CHANGED_NOTHING));
    result->reduce_s += dlt_clock_s() - began;
    return DLT_OK;
}

static int64_t micros_of(const dlt_stepper *stepper) {
    return dlt_batch_partition_micros(&stepper->partition, stepper->state->epoch_step);
}

dlt_status dlt_step_begin(dlt_stepper *stepper, dlt_step_result *result) {
    *result = (dlt_step_result){
        .samples = dlt_batch_partition_batch(&stepper->partition, stepper->state->epoch_step),
        .lr = dlt_stepper_lr(stepper)};
    return dlt_reducer_begin(stepper->strategy->reducer, micros_of(stepper));
}

dlt_status dlt_step_finish(dlt_stepper *stepper, const dlt_total *total, dlt_step_result *result) {
    const int64_t micros = micros_of(stepper);
    double scale = 0;
    if (isfinite(result->loss))
        DLT_TRY(find_scale(stepper, total, &scale));
    result->finite = scale > 0;
    if (result->finite)
        DLT_TRY(update(stepper, total, scale, result));
    DLT_TRY(publish(stepper, result));
    if (result->finite)
        advance(stepper, total, result->samples, micros);
    return DLT_OK;
}

dlt_status dlt_step(dlt_stepper *stepper, const dlt_step_requests *requests,
                    dlt_step_result *result) {
    const int64_t micros = micros_of(stepper);
    dlt_total total;
    DLT_TRY(dlt_step_begin(stepper, result));
    dlt_status mine = stepper->sync != NULL
                          ? dlt_sync_compute(stepper, requests, micros, result->samples)
                          : compute_run(stepper, requests, micros, result->samples);
    DLT_TRY(dlt_step_reduce(stepper, mine, &total, result));
    return dlt_step_finish(stepper, &total, result);
}
