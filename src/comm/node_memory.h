/* What the ranks of a node hold in memory that they share for a reduction: each rank its pending
 * values (reals and doubles), its flags and how far it has come; the node the total, and reals that
 * are to be equal everywhere. */
#ifndef DLT_COMM_NODE_MEMORY_H
#define DLT_COMM_NODE_MEMORY_H

#include "comm/arrivals.h"
#include "comm/shared_segment.h"
#include "dltrain/real.h"

typedef struct dlt_node_memory_size {
    int buffer_count; /* of this rank: one per pending value */
    int64_t real_count;
    int64_t double_count;
    int64_t flag_count;
    int64_t common_count;
    int64_t beside_bytes; /* that this rank will share besides: they must fit, too */
} dlt_node_memory_size;

typedef struct dlt_node_memory {
    const dlt_comm *comm; /* borrowed */
    dlt_node_memory_size size;
    int64_t real_stride;
    int64_t double_stride;
    dlt_shared_segment shared;
    dlt_arrivals arrivals;
    int *buffer_counts; /* [ranks of the node] */
    dlt_real *
        total; /* [real_count] of the node; NULL for a single rank, whose last value is the total */
    dlt_real *common; /* [common_count] of the node */
} dlt_node_memory;

/** True if every node has room. Collective; buffer_count may differ. */
bool dlt_node_memory_fits(const dlt_comm *comm, const dlt_node_memory_size *size);

/** Collective; buffer_count may differ. Owns: caller owns *out; it borrows comm. Errors: MEM, MPI
 * (agreed). */
DLT_CHECKED dlt_status dlt_node_memory_create(const dlt_comm *comm,
                                              const dlt_node_memory_size *size,
                                              dlt_node_memory *out);
/** Collective over the node. */
void dlt_node_memory_destroy(dlt_node_memory *memory);

/** Bytes of this rank's buffers, and its part of what the node holds once. */
int64_t dlt_node_memory_bytes(const dlt_node_memory *memory);

/** The parts of a rank of this node, by its number there; value i for a pending one. */
double *dlt_node_flags(const dlt_node_memory *memory, int local);
double *dlt_node_doubles(const dlt_node_memory *memory, int local, int i);
dlt_real *dlt_node_reals(const dlt_node_memory *memory, int local, int i);

#endif
