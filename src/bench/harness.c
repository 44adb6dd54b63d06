/* Sets up what dlt_step needs, without files, checkpoints or validation: communicator, task,
 * strategy, parameters, state, sync and source, in the order in which they depend on each other. An
 * epoch has 2^30 whole batches, so it never ends. All ranks agree on a local failure before the
 * next collective. The memory of a step is the growth of dlt_alloc_bytes before the samples are
 * drawn, corrected for optimizer states that are never written and for memory that the node
 * shares. */
#include "bench/harness.h"

#include "base/alloc.h"
#include "base/cast.h"
#include "base/clock.h"
#include "base/error.h"
#include "comm/collectives.h"
#include "comm/mpi_baseline.h"
#include "model/costs.h"

/* An epoch that does not end: every step is a whole batch. */
static dlt_batch_partition endless_partition(const dlt_task *task) {
    const int64_t steps = 1 << 30;
    dlt_batch_partition partition = dlt_task_training_partition(task);
    partition.samples = task->batch * steps;
    return partition;
}

static dlt_status create_task(const dlt_harness_options *options, dlt_harness *harness) {
    options->run->settings.train.batch = options->batch;
    dlt_task_options task = {.run = options->run,
                             .comm = harness->comm,
                             .training = true,
                             .micro_batch = options->micro_batch,
                             .synthetic_input = options->samples};
    return dlt_task_create(&task, &harness->task);
}

static dlt_status make_strategy(dlt_harness *harness) {
    dlt_stepper *stepper = &harness->stepper;
    const dlt_strategy_options options = {.task = &harness->task, .partition = &stepper->partition};
    DLT_TRY(dlt_strategy_create(&options, &harness->strategy));
    stepper->strategy = harness->strategy;
    return DLT_OK;
}

static int64_t array_bytes(const dlt_harness *harness) {
    return dlt_model_param_elements(harness->task.model) * (int64_t)sizeof(dlt_real);
}

/* Optimizer states have the length of the parameters, but what a rank does not keep of them is
 * never written and costs nothing; memory of the node is not counted as this rank's. */
static int64_t held_bytes(const dlt_harness *harness, int64_t before) {
    int64_t optim_states = harness->state.optim_state_count * array_bytes(harness);
    return dlt_alloc_bytes() - before - optim_states +
           dlt_state_kept_bytes(harness->strategy, &harness->state) +
           dlt_reducer_shared_bytes(harness->strategy->reducer);
}

dlt_status dlt_harness_create(const dlt_harness_options *options, dlt_harness *out) {
    int64_t before = dlt_alloc_bytes();
    *out = (dlt_harness){.stepper = {.total_steps = INT64_MAX}};
    const dlt_comm_settings *settings = &options->run->settings.comm;
    const dlt_arrangement arrangement = {.ranks_per_node = (int)settings->ranks_per_node,
                                         .flat = !settings->hierarchy};
    DLT_TRY(dlt_comm_arrange(options->comm, &arrangement, &out->comm));
    if (options->allreduce)
        dlt_mpi_baseline_use(out->comm);
    DLT_TRY(create_task(options, out));
    dlt_stepper *stepper = &out->stepper;
    stepper->task = &out->task;
    stepper->state = &out->state;
    stepper->partition = endless_partition(&out->task);
    DLT_TRY(make_strategy(out));
    dlt_model_init(out->task.model, (uint64_t)options->run->settings.seed);
    DLT_TRY(dlt_agree(options->comm, dlt_state_create(&out->task, out->strategy, &out->state)));
    DLT_TRY(dlt_sync_create(&out->task, &stepper->partition, &out->sync));
    stepper->sync = out->sync;
    out->held_bytes = held_bytes(out, before);
    out->sample_bytes = dlt_alloc_bytes();
    DLT_TRY(dlt_agree(options->comm,
                      dlt_memory_source_create(&out->task, &stepper->partition, &out->source)));
    out->sample_bytes = dlt_alloc_bytes() - out->sample_bytes;
    stepper->source = dlt_source_of_memory(out->source);
    return DLT_OK;
}

void dlt_harness_destroy(dlt_harness *harness) {
    dlt_memory_source_destroy(&harness->source);
    dlt_sync_destroy(&harness->sync);
    dlt_state_destroy(&harness->state);
    dlt_strategy_destroy(&harness->strategy);
    dlt_task_destroy(&harness->task);
    dlt_comm_finish(&harness->comm);
}

dlt_status dlt_harness_time(dlt_harness *harness, int64_t steps, double *time_s) {
    dlt_step_result result;
    DLT_TRY(dlt_barrier(harness->comm));
    double began = dlt_clock_s();
    for (int64_t i = 0; i < steps; i++)
        DLT_TRY(dlt_harness_step(harness, &result));
    DLT_TRY(dlt_barrier(harness->comm));
    *time_s = dlt_clock_s() - began;
    return DLT_OK;
}

dlt_status dlt_harness_step(dlt_harness *harness, dlt_step_result *result) {
    DLT_TRY(dlt_step(&harness->stepper, &(dlt_step_requests){0}, result));
    if (result->finite)
        return DLT_OK;
    return dlt_fail(DLT_ERR_MISMATCH, "the loss is no longer finite: choose a lower learning rate");
}

int64_t dlt_harness_needed_bytes(const dlt_harness *harness) {
    dlt_model_memory memory;
    dlt_model_memory_of(harness->task.model, &memory);
    const dlt_reducer *reducer = harness->strategy->reducer;
    /* Where parameters are common to the ranks of a node, the reducer has them. */
    int64_t params = harness->strategy->ops->keeps_all ? array_bytes(harness) : 0;
    return params + dlt_state_kept_bytes(harness->strategy, &harness->state) +
           dlt_reducer_bytes(reducer) +
           dlt_error_feedback_bytes(dlt_reducer_error_feedback(reducer)) +
           memory.activation_bytes * memory.in_flight_max;
}
