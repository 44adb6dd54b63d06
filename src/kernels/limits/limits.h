/* Loops that reach a machine's own limits: what every other kernel is measured against. A loop does
 * nothing but its kind of work; whoever calls it takes the time. */
#ifndef DLT_KERNELS_LIMITS_H
#define DLT_KERNELS_LIMITS_H

#include "dltrain/real.h"

#include <stdint.h>

/** Fused multiply-adds in registers, in the widest vectors the processor has. Returns how many
 *  floating-point operations it did; *sink receives a value that depends on all of them. */
int64_t dlt_k_multiply_add(int64_t rounds, dlt_real *sink);

/** a = b + scale * c over count elements (McCalpin 1995, the STREAM benchmark's triad): three times
 *  count elements are moved. */
void dlt_k_triad(int64_t count, dlt_real scale, const dlt_real *b, const dlt_real *c, dlt_real *a);

#endif
