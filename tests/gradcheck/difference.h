/* Central differences: the gradient that needs no backward pass. */
#ifndef GRADCHECK_DIFFERENCE_H
#define GRADCHECK_DIFFERENCE_H

#include "dltrain/real.h"

#include <stdint.h>

/** The function whose gradient is checked, at the present values. */
typedef double difference_function(void *context);

/** Compares gradient [count] with (f(v + h) - f(v - h)) / 2h for each of values [count], which are
 *  moved and put back. Returns the larger of two errors, over the norm and over the largest
 * element, as a multiple of what is allowed: 1 or less is a pass, NaN is not.
 *
 *  With h = 1e-5 the truncation is of order h^2 = 1e-10 of the gradient; allowed is 1e-6 of it. The
 *  rounding of f, a sum whose terms have the given magnitude in total, adds eps * magnitude / h. */
double difference_error(difference_function *function, void *context, double magnitude,
                        int64_t count, dlt_real *values, const dlt_real *gradient);

#endif
