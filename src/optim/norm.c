/* Adds the tree of block sums in constant memory: partial[level] is the sum of 2^level blocks, and
 * it is there if bit `level` of the number of blocks is set. Within a block 32 partial sums in
 * double are folded pairwise. With the strategy `sharded` each rank sums the blocks of its slices
 * (dlt_norm_blocks), and dlt_norm_of_blocks gives the norm of all of them with the same bits. */
#include "optim/norm.h"

#include "base/cast.h"
#include "kernels/vector.h"

enum { LANES = 32 };

/* Lanes leave no addition waiting for the one before it; a square of floats is exact in double. */
DLT_K_CLONES static double block_norm(int64_t count, const dlt_real *grad) {
    double lanes[LANES] = {0};
    int64_t i = 0;
    for (; i + LANES <= count; i += LANES)
        for (int lane = 0; lane < LANES; lane++)
            lanes[lane] += (double)grad[i + lane] * (double)grad[i + lane];
    for (int lane = 0; i < count; i++, lane++)
        lanes[lane] += (double)grad[i] * (double)grad[i];
    for (int width = LANES / 2; width > 0; width /= 2)
        for (int lane = 0; lane < width; lane++)
            lanes[lane] += lanes[lane + width];
    return lanes[0];
}

/* A binary counter: adding a block carries finished subtrees upwards like the ones of a number. */
static void add_block_norm(dlt_norm *norm, double sum) {
    int level = 0;
    for (; (norm->blocks >> level) & 1; level++)
        sum = norm->partial[level] + sum;
    norm->partial[level] = sum;
    norm->blocks++;
}

void dlt_norm_add(dlt_norm *norm, int64_t count, const dlt_real *grad) {
    for (int64_t start = 0; start < count; start += DLT_NORM_BLOCK)
        add_block_norm(norm, block_norm(dlt_min_i64(DLT_NORM_BLOCK, count - start), grad + start));
}

double dlt_norm_total(const dlt_norm *norm) {
    double sum = 0;
    for (int level = 0; level < DLT_NORM_LEVELS; level++)
        if ((norm->blocks >> level) & 1)
            sum = norm->partial[level] + sum;
    return sum;
}

void dlt_norm_blocks(int64_t count, const dlt_real *grad, double *sums) {
    for (int64_t start = 0; start < count; start += DLT_NORM_BLOCK)
        *sums++ = block_norm(dlt_min_i64(DLT_NORM_BLOCK, count - start), grad + start);
}

double dlt_norm_of_blocks(int64_t blocks, const double *sums) {
    dlt_norm norm = {0};
    for (int64_t i = 0; i < blocks; i++)
        add_block_norm(&norm, sums[i]);
    return dlt_norm_total(&norm);
}

double dlt_gradient_norm2(int64_t count, const dlt_real *grad) {
    dlt_norm norm = {0};
    dlt_norm_add(&norm, count, grad);
    return dlt_norm_total(&norm);
}
