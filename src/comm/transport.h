/* How the ranks' pending values of a reduction come together. One const ops struct per way, all with the same bits:
 * `nodes` adds in memory that the ranks of a node share and exchanges slices between nodes; `messages` exchanges
 * slices between all ranks alike. */
#ifndef DLT_COMM_TRANSPORT_H
#define DLT_COMM_TRANSPORT_H

#include "comm/tree.h"
#include "dltrain/comm.h"
#include "dltrain/real.h"
#include "dltrain/status.h"

#include <stdbool.h>
#include <stdint.h>

/** What a transport must hold. */
typedef struct dlt_transport_size {
    int buffer_count; /* of this rank: one per pending value, at least 1 */
    int value_count;  /* of all ranks together, largest of any plan */
    int64_t real_count;
    int64_t double_count;
    int64_t vote_count;
} dlt_transport_size;

/** What the reduction of a batch gives; borrowed until the next one. */
typedef struct dlt_transport_total {
    dlt_real *reals;
    double *doubles;
} dlt_transport_total;

typedef struct dlt_transport dlt_transport;

typedef struct dlt_transport_ops {
    const char *name;
    /** True if these ranks can use it for a reduction of that size. Collective. */
    bool (*suits)(const dlt_comm *comm, const dlt_transport_size *size);
    /** Makes the buffers. Collective; the status may differ from rank to rank. Errors: MEM, MPI. */
    dlt_status (*create)(const dlt_comm *comm, const dlt_transport_size *size, dlt_transport **out);
    void (*destroy)(dlt_transport *transport);
    /** This rank's buffer for pending value i; 64-byte aligned, zero at first. */
    dlt_real *(*reals)(dlt_transport *transport, int i);
    double *(*doubles)(dlt_transport *transport, int i);
    /** Adds the ranks' values in the order of the plan; votes become the maxima over the ranks. Collective.
     *  Errors: MPI. */
    dlt_status (*reduce)(dlt_transport *transport, const dlt_tree_plan *plan, double *votes,
                         dlt_transport_total *total);
} dlt_transport_ops;

extern const dlt_transport_ops dlt_transport_messages;
extern const dlt_transport_ops dlt_transport_nodes;

#endif
