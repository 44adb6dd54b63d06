/* `dltrain bench checkpoint`: times writing, verifying and loading a checkpoint of 16 layers with
 * two optimizer states each, beside a plain write with fsync and a plain read of the same bytes.
 * Each round runs every operation once, and ratios are formed within a round because the speed of a
 * disk drifts. One asynchronous checkpoint before the first round allocates the writer's copy. The
 * files were just written, so reading measures the page cache. */
#include "checkpoint/checkpoint.h"
#include "base/alloc.h"
#include "base/cast.h"
#include "base/clock.h"
#include "base/error.h"
#include "bench/report.h"
#include "checkpoint/retention.h"
#include "checkpoint/writer.h"
#include "dltrain/bench.h"
#include "io/atomic_file.h"
#include "io/positioned.h"
#include "io/posix.h"
#include "io/scratch.h"
#include "report/format.h"
#include "report/table.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

enum { LAYERS = 16, SLOTS = 3, BLOCK_BYTES = 1 << 20, PATH_BYTES = 1024 };

typedef enum operation {
    PLAIN_WRITE,
    SAVE,
    STALL,   /* what the training waits for a checkpoint that a thread writes */
    WRITTEN, /* until that one is on the disk, from the beginning of the stall on */
    PLAIN_READ,
    VERIFY,
    LOAD,
    OPERATIONS
} operation;

static const struct {
    const char *name; /* of the table */
    const char *key;  /* of the JSON object */
    operation beside; /* its measure */
} operations[OPERATIONS] = {
    [PLAIN_WRITE] = {"plain write and fsync", "plain_write_s", PLAIN_WRITE},
    [SAVE] = {"synchronous checkpoint", "save_s", PLAIN_WRITE},
    [STALL] = {"asynchronous, the training waits", "async_stall_s", PLAIN_WRITE},
    [WRITTEN] = {"asynchronous, until it is on disk", "async_written_s", PLAIN_WRITE},
    [PLAIN_READ] = {"plain read", "plain_read_s", PLAIN_READ},
    [VERIFY] = {"verify", "verify_s", PLAIN_READ},
    [LOAD] = {"verify and load", "load_s", PLAIN_READ}};

typedef struct checkpoint_bench {
    const dlt_bench_checkpoint_options *options;
    dlt_h5_lock *h5_lock;
    dlt_writer *writer;
    char folder[PATH_BYTES];
    char plain[PATH_BYTES + 16];
    char saved[PATH_BYTES + 16];
    char *kept;    /* the asynchronous checkpoint; owned */
    float *memory; /* [SLOTS][params]; owned */
    int64_t bytes;
    double times[OPERATIONS][DLT_BENCH_ROUNDS_MAX];
} checkpoint_bench;

/* Tensors of equal size, as many as a small network has. */
static dlt_status add_optim_state(const checkpoint_bench *self, int state, dlt_snapshot *snapshot) {
    static const char *const groups[SLOTS] = {"/params", "/optim/m", "/optim/v"};
    const int64_t params = self->options->params;
    for (int64_t i = 0; i < LAYERS; i++) {
        int64_t first = i * params / LAYERS;
        const dlt_shape shape = {.rank = 1, .dim = {(i + 1) * params / LAYERS - first}};
        DLT_TRY(dlt_snapshot_add(snapshot, DLT_H5_F32, &shape,
                                 self->memory + state * params + first, "%s/layer_%lld/weight",
                                 groups[state], (long long)i + 1));
    }
    return DLT_OK;
}

static dlt_status make_snapshot(const checkpoint_bench *self, dlt_snapshot **out) {
    DLT_TRY(dlt_snapshot_create(out));
    dlt_status status = DLT_OK;
    for (int state = 0; state < SLOTS && status == DLT_OK; state++)
        status = add_optim_state(self, state, *out);
    if (status != DLT_OK)
        dlt_snapshot_destroy(out);
    return status;
}

static dlt_status write_blocks(const checkpoint_bench *self, int fd) {
    for (int64_t at = 0; at < self->bytes; at += BLOCK_BYTES)
        DLT_TRY(dlt_posix_write(fd, self->plain, (const char *)self->memory + at,
                                (size_t)dlt_min_i64(BLOCK_BYTES, self->bytes - at)));
    return dlt_posix_sync(fd, self->plain);
}

static dlt_status write_plainly(checkpoint_bench *self) {
    int fd = dlt_posix_open(self->plain, O_WRONLY | O_CREAT | O_TRUNC);
    if (fd < 0)
        return dlt_fail(DLT_ERR_IO, "cannot create %s: %s", self->plain, strerror(errno));
    dlt_status status = write_blocks(self, fd);
    close(fd);
    return status;
}

static dlt_status read_plainly(checkpoint_bench *self) {
    int fd = dlt_posix_open(self->plain, O_RDONLY);
    if (fd < 0)
        return dlt_fail(DLT_ERR_IO, "cannot open %s: %s", self->plain, strerror(errno));
    dlt_status status = dlt_posix_read_at(fd, self->plain, 0, self->memory, (size_t)self->bytes);
    close(fd);
    return status;
}

static dlt_status save(checkpoint_bench *self) {
    dlt_snapshot *snapshot = NULL;
    DLT_TRY(make_snapshot(self, &snapshot));
    dlt_status status = dlt_checkpoint_save(self->h5_lock, self->saved, snapshot);
    dlt_snapshot_destroy(&snapshot);
    return status;
}

static dlt_status submit(checkpoint_bench *self) {
    const dlt_writer_order order = {.step = 1, .generation = true};
    dlt_snapshot *snapshot = NULL;
    DLT_TRY(make_snapshot(self, &snapshot));
    return dlt_writer_submit(self->writer, &snapshot, &order);
}

static dlt_status settle(checkpoint_bench *self) {
    dlt_writer_settle(self->writer);
    return dlt_writer_poll(self->writer);
}

static dlt_status verify(checkpoint_bench *self) {
    return dlt_checkpoint_verify(self->saved);
}

static dlt_status load(checkpoint_bench *self) {
    dlt_snapshot *snapshot = NULL;
    DLT_TRY(make_snapshot(self, &snapshot));
    dlt_status status = dlt_checkpoint_load(self->h5_lock, self->saved, snapshot);
    dlt_snapshot_destroy(&snapshot);
    return status;
}

static dlt_status time_operation(checkpoint_bench *self, dlt_status (*run)(checkpoint_bench *self),
                                 double *took_s) {
    double began = dlt_clock_s();
    DLT_TRY(run(self));
    *took_s = dlt_clock_s() - began;
    return DLT_OK;
}

static dlt_status run_round(checkpoint_bench *self, int round) {
    double settle_s = 0;
    DLT_TRY(time_operation(self, write_plainly, &self->times[PLAIN_WRITE][round]));
    DLT_TRY(time_operation(self, save, &self->times[SAVE][round]));
    DLT_TRY(time_operation(self, submit, &self->times[STALL][round]));
    DLT_TRY(time_operation(self, settle, &settle_s));
    self->times[WRITTEN][round] = self->times[STALL][round] + settle_s;
    DLT_TRY(time_operation(self, read_plainly, &self->times[PLAIN_READ][round]));
    DLT_TRY(time_operation(self, verify, &self->times[VERIFY][round]));
    return time_operation(self, load, &self->times[LOAD][round]);
}

/* The first asynchronous checkpoint of a run allocates the memory of all. */
static dlt_status run_rounds(checkpoint_bench *self) {
    const dlt_bench_checkpoint_options *options = self->options;
    DLT_TRY(submit(self));
    DLT_TRY(settle(self));
    for (int round = 0; round < options->rounds; round++) {
        DLT_TRY(run_round(self, round));
        if (options->progress != NULL)
            dlt_progress_bar_show(options->progress, "writing", round + 1, options->rounds,
                                  "rounds");
    }
    return DLT_OK;
}

static void add_row(checkpoint_bench *self, operation of, dlt_table *table, dlt_json *json) {
    const int rounds = self->options->rounds;
    operation beside = operations[of].beside;
    double median = dlt_bench_round_median(rounds, self->times[of]);
    double ratio = dlt_bench_round_ratio(rounds, self->times[of], self->times[beside]);
    dlt_table_cell(table, "%s", operations[of].name);
    dlt_table_cell(table, "%.1f", 1e3 * median);
    dlt_table_cell(table, "%.0f", 1e-6 * (double)self->bytes / median);
    dlt_table_cell(table, "%.2f %s", ratio, beside == PLAIN_READ ? "reads" : "writes");
    dlt_json_open(json, operations[of].key, '{');
    dlt_json_real(json, "time_s", median);
    dlt_json_real(json, "ratio", ratio);
    dlt_json_close(json, '}');
}

static dlt_status print(checkpoint_bench *self, dlt_table *table, dlt_text *line) {
    const dlt_bench_checkpoint_options *options = self->options;
    dlt_json json = {.text = line};
    char bytes[DLT_FORMAT_BYTES];
    dlt_json_open(&json, NULL, '{');
    dlt_json_int(&json, "params", options->params);
    dlt_json_int(&json, "bytes", self->bytes);
    dlt_json_int(&json, "rounds", options->rounds);
    for (int of = 0; of < OPERATIONS; of++)
        add_row(self, (operation)of, table, &json);
    dlt_json_close(&json, '}');
    if (options->out == NULL)
        return DLT_OK;
    DLT_TRY(dlt_table_print(table, 0, options->out));
    if (fprintf(
            options->out,
            "\n%lld parameters with two optimizer states, %s, median of %d rounds. What is read "
            "was "
            "just written and is\nin the system's memory. A checkpoint is written, synced, read "
            "back and compared, and only then named.\n",
            (long long)options->params, dlt_format_bytes(self->bytes, bytes), options->rounds) < 0)
        return dlt_fail(DLT_ERR_IO, "cannot print: the output is closed or full");
    return options->json ? dlt_bench_print_line(line, options->out) : DLT_OK;
}

static dlt_status report(checkpoint_bench *self) {
    static const dlt_table_column columns[] = {
        {"operation", DLT_LEFT}, {"ms", DLT_RIGHT}, {"MB/s", DLT_RIGHT}, {"in plain", DLT_LEFT}};
    dlt_table *table = NULL;
    dlt_text line = DLT_TEXT_EMPTY;
    dlt_progress_bar_clear(self->options->progress);
    dlt_status status = dlt_table_create(columns, sizeof columns / sizeof columns[0], &table);
    if (status == DLT_OK)
        status = print(self, table, &line);
    dlt_text_destroy(&line);
    dlt_table_destroy(&table);
    return status;
}

/* The contents do not matter to the speed, but for pages of zeros that a disk may leave out. */
static void fill_memory(checkpoint_bench *self) {
    uint32_t word = 1;
    for (int64_t i = 0; i < SLOTS * self->options->params; i++) {
        word = word * 1664525u + 1013904223u; /* Numerical Recipes, section 7.1 */
        self->memory[i] = (float)(word >> 8) * 0x1p-24f;
    }
}

static dlt_status set_up(checkpoint_bench *self) {
    const dlt_bench_checkpoint_options *options = self->options;
    DLT_TRY(DLT_NEW(self->memory, SLOTS * options->params));
    fill_memory(self);
    DLT_TRY(dlt_h5_lock_create(&self->h5_lock));
    DLT_TRY(dlt_directory_make(options->folder));
    DLT_TRY(dlt_scratch_make(options->folder, "bench", self->folder, sizeof self->folder));
    snprintf(self->plain, sizeof self->plain, "%s/plain", self->folder);
    snprintf(self->saved, sizeof self->saved, "%s/saved.h5", self->folder);
    self->kept = dlt_checkpoint_step_path(self->folder, 1);
    if (self->kept == NULL)
        return DLT_ERR_MEM;
    const dlt_writer_options writer = {
        .h5_lock = self->h5_lock, .folder = self->folder, .keep = 1, .async = true};
    return dlt_writer_create(&writer, &self->writer);
}

static void remove_files(checkpoint_bench *self) {
    if (self->folder[0] == '\0')
        return;
    dlt_file_remove(self->plain);
    dlt_file_remove(self->saved);
    if (self->kept != NULL)
        dlt_file_remove(self->kept);
    (void)rmdir(self->folder);
}

static void tear_down(checkpoint_bench *self) {
    dlt_writer_destroy(&self->writer);
    remove_files(self);
    dlt_h5_lock_destroy(&self->h5_lock);
    dlt_free(self->kept);
    dlt_free(self->memory);
    dlt_free(self);
}

dlt_status dlt_bench_checkpoint(const dlt_bench_checkpoint_options *options) {
    if (options->params < LAYERS || options->rounds < 1 || options->rounds > DLT_BENCH_ROUNDS_MAX)
        return dlt_fail(DLT_ERR_ARG, "the benchmark takes 1 to %d rounds of at least %d parameters",
                        (int)DLT_BENCH_ROUNDS_MAX, (int)LAYERS);
    checkpoint_bench *self = NULL;
    DLT_TRY(DLT_NEW(self, 1));
    self->options = options;
    self->bytes = SLOTS * options->params * (int64_t)sizeof *self->memory;
    dlt_status status = set_up(self);
    if (status == DLT_OK)
        status = run_rounds(self);
    if (status == DLT_OK)
        status = report(self);
    tear_down(self);
    return status;
}
