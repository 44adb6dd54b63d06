/* The additions of the canonical tree. */
#ifndef DLT_COMM_ADD_H
#define DLT_COMM_ADD_H

#include "comm/buckets.h"
#include "comm/tree.h"
#include "dltrain/real.h"

/** into[i] += from[i]. */
void dlt_add_reals(dlt_real *restrict into, const dlt_real *restrict from, int64_t count);
void dlt_add_doubles(double *restrict into, const double *restrict from, int64_t count);

/** Runs additions [first, last) of the plan on one slice. terms[v] is where value v begins, element `origin` of it; the
 *  last sum goes to total, at the slice's place, unless that is NULL. Without additions value 0 is the total. */
void dlt_add_slice(const dlt_tree_plan *plan, int first, int last, dlt_real *const *terms,
                   int64_t origin, dlt_range slice, dlt_real *total);

#endif
