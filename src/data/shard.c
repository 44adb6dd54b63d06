/* Opens one shard and reads rows of its columns. A column of plain bytes is read by pread from a
 * descriptor of its own, past HDF5 and its lock; any other by HDF5. Each read refuses numbers that
 * the file marks as missing. Where the importer left no fingerprint, a hash of names, types, shapes
 * and up to 64 rows of each column stands in for it. */
#include "base/alloc.h"
#include "base/cast.h"
#include "base/error.h"
#include "base/hash.h"
#include "base/text.h"
#include "data/convert.h"
#include "data/dataset_internal.h"
#include "io/posix.h"

#include <inttypes.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

dlt_shape dlt_column_shape(const dlt_column *column) {
    const dlt_shape *rows = &column->info.shape;
    dlt_shape shape = {.rank = rows->rank - 1};
    for (int d = 0; d < shape.rank; d++)
        shape.dim[d] = rows->dim[d + 1];
    return shape;
}

int64_t dlt_column_rows(const dlt_column *column) {
    return column->info.shape.dim[0];
}

int64_t dlt_column_row_bytes(const dlt_column *column) {
    dlt_shape shape = dlt_column_shape(column);
    return dlt_shape_count(&shape) * dlt_h5_type_bytes(column->info.type);
}

/* So that what a file claims cannot exhaust memory: a row is read as a whole. */
static const int64_t SAMPLE_BYTES_MAX = INT64_C(1) << 30;

static dlt_status open_column(dlt_h5_file *file, const char *name, dlt_column *out) {
    out->name = name;
    DLT_TRY(dlt_h5_dataset_open(file, name, &out->handle));
    out->is_there = true;
    out->info = *dlt_h5_dataset_info(out->handle);
    if (out->info.shape.rank == 0)
        return dlt_fail(DLT_ERR_FORMAT,
                        "dataset '%s' of %s is a single number; samples must be its first "
                        "dimension",
                        name, dlt_h5_path(file));
    dlt_shape sample = dlt_column_shape(out);
    char text[DLT_SHAPE_TEXT_BYTES];
    if (dlt_shape_count(&sample) == 0)
        return dlt_fail(DLT_ERR_FORMAT, "dataset '%s' of %s has shape %s: its samples are empty",
                        name, dlt_h5_path(file), dlt_shape_text(&out->info.shape, text));
    if (dlt_column_row_bytes(out) > SAMPLE_BYTES_MAX)
        return dlt_fail(DLT_ERR_FORMAT,
                        "dataset '%s' of %s has shape %s: a sample of more than %lld bytes is too "
                        "large",
                        name, dlt_h5_path(file), dlt_shape_text(&out->info.shape, text),
                        (long long)SAMPLE_BYTES_MAX);
    return DLT_OK;
}

/* Reads NAME/offsets and checks that they divide NAME/values. */
static dlt_status read_offsets(dlt_h5_file *file, const char *name, dlt_column *out,
                               int64_t *samples) {
    dlt_column offsets = {.fd = -1};
    dlt_status status = open_column(file, name, &offsets);
    const dlt_shape shape = offsets.info.shape;
    const bool is_whole = offsets.info.type != DLT_H5_F32 && offsets.info.type != DLT_H5_F64;
    dlt_h5_dataset_close(&offsets.handle);
    DLT_TRY(status);
    if (!is_whole || shape.rank != 1 || shape.dim[0] < 1)
        return dlt_fail(DLT_ERR_FORMAT,
                        "dataset '%s' of %s does not hold integers, one more than there are "
                        "samples",
                        name, dlt_h5_path(file));
    *samples = shape.dim[0] - 1;
    DLT_TRY(DLT_NEW(out->offsets, shape.dim[0]));
    DLT_TRY(dlt_h5_read(file, name, DLT_H5_I64, &shape, out->offsets));
    const int64_t rows = dlt_column_rows(out);
    for (int64_t i = 0; i < *samples; i++) {
        if (out->offsets[i + 1] < out->offsets[i] || out->offsets[i + 1] > rows)
            return dlt_fail(DLT_ERR_FORMAT,
                            "dataset '%s' of %s goes from %lld to %lld at sample %lld, but must "
                            "rise up to the number of values, %lld",
                            name, dlt_h5_path(file), (long long)out->offsets[i],
                            (long long)out->offsets[i + 1], (long long)i, (long long)rows);
        out->longest = dlt_max_i64(out->longest, out->offsets[i + 1] - out->offsets[i]);
    }
    if (out->offsets[0] != 0 || out->offsets[*samples] != rows)
        return dlt_fail(DLT_ERR_FORMAT,
                        "dataset '%s' of %s goes from %lld to %lld, but must go from 0 to the "
                        "number of values, %lld",
                        name, dlt_h5_path(file), (long long)out->offsets[0],
                        (long long)out->offsets[*samples], (long long)rows);
    return DLT_OK;
}

static dlt_status open_ragged(dlt_h5_file *file, const char *values, const char *offsets,
                              dlt_column *out, int64_t *samples) {
    DLT_TRY(open_column(file, values, out));
    DLT_TRY(read_offsets(file, offsets, out, samples));
    if (out->longest * dlt_column_row_bytes(out) <= SAMPLE_BYTES_MAX)
        return DLT_OK;
    return dlt_fail(DLT_ERR_FORMAT,
                    "'%s' of %s has a sequence of %lld elements: a sample of more than %lld bytes "
                    "is too large",
                    values, dlt_h5_path(file), (long long)out->longest,
                    (long long)SAMPLE_BYTES_MAX);
}

/* A group with values and offsets, or a dataset. */
static dlt_status open_field(dlt_h5_file *file, const char *name, dlt_column *out,
                             int64_t *samples) {
    dlt_text values = DLT_TEXT_EMPTY;
    dlt_text offsets = DLT_TEXT_EMPTY;
    bool is_ragged = false;
    dlt_status status = DLT_OK;
    dlt_text_add(&values, "%s/values", name);
    dlt_text_add(&offsets, "%s/offsets", name);
    DLT_TRY_OUT(dlt_text_check(&values));
    DLT_TRY_OUT(dlt_text_check(&offsets));
    DLT_TRY_OUT(dlt_h5_find_group(file, name, &is_ragged));
    if (is_ragged)
        DLT_TRY_OUT(dlt_h5_find(file, dlt_text_of(&offsets), &is_ragged));
    if (is_ragged)
        DLT_TRY_OUT(open_ragged(file, dlt_text_of(&values), dlt_text_of(&offsets), out, samples));
    else
        DLT_TRY_OUT(open_column(file, name, out));
    if (!is_ragged)
        *samples = dlt_column_rows(out);
out:
    out->name = name;
    dlt_text_destroy(&values);
    dlt_text_destroy(&offsets);
    return status;
}

/* All fields have as many samples as the first that is there. */
static dlt_status open_fields(dlt_shard *shard, const dlt_dataset *dataset) {
    const dlt_column *first = NULL;
    for (int f = 0; f < dataset->field_count; f++) {
        dlt_column *column = &shard->fields[f];
        const char *name = dataset->names[f];
        if (!dataset->required[f] && !dlt_h5_exists(shard->file, name))
            continue;
        int64_t samples = 0;
        DLT_TRY(open_field(shard->file, name, column, &samples));
        if (first == NULL) {
            first = column;
            shard->samples = samples;
        }
        if (samples != shard->samples)
            return dlt_fail(DLT_ERR_FORMAT, "%s has %lld samples in '%s' but %lld in '%s'",
                            shard->path, (long long)shard->samples, first->name, (long long)samples,
                            name);
    }
    return DLT_OK;
}

/* A column that lies as plain bytes in a file, this one or one that a link leads to, is read from a
 * descriptor of our own, past HDF5. */
static dlt_status open_descriptor(dlt_column *column) {
    if (column->handle == NULL || !column->info.contiguous)
        return DLT_OK;
    column->path = dlt_alloc_text(dlt_h5_dataset_path(column->handle));
    if (column->path == NULL)
        return DLT_ERR_MEM;
    DLT_TRY(dlt_h5_dataset_descriptor(column->handle, &column->fd));
    dlt_h5_dataset_close(&column->handle);
    return DLT_OK;
}

static dlt_shard closed_shard(void) {
    dlt_shard shard = {.record.fd = -1};
    for (int f = 0; f < DLT_FIELDS_MAX; f++)
        shard.fields[f].fd = -1;
    return shard;
}

dlt_status dlt_shard_of_memory(const char *source, dlt_shard *out) {
    *out = closed_shard();
    out->path = dlt_alloc_text(source);
    return out->path != NULL ? DLT_OK : DLT_ERR_MEM;
}

dlt_status dlt_shard_open(dlt_h5_lock *h5_lock, const char *path, const dlt_dataset *dataset,
                          dlt_shard *out) {
    DLT_TRY(dlt_shard_of_memory(path, out));
    DLT_TRY(dlt_h5_open(h5_lock, path, &out->file));
    DLT_TRY(open_fields(out, dataset));
    for (int f = 0; f < dataset->field_count; f++)
        DLT_TRY(open_descriptor(&out->fields[f]));
    return DLT_OK;
}

dlt_status dlt_shard_open_records(dlt_shard *shard) {
    if (!shard->has_fingerprint || !dlt_h5_exists(shard->file, DLT_RECORD_NAME))
        return DLT_OK;
    DLT_TRY(open_column(shard->file, DLT_RECORD_NAME, &shard->record));
    const dlt_h5_info *info = &shard->record.info;
    if (info->type != DLT_H5_I64 || info->shape.rank != 1 || info->shape.dim[0] != shard->samples)
        return dlt_fail(DLT_ERR_FORMAT,
                        "dataset '" DLT_RECORD_NAME "' of %s does not hold an int64 per sample",
                        shard->path);
    return open_descriptor(&shard->record);
}

static void close_column(dlt_column *column) {
    dlt_h5_dataset_close(&column->handle);
    if (column->fd >= 0)
        close(column->fd);
    dlt_free(column->path);
    dlt_free(column->offsets);
}

void dlt_shard_close(dlt_shard *shard) {
    if (shard->path == NULL)
        return;
    for (int f = 0; f < DLT_FIELDS_MAX; f++)
        close_column(&shard->fields[f]);
    close_column(&shard->record);
    dlt_h5_close(&shard->file);
    dlt_free(shard->path);
    *shard = closed_shard();
}

static bool is_marked_missing(const dlt_h5_info *info, double value, int *which) {
    for (int i = 0; i < info->missing_count; i++) {
        const double mark = info->missing[i].value;
        *which = i;
        if (value == mark || (info->type == DLT_H5_F32 && value == (double)(float)mark))
            return true;
    }
    return false;
}

/* A number that the file marks as missing must not be taken for one. */
static dlt_status check_missing(const dlt_shard *shard, const dlt_column *column, int64_t first,
                                int64_t count, const char *rows) {
    if (column->info.missing_count == 0)
        return DLT_OK;
    const int64_t row_bytes = dlt_column_row_bytes(column);
    const int64_t bytes = dlt_h5_type_bytes(column->info.type);
    for (int64_t i = 0; i < count * row_bytes / bytes; i++) {
        double value = 0;
        int which = 0;
        dlt_convert_to_double(column->info.type, rows + i * bytes, 1, &value);
        if (is_marked_missing(&column->info, value, &which))
            return dlt_fail(DLT_ERR_FORMAT,
                            "row %lld of '%s' in %s has a missing number: %g is its %s",
                            (long long)(first + i * bytes / row_bytes), column->name, shard->path,
                            value, column->info.missing[which].name);
    }
    return DLT_OK;
}

static dlt_status read_stored(const dlt_column *column, int64_t first, int64_t count, void *out) {
    if (column->memory != NULL) {
        const int64_t bytes = dlt_column_row_bytes(column);
        memcpy(out, column->memory + first * bytes, (size_t)(count * bytes));
        return DLT_OK;
    }
    if (column->handle != NULL)
        return dlt_h5_read_rows(column->handle, first, count, out);
    const int64_t row_bytes = dlt_column_row_bytes(column);
    return dlt_posix_read_at(column->fd, column->path, column->info.offset + first * row_bytes, out,
                             (size_t)(count * row_bytes));
}

dlt_status dlt_shard_read(const dlt_shard *shard, const dlt_column *column, int64_t first,
                          int64_t count, void *out) {
    DLT_TRY(read_stored(column, first, count, out));
    return check_missing(shard, column, first, count, out);
}

/* The first row, the last one, and as many evenly between them as are read in a moment: all of a
 * small set. */
static dlt_status hash_rows(const dlt_shard *shard, const dlt_column *column, uint64_t *chain) {
    const int64_t most_rows = 64;
    const int64_t most_bytes = INT64_C(1) << 24;
    const int64_t bytes = dlt_column_row_bytes(column);
    const int64_t fitting = dlt_max_i64(dlt_min_i64(most_bytes / bytes, most_rows), 2);
    const int64_t rows = dlt_min_i64(fitting, dlt_column_rows(column));
    const int64_t last = dlt_column_rows(column) - 1;
    const int64_t steps = dlt_max_i64(rows - 1, 1);
    char *row = NULL;
    DLT_TRY(DLT_NEW(row, bytes));
    dlt_status status = DLT_OK;
    for (int64_t i = 0; i < rows && status == DLT_OK; i++) {
        const int64_t place =
            i * (last / steps) + i * (last % steps) / steps; /* i * last / steps */
        status = dlt_shard_read(shard, column, place, 1, row);
        if (status == DLT_OK)
            *chain = dlt_hash(*chain, row, (size_t)bytes);
    }
    dlt_free(row);
    return status;
}

static dlt_status hash_column(const dlt_shard *shard, const dlt_column *column, const char *name,
                              uint64_t *chain) {
    const dlt_shape *shape = &column->info.shape;
    *chain = dlt_hash_text(*chain, name);
    *chain = dlt_hash_text(*chain, dlt_h5_type_name(column->info.type));
    *chain = dlt_hash(*chain, shape->dim, (size_t)shape->rank * sizeof shape->dim[0]);
    if (column->offsets != NULL)
        *chain = dlt_hash(*chain, column->offsets,
                          (size_t)(shard->samples + 1) * sizeof column->offsets[0]);
    return dlt_column_rows(column) > 0 ? hash_rows(shard, column, chain) : DLT_OK;
}

/* As dlt_hash_format writes it; another program's attribute of that name may hold anything. */
static bool parse_fingerprint(const char *text, uint64_t *out) {
    char again[17];
    if (sscanf(text, "%16" SCNx64, out) != 1)
        return false;
    dlt_hash_format(*out, again);
    return strcmp(text, again) == 0;
}

dlt_status dlt_shard_fingerprint(dlt_shard *shard, const dlt_dataset *dataset, uint64_t *chain) {
    char *attribute = NULL;
    dlt_status status = dlt_h5_read_text(shard->file, "/", "fingerprint", &attribute);
    if (status != DLT_OK && status != DLT_ERR_FORMAT)
        return status;
    if (attribute != NULL)
        shard->has_fingerprint = parse_fingerprint(attribute, &shard->fingerprint);
    if (shard->has_fingerprint)
        *chain = dlt_hash_text(*chain, attribute);
    dlt_free(attribute);
    if (status == DLT_ERR_FORMAT)
        dlt_error_clear();
    if (shard->has_fingerprint)
        return DLT_OK;
    for (int f = 0; f < dataset->field_count; f++)
        if (shard->fields[f].is_there)
            DLT_TRY(hash_column(shard, &shard->fields[f], dataset->names[f], chain));
    return DLT_OK;
}
