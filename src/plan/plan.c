/* `dltrain plan`, on one rank: loads the run file, builds a harness of one rank, reports it and
 * destroys it, then predicts a row per number of ranks from three sources: rates and a local step,
 * measured here with as many cores at work as the row needs; the cost model (cost.h); the memory
 * model (memory.c). Measurements are kept and used again. The measured run is always `replicated`,
 * since a single rank owns every slice; what `sharded` changes is computed. */
#include "plan/plan.h"

#include "base/alloc.h"
#include "base/cast.h"
#include "base/error.h"
#include "bench/report.h"
#include "engine/metric_sums.h"
#include "optim/norm.h"
#include "plan/backward.h"
#include "train/timing.h"

static const double LOCAL_S = 0.4; /* of one measurement of a step */

static int64_t samples_of_all(const dlt_task *task) {
    return task->train.subset.count;
}

/* The run's own task, datasets and all: whatever training would refuse is refused here. */
static dlt_status look_at_data(dlt_plan_state *plan, const dlt_comm *comm) {
    dlt_task task;
    const dlt_task_options options = {.run = plan->run, .comm = comm, .training = true};
    dlt_status status = dlt_task_create(&options, &task);
    if (status == DLT_OK) {
        plan->samples = task.input;
        plan->batch = plan->batch < 1 ? samples_of_all(&task) : plan->batch;
    }
    dlt_task_destroy(&task);
    if (status != DLT_ERR_IO)
        return status;
    return dlt_fail(DLT_ERR_IO, "%s; without it, give the shape of a sample, as in --input 28,28,1",
                    dlt_error_message());
}

/* Then samples are drawn in the shapes of the data, not of one input. */
static bool has_named_fields(const dlt_plan_state *plan) {
    return plan->run->settings.data.fields.count >= 0 && plan->workload.input == NULL;
}

/* NULL: those of the run's data. */
static const dlt_shape *shape_of_samples(const dlt_plan_state *plan) {
    return has_named_fields(plan) ? NULL : &plan->samples;
}

static dlt_status find_samples(dlt_plan_state *plan, const dlt_comm *comm) {
    const dlt_shape *known =
        plan->options->samples != NULL ? plan->options->samples : plan->workload.input;
    plan->batch = plan->run->settings.train.batch;
    if (known == NULL)
        return look_at_data(plan, comm);
    if (plan->options->samples != NULL && has_named_fields(plan))
        return dlt_fail(DLT_ERR_ARG,
                        "--input is the shape of a single input, but the run file names "
                        "its fields in data.fields; plan beside the data");
    plan->samples = *known;
    if (plan->batch >= 1)
        return DLT_OK;
    return dlt_fail(DLT_ERR_ARG, "the run file's train.batch is 'all': without its dataset, give "
                                 "the number of samples (--set train.batch=N)");
}

/* A micro-batch of the batch on so many ranks; in weak scaling what one rank computes is what it
 * computes alone. */
static int64_t micro_batch_of(const dlt_plan_state *plan, int ranks) {
    int64_t asked = plan->run->settings.train.micro_batch;
    if (plan->options->weak)
        return plan->batch;
    if (asked == DLT_MICRO_BATCH_AUTO)
        return dlt_micro_batch_auto(plan->batch);
    if (asked == DLT_MICRO_BATCH_PER_RANK)
        return dlt_ceil_div(plan->batch, ranks);
    return dlt_min_i64(asked, plan->batch);
}

/* A rank alone owns all slices, whatever the strategy: what is measured of it is what all ranks do.
 */
static void take_strategy(dlt_plan_state *plan) {
    const dlt_strategy_ops *strategy = dlt_strategies[plan->run->settings.comm.strategy];
    const int64_t line = 64 / (int64_t)sizeof(dlt_real);
    plan->cluster.sharded = !strategy->keeps_all;
    plan->cluster.compression =
        plan->run->settings.comm.compression == DLT_COMPRESSION_BF16 ? 0.5 : 1;
    plan->cluster.grain = plan->cluster.sharded ? DLT_NORM_BLOCK : line;
    plan->run->settings.comm.strategy = DLT_STRATEGY_REPLICATED;
}

static dlt_status load(dlt_plan_state *plan, const dlt_comm *comm) {
    const dlt_plan_options *options = plan->options;
    DLT_TRY(dlt_workload_find(options->workload, &plan->workload));
    DLT_TRY(
        dlt_run_load(plan->workload.path, options->overrides, options->override_count, &plan->run));
    take_strategy(plan);
    DLT_TRY(find_samples(plan, comm));
    DLT_TRY(dlt_machine_read(&plan->machine));
    plan->local = (dlt_local){
        .comm = comm, .run = plan->run, .samples = shape_of_samples(plan), .seconds = LOCAL_S};
    return DLT_OK;
}

/* Libraries take memory when they are first used, so a step is taken before the process is
 * measured. */
static dlt_status measure_process(dlt_plan_state *plan) {
    dlt_step_result result;
    DLT_TRY(dlt_step(&plan->harness.engine.stepper, &(dlt_step_requests){0}, &result));
    plan->process_bytes =
        dlt_peak_memory_bytes() - plan->harness.held_bytes - plan->harness.sample_bytes;
    return DLT_OK;
}

static void describe_tables(const dlt_model *model, dlt_cost_cluster *cluster) {
    const dlt_row_table *tables = NULL;
    const int count = dlt_model_tables(model, &tables);
    for (int t = 0; t < count; t++) {
        const int64_t bytes =
            tables[t].width * (int64_t)sizeof(dlt_real) + (int64_t)sizeof(int32_t);
        cluster->row_bytes += tables[t].most * bytes;
        cluster->table_bytes += tables[t].rows * bytes;
    }
}

static void describe_cluster(dlt_plan_state *plan) {
    const dlt_plan_options *options = plan->options;
    const dlt_task *task = &plan->harness.engine.task;
    int cores = task->placement.allowed;
    plan->cluster.cores = cores;
    plan->cluster.ranks_per_node = options->ranks_per_node > 0 ? options->ranks_per_node : cores;
    plan->cluster.latency_s = options->latency_s;
    plan->cluster.net_bytes_per_s = options->net_bytes_per_s;
    plan->cluster.gradient_bytes =
        dlt_model_grad_elements(task->model) * (int64_t)sizeof(dlt_real) + plan->running_bytes;
    describe_tables(task->model, &plan->cluster);
    plan->cluster.value_doubles = dlt_sums_length(task, plan->harness.engine.stepper.train_metrics);
    plan->cluster.rank_doubles = DLT_REDUCTION_FLAGS;
}

static void describe_model(dlt_plan_state *plan) {
    const int *synchronised = NULL;
    const dlt_task *task = &plan->harness.engine.task;
    plan->optim_states = plan->harness.engine.state.optim_state_count;
    plan->param_bytes = dlt_model_param_elements(task->model) * (int64_t)sizeof(dlt_real);
    plan->running_bytes = dlt_model_buffer_elements(task->model) * (int64_t)sizeof(dlt_real);
    plan->target_bytes = 0;
    for (int i = 0; i < task->field_count; i++)
        if (task->fields[i].is_operand && !task->fields[i].is_input)
            plan->target_bytes += dlt_tensor_bytes(&task->fields[i].spec, 1);
    plan->is_synchronised = dlt_model_sync_nodes(task->model, &synchronised) > 0;
    plan->local.held_bytes = plan->harness.held_bytes + plan->harness.sample_bytes;
}

static dlt_status build_alone(dlt_plan_state *plan, const dlt_comm *comm) {
    const dlt_harness_options options = {.comm = comm,
                                         .run = plan->run,
                                         .samples = shape_of_samples(plan),
                                         .batch = plan->batch,
                                         .micro_batch = micro_batch_of(plan, 1)};
    DLT_TRY(dlt_harness_create(&options, &plan->harness));
    describe_model(plan);
    describe_cluster(plan);
    return measure_process(plan);
}

static dlt_status find_moments(dlt_plan_state *plan) {
    const dlt_model *model = plan->harness.engine.task.model;
    DLT_TRY(dlt_backward_of(model, &plan->rates[0], &plan->cluster.backward_share, &plan->moments));
    plan->cluster.moments = plan->moments;
    plan->cluster.time_count = dlt_model_node_count(model);
    return DLT_OK;
}

/* Rates with so many cores at work; measured when first asked for. */
static dlt_status find_rates(dlt_plan_state *plan, int64_t working, dlt_rates *out) {
    int cores = (int)dlt_min_i64(working, plan->cluster.cores);
    for (int i = 0; i < plan->rates_count; i++)
        if (plan->rates[i].cores == cores) {
            *out = plan->rates[i];
            return DLT_OK;
        }
    const dlt_rates_exchange exchange = {.gradient_bytes = plan->cluster.gradient_bytes,
                                         .sharded = plan->cluster.sharded};
    DLT_TRY(dlt_rates_measure(&plan->machine, cores, &exchange, out));
    if (plan->rates_count < DLT_PLAN_RATES_MAX)
        plan->rates[plan->rates_count++] = *out;
    return DLT_OK;
}

/* Bytes of one rank's step that come from memory where so many share the cache: each micro-batch
 * reads the parameters twice and writes gradients, adding it to the one before reads both and
 * writes one; the update is six and two per optimizer state, less those three. */
static double memory_bytes(const dlt_plan_state *plan, int64_t micros, int sharing) {
    int optim_states = plan->optim_states;
    double array = (double)plan->cluster.gradient_bytes;
    double shared = (double)dlt_min_i64(sharing, plan->machine.cache_cores);
    double cache = (double)plan->machine.cache_bytes / shared;
    double outside = 1 - cache / (array * (2 + optim_states));
    double passes = 3.0 * (double)micros + 3.0 * (double)(micros - 1) + 3 + 2 * optim_states;
    return outside > 0 ? passes * array * outside : 0;
}

/* A step of the ranks of a node at once, where there is room for so many; else of one alone. */
static dlt_status measure_local(dlt_plan_state *plan, const dlt_local_case *asked,
                                dlt_cost_case *it, dlt_model_memory *arena) {
    dlt_local_case local = *asked;
    dlt_local_figures figures;
    it->together = dlt_local_has_room(&plan->local, asked->members);
    if (!it->together)
        local.members = 1;
    DLT_TRY(dlt_local_step(&plan->local, &local, &figures));
    it->local_s = figures.step_s;
    it->update_s = figures.update_s;
    it->alone_bytes = memory_bytes(plan, local.micros, 1);
    it->oversubscribed_bytes = memory_bytes(plan, local.micros, asked->members);
    *arena = figures.arena;
    return DLT_OK;
}

static dlt_status predict(dlt_plan_state *plan, int ranks, dlt_plan_row *row) {
    *row = (dlt_plan_row){.ranks = ranks,
                          .batch = plan->batch * (plan->options->weak ? ranks : 1),
                          .micro_batch = micro_batch_of(plan, ranks)};
    int64_t micros = dlt_ceil_div(row->batch, row->micro_batch);
    int64_t working = dlt_cost_working(&plan->cluster, ranks, micros);
    dlt_plan_case whole = {.ranks = ranks, .micro_batch = row->micro_batch, .micros = micros};
    dlt_cost_case it = {.ranks = ranks, .micros = micros, .alone = plan->rates[0]};
    DLT_TRY(find_rates(plan, working, &it.crowd));
    const dlt_local_case local = {.micro_batch = row->micro_batch,
                                  .micros = dlt_ceil_div(micros, ranks),
                                  .members = it.crowd.cores};
    DLT_TRY(measure_local(plan, &local, &it, &whole.arena));
    DLT_TRY(dlt_cost_predict(&plan->cluster, &it, &row->cost));
    row->memory_bytes = dlt_plan_memory_of(plan, &whole, row->cost.value_count).step;
    row->samples_per_s = (double)row->batch / row->cost.step_s;
    return DLT_OK;
}

static dlt_status predict_all(dlt_plan_state *plan) {
    const dlt_plan_options *options = plan->options;
    const int last = 4096;
    DLT_TRY(predict(plan, 1, &plan->alone));
    plan->row_count = options->rank_count;
    for (int i = 0; i < options->rank_count; i++)
        plan->rows[i].ranks = options->ranks[i];
    for (int ranks = 1; options->rank_count == 0 && ranks <= last; ranks *= 2)
        plan->rows[plan->row_count++].ranks = ranks;
    for (int i = 0; i < plan->row_count; i++) {
        dlt_plan_row *row = &plan->rows[i];
        DLT_TRY(predict(plan, row->ranks, row));
        row->efficiency = row->samples_per_s / plan->alone.samples_per_s / row->ranks;
    }
    return DLT_OK;
}

static dlt_status make_plan(dlt_plan_state *plan, const dlt_comm *comm, dlt_json *json) {
    dlt_rates alone;
    DLT_TRY(load(plan, comm));
    DLT_TRY(build_alone(plan, comm));
    DLT_TRY(find_rates(plan, 1, &alone));
    DLT_TRY(find_moments(plan));
    dlt_json_open(json, NULL, '{');
    DLT_TRY(dlt_plan_report_model(plan, json));
    dlt_harness_destroy(&plan->harness);
    DLT_TRY(predict_all(plan));
    DLT_TRY(dlt_plan_report_ranks(plan, json));
    dlt_json_close(json, '}');
    return DLT_OK;
}

dlt_status dlt_plan(const dlt_comm *comm, const dlt_plan_options *options) {
    dlt_text line = DLT_TEXT_EMPTY;
    dlt_json json = {.text = &line};
    dlt_plan_state *plan = NULL;
    if (dlt_comm_size(comm) > 1)
        return dlt_fail(
            DLT_ERR_ARG,
            "'plan' runs on one rank; --ranks sets the numbers of ranks that it predicts");
    DLT_TRY(DLT_NEW(plan, 1));
    plan->options = options;
    dlt_status status = make_plan(plan, comm, &json);
    if (status == DLT_OK && options->json)
        status = dlt_bench_print_line(&line, options->out);
    dlt_harness_destroy(&plan->harness);
    dlt_run_destroy(&plan->run);
    dlt_free(plan->moments);
    dlt_free(plan);
    dlt_text_destroy(&line);
    return status;
}
