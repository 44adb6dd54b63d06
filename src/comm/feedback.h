/* The residuals of the bf16 wire format (wire.h): what the roundings of a batch have left out of each micro-batch's gradient,
 * kept by the rank that computes it. Only batches of one number of micro-batches have some, the whole ones: a micro-batch of a
 * short last batch may be another rank's than that of the same number in a whole one. */
#ifndef DLT_COMM_FEEDBACK_H
#define DLT_COMM_FEEDBACK_H

#include "dltrain/comm.h"
#include "dltrain/real.h"
#include "dltrain/status.h"

#include <stdint.h>

typedef struct dlt_feedback {
    const dlt_comm *comm; /* borrowed */
    int64_t leaves;       /* of the batches that have residuals; 0: none do */
    int64_t elements;     /* of a residual */
    int64_t first;        /* this rank's leaves are [first, first + count) */
    int64_t count;
    dlt_real *residuals; /* [count, elements], owned */
} dlt_feedback;

/** Residuals of 0. Not collective. Owns: caller owns *out, also after a failure. Errors: MEM. */
DLT_CHECKED dlt_status dlt_feedback_create(const dlt_comm *comm, int64_t leaves, int64_t elements,
                                           dlt_feedback *out);
void dlt_feedback_destroy(dlt_feedback *feedback);

/** The residual of one of this rank's leaves. */
dlt_real *dlt_feedback_of(const dlt_feedback *feedback, int64_t leaf);

/** Bytes of this rank's residuals. */
int64_t dlt_feedback_bytes(const dlt_feedback *feedback);

/** Gathers all residuals on rank 0, whose `all` [leaves, elements] they fill. Collective. Errors: MPI. */
DLT_CHECKED dlt_status dlt_feedback_assemble(const dlt_feedback *feedback, dlt_real *all);

#endif
