/* Times each node of the model for `dltrain bench step --profile`. The nodes run one after the
 * other on a single micro-batch, outside dlt_step; the time is the median of 5 to 200 rounds for
 * each pass. Synchronised nodes use the sums of this micro-batch, so no rank communicates. The
 * table multiplies by the micro-batches that a rank computes in a step; the rest of the step's time
 * is update and reduction. */
#include "bench/profile.h"

#include "base/alloc.h"
#include "base/cast.h"
#include "base/clock.h"
#include "base/error.h"
#include "bench/report.h"
#include "bench/step_limit.h"
#include "engine/metric_sums.h"
#include "engine/objectives.h"
#include "model/costs.h"
#include "report/table.h"

enum { ROUNDS_LEAST = 5, ROUNDS_MOST = 200, WARM_UP = 2 };

/* A row per pass: forward of each node, backward of each node, the loss; a column per round. */
typedef struct node_trial {
    dlt_task *task; /* borrowed */
    dlt_model_call call;
    const dlt_micro_batch *batch; /* borrowed from the harness's source */
    dlt_real *grads;              /* owned */
    dlt_real *statistics;         /* owned */
    double *sums;                 /* of a synchronised node, owned */
    double *times;                /* [2 nodes + 1, ROUNDS_MOST], owned */
    double loss_sums[DLT_SUMS_PER_LOSS * DLT_LOSSES_MAX];
    int rounds;
} node_trial;

static void record(const node_trial *self, int row, double began) {
    self->times[(int64_t)row * ROUNDS_MOST + self->rounds] = dlt_clock_s() - began;
}

static bool is_synchronised(const dlt_model *model, int node) {
    const int *nodes = NULL;
    int count = dlt_model_sync_nodes(model, &nodes);
    for (int i = 0; i < count; i++)
        if (nodes[i] == node)
            return true;
    return false;
}

static void gather(node_trial *self, int node, bool backward) {
    dlt_model *model = self->task->model;
    if (!is_synchronised(model, node))
        return;
    for (int64_t i = 0; i < dlt_model_sync_count(model); i++)
        self->sums[i] = 0;
    dlt_model_batch_sums(model, &self->call, node, backward, self->sums);
    dlt_model_set_sums(model, node, self->sums, self->call.n);
}

static void time_round(node_trial *self) {
    dlt_model *model = self->task->model;
    int nodes = dlt_model_node_count(model);
    for (int i = 0; i < nodes; i++) {
        double began = dlt_clock_s();
        gather(self, i, false);
        dlt_model_forward_part(model, &self->call, self->statistics, i, i + 1);
        record(self, i, began);
    }
    double began = dlt_clock_s();
    const dlt_objectives_call losses = {.batch = self->batch,
                                        .origins =
                                            (const dlt_real *const *)self->task->train.origins,
                                        .training = true,
                                        .block = self->loss_sums};
    dlt_objectives_compute(self->task, &losses);
    record(self, 2 * nodes, began);
    dlt_model_backward_begin(model, &self->call);
    for (int i = nodes - 1; i >= 0; i--) {
        began = dlt_clock_s();
        if (dlt_model_trains(model, i))
            gather(self, i, true);
        dlt_model_backward_part(model, &self->call, self->grads, i, i + 1);
        record(self, nodes + i, began);
    }
}

static dlt_status allocate(node_trial *self, dlt_profile *profile) {
    const dlt_model *model = self->task->model;
    profile->nodes = dlt_model_node_count(model);
    DLT_TRY(DLT_NEW(profile->forward_s, profile->nodes));
    DLT_TRY(DLT_NEW(profile->backward_s, profile->nodes));
    DLT_TRY(DLT_NEW(self->grads, dlt_model_param_elements(model)));
    DLT_TRY(DLT_NEW(self->statistics, dlt_model_buffer_elements(model)));
    DLT_TRY(DLT_NEW(self->sums, dlt_model_sync_count(model)));
    return DLT_NEW(self->times, (2 * (int64_t)profile->nodes + 1) * ROUNDS_MOST);
}

static void run_rounds(node_trial *self, double seconds) {
    double began = dlt_clock_s();
    for (int i = 0; i < WARM_UP; i++)
        time_round(self);
    while (self->rounds < ROUNDS_LEAST ||
           (self->rounds < ROUNDS_MOST && dlt_clock_s() - began < seconds)) {
        time_round(self);
        self->rounds++;
    }
}

static double median_of_row(const node_trial *self, int row) {
    return dlt_bench_median(self->rounds, self->times + (int64_t)row * ROUNDS_MOST);
}

dlt_status dlt_profile_create(dlt_harness *harness, double seconds, dlt_profile **out) {
    dlt_profile *profile = NULL;
    node_trial it = {.task = &harness->engine.task};
    dlt_status status = DLT_OK;
    DLT_TRY_OUT(DLT_NEW(profile, 1));
    DLT_TRY_OUT(allocate(&it, profile));
    DLT_TRY_OUT(
        harness->engine.stepper.source.ops->next(harness->engine.stepper.source.self, &it.batch));
    it.call = (dlt_model_call){.n = harness->engine.task.micro_batch,
                               .inputs = {it.batch->fields[0]},
                               .training = true,
                               .step = 1};
    run_rounds(&it, seconds);
    for (int i = 0; i < profile->nodes; i++) {
        profile->forward_s[i] = median_of_row(&it, i);
        profile->backward_s[i] = median_of_row(&it, profile->nodes + i);
    }
    profile->loss_s = median_of_row(&it, 2 * profile->nodes);
    *out = profile;
    profile = NULL;
out:
    dlt_profile_destroy(&profile);
    dlt_free(it.grads);
    dlt_free(it.statistics);
    dlt_free(it.sums);
    dlt_free(it.times);
    return status;
}

void dlt_profile_destroy(dlt_profile **profile) {
    if (*profile == NULL)
        return;
    dlt_free((*profile)->forward_s);
    dlt_free((*profile)->backward_s);
    dlt_free(*profile);
    *profile = NULL;
}

/* Micro-batches that one rank computes in a step, the last one possibly in part. */
static double micros_of(const dlt_harness *harness) {
    return (double)harness->engine.task.batch / (double)harness->engine.task.micro_batch /
           harness->engine.stepper.partition.size;
}

static void add_fused(const dlt_node_cost *cost, dlt_table *table) {
    dlt_table_cell(table, "%s", cost->name);
    dlt_table_cell(table, "%s, in %s", cost->kind, cost->done_by);
    for (int i = 0; i < 5; i++)
        dlt_table_cell(table, "%s", "");
}

static void add_node(const dlt_profile *profile, const dlt_harness *harness,
                     const dlt_limits *limits, int index, double step_s, dlt_table *table) {
    double micros = micros_of(harness);
    dlt_node_cost cost;
    dlt_model_node_cost(harness->engine.task.model, index, &cost);
    if (cost.done_by != NULL) {
        add_fused(&cost, table);
        return;
    }
    dlt_step_work work = dlt_step_work_of_node(&harness->engine.task,
                                               harness->engine.state.optim_state_count, index);
    /* The node's floating-point operations alone: its update is in the last row. */
    double limit_s = work.flops_per_sample * micros * (double)harness->engine.task.micro_batch /
                     limits->flops_per_s;
    double took_s = micros * (profile->forward_s[index] + profile->backward_s[index]);
    dlt_table_cell(table, "%s", cost.name);
    dlt_table_cell(table, "%s", cost.kind);
    dlt_table_cell(table, "%.1f", 1e6 * micros * profile->forward_s[index]);
    dlt_table_cell(table, "%.1f", 1e6 * micros * profile->backward_s[index]);
    dlt_table_cell(table, "%.1f", 100 * took_s / step_s);
    dlt_table_cell(table, "%.1f",
                   1e-9 * work.flops_per_sample * micros *
                       (double)harness->engine.task.micro_batch / took_s);
    dlt_table_cell(table, "%.3f", limit_s / took_s);
}

static void add_row(const char *name, double took_s, double step_s, dlt_table *table) {
    dlt_table_cell(table, "%s", name);
    dlt_table_cell(table, "%s", "");
    dlt_table_cell(table, "%.1f", 1e6 * took_s);
    dlt_table_cell(table, "%s", "");
    dlt_table_cell(table, "%.1f", 100 * took_s / step_s);
    dlt_table_cell(table, "%s", "");
    dlt_table_cell(table, "%s", "");
}

dlt_status dlt_profile_print(const dlt_profile *profile, const dlt_harness *harness,
                             const dlt_limits *limits, double step_s, FILE *out) {
    static const dlt_table_column columns[] = {
        {"node", DLT_LEFT},         {"layer", DLT_LEFT},      {"forward us", DLT_RIGHT},
        {"backward us", DLT_RIGHT}, {"% of step", DLT_RIGHT}, {"GFLOP/s", DLT_RIGHT},
        {"of the peak", DLT_RIGHT}};
    dlt_table *table = NULL;
    DLT_TRY(dlt_table_create(columns, sizeof columns / sizeof columns[0], &table));
    double rest_s = step_s - micros_of(harness) * profile->loss_s;
    for (int i = 0; i < profile->nodes; i++) {
        add_node(profile, harness, limits, i, step_s, table);
        rest_s -= micros_of(harness) * (profile->forward_s[i] + profile->backward_s[i]);
    }
    add_row("loss", micros_of(harness) * profile->loss_s, step_s, table);
    add_row("update and sums", rest_s, step_s, table);
    dlt_status status = dlt_table_print(table, 0, out);
    dlt_table_destroy(&table);
    if (status == DLT_OK && fputc('\n', out) == EOF)
        status = dlt_fail(DLT_ERR_IO, "cannot print: the output is closed or full");
    return status;
}
