/* Holds the median and the printing that the benchmarks share, and the report of `dltrain bench
 * step`: a table and with --json one line. The median of an even number of values is the larger of
 * the two in the middle. dlt_bench_median sorts its argument, so functions that pair values of a
 * round work on copies. */
#include "bench/report.h"

#include "base/error.h"
#include "report/format.h"
#include "report/table.h"

#include <stdlib.h>

static int compare_reals(const void *a, const void *b) {
    double x = *(const double *)a;
    double y = *(const double *)b;
    return (x > y) - (x < y);
}

double dlt_bench_median(int count, double *values) {
    qsort(values, (size_t)count, sizeof values[0], compare_reals);
    return values[count / 2];
}

double dlt_bench_round_median(int rounds, const double *values) {
    double sorted[DLT_BENCH_ROUNDS_MAX];
    for (int i = 0; i < rounds; i++)
        sorted[i] = values[i];
    return dlt_bench_median(rounds, sorted);
}

double dlt_bench_round_ratio(int rounds, const double *a, const double *b) {
    double ratios[DLT_BENCH_ROUNDS_MAX];
    for (int i = 0; i < rounds; i++)
        ratios[i] = a[i] / b[i];
    return dlt_bench_median(rounds, ratios);
}

dlt_status dlt_bench_print_line(const dlt_text *line, FILE *out) {
    DLT_TRY(dlt_text_check(line));
    if (fprintf(out, "%s\n", dlt_text_of(line)) < 0 || fflush(out) != 0)
        return dlt_fail(DLT_ERR_IO, "cannot print: the output is closed or full");
    return DLT_OK;
}

static void add_json(const dlt_bench_step_result *result, dlt_text *line) {
    dlt_json json = {.text = line};
    dlt_json_open(&json, NULL, '{');
    dlt_json_text(&json, "workload", result->workload);
    dlt_json_int(&json, "ranks", result->ranks);
    dlt_json_int(&json, "threads_per_rank", result->threads);
    dlt_json_int(&json, "batch", result->batch);
    dlt_json_int(&json, "micro_batch", result->micro_batch);
    dlt_json_int(&json, "params", result->params);
    dlt_json_int(&json, "steps", result->steps);
    dlt_json_real(&json, "samples_per_s", result->samples_per_s);
    dlt_json_real(&json, "step_time_s_median", result->step_time_s_median);
    dlt_json_real(&json, "step_time_s_p95", result->step_time_s_p95);
    dlt_json_real(&json, "flops", result->flops);
    dlt_json_real(&json, "bytes", result->bytes);
    dlt_json_real(&json, "flops_per_s", result->flops_per_s);
    dlt_json_real(&json, "bytes_per_s", result->bytes_per_s);
    dlt_json_real(&json, "limit_fraction", result->limit_fraction);
    dlt_json_real(&json, "comm_fraction", result->comm_fraction);
    dlt_json_int(&json, "reduced_bytes", result->reduced_bytes);
    dlt_json_int(&json, "needed_memory_bytes", result->needed_memory_bytes);
    dlt_json_int(&json, "held_memory_bytes", result->held_memory_bytes);
    dlt_json_int(&json, "peak_memory_bytes", result->peak_memory_bytes);
    dlt_json_text(&json, "kernels", result->kernels);
    dlt_json_text(&json, "precision", result->precision);
    dlt_json_text(&json, "blas_core", result->blas_core);
    dlt_json_close(&json, '}');
}

static void add_memory(const dlt_bench_step_result *result, dlt_table *table) {
    char held[DLT_FORMAT_BYTES];
    char needed[DLT_FORMAT_BYTES];
    char peak[DLT_FORMAT_BYTES];
    dlt_table_cell(table,
                   "%s held by a rank's step, %.3f times the %s of parameters, gradients, "
                   "optimizer states and "
                   "live activations; peak of the process %s",
                   dlt_format_bytes(result->held_memory_bytes, held),
                   (double)result->held_memory_bytes / (double)result->needed_memory_bytes,
                   dlt_format_bytes(result->needed_memory_bytes, needed),
                   dlt_format_bytes(result->peak_memory_bytes, peak));
}

static void add_figures(const dlt_bench_step_result *result, dlt_table *table) {
    char bytes[DLT_FORMAT_BYTES];
    dlt_table_cell(table, "samples/s");
    dlt_table_cell(table, "%.1f, all ranks together", result->samples_per_s);
    dlt_table_cell(table, "step");
    dlt_table_cell(table, "%.4g ms median, %.4g ms at the 95th percentile of %lld",
                   1e3 * result->step_time_s_median, 1e3 * result->step_time_s_p95,
                   (long long)result->steps);
    dlt_table_cell(table, "work");
    dlt_table_cell(table, "%.4g MFLOP, %s from memory", 1e-6 * result->flops,
                   dlt_format_bytes((int64_t)result->bytes, bytes));
    dlt_table_cell(table, "one rank's peak");
    dlt_table_cell(table, "%.1f GFLOP/s in fused multiply-adds, %.1f GB/s in triad",
                   1e-9 * result->flops_per_s, 1e-9 * result->bytes_per_s);
    dlt_table_cell(table, "limit");
    dlt_table_cell(table, "%.4g ms in fp32; this is %.3f of the speed it allows",
                   1e3 * result->limit_s, result->limit_fraction);
    dlt_table_cell(table, "reduction");
    dlt_table_cell(table,
                   "%.1f %% of the time, waiting for ranks included; %s of a rank's gradient",
                   100 * result->comm_fraction, dlt_format_bytes(result->reduced_bytes, bytes));
    dlt_table_cell(table, "memory");
    add_memory(result, table);
}

static dlt_status print_table(const dlt_bench_step_result *result, FILE *out) {
    static const dlt_table_column columns[] = {{"step", DLT_LEFT}, {"", DLT_LEFT}};
    dlt_table *table = NULL;
    DLT_TRY(dlt_table_create(columns, 2, &table));
    dlt_table_cell(table, "workload");
    dlt_table_cell(table, "%s: %lld parameters, %s", result->workload, (long long)result->params,
                   result->optimizer);
    dlt_table_cell(table, "batch");
    dlt_table_cell(table, "%lld in micro-batches of %lld", (long long)result->batch,
                   (long long)result->micro_batch);
    dlt_table_cell(table, "ranks");
    dlt_table_cell(table, "%lld of %lld threads, kernels %s, OpenBLAS core %s",
                   (long long)result->ranks, (long long)result->threads, result->kernels,
                   result->blas_core);
    add_figures(result, table);
    dlt_status status = dlt_table_print(table, 0, out);
    dlt_table_destroy(&table);
    return status;
}

dlt_status dlt_bench_print_step(const dlt_bench_step_result *result, bool json, FILE *out) {
    DLT_TRY(print_table(result, out));
    if (!json)
        return DLT_OK;
    dlt_text line = DLT_TEXT_EMPTY;
    add_json(result, &line);
    dlt_status status = dlt_bench_print_line(&line, out);
    dlt_text_destroy(&line);
    return status;
}
