/* What this machine can do at best, measured. */
#ifndef DLT_BENCH_LIMITS_H
#define DLT_BENCH_LIMITS_H

#include "dltrain/comm.h"
#include "dltrain/status.h"

#include <stdint.h>

typedef struct dlt_limits {
    double flops_per_s;  /* one rank's fused multiply-adds */
    double bytes_per_s;  /* one rank's triad in memory, all ranks of the node at once */
    int64_t cache_bytes; /* one rank's share of the largest cache */
} dlt_limits;

/** Measures for some tenths of a second. Collective. Errors: MEM, INTERNAL, MPI (agreed). */
DLT_CHECKED dlt_status dlt_limits_measure(const dlt_comm *comm, dlt_limits *out);

/** The peak of multiply-adds of this rank. Not collective. */
double dlt_limits_peak(void);

/** Bytes per second of the triad over three arrays of `count` elements each, which need not be more
 *  than the cache holds. Not collective. Errors: MEM. */
DLT_CHECKED dlt_status dlt_limits_triad(int64_t count, double *bytes_per_s);

#endif
