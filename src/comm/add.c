/* Adds gradients in the order of the tree, block by block. All additions of a plan run on a block
 * of 2048 elements before the next block begins, so the operands stay in the first-level cache. The
 * additions of one element keep the order of the tree, so blocks do not change its bits. All sums
 * are made in place, but the last goes to the total where there is one, and leaves its terms as
 * they are. */
#include "comm/add.h"

#include "base/cast.h"
#include "comm/compression.h"

#include <string.h>

void dlt_add_reals(dlt_real *restrict into, const dlt_real *restrict from, int64_t count) {
    for (int64_t i = 0; i < count; i++)
        into[i] += from[i];
}

void dlt_add_doubles(double *restrict into, const double *restrict from, int64_t count) {
    for (int64_t i = 0; i < count; i++)
        into[i] += from[i];
}

void dlt_add_terms(dlt_real *restrict into, const dlt_real *restrict from, int64_t count,
                   int64_t rounded) {
    dlt_compression_add(into, from, rounded);
    dlt_add_reals(into + rounded, from + rounded, count - rounded);
}

static void add_to(dlt_real *restrict sum, const dlt_real *restrict left,
                   const dlt_real *restrict right, int64_t count) {
    for (int64_t i = 0; i < count; i++)
        sum[i] = left[i] + right[i];
}

/* The last sum of a block, to the total. */
static void conclude(const dlt_additions *it, int64_t at, int64_t count, int64_t rounded) {
    int64_t offset = at - it->origin;
    dlt_real *total = it->total + at;
    if (it->last == it->first) {
        memcpy(total, it->terms[0] + offset, (size_t)count * sizeof *total);
        return;
    }
    const dlt_real *left = it->terms[it->plan->adds[it->last - 1].into] + offset;
    const dlt_real *right = it->terms[it->plan->adds[it->last - 1].from] + offset;
    dlt_compression_add_to(total, left, right, rounded);
    add_to(total + rounded, left + rounded, right + rounded, count - rounded);
}

/* Elements of a block in which all values are added before the next: small enough for the first
 * cache. */
static const int64_t BLOCK = 2048;

void dlt_add_slice(const dlt_additions *additions, dlt_range slice) {
    const dlt_additions *it = additions;
    const int64_t end = slice.first + slice.count;
    const int in_place = it->total != NULL ? it->last - 1 : it->last;
    for (int64_t at = slice.first; at < end; at += BLOCK) {
        int64_t now = dlt_min_i64(BLOCK, end - at);
        int64_t rounded = dlt_range_below((dlt_range){.first = at, .count = now}, it->rounded);
        int64_t offset = at - it->origin;
        for (int i = it->first; i < in_place; i++)
            dlt_add_terms(it->terms[it->plan->adds[i].into] + offset,
                          it->terms[it->plan->adds[i].from] + offset, now, rounded);
        if (it->total != NULL)
            conclude(it, at, now, rounded);
    }
}
