/* How a flat buffer is cut for a reduction: into buckets, in the order in which they are finished,
 * and each bucket into a slice per rank, its owner. Pure arithmetic. */
#ifndef DLT_COMM_BUCKETS_H
#define DLT_COMM_BUCKETS_H

#include <stdint.h>

/** Elements [first, first + count). */
typedef struct dlt_range {
    int64_t first;
    int64_t count;
} dlt_range;

/** How many of a range's elements lie below `limit`. */
int64_t dlt_range_below(dlt_range range, int64_t limit);

typedef struct dlt_buckets {
    int64_t elements;
    int64_t grain; /* slices are whole multiples of it, but for the last */
    int64_t size;  /* elements of each bucket but the last */
    int count;
    int ranks;
} dlt_buckets;

dlt_buckets dlt_buckets_make(int64_t elements, int64_t grain, int ranks);
dlt_range dlt_bucket(const dlt_buckets *buckets, int index);
dlt_range dlt_bucket_slice(const dlt_buckets *buckets, int index, int owner);

#endif
