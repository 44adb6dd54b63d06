/* Numbers of a file's type as reals. */
#ifndef DLT_DATA_CONVERT_H
#define DLT_DATA_CONVERT_H

#include "dltrain/real.h"
#include "io/h5.h"

#include <stdbool.h>
#include <stdint.h>

void dlt_convert_to_real(dlt_h5_type type, const void *raw, int64_t count, dlt_real *out);
void dlt_convert_to_double(dlt_h5_type type, const void *raw, int64_t count, double *out);

/** The type that reals have in a file: needs no conversion. */
bool dlt_convert_is_real(dlt_h5_type type);

/** Index of the first value that is NaN or infinite, or -1. */
int64_t dlt_find_not_finite(const dlt_real *values, int64_t count);

#endif
