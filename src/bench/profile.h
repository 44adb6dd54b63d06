/* Where the time of a step goes: every node of the model timed forward and backward. */
#ifndef DLT_BENCH_PROFILE_H
#define DLT_BENCH_PROFILE_H

#include "bench/harness.h"
#include "bench/limits.h"

#include <stdio.h>

typedef struct dlt_profile {
    int nodes;
    double *forward_s;  /* [nodes] of one micro-batch, owned */
    double *backward_s; /* [nodes], owned */
    double loss_s;
} dlt_profile;

/** Times micro-batches for about so many seconds, each pass of each node by itself: medians.
 *  Collective: Not collective; in a model with synchronised nodes the sums are those of the
 *              micro-batch
 *  Owns:       caller owns *out
 *  Errors:     MEM
 */
DLT_CHECKED dlt_status dlt_profile_create(dlt_harness *harness, double seconds, dlt_profile **out);
void dlt_profile_destroy(dlt_profile **profile);

/** A table: each node's time, and its part of the limit over its time; what is left of step_s is
 *  the update, the reduction and the additions of micro-batches. Errors: MEM, IO. */
DLT_CHECKED dlt_status dlt_profile_print(const dlt_profile *profile, const dlt_harness *harness,
                                         const dlt_limits *limits, double step_s, FILE *out);

#endif
