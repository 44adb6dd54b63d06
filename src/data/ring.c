/* Allocates the buffers of the ring: one block per field, cut into entries. Entries begin on
 * a cache line, so that the two threads do not write to the same one. Small
 * micro-batches get more entries than the settings ask for. loader.c decides who fills an entry,
 * and when. */
#include "data/ring.h"

#include "base/alloc.h"
#include "base/cast.h"
#include "base/error.h"

int dlt_loader_depth(int asked, int64_t micro_batch_bytes) {
    /* Enough for a thread that is late by a turn of the scheduler, little enough to stay in a
     * cache. */
    const int64_t small_bytes = 4 << 20;
    const int64_t most = 512;
    int64_t small = dlt_min_i64(small_bytes / dlt_max_i64(micro_batch_bytes, 1), most);
    return small > asked ? (int)small : asked;
}

/* Bytes from one entry's buffer to the next, which begins a cache line. */
static int64_t stride_of(int64_t bytes) {
    const int64_t line = 64;
    return dlt_ceil_div(bytes, line) * line;
}

dlt_status dlt_ring_create(const dlt_loader_options *options, int64_t count, dlt_ring *out) {
    int64_t bytes = 0;
    for (int f = 0; f < options->field_count; f++)
        bytes += dlt_tensor_bytes(&options->fields[f].spec, count);
    *out = (dlt_ring){.depth = dlt_loader_depth(options->depth, bytes)};
    DLT_TRY(DLT_NEW(out->entries, out->depth));
    DLT_TRY(DLT_NEW(out->samples, out->depth * count));
    for (int i = 0; i < out->depth; i++) {
        out->entries[i].buffers.samples = out->samples + i * count;
        out->entries[i].buffers.batch.samples = out->samples + i * count;
    }
    for (int f = 0; f < options->field_count; f++) {
        const int64_t stride = stride_of(dlt_tensor_bytes(&options->fields[f].spec, count));
        DLT_TRY(DLT_NEW(out->fields[f], out->depth * stride));
        for (int i = 0; i < out->depth; i++)
            out->entries[i].buffers.batch.fields[f] = out->fields[f] + i * stride;
    }
    return DLT_OK;
}

void dlt_ring_destroy(dlt_ring *ring) {
    dlt_free(ring->entries);
    dlt_free(ring->samples);
    for (int f = 0; f < DLT_FIELDS_MAX; f++)
        dlt_free(ring->fields[f]);
    *ring = (dlt_ring){0};
}
