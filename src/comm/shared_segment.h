/* Memory that the ranks of a node share: a segment per rank, each on pages of its own. */
#ifndef DLT_COMM_SHARED_SEGMENT_H
#define DLT_COMM_SHARED_SEGMENT_H

#include "dltrain/comm.h"
#include "dltrain/status.h"

#include <stdbool.h>
#include <stdint.h>

typedef struct dlt_shared_segment {
    const dlt_comm *comm; /* borrowed */
    void *handle;   /* of MPI; NULL: the rank is alone on its node and the memory is its own */
    char **segment; /* [ranks of the node]: where each begins in this process; 64-byte aligned */
    char *alone;    /* owned */
} dlt_shared_segment;

/** True if every node has room for its ranks' segments of so many bytes. Collective over all ranks;
 * bytes may differ. */
bool dlt_shared_segment_fits(const dlt_comm *comm, int64_t bytes);

/** Shares memory, zero at first. Collective over all ranks; bytes may differ. Errors: MPI; MEM
 * (agreed). */
DLT_CHECKED dlt_status dlt_shared_segment_create(const dlt_comm *comm, int64_t bytes,
                                                 dlt_shared_segment *out);
/** Collective over the node. */
void dlt_shared_segment_destroy(dlt_shared_segment *shared);

#endif
