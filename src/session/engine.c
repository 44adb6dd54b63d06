/* Each part borrows from those before it: the task from the communicator, the strategy from the
 * task, the state from the strategy, the stepper from all. The strategy comes before the parameters
 * are initialised, because it may move them into memory of the node. What can fail on one rank
 * alone is agreed before the next part, because most of them communicate. */
#include "session/engine.h"

#include "base/cast.h"
#include "base/error.h"
#include "comm/collectives.h"
#include "engine/metric_sums.h"

dlt_status dlt_engine_arrange(const dlt_comm *comm, const dlt_run *run, dlt_engine *engine) {
    const dlt_comm_settings *settings = &run->settings.comm;
    const dlt_arrangement arrangement = {.ranks_per_node = (int)settings->ranks_per_node,
                                         .flat = !settings->hierarchy};
    return dlt_comm_arrange(comm, &arrangement, &engine->comm);
}

dlt_status dlt_engine_open(dlt_engine *engine, const dlt_task_options *options) {
    dlt_task_options own = *options;
    own.comm = engine->comm;
    return dlt_task_create(&own, &engine->task);
}

/* The members that need nothing but the task. */
static void make_stepper(dlt_engine *engine, const dlt_engine_options *options) {
    dlt_stepper *stepper = &engine->stepper;
    dlt_task *task = &engine->task;
    *stepper = (dlt_stepper){.task = task,
                             .state = &engine->state,
                             .heartbeat = task->heartbeat,
                             .partition = dlt_task_training_partition(task),
                             .train_metrics = dlt_sums_training_metrics(task)};
    if (options->steps > 0)
        stepper->partition.samples = task->batch * options->steps;
    stepper->total_steps =
        task->run->settings.train.epochs * dlt_batch_partition_steps(&stepper->partition);
}

dlt_status dlt_engine_start(dlt_engine *engine, const dlt_engine_options *options) {
    dlt_stepper *stepper = &engine->stepper;
    dlt_task *task = &engine->task;
    make_stepper(engine, options);
    const dlt_strategy_options strategy = {.task = task,
                                           .partition = &stepper->partition,
                                           .train_metrics = stepper->train_metrics,
                                           .whole_gradients = options->whole_gradients};
    DLT_TRY(dlt_strategy_create(&strategy, &engine->strategy));
    stepper->strategy = engine->strategy;
    dlt_model_init(task->model, (uint64_t)task->run->settings.seed);
    DLT_TRY(dlt_agree(engine->comm, dlt_state_create(task, engine->strategy, &engine->state)));
    DLT_TRY(dlt_denominators_create(task, &stepper->partition, &engine->denominators));
    stepper->denominators = engine->denominators;
    DLT_TRY(dlt_sync_create(task, &stepper->partition, &engine->sync));
    stepper->sync = engine->sync;
    return DLT_OK;
}

dlt_status dlt_engine_load(dlt_engine *engine) {
    dlt_stepper *stepper = &engine->stepper;
    dlt_loader_options options =
        dlt_task_loader_options(&engine->task, &engine->task.train, &stepper->partition, true);
    /* All of a rank's micro-batches are held at once, and the next one is read meanwhile. */
    const bool holds_all = engine->sync != NULL || dlt_denominators_need_data(engine->denominators);
    if (holds_all && options.depth <= dlt_batch_partition_held(&stepper->partition))
        options.depth = dlt_batch_partition_held(&stepper->partition) + 1;
    options.sampler.epoch = engine->state.epoch;
    options.sampler.step = engine->state.epoch_step;
    options.sampler.end_epoch = engine->task.run->settings.train.epochs;
    dlt_loader_destroy(&engine->loader);
    DLT_TRY(dlt_agree(engine->comm, dlt_loader_create(&options, &engine->loader)));
    stepper->source = dlt_source_of_loader(engine->loader);
    if (engine->full_epoch.count > 0)
        return DLT_OK;
    return dlt_coverage_expect(engine->comm, &engine->task.train.subset, &engine->full_epoch);
}

dlt_status dlt_engine_hash(dlt_engine *engine, uint64_t *out) {
    DLT_TRY(dlt_state_assemble(engine->strategy, &engine->state));
    *out = dlt_comm_rank(engine->comm) == 0 ? dlt_state_hash(&engine->task, &engine->state) : 0;
    dlt_state_forget(engine->strategy, &engine->state);
    return dlt_broadcast(engine->comm, out, (int64_t)sizeof *out);
}

void dlt_engine_destroy(dlt_engine *engine) {
    dlt_loader_destroy(&engine->loader);
    dlt_sync_destroy(&engine->sync);
    dlt_denominators_destroy(&engine->denominators);
    dlt_state_destroy(&engine->state);
    dlt_strategy_destroy(&engine->strategy);
    dlt_task_destroy(&engine->task);
    dlt_comm_finish(&engine->comm);
}
