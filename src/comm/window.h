/* Memory that the ranks of a node share: a segment per rank, each on pages of its own. */
#ifndef DLT_COMM_WINDOW_H
#define DLT_COMM_WINDOW_H

#include "dltrain/comm.h"
#include "dltrain/status.h"

#include <stdbool.h>
#include <stdint.h>

typedef struct dlt_window {
    const dlt_comm *comm; /* borrowed */
    void *handle;   /* of MPI; NULL: the rank is alone on its node and the memory is its own */
    char **segment; /* [ranks of the node]: where each begins in this process; 64-byte aligned */
    char *alone;    /* owned */
} dlt_window;

/** True if every node has room for its ranks' segments of so many bytes. Collective over all ranks; bytes may differ. */
bool dlt_window_fits(const dlt_comm *comm, int64_t bytes);

/** Shares memory, zero at first. Collective over all ranks; bytes may differ. Errors: MPI; MEM (agreed). */
DLT_CHECKED dlt_status dlt_window_create(const dlt_comm *comm, int64_t bytes, dlt_window *out);
/** Collective over the node. */
void dlt_window_destroy(dlt_window *window);

#endif
