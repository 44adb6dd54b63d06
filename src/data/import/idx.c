/* IDX files, the format of MNIST: two zero bytes, a type, a number of dimensions, each dimension as
 * a big-endian 32-bit number, then the values row by row (LeCun, Cortes, Burges, "The MNIST
 * database of handwritten digits"). Values are unsigned bytes; labels are a second file of one
 * dimension. */
#include "data/import/byte_source.h"
#include "data/import/format.h"

#include "base/alloc.h"
#include "base/error.h"

#include <inttypes.h>
#include <stddef.h>

enum { IDX_UNSIGNED_BYTE = 0x08, DIMENSIONS_MAX = 5 };

typedef struct idx_pair {
    const char *x;
    const char *y;
} idx_pair;

typedef struct idx_settings {
    idx_pair part[DLT_PARTS];
} idx_settings;

/* A file whose header has been read. */
typedef struct idx_file {
    dlt_byte_source *bytes; /* owned */
    int64_t samples;
    dlt_shape shape; /* of one sample */
} idx_file;

typedef struct idx_state {
    dlt_format_site site;
    const idx_settings *settings;
    idx_file x;
    idx_file y;
    int64_t sample;  /* next */
    uint8_t *labels; /* bytes of one block; owned */
    int64_t label_room;
} idx_state;

static void close_file(idx_file *file) {
    dlt_byte_source_close(&file->bytes);
    *file = (idx_file){0};
}

static dlt_status read_exactly(idx_file *file, void *out, size_t bytes, const char *what) {
    size_t got = 0;
    DLT_TRY(dlt_byte_source_read(file->bytes, out, bytes, &got));
    if (got == bytes)
        return DLT_OK;
    return dlt_fail(DLT_ERR_FORMAT, "%s is truncated: %zu of %zu bytes of %s are there",
                    dlt_byte_source_path(file->bytes), got, bytes, what);
}

static int64_t big_endian(const uint8_t bytes[4]) {
    return (int64_t)bytes[0] << 24 | (int64_t)bytes[1] << 16 | (int64_t)bytes[2] << 8 | bytes[3];
}

/* A claim of the header that the file cannot hold is refused before anything is allocated. */
static dlt_status check_size(const idx_file *file, int64_t header_bytes) {
    const char *path = dlt_byte_source_path(file->bytes);
    int64_t sample = 1;
    for (int d = 0; d < file->shape.rank; d++)
        if (file->shape.dim[d] < 1 || __builtin_mul_overflow(sample, file->shape.dim[d], &sample) ||
            sample > DLT_SAMPLE_BYTES_MAX)
            return dlt_fail(DLT_ERR_FORMAT,
                            "%s: dimension %d of %" PRId64
                            " does not make a sample of 1 to %d bytes",
                            path, d + 1, file->shape.dim[d], DLT_SAMPLE_BYTES_MAX);
    int64_t claimed = file->samples * sample + header_bytes;
    if (claimed > dlt_byte_source_most(file->bytes))
        return dlt_fail(DLT_ERR_FORMAT,
                        "%s is truncated: its header claims %" PRId64 " samples of %" PRId64
                        " bytes, more than the file can hold",
                        path, file->samples, sample);
    return DLT_OK;
}

static dlt_status read_header(idx_file *file) {
    const char *path = dlt_byte_source_path(file->bytes);
    uint8_t magic[4];
    DLT_TRY(read_exactly(file, magic, sizeof magic, "the header"));
    if (magic[0] != 0 || magic[1] != 0 || magic[2] != IDX_UNSIGNED_BYTE)
        return dlt_fail(DLT_ERR_FORMAT,
                        "%s is not an IDX file of unsigned bytes: it starts with %02x %02x %02x "
                        "where 00 00 08 is expected",
                        path, magic[0], magic[1], magic[2]);
    if (magic[3] < 1 || magic[3] > DIMENSIONS_MAX)
        return dlt_fail(DLT_ERR_FORMAT, "%s has %d dimensions where 1 to %d are expected", path,
                        magic[3], DIMENSIONS_MAX);
    uint8_t dimension[4];
    DLT_TRY(read_exactly(file, dimension, sizeof dimension, "the header"));
    file->samples = big_endian(dimension);
    file->shape.rank = magic[3] - 1;
    for (int d = 0; d < file->shape.rank; d++) {
        DLT_TRY(read_exactly(file, dimension, sizeof dimension, "the header"));
        file->shape.dim[d] = big_endian(dimension);
    }
    return check_size(file, 4 + 4 * (int64_t)magic[3]);
}

static dlt_status open_file(const dlt_format_site *site, const char *name, idx_file *file) {
    char *path = NULL;
    dlt_status status = DLT_OK;
    DLT_TRY_OUT(dlt_format_locate(site, name, &path));
    DLT_TRY_OUT(dlt_byte_source_open(path, &file->bytes));
    DLT_TRY_OUT(read_header(file));
out:
    dlt_free(path);
    return status;
}

static dlt_status open_idx(const dlt_format_site *site, void **out) {
    idx_state *state = NULL;
    DLT_TRY(DLT_NEW(state, 1));
    *out = state;
    state->site = *site;
    state->settings = site->format.settings;
    return DLT_OK;
}

static dlt_status check_pair(const idx_state *state) {
    const char *x_path = dlt_byte_source_path(state->x.bytes);
    const char *y_path = dlt_byte_source_path(state->y.bytes);
    if (state->x.shape.rank < 1)
        return dlt_fail(DLT_ERR_FORMAT, "%s has one dimension, as labels have; samples need more",
                        x_path);
    if (state->y.shape.rank != 0)
        return dlt_fail(DLT_ERR_FORMAT, "%s has %d dimensions where labels have one", y_path,
                        state->y.shape.rank + 1);
    if (state->x.samples != state->y.samples)
        return dlt_fail(DLT_ERR_FORMAT, "%s has %" PRId64 " samples but %s has %" PRId64 " labels",
                        x_path, state->x.samples, y_path, state->y.samples);
    return DLT_OK;
}

static dlt_status begin_idx(void *opaque, dlt_part part, dlt_part_facts *facts) {
    idx_state *state = opaque;
    const idx_pair *names = &state->settings->part[part];
    close_file(&state->x);
    close_file(&state->y);
    state->sample = 0;
    *facts = (dlt_part_facts){.x_type = DLT_H5_U8, .y_type = DLT_H5_I32};
    if (names->x == NULL || names->y == NULL)
        return DLT_OK;
    DLT_TRY(open_file(&state->site, names->x, &state->x));
    DLT_TRY(open_file(&state->site, names->y, &state->y));
    DLT_TRY(check_pair(state));
    facts->samples = state->x.samples;
    facts->x_shape = state->x.shape;
    if (facts->x_shape.rank == 2) /* grey images: one channel */
        facts->x_shape.dim[facts->x_shape.rank++] = 1;
    return DLT_OK;
}

static dlt_status check_label(const idx_state *state, int64_t sample, int label) {
    int64_t classes = state->site.classes.count;
    if (classes == 0 || label < classes)
        return DLT_OK;
    return dlt_fail(DLT_ERR_FORMAT, "%s: label %d of sample %" PRId64 " is outside 0..%" PRId64,
                    dlt_byte_source_path(state->y.bytes), label, sample, classes - 1);
}

static dlt_status read_idx(void *opaque, int64_t count, void *x, void *y) {
    idx_state *state = opaque;
    int32_t *label = y;
    if (state->label_room < count) {
        dlt_free(state->labels);
        state->label_room = 0;
        DLT_TRY(DLT_NEW(state->labels, count));
        state->label_room = count;
    }
    size_t x_bytes = (size_t)(count * dlt_shape_count(&state->x.shape));
    DLT_TRY(read_exactly(&state->x, x, x_bytes, "a block of samples"));
    DLT_TRY(read_exactly(&state->y, state->labels, (size_t)count, "a block of labels"));
    for (int64_t i = 0; i < count; i++) {
        DLT_TRY(check_label(state, state->sample + i, state->labels[i]));
        label[i] = state->labels[i];
    }
    state->sample += count;
    return DLT_OK;
}

/* Reading to the end also makes zlib verify the checksum of a compressed file. */
static dlt_status check_end(idx_file *file) {
    char extra = 0;
    size_t got = 0;
    DLT_TRY(dlt_byte_source_read(file->bytes, &extra, 1, &got));
    if (got == 0)
        return DLT_OK;
    return dlt_fail(DLT_ERR_FORMAT, "%s goes on after the %" PRId64 " samples its header claims",
                    dlt_byte_source_path(file->bytes), file->samples);
}

static dlt_status finish_idx(void *opaque) {
    idx_state *state = opaque;
    DLT_TRY(check_end(&state->x));
    return check_end(&state->y);
}

static void close_idx(void *opaque) {
    idx_state *state = opaque;
    close_file(&state->x);
    close_file(&state->y);
    dlt_free(state->labels);
    dlt_free(state);
}

static const dlt_key pair_keys[] = {
    {.name = "x",
     .type = DLT_KEY_STRING,
     .offset = offsetof(idx_pair, x),
     .fallback = "null",
     .flags = DLT_KEY_NULLABLE,
     .help = "File of the samples; null where there is no such part."},
    {.name = "y",
     .type = DLT_KEY_STRING,
     .offset = offsetof(idx_pair, y),
     .fallback = "null",
     .flags = DLT_KEY_NULLABLE,
     .help = "File of the labels."},
    {.name = NULL}};

static const dlt_key idx_keys[] = {{.name = "train",
                                    .type = DLT_KEY_SECTION,
                                    .offset = offsetof(idx_settings, part[DLT_PART_TRAIN]),
                                    .section = pair_keys,
                                    .help = "Files of the training part, with or without .gz."},
                                   {.name = "test",
                                    .type = DLT_KEY_SECTION,
                                    .offset = offsetof(idx_settings, part[DLT_PART_TEST]),
                                    .section = pair_keys,
                                    .help = "Files of the test part, with or without .gz."},
                                   {.name = NULL}};

const dlt_format_ops dlt_format_idx = {
    .choice = {.name = "idx",
               .summary = "IDX files of unsigned bytes with a label file each, as MNIST has.",
               .keys = idx_keys,
               .settings_size = sizeof(idx_settings)},
    .open = open_idx,
    .begin = begin_idx,
    .read = read_idx,
    .finish = finish_idx,
    .close = close_idx,
};
