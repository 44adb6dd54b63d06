/* Hashes x, then y, of one block after the other. The importer (shards.c) and the check cut a shard
 * into the same blocks, because other blocks would give another hash. Only datasets called x and y
 * can be checked: these are the ones that importers hash. The check streams through a shard, one
 * block in memory, and the ranks share the shards among them. */
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

/* Memory for the rows of a block, and who is told of each. */
typedef struct row_block {
    const dlt_dataset *dataset;
    int64_t rows;
    char *x;
    char *y;
    atomic_llong *progress; /* may be NULL */
} row_block;

static dlt_status measure(const dlt_shard *shard, const row_block *room, uint64_t *out) {
    const dlt_column *x = &shard->fields[room->dataset->x];
    const dlt_column *y = &shard->fields[room->dataset->y];
    int64_t x_bytes = dlt_column_row_bytes(x);
    int64_t y_bytes = y->is_there ? dlt_column_row_bytes(y) : 0;
    for (int64_t first = 0; first < shard->samples; first += room->rows) {
        int64_t rows = dlt_min_i64(room->rows, shard->samples - first);
        DLT_TRY(dlt_shard_read(shard, x, first, rows, room->x));
        if (y->is_there)
            DLT_TRY(dlt_shard_read(shard, y, first, rows, room->y));
        *out = dlt_fingerprint_add(*out, rows, NULL, room->x, rows * x_bytes);
        *out = dlt_fingerprint_add(*out, rows, NULL, room->y, rows * y_bytes);
        if (room->progress != NULL)
            atomic_fetch_add_explicit(room->progress, 1, memory_order_relaxed);
    }
    return DLT_OK;
}

static dlt_status check_shard(const dlt_shard *shard, const row_block *room) {
    uint64_t found = 0;
    DLT_TRY(measure(shard, room, &found));
    if (found == shard->fingerprint)
        return DLT_OK;
    return dlt_fail(DLT_ERR_FORMAT,
                    "%s is damaged: its samples do not match its fingerprint (if they were changed "
                    "on purpose, remove the file's attribute 'fingerprint')",
                    shard->path);
}

/* Importers hash what they call x and y. */
static bool has_importers_names(const dlt_dataset *dataset) {
    return dataset->x >= 0 && dataset->y >= 0 && strcmp(dataset->names[dataset->x], "x") == 0 &&
           strcmp(dataset->names[dataset->y], "y") == 0;
}

static bool can_check(const dlt_dataset *dataset, const dlt_shard *shard) {
    return shard->has_fingerprint && has_importers_names(dataset);
}

bool dlt_dataset_has_fingerprints(const dlt_dataset *dataset) {
    for (int i = 0; i < dataset->shard_count; i++)
        if (!can_check(dataset, &dataset->shards[i]))
            return false;
    return true;
}

int64_t dlt_dataset_bytes(const dlt_dataset *dataset) {
    int64_t row = 0;
    for (int f = 0; f < dataset->field_count; f++)
        if (dataset->facts.fields[f].is_there)
            row += dlt_column_row_bytes(&dataset->shards[0].fields[f]);
    return dataset->facts.samples * row;
}

dlt_status dlt_dataset_verify(const dlt_dataset *dataset, int part, int parts,
                              atomic_llong *progress) {
    if (!has_importers_names(dataset))
        return DLT_OK;
    const dlt_column *x = &dataset->shards[0].fields[dataset->x];
    const dlt_column *y = &dataset->shards[0].fields[dataset->y];
    int64_t x_bytes = dlt_column_row_bytes(x);
    row_block room = {
        .dataset = dataset, .rows = dlt_fingerprint_rows(x_bytes, false), .progress = progress};
    dlt_status status = DLT_OK;
    DLT_TRY_OUT(DLT_NEW(room.x, room.rows * x_bytes));
    DLT_TRY_OUT(DLT_NEW(room.y, y->is_there ? room.rows * dlt_column_row_bytes(y) : 0));
    for (int i = part; i < dataset->shard_count; i += parts)
        if (can_check(dataset, &dataset->shards[i]))
            DLT_TRY_OUT(check_shard(&dataset->shards[i], &room));
out:
    dlt_free(room.x);
    dlt_free(room.y);
    return status;
}
