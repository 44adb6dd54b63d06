/* Numbered buffers of reals and doubles in private memory. */
#ifndef DLT_COMM_BUFFERS_H
#define DLT_COMM_BUFFERS_H

#include "dltrain/real.h"
#include "dltrain/status.h"

#include <stdint.h>

typedef struct dlt_buffers {
    int64_t real_stride; /* elements; whole cache lines */
    int64_t double_stride;
    dlt_real *reals;
    double *doubles;
} dlt_buffers;

/** count rounded up to whole cache lines of reals or doubles. */
int64_t dlt_stride_of_reals(int64_t count);
int64_t dlt_stride_of_doubles(int64_t count);

/** Not collective. Errors: MEM. */
DLT_CHECKED dlt_status dlt_buffers_create(int buffer_count, int64_t real_count,
                                          int64_t double_count, dlt_buffers *out);
void dlt_buffers_destroy(dlt_buffers *buffers);

/** into[i] += from[i]; the sums of the tree. */
void dlt_add_reals(dlt_real *restrict into, const dlt_real *restrict from, int64_t count);
void dlt_add_doubles(double *restrict into, const double *restrict from, int64_t count);

#endif
