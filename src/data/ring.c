/* Allocates the buffers of the ring: one block per kind of data, cut into entries. Entries of x and
 * values begin on a cache line, so that the two threads do not write to the same one. Small
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

/* Elements from one entry's buffer to the next, which begins a cache line. */
static int64_t stride_of(int64_t count) {
    const int64_t line = 64 / (int64_t)sizeof(dlt_real);
    return dlt_ceil_div(count, line) * line;
}

static dlt_status make_blocks(const dlt_loader_options *options, int64_t count, int64_t x_stride,
                              int64_t value_stride, dlt_ring *out) {
    DLT_TRY(DLT_NEW(out->entries, out->depth));
    DLT_TRY(DLT_NEW(out->samples, out->depth * count));
    DLT_TRY(DLT_NEW(out->x, out->depth * x_stride));
    if (!options->with_target)
        return DLT_OK;
    return options->target_kind == DLT_TARGET_LABELS
               ? DLT_NEW(out->labels, out->depth * count)
               : DLT_NEW(out->values, out->depth * value_stride);
}

dlt_status dlt_ring_create(const dlt_loader_options *options, int64_t count, dlt_ring *out) {
    const dlt_dataset_facts *facts = dlt_dataset_facts_of(options->dataset);
    int64_t x_count = count * dlt_shape_count(&facts->x_shape);
    int64_t x_stride = stride_of(x_count);
    int64_t value_stride = stride_of(count * options->classes);
    *out =
        (dlt_ring){.depth = dlt_loader_depth(options->depth, x_count * (int64_t)sizeof(dlt_real))};
    DLT_TRY(make_blocks(options, count, x_stride, value_stride, out));
    for (int i = 0; i < out->depth; i++) {
        dlt_collated *buffers = &out->entries[i].buffers;
        buffers->samples = out->samples + i * count;
        buffers->labels = out->labels != NULL ? out->labels + i * count : NULL;
        buffers->values = out->values != NULL ? out->values + i * value_stride : NULL;
        buffers->batch = (dlt_micro_batch){.x = out->x + i * x_stride,
                                           .target = {.kind = options->target_kind,
                                                      .labels = buffers->labels,
                                                      .values = buffers->values},
                                           .samples = buffers->samples};
    }
    return DLT_OK;
}

void dlt_ring_destroy(dlt_ring *ring) {
    dlt_free(ring->entries);
    dlt_free(ring->samples);
    dlt_free(ring->x);
    dlt_free(ring->labels);
    dlt_free(ring->values);
    *ring = (dlt_ring){0};
}
