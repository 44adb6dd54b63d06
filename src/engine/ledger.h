/* The ledger of an epoch: proof that every training sample was computed exactly once. It is a sum,
 * modulo 2^64, of a hash of each sample's index, with the number of samples: neither depends on the
 * order or on which rank computed what, so ranks keep their own and add them at the end. */
#ifndef DLT_ENGINE_LEDGER_H
#define DLT_ENGINE_LEDGER_H

#include "data/subset.h"
#include "dltrain/comm.h"
#include "dltrain/status.h"

#include <stdint.h>

typedef struct dlt_ledger {
    uint64_t sum; /* modulo 2^64 */
    int64_t count;
} dlt_ledger;

/** Enters samples by their index in the data set. */
void dlt_ledger_enter(dlt_ledger *ledger, const int64_t *samples, int64_t count);

/** Moves every rank's entries of `mine` into `all`, which is the same on all ranks.
 *  Collective: Collective. Errors: MPI */
DLT_CHECKED dlt_status dlt_ledger_merge(const dlt_comm *comm, dlt_ledger *mine, dlt_ledger *all);

/** What the ledger of a whole epoch must be; each rank works out its share of the samples.
 *  Collective: Collective; subset equal on all ranks. Errors: MPI */
DLT_CHECKED dlt_status dlt_ledger_expect(const dlt_comm *comm, const dlt_subset *subset,
                                         dlt_ledger *out);

/** Compares the ledger of a finished epoch (1 for the first) with what it must be.
 *  Not collective. Errors: INTERNAL with both counts */
DLT_CHECKED dlt_status dlt_ledger_check(const dlt_ledger *done, const dlt_ledger *expected,
                                        int64_t epoch);

#endif
