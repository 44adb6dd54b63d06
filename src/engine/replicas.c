/* Compares hashes: each rank hashes each tensor, rank 0 broadcasts its hashes, each rank compares
 * them with its own, and the ranks agree on the outcome. Only hashes travel, 8 bytes per tensor. A
 * hash is of bytes, so two values that compare equal but differ in a bit count as different. */
#include "engine/replicas.h"

#include "base/alloc.h"
#include "base/error.h"
#include "base/hash.h"
#include "comm/collectives.h"

#include <string.h>

dlt_status dlt_replicas_create(dlt_snapshot **tensors, dlt_replicas *out) {
    *out = (dlt_replicas){.tensors = *tensors};
    *tensors = NULL;
    return DLT_NEW(out->hashes, 2 * out->tensors->tensor_count);
}

void dlt_replicas_destroy(dlt_replicas *replicas) {
    dlt_snapshot_destroy(&replicas->tensors);
    dlt_free(replicas->hashes);
    *replicas = (dlt_replicas){0};
}

static void hash_tensors(const dlt_snapshot *snapshot, uint64_t *hashes) {
    for (int64_t i = 0; i < snapshot->tensor_count; i++) {
        const dlt_snapshot_tensor *tensor = &snapshot->tensors[i];
        int64_t bytes = dlt_shape_count(&tensor->shape) * dlt_h5_type_bytes(tensor->type);
        hashes[i] = dlt_hash(0, tensor->data, (size_t)bytes);
    }
}

static dlt_status compare(const dlt_snapshot *snapshot, const uint64_t *mine, const uint64_t *first,
                          int64_t step) {
    for (int64_t i = 0; i < snapshot->tensor_count; i++)
        if (mine[i] != first[i])
            return dlt_fail(DLT_ERR_MISMATCH,
                            "this rank's %s differs from rank 0's after update %lld; its memory or "
                            "its node may be failing: go on elsewhere with --resume, from a "
                            "checkpoint before it",
                            snapshot->tensors[i].name, (long long)step);
    return DLT_OK;
}

dlt_status dlt_replicas_check(const dlt_comm *comm, dlt_replicas *replicas, int64_t step) {
    int64_t count = replicas->tensors->tensor_count;
    uint64_t *mine = replicas->hashes;
    uint64_t *first = mine + count;
    hash_tensors(replicas->tensors, mine);
    memcpy(first, mine, (size_t)count * sizeof *first);
    DLT_TRY(dlt_broadcast(comm, first, count * (int64_t)sizeof *first));
    return dlt_agree(comm, compare(replicas->tensors, mine, first, step));
}
