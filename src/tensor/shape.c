/* Counts, compares and prints shapes. Only the first `rank` dimensions count; the others are
 * ignored. A shape of rank 0 has one element. Products are not checked for overflow. */
#include "dltrain/shape.h"

#include <inttypes.h>
#include <stdio.h>
#include <string.h>

int64_t dlt_shape_count(const dlt_shape *shape) {
    int64_t count = 1;
    for (int i = 0; i < shape->rank; i++)
        count *= shape->dim[i];
    return count;
}

bool dlt_shape_equal(const dlt_shape *a, const dlt_shape *b) {
    return a->rank == b->rank && memcmp(a->dim, b->dim, (size_t)a->rank * sizeof a->dim[0]) == 0;
}

const char *dlt_shape_text(const dlt_shape *shape, char *out) {
    int used = snprintf(out, DLT_SHAPE_TEXT_BYTES, "[");
    for (int i = 0; i < shape->rank; i++)
        used += snprintf(out + used, (size_t)(DLT_SHAPE_TEXT_BYTES - used), "%s%" PRId64,
                         i > 0 ? ", " : "", shape->dim[i]);
    snprintf(out + used, (size_t)(DLT_SHAPE_TEXT_BYTES - used), "]");
    return out;
}
