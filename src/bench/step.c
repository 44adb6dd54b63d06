/* `dltrain bench step`: a warm-up, trials that find the number of steps of a round, rounds until
 * the time is over, then the profile if wanted, and the limits. The peak of memory is read before
 * these two, which allocate arrays of their own. The result is the median of the rounds' rates. All
 * ranks learn the largest elapsed time, so they take the same number of rounds. Rank 0 prints, and
 * all ranks agree on whether that succeeded. */
#include "dltrain/bench.h"

#include "base/alloc.h"
#include "base/cast.h"
#include "base/clock.h"
#include "base/error.h"
#include "bench/harness.h"
#include "bench/limits.h"
#include "bench/profile.h"
#include "bench/report.h"
#include "bench/step_limit.h"
#include "bench/workload.h"
#include "comm/collectives.h"
#include "dltrain/kernels_info.h"
#include "engine/precision.h"
#include "train/timing.h"

#include <math.h>

/* The time is taken in short rounds, of whose rates the median counts, so that a machine that
 * stumbles once or is shared for a while does not. */
enum { ROUNDS_LEAST = 5, ROUNDS_MOST = 512, ROUNDS_AIM = 25, WARM_UP_STEPS = 3 };

typedef struct step_bench {
    const dlt_comm *comm;
    const dlt_bench_step_options *options;
    dlt_workload workload;
    dlt_run *run;
    dlt_harness harness;
    dlt_limits limits;
    dlt_timing timing;
    int rounds;
    double rates[ROUNDS_MOST]; /* samples per second */
    int64_t peak_memory_bytes;
    dlt_profile *profile; /* NULL: nobody asked */
} step_bench;

static const dlt_optimizer_ops *optimizer_of(const step_bench *self) {
    const dlt_selection *optimizer = &self->run->settings.optimizer;
    return (const dlt_optimizer_ops *)(const void *)optimizer->kind;
}

static dlt_status load_run(step_bench *self) {
    const dlt_bench_step_options *options = self->options;
    DLT_TRY(dlt_workload_find(options->workload, &self->workload));
    return dlt_run_load(self->workload.path, options->overrides, options->override_count,
                        &self->run);
}

/* Samples per step of all ranks together. */
static dlt_status choose_batch(const step_bench *self, int64_t *batch) {
    const dlt_bench_step_options *options = self->options;
    *batch = options->batch > 0 ? options->batch : self->run->settings.train.batch;
    if (*batch < 1)
        return dlt_fail(DLT_ERR_ARG, "the run file's train.batch is 'all': give the number of "
                                     "samples of a step on each rank (--batch)");
    *batch *= options->strong ? 1 : dlt_comm_size(self->comm);
    return DLT_OK;
}

static dlt_status set_up(step_bench *self) {
    dlt_harness_options options = {.comm = self->comm};
    dlt_status status = load_run(self);
    if (status == DLT_OK)
        status = choose_batch(self, &options.batch);
    DLT_TRY(dlt_agree(self->comm, status));
    DLT_TRY(dlt_run_check_alike(self->comm, self->run));
    options.run = self->run;
    options.samples = self->workload.input;
    return dlt_harness_create(&options, &self->harness);
}

static dlt_status run_step(step_bench *self) {
    dlt_step_result result;
    double began = dlt_clock_s();
    DLT_TRY(dlt_harness_step(&self->harness, &result));
    dlt_timing_add(&self->timing, dlt_clock_s() - began, result.reduce_s, result.samples);
    return DLT_OK;
}

static dlt_status run_round(step_bench *self, int64_t steps, double *rate) {
    DLT_TRY(dlt_barrier(self->comm));
    double began = dlt_clock_s();
    for (int64_t i = 0; i < steps; i++)
        DLT_TRY(run_step(self));
    DLT_TRY(dlt_barrier(self->comm));
    *rate = (double)(steps * self->harness.engine.task.batch) / (dlt_clock_s() - began);
    return DLT_OK;
}

/* Steps of a round, found in growing trials until one is long enough to tell; the same on all
 * ranks. The first trial warms up: libraries compile some of their code when it is first called. */
static dlt_status find_steps(step_bench *self, int64_t *steps) {
    const double wanted = self->options->seconds / ROUNDS_AIM;
    double rate = 0;
    double took = 0;
    DLT_TRY(run_round(self, WARM_UP_STEPS, &rate));
    for (*steps = 1; took < wanted; *steps *= 2) {
        DLT_TRY(run_round(self, *steps, &rate));
        DLT_TRY(dlt_max_real(self->comm, (double)(*steps * self->harness.engine.task.batch) / rate,
                             &took));
        if (took >= wanted / 2)
            return DLT_OK;
    }
    return DLT_OK;
}

static dlt_status run_rounds(step_bench *self) {
    int64_t steps = 1;
    double elapsed = 0;
    DLT_TRY(find_steps(self, &steps));
    self->timing = (dlt_timing){.steps = 0};
    double began = dlt_clock_s();
    while (self->rounds < ROUNDS_LEAST ||
           (self->rounds < ROUNDS_MOST && elapsed < self->options->seconds)) {
        DLT_TRY(run_round(self, steps, &self->rates[self->rounds++]));
        DLT_TRY(dlt_max_real(self->comm, dlt_clock_s() - began, &elapsed));
    }
    return DLT_OK;
}

/* The limit of this rank's part of a step. */
static dlt_step_limit limit_of(const step_bench *self) {
    dlt_step_work work =
        dlt_step_work_of(&self->harness.engine.task, self->harness.engine.state.optim_state_count);
    double share = (double)self->harness.engine.task.batch / dlt_comm_size(self->comm);
    return dlt_step_limit_of(&work, &self->limits, share);
}

/* Of a step: the gradient of the parameters, of tables the rows that are reduced. */
static int64_t reduced_bytes(const step_bench *self) {
    const dlt_engine *engine = &self->harness.engine;
    return dlt_model_grad_elements(engine->task.model) * (int64_t)sizeof(dlt_real) +
           dlt_reducer_row_bytes(engine->strategy->reducer) / engine->state.step;
}

static dlt_status gather(step_bench *self, dlt_bench_step_result *out) {
    dlt_step_limit limit = limit_of(self);
    dlt_timing *timing = &self->timing;
    int ranks = dlt_comm_size(self->comm);
    *out =
        (dlt_bench_step_result){.workload = self->options->workload,
                                .ranks = ranks,
                                .threads = self->harness.engine.task.placement.threads,
                                .batch = self->harness.engine.task.batch,
                                .micro_batch = self->harness.engine.task.micro_batch,
                                .params = dlt_model_param_count(self->harness.engine.task.model),
                                .optimizer = optimizer_of(self)->entry.name,
                                .flops = limit.flops * ranks,
                                .bytes = limit.bytes * ranks,
                                .flops_per_s = self->limits.flops_per_s,
                                .bytes_per_s = self->limits.bytes_per_s,
                                .kernels = self->harness.engine.task.kernels.name,
                                .precision = dlt_precision_of(&self->harness.engine.task.kernels),
                                .blas_core = dlt_blas_core_name()};
    out->samples_per_s = dlt_bench_median(self->rounds, self->rates);
    out->steps = timing->steps;
    DLT_TRY(dlt_max_real(self->comm, dlt_timing_quantile_s(timing, 0.5), &out->step_time_s_median));
    DLT_TRY(dlt_max_real(self->comm, dlt_timing_quantile_s(timing, 0.95), &out->step_time_s_p95));
    DLT_TRY(dlt_max_real(self->comm, dlt_fraction(timing->reduce_s, timing->train_s),
                         &out->comm_fraction));
    /* All ranks together are no faster than the slowest. */
    DLT_TRY(dlt_max_real(self->comm, limit.limit_s, &out->limit_s));
    out->limit_fraction = dlt_fraction(out->limit_s, (double)out->batch / out->samples_per_s);
    DLT_TRY(dlt_max_int(self->comm, reduced_bytes(self), &out->reduced_bytes));
    out->needed_memory_bytes = dlt_harness_needed_bytes(&self->harness);
    DLT_TRY(dlt_max_int(self->comm, self->harness.held_bytes, &out->held_memory_bytes));
    DLT_TRY(dlt_max_int(self->comm, self->peak_memory_bytes, &out->peak_memory_bytes));
    return DLT_OK;
}

static void tear_down(step_bench *self) {
    dlt_profile_destroy(&self->profile);
    dlt_harness_destroy(&self->harness);
    dlt_run_destroy(&self->run);
    dlt_free(self);
}

/* What is measured after the steps, in their task. */
static dlt_status measure_beside(step_bench *self) {
    /* Before the limits are measured, which takes arrays of its own. */
    self->peak_memory_bytes = dlt_peak_memory_bytes();
    dlt_status status = DLT_OK;
    if (self->options->profile)
        status = dlt_profile_create(&self->harness, self->options->seconds / 2, &self->profile);
    DLT_TRY(dlt_agree(self->comm, status));
    return dlt_limits_measure(self->comm, &self->limits);
}

static dlt_status print(const step_bench *self, const dlt_bench_step_result *result) {
    const dlt_bench_step_options *options = self->options;
    if (options->out == NULL)
        return DLT_OK;
    if (self->profile != NULL)
        DLT_TRY(dlt_profile_print(self->profile, &self->harness, &self->limits,
                                  result->step_time_s_median, options->out));
    return dlt_bench_print_step(result, options->json, options->out);
}

dlt_status dlt_bench_step(const dlt_comm *comm, const dlt_bench_step_options *options) {
    step_bench *self = NULL;
    DLT_TRY(dlt_agree(comm, DLT_NEW(self, 1)));
    self->comm = comm;
    self->options = options;
    dlt_bench_step_result result;
    dlt_status status = DLT_OK;
    DLT_TRY_OUT(set_up(self));
    DLT_TRY_OUT(run_rounds(self));
    DLT_TRY_OUT(measure_beside(self));
    DLT_TRY_OUT(gather(self, &result));
    if (dlt_comm_rank(comm) == 0)
        status = print(self, &result);
    status = dlt_agree_first(comm, status);
out:
    tear_down(self);
    return status;
}
