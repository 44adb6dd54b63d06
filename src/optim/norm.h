/* The squared Euclidean norm of a gradient, in double, with bits that depend on its elements only.
 *
 * Blocks of DLT_NORM_BLOCK elements are summed one by one; their sums are added in the binary tree
 * over the block index in which the largest power of two of blocks stands to the left of the rest,
 * and so on inside both parts. It does not matter into which ranges a caller cuts the gradient, as
 * long as the cuts are between blocks. */
#ifndef DLT_OPTIM_NORM_H
#define DLT_OPTIM_NORM_H

#include "dltrain/real.h"

#include <stdint.h>

enum { DLT_NORM_BLOCK = 4096, DLT_NORM_LEVELS = 52 };

/** A sum on its way: partial[k] holds a finished subtree of 2^k blocks where bit k of blocks is
 * set. Starts as all zero. */
typedef struct dlt_norm {
    int64_t blocks;
    double partial[DLT_NORM_LEVELS];
} dlt_norm;

/** Adds the next count elements; all ranges but the last are whole blocks.
 *  Collective: Not collective
 *  Errors:     none
 */
void dlt_norm_add(dlt_norm *norm, int64_t count, const dlt_real *grad);

/** The sum of squares of all elements added; 0 if there were none.
 *  Collective: Not collective
 *  Errors:     none
 */
double dlt_norm_total(const dlt_norm *norm);

/** The sums of squares of the blocks of count elements, one by one: of DLT_NORM_BLOCK elements
 * each, the last shorter.
 *  Collective: Not collective
 *  Errors:     none
 */
void dlt_norm_blocks(int64_t count, const dlt_real *grad, double *sums);

/** The sum of squares of a gradient from those of all its blocks: the same bits as at once.
 *  Collective: Not collective
 *  Errors:     none
 */
double dlt_norm_of_blocks(int64_t blocks, const double *sums);

/** The sum of squares of count elements, at once.
 *  Collective: Not collective
 *  Errors:     none
 */
double dlt_gradient_norm2(int64_t count, const dlt_real *grad);

#endif
