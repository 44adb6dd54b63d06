#include "train/plan/plan.h"

#include "model/costs.h"

/* As the loader makes them: samples, targets and the samples' numbers. */
static int64_t loader_bytes(const dlt_problem *problem) {
    int64_t target = problem->loss->target == DLT_TARGET_LABELS
                         ? (int64_t)sizeof(int32_t)
                         : problem->output_count * (int64_t)sizeof(dlt_real);
    int64_t sample = dlt_shape_count(&problem->input) * (int64_t)sizeof(dlt_real) + target +
                     (int64_t)sizeof(int64_t);
    return problem->run->settings.data.prefetch * problem->micro_batch * sample;
}

dlt_plan_memory dlt_plan_memory_of(const dlt_rig *rig) {
    const dlt_model *model = rig->problem.model;
    const int64_t real = (int64_t)sizeof(dlt_real);
    dlt_model_memory arena;
    dlt_model_memory_of(model, &arena);
    dlt_plan_memory memory = {
        .params = dlt_model_param_elements(model) * real,
        .gradients = dlt_reducer_bytes(rig->strategy->reducer),
        .residuals = dlt_feedback_bytes(dlt_reducer_feedback(rig->strategy->reducer)),
        .slots = dlt_model_param_elements(model) * real * rig->state.slot_count,
        .activations = arena.activation_bytes * arena.slots,
        .workspace = arena.workspace_bytes * arena.slots,
        .running = dlt_model_extra_elements(model) * real,
        .loader = loader_bytes(&rig->problem)};
    memory.step = memory.params + memory.gradients + memory.residuals + memory.slots +
                  memory.activations + memory.workspace + memory.running;
    return memory;
}
