/* `dltrain bench data`: nine trials, one per file layout and order of samples. A round of a trial
 * reads the samples in three ways: by pread from the contiguous file, as stored by dlt_dataset, and
 * as batches of the loader. A pass lasts 0.1 to 0.5 s; with --cold it ends after one reading of the
 * set at the latest. The files are unlinked as soon as they are open, so a benchmark that is killed
 * while it measures leaves nothing behind. */
#include "base/alloc.h"
#include "base/cast.h"
#include "base/clock.h"
#include "base/error.h"
#include "bench/data_report.h"
#include "data/loader.h"
#include "data/shuffle_buffer.h"
#include "io/posix.h"

#include <errno.h>
#include <fcntl.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

enum { BATCH = DLT_BENCH_DATA_BATCH, SEED = 7 };

/* A pass is repeated on a set that is read very fast, and ends early on one that is read very
 * slowly. */
static const double PASS_LEAST_S = 0.1;
static const double PASS_MOST_S = 0.5;

typedef struct data_bench {
    const dlt_bench_data_options *options;
    dlt_h5_lock *h5_lock;
    dlt_bench_files files;
    int fd[DLT_BENCH_LAYOUTS]; /* -1: closed */
    int64_t offset;            /* of x in the contiguous file */
    double compressed;         /* size of the compressed file by that of the contiguous one */
    dlt_bench_trial trials[DLT_BENCH_TRIALS];
    uint8_t rows[BATCH * DLT_BENCH_IMAGE_BYTES];
    int64_t samples[BATCH];
} data_bench;

static dlt_shuffle_buffer shuffle_buffer_of(const dlt_dataset_layout *layout, int64_t samples,
                                            dlt_bench_order kind) {
    dlt_dataset_layout large = *layout;
    if (kind != DLT_BENCH_SHUFFLE_BUFFER)
        return (dlt_shuffle_buffer){0};
    /* Whatever its size: as one that is neither kept nor read sample by sample. */
    large.is_held = false;
    large.by_row = false;
    dlt_shuffle_buffer shuffle_buffer =
        dlt_shuffle_buffer_choose(&large, samples, DLT_SHUFFLE_BUFFER_AUTO, false);
    shuffle_buffer.batch = BATCH;
    return shuffle_buffer;
}

static dlt_status open_trial(data_bench *self, dlt_bench_trial *it) {
    const int64_t samples = self->options->samples;
    const dlt_field_requests fields = dlt_field_requests_x_y(NULL, NULL, true);
    DLT_TRY(dlt_dataset_open(self->h5_lock, self->files.path[it->layout], &fields, &it->dataset));
    dlt_dataset_layout layout = dlt_dataset_layout_of(it->dataset);
    it->subset = (dlt_subset){.seed = SEED,
                              .total = samples,
                              .count = samples,
                              .shuffle = it->kind != DLT_BENCH_SEQUENTIAL,
                              .shuffle_buffer = shuffle_buffer_of(&layout, samples, it->kind)};
    bool shuffle_buffer =
        dlt_shuffle_buffer_choose(&layout, samples, DLT_SHUFFLE_BUFFER_AUTO, false).block > 0;
    it->is_auto = it->kind == (shuffle_buffer ? DLT_BENCH_SHUFFLE_BUFFER : DLT_BENCH_SHUFFLED);
    return dlt_dataset_reserve(it->dataset, BATCH, dlt_subset_reach(&it->subset, BATCH));
}

static dlt_status find_offset(data_bench *self) {
    dlt_h5_file *file = NULL;
    dlt_h5_dataset *dataset = NULL;
    dlt_status status = dlt_h5_open(self->h5_lock, self->files.path[0], &file);
    if (status == DLT_OK)
        status = dlt_h5_dataset_open(file, "x", &dataset);
    if (status == DLT_OK)
        self->offset = dlt_h5_dataset_info(dataset)->offset;
    dlt_h5_dataset_close(&dataset);
    dlt_h5_close(&file);
    return status;
}

static dlt_status open_descriptors(data_bench *self) {
    for (int i = 0; i < DLT_BENCH_LAYOUTS; i++) {
        self->fd[i] = dlt_posix_open(self->files.path[i], O_RDONLY);
        if (self->fd[i] < 0)
            return dlt_fail(DLT_ERR_IO, "cannot open %s: %s", self->files.path[i], strerror(errno));
    }
    return DLT_OK;
}

static dlt_status compare_sizes(data_bench *self) {
    struct stat plain;
    struct stat compressed;
    if (fstat(self->fd[0], &plain) != 0 || fstat(self->fd[DLT_BENCH_LAYOUTS - 1], &compressed) != 0)
        return dlt_fail(DLT_ERR_IO, "cannot examine the files: %s", strerror(errno));
    self->compressed = (double)compressed.st_size / (double)plain.st_size;
    return DLT_OK;
}

/* Once everything is open the files have no names any more: nothing stays behind a benchmark that
 * is ended by a signal. */
static dlt_status open_all(data_bench *self) {
    DLT_TRY(find_offset(self));
    DLT_TRY(open_descriptors(self));
    DLT_TRY(compare_sizes(self));
    for (int i = 0; i < DLT_BENCH_TRIALS; i++) {
        self->trials[i].layout = i / DLT_BENCH_ORDERS;
        self->trials[i].kind = (dlt_bench_order)(i % DLT_BENCH_ORDERS);
        DLT_TRY(open_trial(self, &self->trials[i]));
    }
    dlt_bench_files_remove(&self->files);
    return DLT_OK;
}

/* Only pages that are on the disk leave the system's memory; they are, since the files were synced.
 */
static void settle_memory(const data_bench *self) {
    for (int i = 0; self->options->cold && i < DLT_BENCH_LAYOUTS; i++)
        (void)posix_fadvise(self->fd[i], 0, 0, POSIX_FADV_DONTNEED);
}

/* What a pass over the samples does with each batch of them. */
typedef dlt_status reading(data_bench *self, dlt_bench_trial *it, int64_t count);

/* Neighbours in one call, as dltrain does. */
static dlt_status read_plainly(data_bench *self, dlt_bench_trial *it, int64_t count) {
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

static dlt_status read_stored(data_bench *self, dlt_bench_trial *it, int64_t count) {
    return dlt_dataset_read_stored(it->dataset, 0, self->samples, count, self->rows);
}

/* What is read again is in the system's memory. */
static bool is_pass_over(const data_bench *self, int64_t done, double took_s) {
    bool whole = done >= self->options->samples;
    return took_s >= PASS_MOST_S || (whole && (self->options->cold || took_s >= PASS_LEAST_S));
}

static dlt_status time_pass(data_bench *self, dlt_bench_trial *it, int round, reading *read,
                            double *per_s) {
    const int64_t samples = self->options->samples;
    settle_memory(self);
    dlt_order order = dlt_subset_order(&it->subset, round);
    double began = dlt_clock_s();
    double took = 0;
    int64_t done = 0;
    for (int64_t at = 0; !is_pass_over(self, done, took); at = at < samples ? at : 0) {
        int64_t count = dlt_min_i64(BATCH, samples - at);
        dlt_order_samples(&order, at, count, self->samples);
        DLT_TRY(read(self, it, count));
        at += count;
        done += count;
        took = dlt_clock_s() - began;
    }
    *per_s = (double)done / took;
    return DLT_OK;
}

static dlt_status drain(const data_bench *self, dlt_loader *loader, double *per_s) {
    double began = dlt_clock_s();
    double took = 0;
    int64_t done = 0;
    const dlt_micro_batch *batch = NULL;
    while (!is_pass_over(self, done, took)) {
        DLT_TRY(dlt_loader_next(loader, &batch));
        done += batch->id.count;
        dlt_loader_release(loader, batch);
        took = dlt_clock_s() - began;
    }
    *per_s = (double)done / took;
    return DLT_OK;
}

static dlt_status time_delivery(data_bench *self, dlt_bench_trial *it, int round, double *per_s) {
    const int64_t samples = self->options->samples;
    const dlt_batch_partition partition = {
        .samples = samples, .batch = BATCH, .micro_batch = BATCH, .rank = 0, .size = 1};
    const dlt_loader_options options = {
        .dataset = it->dataset,
        .subset = it->subset,
        .sampler = {.partition = partition, .epoch = round, .end_epoch = INT64_MAX},
        .seed = SEED,
        .field_count = 2,
        .fields = {dlt_loader_field_reals(dlt_dataset_x(it->dataset)),
                   dlt_loader_field_integers(dlt_dataset_y(it->dataset), 10)},
        .depth = 4};
    dlt_loader *loader = NULL;
    settle_memory(self);
    DLT_TRY(dlt_loader_create(&options, &loader));
    dlt_status status = drain(self, loader, per_s);
    dlt_loader_destroy(&loader);
    return status;
}

/* Plainly twice: the first pass after others finds less of what it needs in the processor's caches
 * than those that follow. */
static dlt_status run_trial(data_bench *self, dlt_bench_trial *it, int round) {
    if (!self->options->cold)
        DLT_TRY(time_pass(self, it, round, read_plainly, &it->plain[round]));
    DLT_TRY(time_pass(self, it, round, read_plainly, &it->plain[round]));
    DLT_TRY(time_pass(self, it, round, read_stored, &it->read[round]));
    return time_delivery(self, it, round, &it->delivered[round]);
}

static dlt_status run_rounds(data_bench *self) {
    const dlt_bench_data_options *options = self->options;
    for (int round = 0; round < options->rounds; round++)
        for (int i = 0; i < DLT_BENCH_TRIALS; i++) {
            DLT_TRY(run_trial(self, &self->trials[i], round));
            if (options->progress != NULL)
                dlt_progress_bar_show(options->progress, "reading",
                                      round * DLT_BENCH_TRIALS + i + 1,
                                      options->rounds * DLT_BENCH_TRIALS, "passes");
        }
    return DLT_OK;
}

static void close_all(data_bench *self) {
    for (int i = 0; i < DLT_BENCH_TRIALS; i++)
        dlt_dataset_close(&self->trials[i].dataset);
    for (int i = 0; i < DLT_BENCH_LAYOUTS; i++)
        if (self->fd[i] >= 0)
            close(self->fd[i]);
    dlt_bench_files_remove(&self->files);
    dlt_h5_lock_destroy(&self->h5_lock);
}

dlt_status dlt_bench_data(const dlt_bench_data_options *options) {
    if (options->samples < 1 || options->rounds < 1 || options->rounds > DLT_BENCH_ROUNDS_MAX)
        return dlt_fail(DLT_ERR_ARG, "the benchmark takes 1 to %d rounds of at least 1 sample",
                        (int)DLT_BENCH_ROUNDS_MAX);
    data_bench *self = NULL;
    dlt_status status = DLT_OK;
    DLT_TRY(DLT_NEW(self, 1));
    self->options = options;
    for (int i = 0; i < DLT_BENCH_LAYOUTS; i++)
        self->fd[i] = -1;
    DLT_TRY_OUT(dlt_h5_lock_create(&self->h5_lock));
    DLT_TRY_OUT(dlt_bench_files_make(self->h5_lock, options, &self->files));
    DLT_TRY_OUT(open_all(self));
    DLT_TRY_OUT(run_rounds(self));
    dlt_progress_bar_clear(options->progress);
    status = dlt_bench_data_report(options, self->trials, self->compressed);
out:
    close_all(self);
    dlt_free(self);
    return status;
}
