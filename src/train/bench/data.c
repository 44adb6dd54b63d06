#include "base/alloc.h"
#include "base/cast.h"
#include "base/clock.h"
#include "base/error.h"
#include "data/loader.h"
#include "data/windows.h"
#include "io/posix.h"
#include "report/format.h"
#include "report/table.h"
#include "train/bench/data_files.h"
#include "train/bench/report.h"

#include <errno.h>
#include <fcntl.h>
#include <string.h>
#include <unistd.h>

enum { BATCH = 128, SEED = 7 };

/* A pass ends earlier on a set that is read very slowly. */
static const double PASS_MOST_S = 1;

/* The orders of samples. The window is the one that `data.window: auto` takes for sets that are
 * too large to be kept or read sample by sample. */
typedef enum order_kind { SEQUENTIAL, ALL, WINDOWS, ORDERS } order_kind;
static const char *const order_names[ORDERS] = {"sequential", "shuffled", "shuffled in windows"};

/* One layout in one order: samples/s of every round. */
typedef struct trial {
    int layout;
    order_kind kind;
    bool is_auto; /* the order that `data.window: auto` gives */
    dlt_dataset *dataset;
    dlt_subset subset;
    double plain[DLT_BENCH_ROUNDS_MAX];     /* by pread */
    double read[DLT_BENCH_ROUNDS_MAX];      /* as stored */
    double delivered[DLT_BENCH_ROUNDS_MAX]; /* as reals with labels, by the loader */
} trial;

enum { TRIALS = DLT_BENCH_LAYOUTS * ORDERS };

typedef struct bench {
    const dlt_bench_data_options *options;
    dlt_h5_gate *gate;
    dlt_bench_files files;
    int fd[DLT_BENCH_LAYOUTS]; /* -1: closed */
    int64_t offset;            /* of x in the contiguous file */
    trial trials[TRIALS];
    uint8_t rows[BATCH * DLT_BENCH_IMAGE_BYTES];
    int64_t samples[BATCH];
} bench;

static dlt_windows windows_of(const dlt_dataset_layout *layout, int64_t samples, order_kind kind) {
    dlt_dataset_layout large = *layout;
    if (kind != WINDOWS)
        return (dlt_windows){0};
    /* Whatever its size: as one that is neither kept nor read sample by sample. */
    large.is_held = false;
    large.by_row = false;
    dlt_windows windows = dlt_windows_choose(&large, samples, DLT_WINDOW_AUTO, false);
    windows.batch = BATCH;
    return windows;
}

static dlt_status open_trial(bench *self, trial *it) {
    const int64_t samples = self->options->samples;
    DLT_TRY(
        dlt_dataset_open(self->gate, self->files.path[it->layout], NULL, NULL, true, &it->dataset));
    dlt_dataset_layout layout = dlt_dataset_layout_of(it->dataset);
    it->subset = (dlt_subset){.seed = SEED,
                              .total = samples,
                              .count = samples,
                              .shuffle = it->kind != SEQUENTIAL,
                              .windows = windows_of(&layout, samples, it->kind)};
    bool windows = dlt_windows_choose(&layout, samples, DLT_WINDOW_AUTO, false).block > 0;
    it->is_auto = it->kind == (windows ? WINDOWS : ALL);
    return dlt_dataset_reserve(it->dataset, BATCH, dlt_subset_reach(&it->subset, BATCH));
}

static dlt_status find_offset(bench *self) {
    dlt_h5_file *file = NULL;
    dlt_h5_dataset *dataset = NULL;
    dlt_status status = dlt_h5_open(self->gate, self->files.path[0], &file);
    if (status == DLT_OK)
        status = dlt_h5_dataset_open(file, "x", &dataset);
    if (status == DLT_OK)
        self->offset = dlt_h5_dataset_info(dataset)->offset;
    dlt_h5_dataset_close(&dataset);
    dlt_h5_close(&file);
    return status;
}

static dlt_status open_descriptors(bench *self) {
    for (int i = 0; i < DLT_BENCH_LAYOUTS; i++) {
        self->fd[i] = dlt_posix_open(self->files.path[i], O_RDONLY);
        if (self->fd[i] < 0)
            return dlt_fail(DLT_ERR_IO, "cannot open %s: %s", self->files.path[i], strerror(errno));
    }
    return DLT_OK;
}

/* Once everything is open the files have no names any more: nothing stays behind a benchmark that
 * is ended by a signal. */
static dlt_status open_all(bench *self) {
    DLT_TRY(find_offset(self));
    DLT_TRY(open_descriptors(self));
    for (int i = 0; i < TRIALS; i++) {
        self->trials[i].layout = i / ORDERS;
        self->trials[i].kind = (order_kind)(i % ORDERS);
        DLT_TRY(open_trial(self, &self->trials[i]));
    }
    dlt_bench_files_remove(&self->files);
    return DLT_OK;
}

/* Only pages that are on the disk leave the system's memory; they are, since the files were synced. */
static void settle_memory(const bench *self) {
    for (int i = 0; self->options->cold && i < DLT_BENCH_LAYOUTS; i++)
        (void)posix_fadvise(self->fd[i], 0, 0, POSIX_FADV_DONTNEED);
}

/* What a pass over the samples does with each batch of them. */
typedef dlt_status reading(bench *self, trial *it, int64_t count);

/* Neighbours in one call, as dltrain does. */
static dlt_status read_plainly(bench *self, trial *it, int64_t count) {
    (void)it;
    for (int64_t i = 0; i < count;) {
        int64_t run = 1;
        while (i + run < count && self->samples[i + run] == self->samples[i] + run)
            run++;
        DLT_TRY(dlt_posix_read_at(self->fd[0], "the contiguous file",
                                  self->offset + self->samples[i] * DLT_BENCH_IMAGE_BYTES,
                                  self->rows + i * DLT_BENCH_IMAGE_BYTES,
                                  (size_t)(run * DLT_BENCH_IMAGE_BYTES)));
        i += run;
    }
    return DLT_OK;
}

static dlt_status read_stored(bench *self, trial *it, int64_t count) {
    return dlt_dataset_read_stored(it->dataset, self->samples, count, self->rows);
}

static dlt_status time_pass(bench *self, trial *it, int round, reading *read, double *per_s) {
    const int64_t samples = self->options->samples;
    settle_memory(self);
    double began = dlt_clock_s();
    double took = 0;
    int64_t done = 0;
    dlt_order order = dlt_subset_order(&it->subset, round);
    while (done < samples && took < PASS_MOST_S) {
        int64_t count = dlt_min_i64(BATCH, samples - done);
        for (int64_t i = 0; i < count; i++)
            self->samples[i] = dlt_order_sample(&order, done + i);
        DLT_TRY(read(self, it, count));
        done += count;
        took = dlt_clock_s() - began;
    }
    *per_s = (double)done / took;
    return DLT_OK;
}

static dlt_status drain(dlt_loader *loader, double *per_s) {
    double began = dlt_clock_s();
    double took = 0;
    int64_t done = 0;
    const dlt_micro_batch *batch = NULL;
    do {
        DLT_TRY(dlt_loader_next(loader, &batch));
        if (batch == NULL)
            break;
        done += batch->stop.count;
        dlt_loader_release(loader, batch);
        took = dlt_clock_s() - began;
    } while (took < PASS_MOST_S);
    *per_s = (double)done / took;
    return DLT_OK;
}

static dlt_status time_delivery(bench *self, trial *it, int round, double *per_s) {
    const int64_t samples = self->options->samples;
    const dlt_cut cut = {
        .samples = samples, .batch = BATCH, .micro_batch = BATCH, .rank = 0, .size = 1};
    const dlt_loader_options options = {
        .dataset = it->dataset,
        .subset = it->subset,
        .itinerary = {.cut = cut, .epoch = round, .end_epoch = round + 1},
        .seed = SEED,
        .with_target = true,
        .target_kind = DLT_TARGET_LABELS,
        .classes = 10,
        .depth = 4};
    dlt_loader *loader = NULL;
    settle_memory(self);
    DLT_TRY(dlt_loader_create(&options, &loader));
    dlt_status status = drain(loader, per_s);
    dlt_loader_destroy(&loader);
    return status;
}

/* Plainly twice: the first pass after others finds less of what it needs in the processor's caches
 * than those that follow. */
static dlt_status run_trial(bench *self, trial *it, int round) {
    if (!self->options->cold)
        DLT_TRY(time_pass(self, it, round, read_plainly, &it->plain[round]));
    DLT_TRY(time_pass(self, it, round, read_plainly, &it->plain[round]));
    DLT_TRY(time_pass(self, it, round, read_stored, &it->read[round]));
    return time_delivery(self, it, round, &it->delivered[round]);
}

static dlt_status run_rounds(bench *self) {
    const dlt_bench_data_options *options = self->options;
    for (int round = 0; round < options->rounds; round++)
        for (int i = 0; i < TRIALS; i++) {
            DLT_TRY(run_trial(self, &self->trials[i], round));
            if (options->progress != NULL)
                dlt_progress_bar_show(options->progress, "reading", round * TRIALS + i + 1,
                                      options->rounds * TRIALS, "passes");
        }
    return DLT_OK;
}

static void add_row(bench *self, trial *it, dlt_table *table, dlt_json *json) {
    const int rounds = self->options->rounds;
    const dlt_subset *subset = &it->subset;
    const trial *sequential = &self->trials[it->layout * ORDERS + SEQUENTIAL];
    char text[DLT_FORMAT_BYTES];
    int64_t window = 0;
    if (it->kind == WINDOWS)
        window = dlt_windows_lanes(&subset->windows, subset->count) * subset->windows.block;
    double to_plain = dlt_bench_round_ratio(rounds, it->read, it->plain);
    double to_sequential = dlt_bench_round_ratio(rounds, it->read, sequential->read);
    double read = dlt_bench_round_median(rounds, it->read);
    double delivered = dlt_bench_round_median(rounds, it->delivered);
    dlt_table_cell(table, "%s", dlt_bench_layout_name(it->layout));
    dlt_table_cell(table, "%s%s", order_names[it->kind], it->is_auto ? " *" : "");
    dlt_table_cell(table, "%s", dlt_format_count((int64_t)read, text));
    dlt_table_cell(table, "%.0f", 1e-6 * DLT_BENCH_IMAGE_BYTES * read);
    dlt_table_cell(table, "%.2f", to_plain);
    dlt_table_cell(table, "%.2f", to_sequential);
    dlt_table_cell(table, "%s", dlt_format_count((int64_t)delivered, text));
    dlt_json_open(json, NULL, '{');
    dlt_json_text(json, "layout", dlt_bench_layout_name(it->layout));
    dlt_json_text(json, "order", order_names[it->kind]);
    dlt_json_bool(json, "is_default", it->is_auto);
    dlt_json_int(json, "window", window);
    dlt_json_real(json, "samples_per_s", read);
    dlt_json_real(json, "bytes_per_s", DLT_BENCH_IMAGE_BYTES * read);
    dlt_json_real(json, "ratio_to_pread", to_plain);
    dlt_json_real(json, "ratio_to_sequential", to_sequential);
    dlt_json_real(json, "delivered_samples_per_s", delivered);
    dlt_json_close(json, '}');
}

static dlt_status print_words(const bench *self) {
    const dlt_bench_data_options *options = self->options;
    char count[DLT_FORMAT_BYTES];
    const char *state =
        options->cold
            ? "files taken out of the system's memory before each pass: the disk is measured"
            : "files in the system's memory: the reading is measured, not the disk";
    if (fprintf(
            options->out,
            "\n%s images of %d bytes in batches of %d, median of %d rounds; %s.\n"
            "of pread: of plain reads of the same bytes in the same order; to the step: as float "
            "with labels,\nthrough the prefetch thread; *: what 'data.window: auto' takes.\n",
            dlt_format_count(options->samples, count), (int)DLT_BENCH_IMAGE_BYTES, (int)BATCH,
            options->rounds, state) < 0)
        return dlt_fail(DLT_ERR_IO, "cannot print: the output is closed or full");
    return DLT_OK;
}

static dlt_status print(bench *self, dlt_table *table, dlt_text *line) {
    const dlt_bench_data_options *options = self->options;
    dlt_json json = {.text = line};
    dlt_json_open(&json, NULL, '{');
    dlt_json_int(&json, "samples", options->samples);
    dlt_json_int(&json, "sample_bytes", DLT_BENCH_IMAGE_BYTES);
    dlt_json_int(&json, "batch", BATCH);
    dlt_json_int(&json, "rounds", options->rounds);
    dlt_json_text(&json, "page_cache", options->cold ? "cold" : "warm");
    dlt_json_open(&json, "cases", '[');
    for (int i = 0; i < TRIALS; i++)
        add_row(self, &self->trials[i], table, &json);
    dlt_json_close(&json, ']');
    dlt_json_close(&json, '}');
    if (options->out == NULL)
        return DLT_OK;
    DLT_TRY(dlt_table_print(table, 0, options->out));
    DLT_TRY(print_words(self));
    return options->json ? dlt_bench_print_line(line, options->out) : DLT_OK;
}

static dlt_status report(bench *self) {
    dlt_progress_bar_clear(self->options->progress);
    static const dlt_table_column columns[] = {
        {"layout", DLT_LEFT},      {"order", DLT_LEFT},     {"samples/s", DLT_RIGHT},
        {"MB/s", DLT_RIGHT},       {"of pread", DLT_RIGHT}, {"of sequential", DLT_RIGHT},
        {"to the step", DLT_RIGHT}};
    dlt_table *table = NULL;
    dlt_text line = DLT_TEXT_EMPTY;
    dlt_status status = dlt_table_create(columns, sizeof columns / sizeof columns[0], &table);
    if (status == DLT_OK)
        status = print(self, table, &line);
    dlt_text_destroy(&line);
    dlt_table_destroy(&table);
    return status;
}

static void close_all(bench *self) {
    for (int i = 0; i < TRIALS; i++)
        dlt_dataset_close(&self->trials[i].dataset);
    for (int i = 0; i < DLT_BENCH_LAYOUTS; i++)
        if (self->fd[i] >= 0)
            close(self->fd[i]);
    dlt_bench_files_remove(&self->files);
    dlt_h5_gate_destroy(&self->gate);
}

dlt_status dlt_bench_data(const dlt_bench_data_options *options) {
    if (options->samples < 1 || options->rounds < 1 || options->rounds > DLT_BENCH_ROUNDS_MAX)
        return dlt_fail(DLT_ERR_ARG, "the benchmark takes 1 to %d rounds of at least 1 sample",
                        (int)DLT_BENCH_ROUNDS_MAX);
    bench *self = NULL;
    dlt_status status = DLT_OK;
    DLT_TRY(DLT_NEW(self, 1));
    self->options = options;
    for (int i = 0; i < DLT_BENCH_LAYOUTS; i++)
        self->fd[i] = -1;
    DLT_TRY_OUT(dlt_h5_gate_create(&self->gate));
    DLT_TRY_OUT(dlt_bench_files_make(self->gate, options, &self->files));
    DLT_TRY_OUT(open_all(self));
    DLT_TRY_OUT(run_rounds(self));
    status = report(self);
out:
    close_all(self);
    dlt_free(self);
    return status;
}
