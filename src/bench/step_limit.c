/* Computes the limit of a step from its work and the measured limits of the machine. The time for
 * arithmetic is added to the time for memory traffic, as if the two never overlapped. The traffic
 * counts arrays of the parameters' size only, of tables the rows of a batch: six passes, and two
 * more for each optimizer state, less the share that stays in the cache. Activations are not
 * counted. */
#include "bench/step_limit.h"

#include "base/cast.h"
#include "model/costs.h"

/* Elements of tables that a step works on, at most. */
static int64_t rows_in_use(const dlt_task *task) {
    const dlt_row_table *tables = NULL;
    const int count = dlt_model_tables(task->model, &tables);
    const int64_t micros = dlt_ceil_div(task->batch, task->micro_batch);
    int64_t elements = 0;
    for (int t = 0; t < count; t++)
        elements += dlt_min_i64(micros * tables[t].most, tables[t].rows) * tables[t].width;
    return elements;
}

dlt_step_work dlt_step_work_of(const dlt_task *task, int optim_states) {
    const dlt_model *model = task->model;
    double flops = (double)(dlt_model_flops(model) + dlt_model_backward_flops(model));
    double array = (double)(dlt_model_grad_elements(model) + rows_in_use(task)) * sizeof(dlt_real);
    return (dlt_step_work){.flops_per_sample = flops / (double)task->micro_batch,
                           .param_bytes = array,
                           .optim_states = optim_states,
                           .held_bytes = array * (2 + optim_states)};
}

dlt_step_work dlt_step_work_of_node(const dlt_task *task, int optim_states, int node) {
    dlt_node_cost cost;
    dlt_model_node_cost(task->model, node, &cost);
    dlt_step_work work = dlt_step_work_of(task, optim_states);
    work.flops_per_sample =
        (double)(cost.forward_flops + cost.backward_flops) / (double)task->micro_batch;
    work.param_bytes = (double)cost.params * sizeof(dlt_real);
    return work;
}

/* Bytes of one rank's step that must come from memory, since parameters, gradients and optimizer
 * states together are more than the cache holds: forward and backward read the parameters, backward
 * writes the gradients, the update reads both and writes the parameters, and reads and writes each
 * optimizer state. */
static double bytes_from_memory(const dlt_step_work *work, int64_t cache_bytes) {
    double passes = 6 + 2.0 * work->optim_states;
    double outside = 1 - (double)cache_bytes / work->held_bytes;
    return outside > 0 ? passes * work->param_bytes * outside : 0;
}

dlt_step_limit dlt_step_limit_of(const dlt_step_work *work, const dlt_limits *limits,
                                 double samples) {
    dlt_step_limit limit = {.flops = work->flops_per_sample * samples,
                            .bytes = bytes_from_memory(work, limits->cache_bytes)};
    limit.limit_s = limit.flops / limits->flops_per_s + limit.bytes / limits->bytes_per_s;
    return limit;
}
