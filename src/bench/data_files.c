/* Writes the three files of `dltrain bench data`. dlt_synthesize draws 4096 digits, and each of the
 * three files repeats them until it has the number of samples asked for. All files lie in one
 * scratch folder. The free space is checked first, for three uncompressed files. */
#include "bench/data_files.h"

#include "base/alloc.h"
#include "base/cast.h"
#include "base/error.h"
#include "data/dataset.h"
#include "dltrain/import.h"
#include "io/atomic_file.h"
#include "io/positioned.h"
#include "io/scratch.h"

#include <stdio.h>
#include <unistd.h>

/* Different images: more than gzip's window of 32 KiB holds, so that repeating them does not make
 * them compress better. */
enum { IMAGES = 4096 };

static const struct {
    const char *name;
    const char *file;
    dlt_h5_layout layout;
} layouts[DLT_BENCH_LAYOUTS] = {
    {"contiguous", "contiguous.h5", {0}},
    {"chunks of 256", "chunks.h5", {.chunk_rows = DLT_BENCH_CHUNK_ROWS}},
    {"gzip", "gzip.h5", {.chunk_rows = DLT_BENCH_CHUNK_ROWS, .gzip_level = DLT_BENCH_GZIP_LEVEL}}};

const char *dlt_bench_layout_name(int layout) {
    return layouts[layout].name;
}

static dlt_status name_files(const char *parent, dlt_bench_files *out) {
    DLT_TRY(dlt_directory_make(parent));
    DLT_TRY(dlt_scratch_make(parent, "bench", out->folder, sizeof out->folder));
    for (int i = 0; i < DLT_BENCH_LAYOUTS; i++)
        snprintf(out->path[i], sizeof out->path[i], "%s/%s", out->folder, layouts[i].file);
    return DLT_OK;
}

static void name_image_file(const dlt_bench_files *files, char out[DLT_BENCH_PATH_BYTES]) {
    snprintf(out, DLT_BENCH_PATH_BYTES, "%s/train-00000-of-00001.h5", files->folder);
}

void dlt_bench_files_remove(dlt_bench_files *files) {
    char images[DLT_BENCH_PATH_BYTES];
    if (files->folder[0] == '\0')
        return;
    name_image_file(files, images);
    dlt_file_remove(images);
    for (int i = 0; i < DLT_BENCH_LAYOUTS; i++)
        dlt_file_remove(files->path[i]);
    (void)rmdir(files->folder);
    files->folder[0] = '\0';
}

/* Three sets, of which the compressed one takes about half. */
static dlt_status check_space(const dlt_bench_data_options *options) {
    long long available = dlt_free_bytes(options->folder);
    int64_t needed = DLT_BENCH_LAYOUTS * options->samples * (DLT_BENCH_IMAGE_BYTES + 4);
    if (available < 0 || needed <= available)
        return DLT_OK;
    return dlt_fail(DLT_ERR_IO, "%s has room for %lld bytes, but the benchmark writes %lld",
                    options->folder, available, (long long)needed);
}

/* Drawn digits, white on plain black as scans are, through the files that `data synth` writes. */
static dlt_status read_images(dlt_h5_lock *h5_lock, const char *path, uint8_t *x, int32_t *y) {
    const dlt_field_requests fields = dlt_field_requests_x_y(NULL, NULL, true);
    dlt_dataset *dataset = NULL;
    int64_t *samples = NULL;
    dlt_status status = DLT_OK;
    DLT_TRY_OUT(DLT_NEW(samples, IMAGES));
    for (int64_t i = 0; i < IMAGES; i++)
        samples[i] = i;
    DLT_TRY_OUT(dlt_dataset_open(h5_lock, path, &fields, &dataset));
    DLT_TRY_OUT(dlt_dataset_read_stored(dataset, 0, samples, IMAGES, x));
    const dlt_loader_field labels = dlt_loader_field_integers(dlt_dataset_y(dataset), 10);
    DLT_TRY_OUT(dlt_dataset_read(dataset, &labels, samples, IMAGES, y));
out:
    dlt_dataset_close(&dataset);
    dlt_free(samples);
    return status;
}

static dlt_status draw_images(dlt_h5_lock *h5_lock, const dlt_bench_files *files, uint8_t *x,
                              int32_t *y) {
    char path[DLT_BENCH_PATH_BYTES];
    char samples[32];
    const char *settings[] = {samples, "test_samples=0", "noise=0"};
    snprintf(samples, sizeof samples, "samples=%d", IMAGES);
    const dlt_synth_options drawing = {.kind = "digits",
                                       .settings = settings,
                                       .setting_count = 3,
                                       .output = {.folder = files->folder}};
    DLT_TRY(dlt_synthesize(&drawing, NULL));
    name_image_file(files, path);
    return read_images(h5_lock, path, x, y);
}

/* What is written, and how far it has come. */
typedef struct writing {
    const dlt_bench_data_options *options;
    dlt_h5_file *file;
    dlt_h5_dataset *x;
    dlt_h5_dataset *y;
    const uint8_t *images;
    const int32_t *labels;
} writing;

static dlt_status create_columns(writing *it, int layout) {
    const int64_t samples = it->options->samples;
    const dlt_shape x_shape = {.rank = 4, .dim = {samples, 28, 28, 1}};
    const dlt_shape y_shape = {.rank = 1, .dim = {samples}};
    DLT_TRY(
        dlt_h5_dataset_create(it->file, "x", DLT_H5_U8, &x_shape, &layouts[layout].layout, &it->x));
    return dlt_h5_dataset_create(it->file, "y", DLT_H5_I32, &y_shape, &layouts[layout].layout,
                                 &it->y);
}

static dlt_status write_samples(writing *it, int layout) {
    const dlt_bench_data_options *options = it->options;
    for (int64_t done = 0; done < options->samples; done += IMAGES) {
        int64_t count = dlt_min_i64(IMAGES, options->samples - done);
        DLT_TRY(dlt_h5_write_rows(it->x, done, count, it->images));
        DLT_TRY(dlt_h5_write_rows(it->y, done, count, it->labels));
        if (options->progress != NULL)
            dlt_progress_bar_show(options->progress, "writing",
                                  layout * options->samples + done + count,
                                  DLT_BENCH_LAYOUTS * options->samples, "samples");
    }
    return DLT_OK;
}

static dlt_status write_file(dlt_h5_lock *h5_lock, const char *path, int layout, writing *it) {
    dlt_status status = DLT_OK;
    DLT_TRY_OUT(dlt_h5_create(h5_lock, path, &it->file));
    DLT_TRY_OUT(create_columns(it, layout));
    DLT_TRY_OUT(write_samples(it, layout));
    dlt_h5_dataset_close(&it->x);
    dlt_h5_dataset_close(&it->y);
    DLT_TRY_OUT(dlt_h5_finish(&it->file));
out:
    dlt_h5_dataset_close(&it->x);
    dlt_h5_dataset_close(&it->y);
    dlt_h5_close(&it->file);
    return status;
}

dlt_status dlt_bench_files_make(dlt_h5_lock *h5_lock, const dlt_bench_data_options *options,
                                dlt_bench_files *out) {
    uint8_t *x = NULL;
    int32_t *y = NULL;
    dlt_status status = DLT_OK;
    DLT_TRY_OUT(name_files(options->folder, out));
    DLT_TRY_OUT(check_space(options));
    DLT_TRY_OUT(DLT_NEW(x, IMAGES * DLT_BENCH_IMAGE_BYTES));
    DLT_TRY_OUT(DLT_NEW(y, IMAGES));
    DLT_TRY_OUT(draw_images(h5_lock, out, x, y));
    writing it = {.options = options, .images = x, .labels = y};
    for (int i = 0; i < DLT_BENCH_LAYOUTS; i++)
        DLT_TRY_OUT(write_file(h5_lock, out->path[i], i, &it));
out:
    dlt_free(x);
    dlt_free(y);
    return status;
}
