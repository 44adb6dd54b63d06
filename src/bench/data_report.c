/* Prints the trials of data.c as a table, the conditions of the measurement below it, and with
 * --json one line. A rate is the median over the rounds; a ratio is the median of the rounds'
 * ratios. "of pread" compares with plain reads in the same order, "of sequential" with the
 * sequential trial of the same layout. */
#include "bench/data_report.h"

#include "base/error.h"
#include "base/json.h"
#include "bench/report.h"
#include "report/format.h"
#include "report/table.h"

static const char *const order_names[DLT_BENCH_ORDERS] = {"sequential", "shuffled",
                                                          "shuffle buffer"};

/* All that there is to say. */
typedef struct reported {
    const dlt_bench_data_options *options;
    const dlt_bench_trial *trials;
    double compressed;
} reported;

static void add_json(const reported *self, const dlt_bench_trial *it, dlt_json *json) {
    const int rounds = self->options->rounds;
    const dlt_subset *subset = &it->subset;
    const dlt_bench_trial *sequential =
        &self->trials[it->layout * DLT_BENCH_ORDERS + DLT_BENCH_SEQUENTIAL];
    int64_t shuffle_buffer = 0;
    if (it->kind == DLT_BENCH_SHUFFLE_BUFFER)
        shuffle_buffer = dlt_block_shuffle_chains(&subset->shuffle_buffer, subset->count) *
                         subset->shuffle_buffer.block;
    double read = dlt_bench_round_median(rounds, it->read);
    dlt_json_open(json, NULL, '{');
    dlt_json_text(json, "layout", dlt_bench_layout_name(it->layout));
    dlt_json_text(json, "order", order_names[it->kind]);
    dlt_json_bool(json, "is_default", it->is_auto);
    dlt_json_int(json, "shuffle_buffer", shuffle_buffer);
    dlt_json_real(json, "samples_per_s", read);
    dlt_json_real(json, "bytes_per_s", DLT_BENCH_IMAGE_BYTES * read);
    dlt_json_real(json, "ratio_to_pread", dlt_bench_round_ratio(rounds, it->read, it->plain));
    dlt_json_real(json, "ratio_to_sequential",
                  dlt_bench_round_ratio(rounds, it->read, sequential->read));
    dlt_json_real(json, "delivered_samples_per_s", dlt_bench_round_median(rounds, it->delivered));
    dlt_json_real(json, "delivered_ratio_to_sequential",
                  dlt_bench_round_ratio(rounds, it->delivered, sequential->delivered));
    dlt_json_close(json, '}');
}

static void add_row(const reported *self, const dlt_bench_trial *it, dlt_table *table) {
    const int rounds = self->options->rounds;
    const dlt_bench_trial *sequential =
        &self->trials[it->layout * DLT_BENCH_ORDERS + DLT_BENCH_SEQUENTIAL];
    char text[DLT_FORMAT_BYTES];
    double read = dlt_bench_round_median(rounds, it->read);
    double delivered = dlt_bench_round_median(rounds, it->delivered);
    dlt_table_cell(table, "%s", dlt_bench_layout_name(it->layout));
    dlt_table_cell(table, "%s%s", order_names[it->kind], it->is_auto ? " *" : "");
    dlt_table_cell(table, "%s", dlt_format_count((int64_t)read, text));
    dlt_table_cell(table, "%.0f", 1e-6 * DLT_BENCH_IMAGE_BYTES * read);
    dlt_table_cell(table, "%.2f", dlt_bench_round_ratio(rounds, it->read, it->plain));
    dlt_table_cell(table, "%s", dlt_format_count((int64_t)delivered, text));
    dlt_table_cell(table, "%.2f",
                   dlt_bench_round_ratio(rounds, it->delivered, sequential->delivered));
}

static dlt_status print_notes(const reported *self) {
    const dlt_bench_data_options *options = self->options;
    char count[DLT_FORMAT_BYTES];
    const char *state =
        options->cold ? "The files leave the system's memory before each pass: the disk counts."
                      : "The files are in the system's memory: the disk does not count.";
    if (fprintf(
            options->out,
            "\n%s images of %d bytes in batches of %d, median of %d rounds. %s\n"
            "samples/s: as stored; of pread: of plain reads of the same bytes in the same order. "
            "To the step: as float,\nwith labels, through the prefetch thread; of sequential: of "
            "that. gzip takes %.0f %% of the bytes.\n*: what 'data.shuffle_buffer: auto' takes.\n",
            dlt_format_count(options->samples, count), (int)DLT_BENCH_IMAGE_BYTES,
            (int)DLT_BENCH_DATA_BATCH, options->rounds, state, 100 * self->compressed) < 0)
        return dlt_fail(DLT_ERR_IO, "cannot print: the output is closed or full");
    return DLT_OK;
}

static dlt_status print(const reported *self, dlt_table *table, dlt_text *line) {
    const dlt_bench_data_options *options = self->options;
    dlt_json json = {.text = line};
    dlt_json_open(&json, NULL, '{');
    dlt_json_int(&json, "samples", options->samples);
    dlt_json_int(&json, "sample_bytes", DLT_BENCH_IMAGE_BYTES);
    dlt_json_int(&json, "batch", DLT_BENCH_DATA_BATCH);
    dlt_json_int(&json, "rounds", options->rounds);
    dlt_json_text(&json, "page_cache", options->cold ? "cold" : "warm");
    dlt_json_open(&json, "cases", '[');
    for (int i = 0; i < DLT_BENCH_TRIALS; i++) {
        add_row(self, &self->trials[i], table);
        add_json(self, &self->trials[i], &json);
    }
    dlt_json_close(&json, ']');
    dlt_json_close(&json, '}');
    if (options->out == NULL)
        return DLT_OK;
    DLT_TRY(dlt_table_print(table, 0, options->out));
    DLT_TRY(print_notes(self));
    return options->json ? dlt_bench_print_line(line, options->out) : DLT_OK;
}

dlt_status dlt_bench_data_report(const dlt_bench_data_options *options,
                                 const dlt_bench_trial *trials, double compressed) {
    static const dlt_table_column columns[] = {
        {"layout", DLT_LEFT},        {"order", DLT_LEFT},     {"samples/s", DLT_RIGHT},
        {"MB/s", DLT_RIGHT},         {"of pread", DLT_RIGHT}, {"to the step", DLT_RIGHT},
        {"of sequential", DLT_RIGHT}};
    const reported self = {.options = options, .trials = trials, .compressed = compressed};
    dlt_table *table = NULL;
    dlt_text line = DLT_TEXT_EMPTY;
    dlt_status status = dlt_table_create(columns, sizeof columns / sizeof columns[0], &table);
    if (status == DLT_OK)
        status = print(&self, table, &line);
    dlt_text_destroy(&line);
    dlt_table_destroy(&table);
    return status;
}
