/* The coverage checksum of an epoch: proof that every training sample was computed exactly once. It
 * is a sum, modulo 2^64, of a hash of each sample's index, with the number of samples: neither
 * depends on the order or on which rank computed what, so ranks keep their own and add them at the
 * end. */
#ifndef DLT_ENGINE_COVERAGE_H
#define DLT_ENGINE_COVERAGE_H

#include "data/subset.h"
#include "dltrain/comm.h"
#include "dltrain/status.h"

#include <stdint.h>

typedef struct dlt_coverage {
    uint64_t sum; /* modulo 2^64 */
    int64_t count;
} dlt_coverage;

/** Enters samples by their index in the data set. */
void dlt_coverage_add(dlt_coverage *coverage, const int64_t *samples, int64_t count);

/** Moves every rank's entries of `mine` into `all`, which is the same on all ranks.
 *  Collective: Collective. Errors: MPI */
DLT_CHECKED dlt_status dlt_coverage_merge(const dlt_comm *comm, dlt_coverage *mine,
                                          dlt_coverage *all);

/** What the coverage checksum of a whole epoch must be; each rank works out its share of the
 * samples.
 *  Collective: Collective; subset equal on all ranks. Errors: MPI */
DLT_CHECKED dlt_status dlt_coverage_expect(const dlt_comm *comm, const dlt_subset *subset,
                                           dlt_coverage *out);

/** Compares the coverage checksum of a finished epoch (1 for the first) with what it must be.
 *  Not collective. Errors: INTERNAL with both counts */
DLT_CHECKED dlt_status dlt_coverage_check(const dlt_coverage *done, const dlt_coverage *expected,
                                          int64_t epoch);

#endif
