/* An engine without files, checkpoints or validation, on samples in memory. An epoch has 2^30 whole
 * batches, so it never ends. The memory of a step is the growth of dlt_alloc_bytes before the
 * samples are drawn, corrected for optimizer states that are never written and for memory that the
 * node shares. */
#include "bench/harness.h"

#include "base/alloc.h"
#include "base/cast.h"
#include "base/clock.h"
#include "base/error.h"
#include "comm/collectives.h"
#include "comm/mpi_baseline.h"
#include "model/costs.h"

static const int64_t ENDLESS_STEPS = INT64_C(1) << 30;

static dlt_status open_engine(const dlt_harness_options *options, dlt_engine *engine) {
    options->run->settings.train.batch = options->batch;
    DLT_TRY(dlt_engine_arrange(options->comm, options->run, engine));
    if (options->allreduce)
        dlt_mpi_baseline_use(engine->comm);
    const dlt_task_options task = {.run = options->run,
                                   .training = true,
                                   .micro_batch = options->micro_batch,
                                   .synthetic_input = options->samples};
    return dlt_engine_open(engine, &task);
}

static int64_t array_bytes(const dlt_harness *harness) {
    return dlt_model_param_elements(harness->engine.task.model) * (int64_t)sizeof(dlt_real);
}

/* Optimizer states have the length of the parameters, but what a rank does not keep of them is
 * never written and costs nothing; memory of the node is not counted as this rank's. */
static int64_t held_bytes(const dlt_harness *harness, int64_t before) {
    int64_t optim_states = harness->engine.state.optim_state_count * array_bytes(harness);
    return dlt_alloc_bytes() - before - optim_states +
           dlt_state_kept_bytes(harness->engine.strategy, &harness->engine.state) +
           dlt_reducer_shared_bytes(harness->engine.strategy->reducer);
}

dlt_status dlt_harness_create(const dlt_harness_options *options, dlt_harness *out) {
    int64_t before = dlt_alloc_bytes();
    *out = (dlt_harness){.held_bytes = 0};
    DLT_TRY(open_engine(options, &out->engine));
    const dlt_engine_options engine = {.steps = ENDLESS_STEPS};
    DLT_TRY(dlt_engine_start(&out->engine, &engine));
    out->held_bytes = held_bytes(out, before);
    out->sample_bytes = dlt_alloc_bytes();
    DLT_TRY(dlt_agree(
        options->comm,
        dlt_memory_source_create(&out->engine.task, &out->engine.stepper.partition, &out->source)));
    out->sample_bytes = dlt_alloc_bytes() - out->sample_bytes;
    out->engine.stepper.source = dlt_source_of_memory(out->source);
    return DLT_OK;
}

void dlt_harness_destroy(dlt_harness *harness) {
    dlt_memory_source_destroy(&harness->source);
    dlt_engine_destroy(&harness->engine);
}

dlt_status dlt_harness_time(dlt_harness *harness, int64_t steps, double *time_s) {
    dlt_step_result result;
    DLT_TRY(dlt_barrier(harness->engine.comm));
    double began = dlt_clock_s();
    for (int64_t i = 0; i < steps; i++)
        DLT_TRY(dlt_harness_step(harness, &result));
    DLT_TRY(dlt_barrier(harness->engine.comm));
    *time_s = dlt_clock_s() - began;
    return DLT_OK;
}

dlt_status dlt_harness_step(dlt_harness *harness, dlt_step_result *result) {
    DLT_TRY(dlt_step(&harness->engine.stepper, &(dlt_step_requests){0}, result));
    if (result->finite)
        return DLT_OK;
    return dlt_fail(DLT_ERR_MISMATCH, "the loss is no longer finite: choose a lower learning rate");
}

int64_t dlt_harness_needed_bytes(const dlt_harness *harness) {
    dlt_model_memory memory;
    dlt_model_memory_of(harness->engine.task.model, &memory);
    const dlt_reducer *reducer = harness->engine.strategy->reducer;
    /* Where parameters are common to the ranks of a node, the reducer has them. */
    int64_t params = harness->engine.strategy->ops->keeps_all ? array_bytes(harness) : 0;
    return params + dlt_state_kept_bytes(harness->engine.strategy, &harness->engine.state) +
           dlt_reducer_bytes(reducer) +
           dlt_error_feedback_bytes(dlt_reducer_error_feedback(reducer)) +
           memory.activation_bytes * memory.in_flight_max;
}
