/* What a plan says of many ranks. */
#include "plan/plan.h"

#include "base/error.h"
#include "base/text.h"
#include "dltrain/progress.h"
#include "report/format.h"
#include "report/table.h"

enum { COLUMNS_MOST = 100 };

/* cost.h has it with its sources. */
static const char *const MODEL =
    "Step = compute + additions + not hidden messages + update.\n"
    "Compute: forward and backward of one rank's micro-batches, measured here on as many cores at "
    "once as ranks of a node work.\n"
    "Additions: the ranks of a node add the buckets of the gradient in shared memory, each its "
    "slice; measured here for one value per rank, times the additions of the canonical tree. "
    "Nothing hides them.\n"
    "Messages: each rank owns 1/N of a bucket, receives the values that are left of every other "
    "node's tree, and sends the sum to all nodes, one message after the other: messages x latency "
    "+ bytes of a node / bandwidth; half the bytes with `comm.compression: bf16`.\n"
    "Not hidden: a bucket's messages begin when it is finished and those before it have gone; the "
    "largest, over all buckets, of its messages and those of all behind it less what is then left "
    "of backward.\n";

static const char *const REPLICATED =
    "Update: measured with the step; every rank makes the whole update.\n";
static const char *const SHARDED =
    "Update: 1/N of what was measured with the step, and then the messages that give each rank's "
    "slice of the parameters to all nodes; nothing hides these.\n";
static const char *const LEFT_OUT =
    "Left out: ranks that wait for slower ones, links shared beyond the node, and networks that "
    "move bytes only while the program calls MPI.\n"
    "Memory: of a rank, its part of what its node holds once included. Idle: ranks without a "
    "micro-batch.\n";

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
                                               {"additions us", DLT_RIGHT}};
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

static void add_outcome(const dlt_plan_row *row, dlt_table *table) {
    char number[DLT_FORMAT_BYTES];
    dlt_table_cell(table, "%d", row->ranks);
    dlt_table_cell(table, "%d", row->cost.nodes);
    dlt_table_cell(table, "%s", dlt_format_count(row->batch, number));
    dlt_table_cell(table, "%.4g", 1e3 * row->cost.step_s);
    dlt_table_cell(table, "%s", dlt_format_count((int64_t)(row->samples_per_s + 0.5), number));
    dlt_table_cell(table, "%.3f", row->efficiency);
    dlt_table_cell(table, "%s", dlt_format_bytes(row->memory_bytes, number));
    dlt_table_cell(table, "%d", row->cost.idle_ranks);
}

static void add_parts(const dlt_plan_row *row, dlt_table *table) {
    const dlt_cost *cost = &row->cost;
    dlt_table_cell(table, "%d", row->ranks);
    dlt_table_cell(table, "%lld", (long long)row->micro_batch);
    dlt_table_cell(table, "%lld", (long long)cost->micros_per_rank);
    dlt_table_cell(table, "%d", cost->values_left);
    dlt_table_cell(table, "%.3g", 1e3 * cost->compute_s);
    dlt_table_cell(table, "%.3g", 1e3 * cost->add_s);
    dlt_table_cell(table, "%.3g", 1e3 * cost->messages_s);
    dlt_table_cell(table, "%.3g", 1e3 * cost->visible_s);
    dlt_table_cell(table, "%.3g", 1e3 * (cost->update_s + cost->share_s));
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
    dlt_json_real(json, "additions_s", cost->add_s);
    dlt_json_real(json, "messages_s", cost->messages_s);
    dlt_json_real(json, "not_hidden_s", cost->visible_s);
    dlt_json_real(json, "update_s", cost->update_s);
    dlt_json_real(json, "sharing_s", cost->share_s);
    dlt_json_real(json, "step_s", cost->step_s);
    dlt_json_int(json, "memory_bytes", row->memory_bytes);
    dlt_json_real(json, "samples_per_s", row->samples_per_s);
    dlt_json_real(json, "efficiency", row->efficiency);
    dlt_json_close(json, '}');
}

static dlt_status print_rows(const dlt_plan_state *plan, const dlt_table_column *columns, int count,
                             void (*add)(const dlt_plan_row *row, dlt_table *table), FILE *out) {
    dlt_table *table = NULL;
    DLT_TRY(dlt_table_create(columns, count, &table));
    for (int i = 0; i < plan->row_count; i++)
        add(&plan->rows[i], table);
    dlt_status status = dlt_table_print(table, 0, out);
    dlt_table_destroy(&table);
    return status;
}

/* Two tables, so that each fits a terminal of 80 columns. */
static dlt_status print_predictions(const dlt_plan_state *plan, FILE *out) {
    static const dlt_table_column outcome[] = {{"ranks", DLT_RIGHT},     {"nodes", DLT_RIGHT},
                                               {"batch", DLT_RIGHT},     {"step ms", DLT_RIGHT},
                                               {"samples/s", DLT_RIGHT}, {"efficiency", DLT_RIGHT},
                                               {"memory", DLT_RIGHT},    {"idle", DLT_RIGHT}};
    static const dlt_table_column parts[] = {
        {"ranks", DLT_RIGHT},    {"micro", DLT_RIGHT},      {"per rank", DLT_RIGHT},
        {"values", DLT_RIGHT},   {"compute", DLT_RIGHT},    {"additions", DLT_RIGHT},
        {"messages", DLT_RIGHT}, {"not hidden", DLT_RIGHT}, {"update", DLT_RIGHT}};
    DLT_TRY(print_rows(plan, outcome, sizeof outcome / sizeof outcome[0], add_outcome, out));
    (void)fprintf(out, "\nMicro-batch, micro-batches per rank, and the parts of the step in ms:\n");
    return print_rows(plan, parts, sizeof parts / sizeof parts[0], add_parts, out);
}

static void add_cluster(const dlt_plan_state *plan, dlt_json *json) {
    const dlt_cost_cluster *cluster = &plan->cluster;
    dlt_json_text(json, "scaling", plan->options->weak ? "weak" : "strong");
    dlt_json_text(json, "strategy", cluster->sharded ? "sharded" : "replicated");
    dlt_json_int(json, "cores_per_node", cluster->cores);
    dlt_json_int(json, "ranks_per_node", cluster->ranks_per_node);
    dlt_json_real(json, "latency_s", cluster->latency_s);
    dlt_json_real(json, "net_bytes_per_s", cluster->net_bytes_per_s);
    dlt_json_int(json, "gradient_bytes", cluster->gradient_bytes);
}

static dlt_status print_text(const dlt_plan_state *plan, FILE *out) {
    const dlt_cost_cluster *cluster = &plan->cluster;
    dlt_text text = DLT_TEXT_EMPTY;
    int columns = dlt_terminal_columns(out);
    dlt_text_add(&text,
                 "%s scaling: %s. Nodes like this machine (%d cores) with %lld ranks each, between "
                 "them %.3g us and %.3g GB/s per node.\n%s%s%s",
                 plan->options->weak ? "Weak" : "Strong",
                 plan->options->weak ? "the batch grows with the ranks, one micro-batch per rank"
                                     : "the batch stays the run file's",
                 cluster->cores, (long long)cluster->ranks_per_node, 1e6 * cluster->latency_s,
                 1e-9 * cluster->net_bytes_per_s, MODEL, cluster->sharded ? SHARDED : REPLICATED,
                 LEFT_OUT);
    dlt_status status = dlt_text_check(&text);
    if (status == DLT_OK) {
        (void)fputc('\n', out);
        dlt_print_folded(out, dlt_text_of(&text), 0, 0,
                         columns > 0 && columns < COLUMNS_MOST ? columns : COLUMNS_MOST);
        if (ferror(out))
            status = dlt_fail(DLT_ERR_IO, "cannot print: the output is closed or full");
    }
    dlt_text_destroy(&text);
    return status;
}

dlt_status dlt_plan_report_ranks(const dlt_plan_state *plan, dlt_json *json) {
    FILE *out = plan->options->out;
    add_cluster(plan, json);
    DLT_TRY(print_text(plan, out));
    DLT_TRY(print_rates(plan, json, out));
    (void)fputc('\n', out);
    DLT_TRY(print_predictions(plan, out));
    dlt_json_open(json, "predictions", '[');
    for (int i = 0; i < plan->row_count; i++)
        add_row_json(&plan->rows[i], json);
    dlt_json_close(json, ']');
    return DLT_OK;
}
