/* Hashes one block of samples after the other, in each block field by field. The importer
 * (shards.c) and the check cut a shard into the same blocks, because other blocks would give
 * another hash. The check opens each shard with the fields that were hashed, whichever the run
 * reads, and streams through it, one block in memory; the ranks share the shards among them. */
#include "data/fingerprint.h"

#include "base/alloc.h"
#include "base/cast.h"
#include "base/error.h"
#include "base/hash.h"
#include "data/dataset_internal.h"

#include <string.h>

enum { BLOCK_BYTES = 1 << 20, BLOCK_ROWS_MAX = 4096, BLOCK_RAGGED_ROWS_MAX = 256 };

int64_t dlt_fingerprint_rows(int64_t row_bytes, bool has_ragged) {
    const int64_t most = has_ragged ? BLOCK_RAGGED_ROWS_MAX : BLOCK_ROWS_MAX;
    return dlt_min_i64(dlt_max_i64(BLOCK_BYTES / dlt_max_i64(row_bytes, 1), 1), most);
}

uint64_t dlt_fingerprint_describe(uint64_t chain, const char *name, dlt_h5_type type,
                                  const dlt_shape *shape, bool is_ragged) {
    chain = dlt_hash_text(chain, name);
    chain = dlt_hash_text(chain, dlt_h5_type_name(type));
    chain = dlt_hash(chain, shape->dim, (size_t)shape->rank * sizeof shape->dim[0]);
    return dlt_hash_text(chain, is_ragged ? "ragged" : "");
}

uint64_t dlt_fingerprint_add(uint64_t chain, int64_t count, const int64_t *lengths,
                             const void *rows, int64_t bytes) {
    if (lengths != NULL)
        chain = dlt_hash(chain, lengths, (size_t)count * sizeof *lengths);
    return dlt_hash(chain, rows, (size_t)bytes);
}

/* What was hashed of a shard, and memory for the rows of a block. */
typedef struct shard_check {
    dlt_field_requests fields;
    char *names; /* owned: what the requests point into; NULL: x and y */
    dlt_dataset *data;
    int64_t rows;
    int64_t *lengths;              /* owned */
    char *buffers[DLT_FIELDS_MAX]; /* owned */
} shard_check;

static void destroy_check(shard_check *it) {
    dlt_dataset_close(&it->data);
    dlt_free(it->names);
    dlt_free(it->lengths);
    for (int f = 0; f < DLT_FIELDS_MAX; f++)
        dlt_free(it->buffers[f]);
}

/* The lines of the attribute `fields`. */
static dlt_status find_fields(dlt_h5_lock *h5_lock, const char *path, shard_check *it) {
    dlt_h5_file *file = NULL;
    it->fields = (dlt_field_requests){.count = 2, .at = {{"x", true}, {"y", false}}};
    DLT_TRY(dlt_h5_open(h5_lock, path, &file));
    dlt_status status = dlt_h5_read_text(file, "/", "fields", &it->names);
    dlt_h5_close(&file);
    if (status != DLT_OK || it->names == NULL)
        return status;
    it->fields.count = 0;
    for (char *name = it->names; name != NULL && it->fields.count < DLT_FIELDS_MAX;) {
        char *end = strchr(name, '\n');
        if (end != NULL)
            *end++ = '\0';
        it->fields.at[it->fields.count++] = (dlt_field_request){.name = name, .required = true};
        name = end;
    }
    return DLT_OK;
}

static int64_t most_bytes(const dlt_shard *shard, const dlt_column *column, int64_t rows) {
    const int64_t row_bytes = dlt_column_row_bytes(column);
    int64_t most = 0;
    if (column->offsets == NULL)
        return rows * row_bytes;
    for (int64_t first = 0; first < shard->samples; first += rows) {
        const int64_t last = dlt_min_i64(first + rows, shard->samples);
        most = dlt_max_i64(most, column->offsets[last] - column->offsets[first]);
    }
    return most * row_bytes;
}

static dlt_status make_room(shard_check *it) {
    const dlt_shard *shard = &it->data->shards[0];
    int64_t row_bytes = 0;
    bool has_ragged = false;
    for (int f = 0; f < it->fields.count; f++) {
        const dlt_column *column = &shard->fields[f];
        has_ragged = has_ragged || column->offsets != NULL;
        /* Of x and y, x alone. */
        if (column->is_there && column->offsets == NULL && (it->names != NULL || f == 0))
            row_bytes += dlt_column_row_bytes(column);
    }
    it->rows = dlt_fingerprint_rows(row_bytes, has_ragged);
    DLT_TRY(DLT_NEW(it->lengths, it->rows));
    for (int f = 0; f < it->fields.count; f++)
        if (shard->fields[f].is_there)
            DLT_TRY(DLT_NEW(it->buffers[f], most_bytes(shard, &shard->fields[f], it->rows)));
    return DLT_OK;
}

/* Samples [first, first + count) of a field, or nothing of one that is not there. */
static dlt_status add_field(const shard_check *it, int f, int64_t first, int64_t count,
                            uint64_t *chain) {
    const dlt_shard *shard = &it->data->shards[0];
    const dlt_column *column = &shard->fields[f];
    int64_t row = first;
    int64_t rows = column->is_there ? count : 0;
    for (int64_t i = 0; column->offsets != NULL && i < count; i++)
        it->lengths[i] = column->offsets[first + i + 1] - column->offsets[first + i];
    if (column->offsets != NULL) {
        row = column->offsets[first];
        rows = column->offsets[first + count] - row;
    }
    if (rows > 0)
        DLT_TRY(dlt_shard_read(shard, column, row, rows, it->buffers[f]));
    *chain =
        dlt_fingerprint_add(*chain, count, column->offsets != NULL ? it->lengths : NULL,
                            it->buffers[f], rows > 0 ? rows * dlt_column_row_bytes(column) : 0);
    return DLT_OK;
}

static dlt_status measure(const shard_check *it, atomic_llong *progress, uint64_t *out) {
    const dlt_shard *shard = &it->data->shards[0];
    for (int f = 0; it->names != NULL && f < it->fields.count; f++) {
        const dlt_shape shape = dlt_column_shape(&shard->fields[f]);
        *out = dlt_fingerprint_describe(*out, it->fields.at[f].name, shard->fields[f].info.type,
                                        &shape, shard->fields[f].offsets != NULL);
    }
    for (int64_t first = 0; first < shard->samples; first += it->rows) {
        const int64_t count = dlt_min_i64(it->rows, shard->samples - first);
        for (int f = 0; f < it->fields.count; f++)
            DLT_TRY(add_field(it, f, first, count, out));
        if (progress != NULL)
            atomic_fetch_add_explicit(progress, 1, memory_order_relaxed);
    }
    return DLT_OK;
}

static dlt_status check_shard(dlt_h5_lock *h5_lock, const dlt_shard *shard,
                              atomic_llong *progress) {
    shard_check it = {.rows = 0};
    uint64_t found = 0;
    dlt_status status = find_fields(h5_lock, shard->path, &it);
    if (status == DLT_OK)
        status = dlt_dataset_open(h5_lock, shard->path, &it.fields, &it.data);
    if (status == DLT_OK)
        status = make_room(&it);
    if (status == DLT_OK)
        status = measure(&it, progress, &found);
    destroy_check(&it);
    DLT_TRY(status);
    if (found == shard->fingerprint)
        return DLT_OK;
    return dlt_fail(DLT_ERR_FORMAT,
                    "%s is damaged: its samples do not match its fingerprint (if they were changed "
                    "on purpose, remove the file's attribute 'fingerprint')",
                    shard->path);
}

bool dlt_dataset_has_fingerprints(const dlt_dataset *dataset) {
    for (int i = 0; i < dataset->shard_count; i++)
        if (!dataset->shards[i].has_fingerprint)
            return false;
    return true;
}

int64_t dlt_dataset_bytes(const dlt_dataset *dataset) {
    int64_t bytes = 0;
    for (int f = 0; f < dataset->field_count; f++)
        bytes += dataset->pagings[f].bytes;
    return bytes;
}

dlt_status dlt_dataset_verify(const dlt_dataset *dataset, int part, int parts,
                              atomic_llong *progress) {
    for (int i = part; i < dataset->shard_count; i += parts)
        if (dataset->shards[i].has_fingerprint)
            DLT_TRY(check_shard(dataset->h5_lock, &dataset->shards[i], progress));
    return DLT_OK;
}
