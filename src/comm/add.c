#include "comm/add.h"

#include "base/cast.h"

#include <string.h>

void dlt_add_reals(dlt_real *restrict into, const dlt_real *restrict from, int64_t count) {
    for (int64_t i = 0; i < count; i++)
        into[i] += from[i];
}

void dlt_add_doubles(double *restrict into, const double *restrict from, int64_t count) {
    for (int64_t i = 0; i < count; i++)
        into[i] += from[i];
}

static void add_to(dlt_real *restrict sum, const dlt_real *restrict left,
                   const dlt_real *restrict right, int64_t count) {
    for (int64_t i = 0; i < count; i++)
        sum[i] = left[i] + right[i];
}

/* Elements of a block in which all values are added before the next: small enough for the first cache. */
static const int64_t BLOCK = 2048;

void dlt_add_slice(const dlt_tree_plan *plan, int first, int last, dlt_real *const *terms,
                   int64_t origin, dlt_range slice, dlt_real *total) {
    const int64_t end = slice.first + slice.count;
    const int in_place = total != NULL ? last - 1 : last;
    for (int64_t at = slice.first; at < end; at += BLOCK) {
        int64_t now = dlt_min_i64(BLOCK, end - at);
        int64_t offset = at - origin;
        for (int i = first; i < in_place; i++)
            dlt_add_reals(terms[plan->adds[i].into] + offset, terms[plan->adds[i].from] + offset,
                          now);
        if (total != NULL && last > first)
            add_to(total + at, terms[plan->adds[last - 1].into] + offset,
                   terms[plan->adds[last - 1].from] + offset, now);
        else if (total != NULL)
            memcpy(total + at, terms[0] + offset, (size_t)now * sizeof *total);
    }
}
