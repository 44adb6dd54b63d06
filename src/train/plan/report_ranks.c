/* What a plan says of many ranks. */
#include "train/plan/plan.h"

#include "base/error.h"
#include "report/format.h"
#include "report/table.h"

/* cost.h has it with its sources. */
static const char *const MODEL = "Step = compute + node sum + exchange. Compute: one rank's "
                                 "micro-batches and update, measured here on one core\n"
                                 "and slowed down as multiply-adds and triad are when more cores "
                                 "of the node work. Node sum: the ranks of a node\n"
                                 "add slices in shared memory, measured here for one value per "
                                 "rank, times the additions of the canonical tree.\n"
                                 "Exchange: each rank owns 1/N of the gradient, receives what is "
                                 "left of every other node's tree (values), adds\n"
                                 "it and sends the sum to all nodes, one message after the other: "
                                 "messages x latency + bytes of a node / bandwidth,\n"
                                 "and log2 N latencies for loss and metrics. Ranks that wait for "
                                 "slower ones, and shared links, are left out.\n";

static void add_rate(const dlt_plan_state *plan, const dlt_rates *rates, dlt_table *table,
                     dlt_json *json) {
    dlt_table_cell(table, "%d", rates->cores);
    dlt_table_cell(table, "%.1f", 1e-9 * rates->flops_per_s);
    dlt_table_cell(table, "%.1f", 1e-9 * rates->bytes_per_s);
    if (rates->cores > 1)
        dlt_table_cell(table, "%.1f", 1e6 * rates->exchange_s);
    else
        dlt_table_cell(table, "%s", "");
    dlt_json_open(json, NULL, '{');
    dlt_json_int(json, "cores", rates->cores);
    dlt_json_real(json, "flops_per_s", rates->flops_per_s);
    dlt_json_real(json, "bytes_per_s", rates->bytes_per_s);
    dlt_json_int(json, "gradient_bytes", plan->cluster.gradient_bytes);
    dlt_json_real(json, "exchange_s", rates->exchange_s);
    dlt_json_close(json, '}');
}

static dlt_status print_rates(const dlt_plan_state *plan, dlt_json *json, FILE *out) {
    static const dlt_table_column columns[] = {{"cores at work", DLT_RIGHT},
                                               {"GFLOP/s each", DLT_RIGHT},
                                               {"GB/s each", DLT_RIGHT},
                                               {"node sum us", DLT_RIGHT}};
    dlt_table *table = NULL;
    DLT_TRY(dlt_table_create(columns, sizeof columns / sizeof columns[0], &table));
    dlt_json_open(json, "rates", '[');
    for (int i = 0; i < plan->rates_count; i++)
        add_rate(plan, &plan->rates[i], table, json);
    dlt_json_close(json, ']');
    dlt_status status = dlt_table_print(table, 0, out);
    dlt_table_destroy(&table);
    return status;
}

static void add_row(const dlt_plan_row *row, dlt_table *table) {
    char number[DLT_FORMAT_BYTES];
    const dlt_cost *cost = &row->cost;
    dlt_table_cell(table, "%d", row->ranks);
    dlt_table_cell(table, "%d", cost->nodes);
    dlt_table_cell(table, "%s", dlt_format_count(row->batch, number));
    dlt_table_cell(table, "%lld", (long long)row->micro_batch);
    dlt_table_cell(table, "%lld", (long long)cost->micros_per_rank);
    dlt_table_cell(table, "%d", cost->idle_ranks);
    dlt_table_cell(table, "%d", cost->values_left);
    dlt_table_cell(table, "%.4g", 1e3 * cost->compute_s);
    dlt_table_cell(table, "%.4g", 1e3 * cost->node_s);
    dlt_table_cell(table, "%.4g", 1e3 * cost->exchange_s);
    dlt_table_cell(table, "%.4g", 1e3 * cost->step_s);
    dlt_table_cell(table, "%s", dlt_format_count((int64_t)(row->samples_per_s + 0.5), number));
    dlt_table_cell(table, "%.3f", row->efficiency);
}

static void add_row_json(const dlt_plan_row *row, dlt_json *json) {
    const dlt_cost *cost = &row->cost;
    dlt_json_open(json, NULL, '{');
    dlt_json_int(json, "ranks", row->ranks);
    dlt_json_int(json, "nodes", cost->nodes);
    dlt_json_int(json, "batch", row->batch);
    dlt_json_int(json, "micro_batch", row->micro_batch);
    dlt_json_int(json, "micro_batches_per_rank", cost->micros_per_rank);
    dlt_json_int(json, "idle_ranks", cost->idle_ranks);
    dlt_json_int(json, "values_left", cost->values_left);
    dlt_json_real(json, "compute_s", cost->compute_s);
    dlt_json_real(json, "node_s", cost->node_s);
    dlt_json_real(json, "exchange_s", cost->exchange_s);
    dlt_json_real(json, "step_s", cost->step_s);
    dlt_json_real(json, "samples_per_s", row->samples_per_s);
    dlt_json_real(json, "efficiency", row->efficiency);
    dlt_json_close(json, '}');
}

static dlt_status print_rows(const dlt_plan_state *plan, FILE *out) {
    static const dlt_table_column columns[] = {
        {"ranks", DLT_RIGHT},       {"nodes", DLT_RIGHT},      {"batch", DLT_RIGHT},
        {"micro-batch", DLT_RIGHT}, {"per rank", DLT_RIGHT},   {"idle", DLT_RIGHT},
        {"values", DLT_RIGHT},      {"compute ms", DLT_RIGHT}, {"node sum ms", DLT_RIGHT},
        {"exchange ms", DLT_RIGHT}, {"step ms", DLT_RIGHT},    {"samples/s", DLT_RIGHT},
        {"efficiency", DLT_RIGHT}};
    dlt_table *table = NULL;
    DLT_TRY(dlt_table_create(columns, sizeof columns / sizeof columns[0], &table));
    for (int i = 0; i < plan->row_count; i++)
        add_row(&plan->rows[i], table);
    dlt_status status = dlt_table_print(table, 0, out);
    dlt_table_destroy(&table);
    return status;
}

static void add_cluster(const dlt_plan_state *plan, dlt_json *json) {
    const dlt_cost_cluster *cluster = &plan->cluster;
    dlt_json_text(json, "scaling", plan->options->weak ? "weak" : "strong");
    dlt_json_int(json, "cores_per_node", cluster->cores);
    dlt_json_int(json, "ranks_per_node", cluster->ranks_per_node);
    dlt_json_real(json, "latency_s", cluster->latency_s);
    dlt_json_real(json, "net_bytes_per_s", cluster->net_bytes_per_s);
    dlt_json_int(json, "gradient_bytes", cluster->gradient_bytes);
}

static dlt_status print_text(const dlt_plan_state *plan, FILE *out) {
    const dlt_cost_cluster *cluster = &plan->cluster;
    int printed = fprintf(
        out,
        "\n%s scaling: %s. Nodes like this machine (%d cores) with %lld ranks each, between them "
        "%.3g us and %.3g GB/s per node.\n%s\n",
        plan->options->weak ? "weak" : "strong",
        plan->options->weak ? "the batch grows with the ranks, one micro-batch per rank"
                            : "the batch stays the run file's",
        cluster->cores, (long long)cluster->ranks_per_node, 1e6 * cluster->latency_s,
        1e-9 * cluster->net_bytes_per_s, MODEL);
    return printed >= 0 ? DLT_OK
                        : dlt_fail(DLT_ERR_IO, "cannot print: the output is closed or full");
}

dlt_status dlt_plan_report_ranks(const dlt_plan_state *plan, dlt_json *json) {
    FILE *out = plan->options->out;
    add_cluster(plan, json);
    DLT_TRY(print_text(plan, out));
    DLT_TRY(print_rates(plan, json, out));
    (void)fputc('\n', out);
    DLT_TRY(print_rows(plan, out));
    dlt_json_open(json, "predictions", '[');
    for (int i = 0; i < plan->row_count; i++)
        add_row_json(&plan->rows[i], json);
    dlt_json_close(json, ']');
    return DLT_OK;
}
