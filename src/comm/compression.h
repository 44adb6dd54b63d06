/* Gradient compression to bf16: what a reduction does so that every value which crosses a network
 * is a bf16 one (bf16.h) and travels in 2 bytes with no further loss.
 *
 * Micro-batch m of a batch has a residual r_m, 0 at first. What enters the canonical tree is q_m =
 * bf16(g_m + r_m), and r_m becomes (g_m + r_m) - q_m: what the rounding has left out of this
 * batch's gradient enters the next one's (error feedback: Seide et al. 2014, "1-bit stochastic
 * gradient descent and its application to data-parallel distributed training of speech DNNs";
 * Karimireddy et al. 2019, "Error feedback fixes SignSGD and other gradient compression schemes",
 * arXiv 1901.09847). Every addition of the tree is rounded: into = bf16(into + from), the sum
 * computed in float. The root depends on the number of micro-batches, the gradients and the
 * residuals only, so the same roundings are made on a single rank, where nothing is sent.
 *
 * In memory such values are floats. In a message of a slice the first `rounded` elements are 2
 * bytes each, in the order of the processor's bytes, the others reals. */
#ifndef DLT_COMM_COMPRESSION_H
#define DLT_COMM_COMPRESSION_H

#include "dltrain/real.h"

#include <stdint.h>

/** leaf becomes bf16(leaf + residual), the residual what is left out, or 0 where the leaf is not
 * finite. NULL: no residual, what is left out is lost. */
void dlt_compression_round_leaf(dlt_real *restrict leaf, dlt_real *restrict residual,
                                int64_t count);

/** into[i] = bf16(into[i] + from[i]). */
void dlt_compression_add(dlt_real *restrict into, const dlt_real *restrict from, int64_t count);
/** sum[i] = bf16(left[i] + right[i]). */
void dlt_compression_add_to(dlt_real *restrict sum, const dlt_real *restrict left,
                            const dlt_real *restrict right, int64_t count);

/** Bytes of a message of `count` elements. */
int64_t dlt_compression_bytes(int64_t count, int64_t rounded);
void dlt_compression_pack(const dlt_real *values, int64_t count, int64_t rounded, void *message);

/** Where a message must be received for dlt_compression_unpack: it ends where the values do, so
 * that it can be unpacked in place. */
void *dlt_compression_landing(dlt_real *values, int64_t rounded);
void dlt_compression_unpack(dlt_real *values, int64_t rounded);

#endif
