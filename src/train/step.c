#include "train/step.h"

#include "base/cast.h"
#include "base/clock.h"
#include "base/error.h"
#include "dltrain/plugin/optimizer.h"
#include "dltrain/plugin/schedule.h"
#include "optim/norm.h"
#include "optim/regularize.h"
#include "train/metric_sums.h"
#include "train/votes.h"

#include <math.h>

int dlt_step_micros(const dlt_cut *cut, int64_t micros[2]) {
    micros[0] = dlt_cut_micros(cut, 0);
    micros[1] = dlt_cut_micros(cut, dlt_cut_steps(cut) - 1);
    return micros[1] == micros[0] ? 1 : 2;
}

dlt_status dlt_step_reducer(const dlt_problem *problem, const dlt_cut *cut, int64_t train_metrics,
                            dlt_reducer **out) {
    int64_t micros[2];
    int count = dlt_step_micros(cut, micros);
    int64_t reals =
        dlt_model_param_elements(problem->model) + dlt_model_extra_elements(problem->model);
    return dlt_reducer_create(problem->comm, reals, dlt_sums_length(problem, train_metrics), micros,
                              count, out);
}

/* Gradient sums lie first in a leaf, the batch statistics behind them. */
static dlt_real *observed_of(const dlt_stepper *stepper, dlt_real *reals) {
    return reals + dlt_model_param_elements(stepper->problem->model);
}

static void compute_micro(dlt_stepper *stepper, const dlt_micro_batch *batch, dlt_sums leaf) {
    const dlt_problem *problem = stepper->problem;
    int64_t n = batch->stop.count;
    dlt_model_call call = {.n = n,
                           .x = batch->x,
                           .training = true,
                           .seed = (uint64_t)problem->run->settings.seed,
                           .step = stepper->state->step,
                           .micro = batch->stop.micro};
    const dlt_real *prediction =
        dlt_model_forward(problem->model, &call, observed_of(stepper, leaf.reals));
    dlt_loss_sum sum = dlt_problem_loss(problem, n, prediction, &batch->target,
                                        dlt_model_output_gradient(problem->model, 0));
    leaf.doubles[DLT_SUM_LOSS] = sum.loss;
    leaf.doubles[DLT_SUM_WEIGHT] = sum.weight;
    dlt_sums_add(problem, stepper->train_metrics, n, prediction, &batch->target, leaf.doubles);
    dlt_model_backward(problem->model, &call, leaf.reals);
}

/* This rank's micro-batches. After a failure the rest is pushed uncomputed, so that all ranks still
 * meet in the reduction, whose votes tell them. */
static dlt_status compute_run(dlt_stepper *stepper, dlt_status status, int64_t micros) {
    int64_t first = 0;
    int64_t last = 0;
    dlt_cut_run(micros, stepper->cut.rank, stepper->cut.size, &first, &last);
    for (int64_t micro = first; micro < last; micro++) {
        dlt_sums leaf = dlt_reducer_leaf(stepper->reducer);
        const dlt_micro_batch *batch = NULL;
        dlt_mark_phase(stepper->marks, DLT_PHASE_READING);
        if (status == DLT_OK)
            status = stepper->source.ops->next(stepper->source.self, &batch);
        if (status == DLT_OK && batch == NULL)
            status = dlt_fail(DLT_ERR_INTERNAL, "the data ended before the epoch did");
        dlt_mark_phase(stepper->marks, DLT_PHASE_COMPUTING);
        if (batch != NULL) {
            compute_micro(stepper, batch, leaf);
            dlt_ledger_enter(&stepper->ledger, batch->samples, batch->stop.count);
            stepper->source.ops->release(stepper->source.self, batch);
        }
        dlt_reducer_push(stepper->reducer);
    }
    return status;
}

int64_t dlt_stepper_samples_done(const dlt_stepper *stepper) {
    int64_t done = stepper->state->epoch_step * stepper->cut.batch;
    return dlt_min_i64(done, stepper->cut.samples);
}

double dlt_stepper_lr(const dlt_stepper *stepper) {
    const dlt_run_settings *settings = &stepper->problem->run->settings;
    const dlt_optimizer_ops *optimizer =
        (const dlt_optimizer_ops *)(const void *)settings->optimizer.kind;
    dlt_schedule_moment moment = {.step = stepper->state->step,
                                  .steps_per_epoch = dlt_cut_steps(&stepper->cut),
                                  .total_steps = stepper->total_steps};
    return optimizer->lr(settings->optimizer.settings) *
           dlt_schedule_factor(&settings->schedule, &moment, stepper->state->schedule);
}

/* The factor of clipping by norm, as in PyTorch's clip_grad_norm_; 0 / not finite norms are left to
 * the caller. */
static double clip_factor(double limit, double norm) {
    const double epsilon = 1e-6;
    if (isnan(limit))
        return 1;
    return fmin(1, limit / (norm + epsilon));
}

static bool update(dlt_stepper *stepper, const dlt_sums *total, double lr) {
    const dlt_run_settings *settings = &stepper->problem->run->settings;
    const dlt_optimizer_ops *optimizer =
        (const dlt_optimizer_ops *)(const void *)settings->optimizer.kind;
    int64_t count = dlt_model_param_elements(stepper->problem->model);
    double scale = 1 / total->doubles[DLT_SUM_WEIGHT];
    if (!isnan(settings->train.clip_norm)) {
        double norm = sqrt(dlt_gradient_norm2(count, total->reals)) * scale;
        if (!isfinite(norm))
            return false;
        scale *= clip_factor(settings->train.clip_norm, norm);
    }
    double clip_value = settings->train.clip_value;
    dlt_update call = {.count = count,
                       .step = stepper->state->step + 1,
                       .lr = lr,
                       .scale = (dlt_real)scale,
                       .clip_value = isnan(clip_value) ? (dlt_real)INFINITY : (dlt_real)clip_value,
                       .grad = total->reals,
                       .param = dlt_model_params(stepper->problem->model)};
    dlt_regularize_update(&settings->regularize, &settings->optimizer, &call);
    for (int s = 0; s < stepper->state->slot_count; s++)
        call.slots[s] = stepper->state->slots[s];
    optimizer->step(settings->optimizer.settings, &call);
    return true;
}

static void advance(dlt_stepper *stepper, const dlt_sums *total, int64_t samples, int64_t micros) {
    dlt_train_state *state = stepper->state;
    dlt_model_absorb(stepper->problem->model, observed_of(stepper, total->reals), samples, micros);
    int64_t sums = dlt_sums_length(stepper->problem, stepper->train_metrics);
    for (int64_t i = 0; i < sums; i++)
        state->epoch_sums[i] += total->doubles[i];
    state->step++;
    state->epoch_step++;
    state->samples += samples;
}

dlt_status dlt_step(dlt_stepper *stepper, const dlt_step_asks *asks, dlt_step_result *result) {
    int64_t epoch_step = stepper->state->epoch_step;
    int64_t micros = dlt_cut_micros(&stepper->cut, epoch_step);
    *result = (dlt_step_result){.samples = dlt_cut_batch(&stepper->cut, epoch_step),
                                .lr = dlt_stepper_lr(stepper)};
    DLT_TRY(dlt_reducer_begin(stepper->reducer, micros));
    dlt_status mine = stepper->sync != NULL
                          ? dlt_sync_compute(stepper, asks->failure, micros, result->samples)
                          : compute_run(stepper, asks->failure, micros);
    double votes[DLT_VOTES] = {[DLT_VOTE_FAILED] = mine != DLT_OK,
                               [DLT_VOTE_STOP] = asks->stop,
                               [DLT_VOTE_SAVE] = asks->save,
                               [DLT_VOTE_TIME_UP] = asks->time_up};
    double began = dlt_clock_s();
    dlt_sums total;
    dlt_mark_phase(stepper->marks, DLT_PHASE_REDUCING);
    DLT_TRY(dlt_reducer_finish(stepper->reducer, votes, &total));
    result->reduce_s = dlt_clock_s() - began;
    if (votes[DLT_VOTE_FAILED] > 0)
        return dlt_agree(stepper->problem->comm, mine);
    result->stop = votes[DLT_VOTE_STOP];
    result->save = votes[DLT_VOTE_SAVE] > 0;
    result->time_up = votes[DLT_VOTE_TIME_UP] > 0;
    result->gradients = total.reals;
    result->loss = total.doubles[DLT_SUM_LOSS] / total.doubles[DLT_SUM_WEIGHT];
    result->finite = isfinite(result->loss) && update(stepper, &total, result->lr);
    if (result->finite)
        advance(stepper, &total, result->samples, micros);
    return DLT_OK;
}
