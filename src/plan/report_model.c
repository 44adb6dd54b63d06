/* What a plan says of the model and of one rank's memory. */
#include "plan/plan.h"

#include "base/cast.h"
#include "base/error.h"
#include "bench/step_limit.h"
#include "dltrain/kernels_info.h"
#include "model/costs.h"
#include "report/format.h"
#include "report/table.h"

/* The limit of the step of one rank and of its parts. */
typedef struct view {
    const dlt_plan_state *plan;
    const dlt_task *task;
    dlt_limits limits;
    dlt_step_limit step;
    double micros; /* micro-batches of a step, the last possibly in part */
} view;

static view view_of(const dlt_plan_state *plan) {
    const dlt_task *task = &plan->harness.engine.task;
    view self = {.plan = plan,
                 .task = task,
                 .limits = {.flops_per_s = plan->rates[0].flops_per_s,
                            .bytes_per_s = plan->rates[0].bytes_per_s,
                            .cache_bytes = plan->machine.cache_bytes},
                 .micros = (double)task->batch / (double)task->micro_batch};
    dlt_step_work work = dlt_step_work_of(task, plan->optim_states);
    self.step = dlt_step_limit_of(&work, &self.limits, (double)task->batch);
    return self;
}

typedef struct node_figures {
    dlt_node_cost cost;
    double flops; /* of a step */
    double bytes;
    double share; /* of the step's limit */
} node_figures;

static node_figures figures_of(const view *self, int index) {
    node_figures figures;
    dlt_model_node_cost(self->task->model, index, &figures.cost);
    dlt_step_work work = dlt_step_work_of_node(self->task, self->plan->optim_states, index);
    dlt_step_limit limit = dlt_step_limit_of(&work, &self->limits, (double)self->task->batch);
    figures.flops = limit.flops;
    figures.bytes =
        self->micros * (double)(figures.cost.forward_bytes + figures.cost.backward_bytes);
    figures.share = limit.limit_s / self->step.limit_s;
    return figures;
}

static void add_node(const view *self, int index, dlt_table *table, dlt_json *json) {
    char text[DLT_SHAPE_TEXT_BYTES];
    char number[DLT_FORMAT_BYTES];
    node_figures node = figures_of(self, index);
    (void)dlt_shape_text(&node.cost.output, text);
    dlt_table_cell(table, "%s", node.cost.name);
    dlt_table_cell(table, "%s", node.cost.kind);
    if (node.cost.done_by != NULL)
        dlt_table_cell(table, "in %s", node.cost.done_by);
    else
        dlt_table_cell(table, "%s", text);
    if (node.cost.shares == NULL)
        dlt_table_cell(table, "%s", dlt_format_count(node.cost.params, number));
    else
        dlt_table_cell(table, "%s + %s", dlt_format_count(node.cost.params, number),
                       node.cost.shares);
    dlt_table_cell(table, "%.4g", 1e-6 * node.flops);
    dlt_table_cell(table, "%s", dlt_format_bytes((int64_t)node.bytes, number));
    dlt_table_cell(table, "%s", dlt_format_bytes(node.cost.kept_bytes, number));
    dlt_table_cell(table, "%.1f", 100 * node.share);
    dlt_json_open(json, NULL, '{');
    dlt_json_text(json, "node", node.cost.name);
    dlt_json_text(json, "layer", node.cost.kind);
    if (node.cost.done_by != NULL)
        dlt_json_text(json, "done_by", node.cost.done_by);
    dlt_json_text(json, "output", text);
    dlt_json_int(json, "params", node.cost.params);
    if (node.cost.shares != NULL)
        dlt_json_text(json, "shares", node.cost.shares);
    dlt_json_real(json, "flops", node.flops);
    dlt_json_real(json, "bytes", node.bytes);
    dlt_json_int(json, "kept_bytes", node.cost.kept_bytes);
    dlt_json_real(json, "limit_share", node.share);
    dlt_json_close(json, '}');
}

static dlt_status print_nodes(const view *self, dlt_json *json, FILE *out) {
    static const dlt_table_column columns[] = {
        {"node", DLT_LEFT},   {"layer", DLT_LEFT},  {"output", DLT_LEFT}, {"params", DLT_RIGHT},
        {"MFLOP", DLT_RIGHT}, {"moved", DLT_RIGHT}, {"kept", DLT_RIGHT},  {"limit %", DLT_RIGHT}};
    dlt_table *table = NULL;
    DLT_TRY(dlt_table_create(columns, sizeof columns / sizeof columns[0], &table));
    dlt_json_open(json, "model", '[');
    for (int i = 0; i < dlt_model_node_count(self->task->model); i++)
        add_node(self, i, table, json);
    dlt_json_close(json, ']');
    dlt_status status = dlt_table_print(table, 0, out);
    dlt_table_destroy(&table);
    return status;
}

static void add_kind(const char *kind, const char *key, int64_t bytes, const char *what,
                     dlt_table *table, dlt_json *json) {
    char number[DLT_FORMAT_BYTES];
    dlt_table_cell(table, "%s", kind);
    dlt_table_cell(table, "%s", dlt_format_bytes(bytes, number));
    dlt_table_cell(table, "%s", what);
    dlt_json_int(json, key, bytes);
}

static void add_memory(const view *self, dlt_table *table, dlt_json *json) {
    const dlt_task *task = self->task;
    dlt_plan_case alone = {.ranks = 1,
                           .micro_batch = task->micro_batch,
                           .micros = dlt_ceil_div(task->batch, task->micro_batch)};
    dlt_model_memory_of(task->model, &alone.arena);
    dlt_plan_memory memory = dlt_plan_memory_of(self->plan, &alone, 1);
    int64_t before = self->plan->process_bytes;
    add_kind("parameters", "params", memory.params, "", table, json);
    add_kind("gradients", "gradients", memory.gradients,
             "buffers of the reduction: one per pending value of the tree", table, json);
    if (memory.residuals > 0)
        add_kind("residuals", "error_feedback", memory.residuals,
                 "of error feedback: one per micro-batch", table, json);
    add_kind("states", "optimizer_states", memory.optim_states, "of the optimizer", table, json);
    add_kind("activations", "activations", memory.activations,
             "and their gradients: the most that live at one moment", table, json);
    add_kind("workspace", "workspace", memory.workspace, "the rest of the arena", table, json);
    add_kind("running state", "running", memory.running, "", table, json);
    add_kind("step", "step", memory.step, "all of the above", table, json);
    add_kind("loader", "loader", memory.loader, "micro-batches read ahead", table, json);
    add_kind("process", "process", before, "program and libraries, measured after a step", table,
             json);
    add_kind("peak", "peak", before + memory.step + memory.loader, "of a rank that trains alone",
             table, json);
}

static dlt_status print_memory(const view *self, dlt_json *json, FILE *out) {
    static const dlt_table_column columns[] = {
        {"memory", DLT_LEFT}, {"bytes", DLT_RIGHT}, {"", DLT_LEFT}};
    dlt_table *table = NULL;
    DLT_TRY(dlt_table_create(columns, sizeof columns / sizeof columns[0], &table));
    dlt_json_open(json, "memory_bytes", '{');
    add_memory(self, table, json);
    dlt_json_close(json, '}');
    dlt_status status = dlt_table_print(table, 0, out);
    dlt_table_destroy(&table);
    return status;
}

static void add_run(const view *self, dlt_json *json) {
    const dlt_task *task = self->task;
    char shape[DLT_SHAPE_TEXT_BYTES];
    dlt_json_text(json, "name", self->plan->run->settings.name);
    dlt_json_text(json, "samples", dlt_shape_text(&task->input, shape));
    dlt_json_int(json, "batch", task->batch);
    dlt_json_int(json, "micro_batch", task->micro_batch);
    dlt_json_int(json, "params", dlt_model_param_count(task->model));
    dlt_json_real(json, "flops", self->step.flops);
    dlt_json_real(json, "bytes", self->step.bytes);
    dlt_json_real(json, "limit_s", self->step.limit_s);
    dlt_json_text(json, "kernels", task->kernels.name);
    dlt_json_text(json, "blas_core", dlt_blas_core_name());
}

static dlt_status print_run(const view *self, FILE *out) {
    const dlt_task *task = self->task;
    char shape[DLT_SHAPE_TEXT_BYTES];
    char params[DLT_FORMAT_BYTES];
    char bytes[DLT_FORMAT_BYTES];
    int printed = fprintf(
        out,
        "%s: samples %s, %s parameters, optimizer %s, kernels %s\n"
        "A step of one rank: %lld samples in micro-batches of %lld, %.4g MFLOP, %s from memory.\n"
        "Its limit is %.4g ms, at %.1f GFLOP/s in fused multiply-adds and %.1f GB/s in triad.\n\n",
        self->plan->run->settings.name, dlt_shape_text(&task->input, shape),
        dlt_format_count(dlt_model_param_count(task->model), params),
        self->plan->run->settings.optimizer.kind->name, task->kernels.name, (long long)task->batch,
        (long long)task->micro_batch, 1e-6 * self->step.flops,
        dlt_format_bytes((int64_t)self->step.bytes, bytes), 1e3 * self->step.limit_s,
        1e-9 * self->limits.flops_per_s, 1e-9 * self->limits.bytes_per_s);
    return printed >= 0 ? DLT_OK
                        : dlt_fail(DLT_ERR_IO, "cannot print: the output is closed or full");
}

dlt_status dlt_plan_report_model(const dlt_plan_state *plan, dlt_json *json) {
    view self = view_of(plan);
    FILE *out = plan->options->out;
    add_run(&self, json);
    DLT_TRY(print_run(&self, out));
    DLT_TRY(print_nodes(&self, json, out));
    (void)fputc('\n', out);
    return print_memory(&self, json, out);
}
