/* The additions of the canonical tree. */
#ifndef DLT_COMM_ADD_H
#define DLT_COMM_ADD_H

#include "comm/buckets.h"
#include "comm/tree.h"
#include "dltrain/real.h"

/** into[i] += from[i]; the first `rounded` sums are rounded to bf16 (compression.h). */
void dlt_add_terms(dlt_real *restrict into, const dlt_real *restrict from, int64_t count,
                   int64_t rounded);

/** into[i] += from[i]. */
void dlt_add_reals(dlt_real *restrict into, const dlt_real *restrict from, int64_t count);
void dlt_add_doubles(double *restrict into, const double *restrict from, int64_t count);

/** A part of a plan's additions. */
typedef struct dlt_additions {
    const dlt_tree_plan *plan;
    int first; /* additions [first, last) of it */
    int last;
    dlt_real *const *terms; /* terms[v] is where value v begins, element `origin` of it */
    int64_t origin;
    int64_t rounded; /* sums of the first so many elements are rounded to bf16 */
    dlt_real *total; /* where element 0 of the last sum goes; NULL: to its term */
} dlt_additions;

/** Runs them on one slice. Without additions value 0 is the total. */
void dlt_add_slice(const dlt_additions *additions, dlt_range slice);

#endif
