/** The number type of a build: float in the product; double in the library that the gradient checks
 *  link (compiled with DLT_DOUBLE), where every layer, loss and optimizer runs through the same
 * source.
 */
#ifndef DLTRAIN_REAL_H
#define DLTRAIN_REAL_H

#ifdef DLT_DOUBLE
typedef double dlt_real;
#define DLT_REAL_NAME "float64"
#else
typedef float dlt_real;
#define DLT_REAL_NAME "float32"
#endif

#endif
