/* The replica check: all ranks hold the same parameters, running state and optimizer states. They
 * must, by construction; memory that fails, a library that computes otherwise on one node, or a
 * defect would part them without a word. */
#ifndef DLT_ENGINE_REPLICAS_H
#define DLT_ENGINE_REPLICAS_H

#include "checkpoint/snapshot.h"
#include "dltrain/comm.h"
#include "dltrain/status.h"

#include <stdint.h>

typedef struct dlt_replicas {
    dlt_snapshot *tensors; /* owned */
    uint64_t *hashes;      /* [2, tensors]: this rank's, rank 0's; owned */
} dlt_replicas;

/** Takes over *tensors, also after a failure. Not collective. Errors: MEM. */
DLT_CHECKED dlt_status dlt_replicas_create(dlt_snapshot **tensors, dlt_replicas *out);
void dlt_replicas_destroy(dlt_replicas *replicas);

/** Compares every tensor with rank 0's by its hash; allocates nothing.
 *  Collective: Collective; the tensors' names, and step, equal on all ranks
 *  Errors:     MISMATCH naming rank, tensor and step, agreed; MPI
 */
DLT_CHECKED dlt_status dlt_replicas_check(const dlt_comm *comm, dlt_replicas *replicas,
                                          int64_t step);

#endif
