/* IDX: two zero bytes, a type, a number of dimensions, each dimension as a big-endian 32-bit
 * number, then the values row by row, big-endian (LeCun, Cortes, Burges, "The MNIST database of
 * handwritten digits"). */
#include "formats/idx_file.h"

#include "base/error.h"
#include "formats/bounds.h"

#include <float.h>
#include <inttypes.h>
#include <math.h>
#include <string.h>

enum { IDX_SIGNED_BYTE = 0x09, IDX_SHORT = 0x0B, IDX_INT, IDX_FLOAT, IDX_DOUBLE };

/* Samples have a dimension less than the file, data sets as many. */
enum { DIMENSIONS_MAX = DLT_SHAPE_MAX, CHUNK_BYTES = 1 << 15, EXACT_MAX = 1 << 24 };

static const dlt_idx_type types[] = {{DLT_IDX_UNSIGNED_BYTE, "unsigned bytes", 1, true},
                                     {IDX_SIGNED_BYTE, "signed bytes", 1, true},
                                     {IDX_SHORT, "16-bit integers", 2, true},
                                     {IDX_INT, "32-bit integers", 4, true},
                                     {IDX_FLOAT, "float32", 4, false},
                                     {IDX_DOUBLE, "float64", 8, false}};

static const dlt_idx_type *find_type(uint8_t code) {
    for (size_t i = 0; i < sizeof types / sizeof types[0]; i++)
        if (types[i].code == code)
            return &types[i];
    return NULL;
}

static dlt_status read_exactly(dlt_idx_file *file, void *out, size_t bytes, const char *what) {
    size_t got = 0;
    DLT_TRY(dlt_byte_source_read(file->bytes, out, bytes, &got));
    if (got == bytes)
        return DLT_OK;
    return dlt_fail(DLT_ERR_FORMAT, "%s is truncated: %zu of %zu bytes of %s are there",
                    dlt_byte_source_path(file->bytes), got, bytes, what);
}

static uint64_t big_endian(const uint8_t *bytes, int count) {
    uint64_t value = 0;
    for (int i = 0; i < count; i++)
        value = value << 8 | bytes[i];
    return value;
}

static double value_of(const dlt_idx_type *type, const uint8_t *at) {
    const uint64_t bits = big_endian(at, type->bytes);
    float single = 0;
    double wide = 0;
    switch (type->code) {
    case IDX_SIGNED_BYTE:
        return (int8_t)bits;
    case IDX_SHORT:
        return (int16_t)bits;
    case IDX_INT:
        return (int32_t)bits;
    case IDX_FLOAT: {
        const uint32_t half = (uint32_t)bits;
        memcpy(&single, &half, sizeof single);
        return (double)single;
    }
    case IDX_DOUBLE:
        memcpy(&wide, &bits, sizeof wide);
        return wide;
    default:
        return (double)bits;
    }
}

/* A claim of the header that the file cannot hold is refused before anything is allocated. */
static dlt_status check_size(const dlt_idx_file *file, int64_t header_bytes) {
    const char *path = dlt_byte_source_path(file->bytes);
    int64_t sample = file->type->bytes;
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

static dlt_status read_header(dlt_idx_file *file) {
    const char *path = dlt_byte_source_path(file->bytes);
    uint8_t magic[4];
    DLT_TRY(read_exactly(file, magic, sizeof magic, "the header"));
    file->type = find_type(magic[2]);
    if (magic[0] != 0 || magic[1] != 0 || file->type == NULL)
        return dlt_fail(DLT_ERR_FORMAT,
                        "%s is not an IDX file: it starts with %02x %02x %02x where 00 00 and a "
                        "type (08, 09, 0b, 0c, 0d or 0e) are expected",
                        path, magic[0], magic[1], magic[2]);
    if (magic[3] < 1 || magic[3] > DIMENSIONS_MAX)
        return dlt_fail(DLT_ERR_FORMAT, "%s has %d dimensions where 1 to %d are expected", path,
                        magic[3], DIMENSIONS_MAX);
    uint8_t dimension[4];
    DLT_TRY(read_exactly(file, dimension, sizeof dimension, "the header"));
    file->samples = (int64_t)big_endian(dimension, 4);
    file->shape.rank = magic[3] - 1;
    for (int d = 0; d < file->shape.rank; d++) {
        DLT_TRY(read_exactly(file, dimension, sizeof dimension, "the header"));
        file->shape.dim[d] = (int64_t)big_endian(dimension, 4);
    }
    return check_size(file, 4 + 4 * (int64_t)magic[3]);
}

dlt_status dlt_idx_open(const char *path, dlt_idx_file *out) {
    *out = (dlt_idx_file){0};
    DLT_TRY(dlt_byte_source_open(path, &out->bytes));
    return read_header(out);
}

void dlt_idx_close(dlt_idx_file *file) {
    dlt_byte_source_close(&file->bytes);
    *file = (dlt_idx_file){0};
}

dlt_status dlt_idx_read_bytes(dlt_idx_file *file, int64_t samples, uint8_t *out) {
    const int64_t count = samples * dlt_shape_count(&file->shape);
    DLT_TRY(read_exactly(file, out, (size_t)count, "a block of samples"));
    file->sample += samples;
    return DLT_OK;
}

/* Takes the next values, a chunk at a time. */
typedef dlt_status take_values(dlt_idx_file *file, int64_t first, int64_t count,
                               const uint8_t *chunk, void *out);

static dlt_status read_values(dlt_idx_file *file, int64_t count, const char *what,
                              take_values *take, void *out) {
    uint8_t chunk[CHUNK_BYTES];
    const int bytes = file->type->bytes;
    for (int64_t done = 0; done < count;) {
        int64_t now = CHUNK_BYTES / bytes;
        now = now < count - done ? now : count - done;
        DLT_TRY(read_exactly(file, chunk, (size_t)(now * bytes), what));
        DLT_TRY(take(file, done, now, chunk, out));
        done += now;
    }
    return DLT_OK;
}

static dlt_status take_reals(dlt_idx_file *file, int64_t first, int64_t count, const uint8_t *chunk,
                             void *out) {
    float *to = (float *)out + first;
    const int64_t each = dlt_shape_count(&file->shape);
    for (int64_t i = 0; i < count; i++) {
        const double value = value_of(file->type, chunk + i * file->type->bytes);
        if (!(fabs(value) <= (double)FLT_MAX))
            return dlt_fail(DLT_ERR_FORMAT,
                            "%s: sample %" PRId64 " has the value %g, which float32 cannot hold",
                            dlt_byte_source_path(file->bytes), file->sample + (first + i) / each,
                            value);
        to[i] = (float)value;
        file->rounded += file->type->is_whole && fabs(value) > EXACT_MAX && (double)to[i] != value;
    }
    return DLT_OK;
}

dlt_status dlt_idx_read_reals(dlt_idx_file *file, int64_t samples, float *out) {
    DLT_TRY(read_values(file, samples * dlt_shape_count(&file->shape), "a block of samples",
                        take_reals, out));
    file->sample += samples;
    return DLT_OK;
}

static dlt_status take_labels(dlt_idx_file *file, int64_t first, int64_t count,
                              const uint8_t *chunk, void *out) {
    for (int64_t i = 0; i < count; i++) {
        const double value = value_of(file->type, chunk + i * file->type->bytes);
        if (value < 0)
            return dlt_fail(DLT_ERR_FORMAT, "%s: label %.0f of sample %" PRId64 " is negative",
                            dlt_byte_source_path(file->bytes), value, file->sample + first + i);
        ((int32_t *)out)[first + i] = (int32_t)value;
    }
    return DLT_OK;
}

dlt_status dlt_idx_read_labels(dlt_idx_file *file, int64_t samples, int32_t *out) {
    DLT_TRY(read_values(file, samples, "a block of labels", take_labels, out));
    file->sample += samples;
    return DLT_OK;
}

dlt_status dlt_idx_check_end(dlt_idx_file *file) {
    char extra = 0;
    size_t got = 0;
    DLT_TRY(dlt_byte_source_read(file->bytes, &extra, 1, &got));
    if (got == 0)
        return DLT_OK;
    return dlt_fail(DLT_ERR_FORMAT, "%s goes on after the %" PRId64 " samples its header claims",
                    dlt_byte_source_path(file->bytes), file->samples);
}
