/* The images under the windows of output lines as rows of a matrix, and back ("im2col":
 * Chellapilla, Puri, Simard 2006, inria-00112631). A line is one row of output pixels of one image;
 * row p of the matrix holds the R * S * C/groups elements under pixel p, zero where the window is
 * in the padding. */
#ifndef DLT_KERNELS_BLAS_COLUMNS_H
#define DLT_KERNELS_BLAS_COLUMNS_H

#include "dltrain/extend/kernels.h"

/** Lines [first, first + lines) of one group of channels of x into columns. */
void dlt_k_gather_columns(const dlt_conv2d *conv, int64_t group, int64_t first, int64_t lines,
                          const dlt_real *x, dlt_real *columns);

/** Adds columns to where in dx they came from. */
void dlt_k_scatter_columns(const dlt_conv2d *conv, int64_t group, int64_t first, int64_t lines,
                           const dlt_real *columns, dlt_real *dx);

#endif
