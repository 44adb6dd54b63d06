#include "dltrain/bench.h"

#include "base/alloc.h"
#include "base/cast.h"
#include "base/clock.h"
#include "base/error.h"
#include "comm/collectives.h"
#include "dltrain/kernels_info.h"
#include "train/bench/limits.h"
#include "train/bench/memory_source.h"
#include "train/bench/report.h"
#include "train/bench/workload.h"
#include "train/step.h"
#include "train/timing.h"

#include <math.h>

/* The time is taken in short rounds, of whose rates the median counts, so that a machine that stumbles once or is
 * shared for a while does not. */
enum { ROUNDS_LEAST = 5, ROUNDS_MOST = 512, ROUNDS_AIM = 25, WARM_UP_STEPS = 3 };

typedef struct bench {
    const dlt_comm *comm;
    const dlt_bench_step_options *options;
    dlt_workload workload;
    dlt_run *run;
    dlt_problem problem;
    dlt_train_state state;
    dlt_strategy *strategy;
    dlt_memory_source *source;
    dlt_stepper stepper;
    dlt_limits limits;
    dlt_timing timing;
    int rounds;
    double rates[ROUNDS_MOST]; /* samples per second */
    int64_t peak_memory_bytes;
    int64_t arrays; /* of the parameters' size: parameters, gradients, slots */
} bench;

static const dlt_optimizer_ops *optimizer_of(const bench *self) {
    const dlt_chosen *optimizer = &self->run->settings.optimizer;
    return (const dlt_optimizer_ops *)(const void *)optimizer->kind;
}

static dlt_status load_run(bench *self) {
    const dlt_bench_step_options *options = self->options;
    DLT_TRY(dlt_workload_find(options->workload, &self->workload));
    DLT_TRY(
        dlt_run_load(self->workload.path, options->overrides, options->override_count, &self->run));
    dlt_train_settings *train = &self->run->settings.train;
    int64_t batch = options->batch > 0 ? options->batch : train->batch;
    if (batch < 1)
        return dlt_fail(DLT_ERR_ARG, "the run file's train.batch is 'all': say how many samples a "
                                     "step has on each rank (--batch)");
    train->batch = batch * dlt_comm_size(self->comm);
    return DLT_OK;
}

/* An epoch that does not end: every step is a whole batch. */
static dlt_cut endless_cut(const dlt_problem *problem) {
    const int64_t steps = 1 << 30;
    dlt_cut cut = dlt_problem_training_cut(problem);
    cut.samples = problem->batch * steps;
    return cut;
}

static dlt_status make_source(bench *self) {
    DLT_TRY(dlt_memory_source_create(&self->problem, &self->stepper.cut, &self->source));
    return dlt_state_create(&self->problem, self->strategy, &self->state);
}

static dlt_status set_up(bench *self) {
    DLT_TRY(dlt_agree(self->comm, load_run(self)));
    dlt_problem_options options = {.run = self->run,
                                   .comm = self->comm,
                                   .training = true,
                                   .made_samples = self->workload.input};
    DLT_TRY(dlt_problem_create(&options, &self->problem));
    dlt_stepper *stepper = &self->stepper;
    stepper->problem = &self->problem;
    stepper->state = &self->state;
    stepper->train_metrics = 0;
    stepper->total_steps = INT64_MAX;
    stepper->cut = endless_cut(&self->problem);
    const dlt_strategy_options strategy = {.problem = &self->problem, .cut = &stepper->cut};
    DLT_TRY(dlt_strategy_create(&strategy, &self->strategy));
    stepper->strategy = self->strategy;
    dlt_model_init(self->problem.model, (uint64_t)self->run->settings.seed);
    DLT_TRY(dlt_agree(self->comm, make_source(self)));
    stepper->source = dlt_source_of_memory(self->source);
    self->arrays = 2 + self->state.slot_count;
    return DLT_OK;
}

static dlt_status run_step(bench *self) {
    dlt_step_result result;
    double began = dlt_clock_s();
    DLT_TRY(dlt_step(&self->stepper, &(dlt_step_asks){0}, &result));
    dlt_timing_add(&self->timing, dlt_clock_s() - began, result.reduce_s, result.samples);
    if (result.finite)
        return DLT_OK;
    return dlt_fail(DLT_ERR_MISMATCH, "the loss is no longer finite: choose a lower learning rate");
}

static dlt_status run_round(bench *self, int64_t steps, double *rate) {
    DLT_TRY(dlt_barrier(self->comm));
    double began = dlt_clock_s();
    for (int64_t i = 0; i < steps; i++)
        DLT_TRY(run_step(self));
    DLT_TRY(dlt_barrier(self->comm));
    *rate = (double)(steps * self->problem.batch) / (dlt_clock_s() - began);
    return DLT_OK;
}

/* Steps of a round, found in growing trials until one is long enough to tell; the same on all ranks. The first trial
 * warms up: libraries compile some of their code when it is first called. */
static dlt_status find_steps(bench *self, int64_t *steps) {
    const double wanted = self->options->seconds / ROUNDS_AIM;
    double rate = 0;
    double took = 0;
    DLT_TRY(run_round(self, WARM_UP_STEPS, &rate));
    for (*steps = 1; took < wanted; *steps *= 2) {
        DLT_TRY(run_round(self, *steps, &rate));
        DLT_TRY(dlt_max_real(self->comm, (double)(*steps * self->problem.batch) / rate, &took));
        if (took >= wanted / 2)
            return DLT_OK;
    }
    return DLT_OK;
}

static dlt_status run_rounds(bench *self) {
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

/* Bytes of one rank's step that must come from memory, since parameters, gradients and slots together are more
 * than the cache holds: forward and backward read the parameters, backward writes the gradients, the update reads
 * both and writes the parameters, and reads and writes each slot. */
static double bytes_from_memory(const bench *self) {
    double array = (double)dlt_model_param_elements(self->problem.model) * sizeof(dlt_real);
    double held = array * (double)self->arrays;
    double passes = 6 + 2 * (double)self->state.slot_count;
    double outside = 1 - (double)self->limits.cache_bytes / held;
    return outside > 0 ? passes * array * outside : 0;
}

/* Floating-point operations of this rank's part of a step. */
static double flops_of_step(const bench *self) {
    const dlt_model *model = self->problem.model;
    double per_sample = (double)(dlt_model_flops(model) + dlt_model_backward_flops(model)) /
                        (double)self->problem.micro_batch;
    return per_sample * (double)self->problem.batch / dlt_comm_size(self->comm);
}

static dlt_status gather(bench *self, dlt_bench_step_result *out) {
    double flops = flops_of_step(self);
    double bytes = bytes_from_memory(self);
    double limit_s = flops / self->limits.flops_per_s + bytes / self->limits.bytes_per_s;
    dlt_timing *timing = &self->timing;
    int ranks = dlt_comm_size(self->comm);
    *out = (dlt_bench_step_result){.workload = self->options->workload,
                                   .ranks = ranks,
                                   .threads = self->run->settings.train.threads,
                                   .batch = self->problem.batch,
                                   .micro_batch = self->problem.micro_batch,
                                   .params = dlt_model_param_count(self->problem.model),
                                   .optimizer = optimizer_of(self)->choice.name,
                                   .flops = flops * ranks,
                                   .bytes = bytes * ranks,
                                   .flops_per_s = self->limits.flops_per_s,
                                   .bytes_per_s = self->limits.bytes_per_s,
                                   .kernels = self->problem.kernels.name,
                                   .blas_core = dlt_blas_core_name()};
    out->samples_per_s = dlt_bench_median(self->rounds, self->rates);
    out->steps = timing->steps;
    DLT_TRY(dlt_max_real(self->comm, dlt_timing_quantile_s(timing, 0.5), &out->step_time_s_median));
    DLT_TRY(dlt_max_real(self->comm, dlt_timing_quantile_s(timing, 0.95), &out->step_time_s_p95));
    DLT_TRY(dlt_max_real(self->comm, dlt_fraction(timing->reduce_s, timing->train_s),
                         &out->comm_fraction));
    /* All ranks together are no faster than the slowest. */
    DLT_TRY(dlt_max_real(self->comm, limit_s, &out->limit_s));
    out->limit_fraction = dlt_fraction(out->limit_s, (double)out->batch / out->samples_per_s);
    DLT_TRY(dlt_max_int(self->comm, self->peak_memory_bytes, &out->peak_memory_bytes));
    return DLT_OK;
}

static void tear_down(bench *self) {
    dlt_memory_source_destroy(&self->source);
    dlt_strategy_destroy(&self->strategy);
    dlt_state_destroy(&self->state);
    dlt_problem_destroy(&self->problem);
    dlt_run_destroy(&self->run);
}

dlt_status dlt_bench_step(const dlt_comm *comm, const dlt_bench_step_options *options) {
    bench *self = NULL;
    DLT_TRY(dlt_agree(comm, DLT_NEW(self, 1)));
    self->comm = comm;
    self->options = options;
    dlt_bench_step_result result;
    dlt_status status = set_up(self);
    if (status == DLT_OK)
        status = run_rounds(self);
    /* Before the limits are measured, which takes arrays of its own. */
    self->peak_memory_bytes = dlt_peak_memory_bytes();
    if (status == DLT_OK)
        status = dlt_limits_measure(comm, &self->limits);
    if (status == DLT_OK)
        status = gather(self, &result);
    if (status == DLT_OK && dlt_comm_rank(comm) == 0 && options->out != NULL)
        status = dlt_bench_print_step(&result, options->json, options->out);
    tear_down(self);
    dlt_free(self);
    return dlt_agree_first(comm, status);
}
