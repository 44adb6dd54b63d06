/* The one place where 64-bit counts become the int of BLAS and MPI. */
#ifndef DLT_BASE_CAST_H
#define DLT_BASE_CAST_H

#include "dltrain/status.h"

#include <stdint.h>

/** value as int; ARG, naming what it counts, if it does not fit. For use at plan time. */
DLT_CHECKED dlt_status dlt_cast_int(int64_t value, const char *what, int *out);

/** value as int where plan time has checked that it fits; the step uses this one. */
static inline int dlt_int(int64_t value) {
    return (int)value;
}

static inline int64_t dlt_min_i64(int64_t a, int64_t b) {
    return a < b ? a : b;
}

static inline int64_t dlt_max_i64(int64_t a, int64_t b) {
    return a > b ? a : b;
}

static inline int64_t dlt_ceil_div(int64_t a, int64_t b) {
    return (a + b - 1) / b;
}

#endif
