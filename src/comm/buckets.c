/* Divides a flat buffer into buckets and slices. All buckets but the last have at least 4 MiB of
 * floats and 64 KiB per rank. Slices end on multiples of the grain, by default a cache line, so
 * that two owners do not write to the same line. Every rank computes the same division from the
 * same three numbers, so no offset is ever sent. */
#include "comm/buckets.h"

#include "base/cast.h"

/* Long enough that a bucket's messages and waiting cost little beside its additions (4 MiB of
 * floats, and 64 KiB for each rank), short enough that a large model has many. */
static const int64_t LEAST = (int64_t)1 << 20;
static const int64_t LEAST_PER_RANK = (int64_t)1 << 14;

int64_t dlt_range_below(dlt_range range, int64_t limit) {
    return dlt_max_i64(0, dlt_min_i64(range.count, limit - range.first));
}

dlt_buckets dlt_buckets_make(int64_t elements, int64_t grain, int ranks) {
    dlt_buckets buckets = {.elements = elements, .grain = grain, .ranks = ranks};
    int64_t size = dlt_max_i64(LEAST, LEAST_PER_RANK * ranks);
    buckets.size = dlt_ceil_div(size, grain) * grain;
    buckets.count = (int)dlt_ceil_div(elements, buckets.size);
    return buckets;
}

dlt_range dlt_bucket(const dlt_buckets *buckets, int index) {
    int64_t first = index * buckets->size;
    return (dlt_range){.first = first,
                       .count = dlt_min_i64(buckets->size, buckets->elements - first)};
}

dlt_range dlt_bucket_slice(const dlt_buckets *buckets, int index, int owner) {
    dlt_range bucket = dlt_bucket(buckets, index);
    int64_t grains = dlt_ceil_div(bucket.count, buckets->grain);
    int64_t first = dlt_min_i64(grains * owner / buckets->ranks * buckets->grain, bucket.count);
    int64_t end = dlt_min_i64(grains * (owner + 1) / buckets->ranks * buckets->grain, bucket.count);
    return (dlt_range){.first = bucket.first + first, .count = end - first};
}
