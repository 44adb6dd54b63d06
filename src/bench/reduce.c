/* `dltrain bench reduce`: at each size, from 1 KiB up by factors of 4, the reducer adds one
 * micro-batch per rank and MPI_Allreduce adds as many bytes, in turn. A barrier precedes each
 * repetition, and the slowest rank's time counts. The number of repetitions shrinks from 200 to 7
 * as the size grows. The first pair warms up and is overwritten. */
#include "dltrain/bench.h"

#include "base/alloc.h"
#include "base/cast.h"
#include "base/clock.h"
#include "base/error.h"
#include "bench/report.h"
#include "comm/collectives.h"
#include "comm/mpi_baseline.h"
#include "comm/reducer.h"
#include "report/table.h"

enum { REPETITIONS_MAX = 200, LEAST_BYTES = 1024, STEP = 4 };

/* One size: the buffers of both ways, and the times of every repetition, of the slowest rank each.
 */
typedef struct reduce_trial {
    const dlt_comm *comm;
    int64_t count; /* elements per rank */
    int repetitions;
    dlt_reducer *reducer;
    dlt_real *plain; /* what MPI_Allreduce works on */
    double exact_s[REPETITIONS_MAX];
    double allreduce_s[REPETITIONS_MAX];
} reduce_trial;

/* Many repetitions of small reductions, few of large ones. */
static int repetitions_of(int64_t bytes) {
    const int64_t least = 7;
    const int64_t bytes_in_all = 512 << 20;
    return (int)dlt_min_i64(REPETITIONS_MAX, dlt_max_i64(least, bytes_in_all / bytes));
}

/* As backward leaves them: just written. Small values, so that sums of sums stay finite. */
static void fill(int64_t count, dlt_real *values) {
    for (int64_t i = 0; i < count; i++)
        values[i] = (dlt_real)1e-6;
}

static dlt_status time_exact(reduce_trial *self, int repetition) {
    dlt_total total;
    DLT_TRY(dlt_reducer_begin(self->reducer, dlt_comm_size(self->comm)));
    fill(self->count, dlt_reducer_leaf(self->reducer).reals);
    DLT_TRY(dlt_barrier(self->comm));
    double began = dlt_clock_s();
    dlt_reducer_push(self->reducer);
    DLT_TRY(dlt_reducer_finish(self->reducer, &total));
    return dlt_max_real(self->comm, dlt_clock_s() - began, &self->exact_s[repetition]);
}

static dlt_status time_allreduce(reduce_trial *self, int repetition) {
    fill(self->count, self->plain);
    DLT_TRY(dlt_barrier(self->comm));
    double began = dlt_clock_s();
    DLT_TRY(dlt_mpi_baseline_allreduce(self->comm, self->count, self->plain));
    return dlt_max_real(self->comm, dlt_clock_s() - began, &self->allreduce_s[repetition]);
}

/* In turn, so that a machine whose speed drifts slows both; the first pair warms up. */
static dlt_status run_repetitions(reduce_trial *self) {
    for (int i = -1; i < self->repetitions; i++) {
        DLT_TRY(time_exact(self, dlt_int(dlt_max_i64(i, 0))));
        DLT_TRY(time_allreduce(self, dlt_int(dlt_max_i64(i, 0))));
    }
    return DLT_OK;
}

static dlt_status run_trial(reduce_trial *self) {
    const int64_t micros = dlt_comm_size(self->comm);
    dlt_status status = dlt_agree(self->comm, DLT_NEW(self->plain, self->count));
    DLT_TRY_OUT(status);
    const dlt_reducer_options options = {
        .real_count = self->count, .double_count = 1, .micros = &micros, .micros_count = 1};
    DLT_TRY_OUT(dlt_reducer_create(self->comm, &options, &self->reducer));
    status = run_repetitions(self);
out:
    dlt_reducer_destroy(&self->reducer);
    dlt_free(self->plain);
    self->plain = NULL;
    return status;
}

/* The sizes are powers of two, so they are named by them. */
static void add_size(int64_t bytes, dlt_table *table) {
    const int64_t kibi = 1 << 10;
    const int64_t mebi = 1 << 20;
    if (bytes % mebi == 0)
        dlt_table_cell(table, "%lld MiB", (long long)(bytes / mebi));
    else if (bytes % kibi == 0)
        dlt_table_cell(table, "%lld KiB", (long long)(bytes / kibi));
    else
        dlt_table_cell(table, "%lld B", (long long)bytes);
}

static void add_row(reduce_trial *self, dlt_table *table, dlt_json *json) {
    double bytes = (double)self->count * sizeof(dlt_real);
    double exact = dlt_bench_median(self->repetitions, self->exact_s);
    double allreduce = dlt_bench_median(self->repetitions, self->allreduce_s);
    add_size((int64_t)bytes, table);
    dlt_table_cell(table, "%.2f", 1e6 * exact);
    dlt_table_cell(table, "%.2f", 1e6 * allreduce);
    dlt_table_cell(table, "%.2f", 1e-9 * bytes / exact);
    dlt_table_cell(table, "%.2f", 1e-9 * bytes / allreduce);
    dlt_table_cell(table, "%.2f", allreduce / exact);
    dlt_json_open(json, NULL, '{');
    dlt_json_int(json, "bytes", (int64_t)bytes);
    dlt_json_real(json, "exact_s", exact);
    dlt_json_real(json, "allreduce_s", allreduce);
    dlt_json_real(json, "ratio", allreduce / exact);
    dlt_json_close(json, '}');
}

static dlt_status run_sizes(reduce_trial *self, int64_t max_bytes, dlt_table *table,
                            dlt_text *line) {
    dlt_json json = {.text = line};
    dlt_json_open(&json, NULL, '{');
    dlt_json_int(&json, "ranks", dlt_comm_size(self->comm));
    dlt_json_open(&json, "sizes", '[');
    for (int64_t bytes = LEAST_BYTES; bytes <= max_bytes;) {
        self->count = bytes / (int64_t)sizeof(dlt_real);
        self->repetitions = repetitions_of(bytes);
        DLT_TRY(run_trial(self));
        add_row(self, table, &json);
        /* The largest size is one of them, whatever the steps. */
        bytes = bytes == max_bytes ? max_bytes + 1 : dlt_min_i64(bytes * STEP, max_bytes);
    }
    dlt_json_close(&json, ']');
    dlt_json_close(&json, '}');
    return DLT_OK;
}

static dlt_status print(const dlt_bench_reduce_options *options, const dlt_table *table,
                        const dlt_text *line) {
    DLT_TRY(dlt_table_print(table, 0, options->out));
    return options->json ? dlt_bench_print_line(line, options->out) : DLT_OK;
}

dlt_status dlt_bench_reduce(const dlt_comm *comm, const dlt_bench_reduce_options *options) {
    static const dlt_table_column columns[] = {
        {"bytes", DLT_RIGHT},      {"exact us", DLT_RIGHT},       {"MPI_Allreduce us", DLT_RIGHT},
        {"exact GB/s", DLT_RIGHT}, {"Allreduce GB/s", DLT_RIGHT}, {"times as fast", DLT_RIGHT}};
    if (options->max_bytes < LEAST_BYTES)
        return dlt_fail(DLT_ERR_ARG, "the largest reduction has at least %d bytes, not %lld",
                        (int)LEAST_BYTES, (long long)options->max_bytes);
    reduce_trial *self = NULL;
    dlt_table *table = NULL;
    dlt_text line = DLT_TEXT_EMPTY;
    dlt_status status = DLT_NEW(self, 1);
    if (status == DLT_OK)
        status = dlt_table_create(columns, sizeof columns / sizeof columns[0], &table);
    status = dlt_agree(comm, status);
    if (status == DLT_OK) {
        self->comm = comm;
        status = run_sizes(self, options->max_bytes, table, &line);
    }
    if (status == DLT_OK && dlt_comm_rank(comm) == 0 && options->out != NULL)
        status = print(options, table, &line);
    dlt_text_destroy(&line);
    dlt_table_destroy(&table);
    dlt_free(self);
    return dlt_agree_first(comm, status);
}
