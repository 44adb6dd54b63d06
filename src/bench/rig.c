#include "bench/rig.h"

#include "base/alloc.h"
#include "base/cast.h"
#include "base/clock.h"
#include "base/error.h"
#include "comm/collectives.h"
#include "comm/yardstick.h"
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

static dlt_status make_strategy(dlt_rig *rig) {
    dlt_stepper *stepper = &rig->stepper;
    const dlt_strategy_options options = {.problem = &rig->problem, .cut = &stepper->cut};
    DLT_TRY(dlt_strategy_create(&options, &rig->strategy));
    stepper->strategy = rig->strategy;
    return DLT_OK;
}

static int64_t array_bytes(const dlt_rig *rig) {
    return dlt_model_param_elements(rig->problem.model) * (int64_t)sizeof(dlt_real);
}

/* Slots have the length of the parameters, but what a rank does not keep of them is never written and costs nothing;
 * memory of the node is not counted as this rank's. */
static int64_t held_bytes(const dlt_rig *rig, int64_t before) {
    int64_t slots = rig->state.slot_count * array_bytes(rig);
    return dlt_alloc_bytes() - before - slots + dlt_state_kept_bytes(rig->strategy, &rig->state) +
           dlt_reducer_shared_bytes(rig->strategy->reducer);
}

dlt_status dlt_rig_create(const dlt_rig_options *options, dlt_rig *out) {
    int64_t before = dlt_alloc_bytes();
    *out = (dlt_rig){.stepper = {.total_steps = INT64_MAX}};
    const dlt_comm_settings *settings = &options->run->settings.comm;
    const dlt_arrangement arrangement = {.ranks_per_node = (int)settings->ranks_per_node,
                                         .flat = !settings->hierarchy};
    DLT_TRY(dlt_comm_arrange(options->comm, &arrangement, &out->comm));
    if (options->allreduce)
        dlt_yardstick_use(out->comm);
    DLT_TRY(create_problem(options, out));
    dlt_stepper *stepper = &out->stepper;
    stepper->problem = &out->problem;
    stepper->state = &out->state;
    stepper->cut = endless_cut(&out->problem);
    DLT_TRY(make_strategy(out));
    dlt_model_init(out->problem.model, (uint64_t)options->run->settings.seed);
    DLT_TRY(dlt_agree(options->comm, dlt_state_create(&out->problem, out->strategy, &out->state)));
    DLT_TRY(dlt_sync_create(&out->problem, &stepper->cut, &out->sync));
    stepper->sync = out->sync;
    out->held_bytes = held_bytes(out, before);
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
    dlt_model_memory_of(rig->problem.model, &memory);
    const dlt_reducer *reducer = rig->strategy->reducer;
    /* Where parameters are common to the ranks of a node, the reducer has them. */
    int64_t params = rig->strategy->ops->keeps_all ? array_bytes(rig) : 0;
    return params + dlt_state_kept_bytes(rig->strategy, &rig->state) + dlt_reducer_bytes(reducer) +
           dlt_feedback_bytes(dlt_reducer_feedback(reducer)) +
           memory.activation_bytes * memory.slots;
}
