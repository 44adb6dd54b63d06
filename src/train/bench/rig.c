#include "train/bench/rig.h"

#include "base/alloc.h"
#include "base/cast.h"
#include "base/clock.h"
#include "base/error.h"
#include "comm/collectives.h"
#include "model/costs.h"

/* An epoch that does not end: every step is a whole batch. */
static dlt_cut endless_cut(const dlt_problem *problem) {
    const int64_t steps = 1 << 30;
    dlt_cut cut = dlt_problem_training_cut(problem);
    cut.samples = problem->batch * steps;
    return cut;
}

static dlt_status create_problem(const dlt_rig_options *options, dlt_rig *rig) {
    options->run->settings.train.batch = options->batch;
    dlt_problem_options problem = {.run = options->run,
                                   .comm = rig->comm,
                                   .training = true,
                                   .micro_batch = options->micro_batch,
                                   .made_samples = options->samples};
    return dlt_problem_create(&problem, &rig->problem);
}

/* *shared: bytes of the reducer's buffers that lie in shared memory, where they are not counted. */
static dlt_status make_strategy(dlt_rig *rig, int64_t *shared) {
    dlt_stepper *stepper = &rig->stepper;
    const dlt_strategy_options options = {.problem = &rig->problem, .cut = &stepper->cut};
    int64_t before = dlt_alloc_bytes();
    DLT_TRY(dlt_strategy_create(&options, &rig->strategy));
    stepper->strategy = rig->strategy;
    int64_t counted = dlt_alloc_bytes() - before;
    *shared = dlt_max_i64(dlt_reducer_bytes(rig->strategy->reducer) - counted, 0);
    return DLT_OK;
}

dlt_status dlt_rig_create(const dlt_rig_options *options, dlt_rig *out) {
    int64_t before = dlt_alloc_bytes();
    *out = (dlt_rig){.stepper = {.total_steps = INT64_MAX}};
    const dlt_comm_settings *settings = &options->run->settings.comm;
    const dlt_arrangement arrangement = {.ranks_per_node = (int)settings->ranks_per_node,
                                         .flat = !settings->hierarchy,
                                         .allreduce = options->allreduce};
    DLT_TRY(dlt_comm_arrange(options->comm, &arrangement, &out->comm));
    DLT_TRY(create_problem(options, out));
    dlt_stepper *stepper = &out->stepper;
    stepper->problem = &out->problem;
    stepper->state = &out->state;
    stepper->cut = endless_cut(&out->problem);
    int64_t shared = 0;
    DLT_TRY(make_strategy(out, &shared));
    dlt_model_init(out->problem.model, (uint64_t)options->run->settings.seed);
    DLT_TRY(dlt_agree(options->comm, dlt_state_create(&out->problem, out->strategy, &out->state)));
    DLT_TRY(dlt_sync_create(&out->problem, &stepper->cut, &out->sync));
    stepper->sync = out->sync;
    out->held_bytes = dlt_alloc_bytes() - before + shared;
    out->sample_bytes = dlt_alloc_bytes();
    DLT_TRY(dlt_agree(options->comm,
                      dlt_memory_source_create(&out->problem, &stepper->cut, &out->source)));
    out->sample_bytes = dlt_alloc_bytes() - out->sample_bytes;
    stepper->source = dlt_source_of_memory(out->source);
    return DLT_OK;
}

void dlt_rig_destroy(dlt_rig *rig) {
    dlt_memory_source_destroy(&rig->source);
    dlt_sync_destroy(&rig->sync);
    dlt_state_destroy(&rig->state);
    dlt_strategy_destroy(&rig->strategy);
    dlt_problem_destroy(&rig->problem);
    dlt_comm_finish(&rig->comm);
}

dlt_status dlt_rig_time(dlt_rig *rig, int64_t steps, double *time_s) {
    dlt_step_result result;
    DLT_TRY(dlt_barrier(rig->comm));
    double began = dlt_clock_s();
    for (int64_t i = 0; i < steps; i++)
        DLT_TRY(dlt_rig_step(rig, &result));
    DLT_TRY(dlt_barrier(rig->comm));
    *time_s = dlt_clock_s() - began;
    return DLT_OK;
}

dlt_status dlt_rig_step(dlt_rig *rig, dlt_step_result *result) {
    DLT_TRY(dlt_step(&rig->stepper, &(dlt_step_asks){0}, result));
    if (result->finite)
        return DLT_OK;
    return dlt_fail(DLT_ERR_MISMATCH, "the loss is no longer finite: choose a lower learning rate");
}

int64_t dlt_rig_needed_bytes(const dlt_rig *rig) {
    dlt_model_memory memory;
    const dlt_model *model = rig->problem.model;
    dlt_model_memory_of(model, &memory);
    int64_t params = dlt_model_param_elements(model) * (int64_t)sizeof(dlt_real);
    const dlt_reducer *reducer = rig->strategy->reducer;
    return params * (1 + rig->state.slot_count) + dlt_reducer_bytes(reducer) +
           dlt_feedback_bytes(dlt_reducer_feedback(reducer)) +
           memory.activation_bytes * memory.slots;
}
