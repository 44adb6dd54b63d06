/* The error-feedback residuals (compression.h): what the roundings of a batch have left out of each
 * micro-batch's gradient, kept by the rank that computes it. Only batches of one number of
 * micro-batches have some, the whole ones: a micro-batch of a short last batch may be another
 * rank's than that of the same number in a whole one. */
#ifndef DLT_COMM_ERROR_FEEDBACK_H
#define DLT_COMM_ERROR_FEEDBACK_H

#include "dltrain/comm.h"
#include "dltrain/real.h"
#include "dltrain/status.h"

#include <stdint.h>

typedef struct dlt_error_feedback {
    const dlt_comm *comm; /* borrowed */
    int64_t leaves;       /* of the batches that have residuals; 0: none do */
    int64_t elements;     /* of a residual */
    int64_t first;        /* this rank's leaves are [first, first + count) */
    int64_t count;
    dlt_real *residuals; /* [count, elements], owned */
} dlt_error_feedback;

/** Residuals of 0. Not collective. Owns: caller owns *out, also after a failure. Errors: MEM. */
DLT_CHECKED dlt_status dlt_error_feedback_create(const dlt_comm *comm, int64_t leaves,
                                                 int64_t elements, dlt_error_feedback *out);
void dlt_error_feedback_destroy(dlt_error_feedback *feedback);

/** The residual of one of this rank's leaves. */
dlt_real *dlt_error_feedback_of(const dlt_error_feedback *feedback, int64_t leaf);

/** Bytes of this rank's residuals. */
int64_t dlt_error_feedback_bytes(const dlt_error_feedback *feedback);

/** Gathers all residuals on rank 0, whose `all` [leaves, elements] they fill. Collective. Errors:
 * MPI. */
DLT_CHECKED dlt_status dlt_error_feedback_assemble(const dlt_error_feedback *feedback,
                                                   dlt_real *all);

#endif
