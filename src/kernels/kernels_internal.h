/* Module card: kernels (level 1).
 *
 * What lives here: the maths of dltrain on raw pointers, as tables of functions
 * (dltrain/extend/kernels.h). ref/ is plain C and has every entry, compiled as float and as double;
 * blas/ replaces the matrix product and the convolutions by OpenBLAS, onednn/ by oneDNN where that
 * is faster, in float or with operands in bf16. select.c builds a table by name, cpu.c, settle.c
 * and threads.c settle what the libraries use of the processor; limits/ holds the loops that
 * measure its peaks. May include: base, <cblas.h>, <dnnl.h>. Owns: nothing but the plan behind a
 * dlt_conv2d, from create to destroy. A kernel allocates nothing and checks nothing; its result is
 * a function of shapes and data alone.
 *
 * Reading order: dltrain/extend/kernels.h, ref/ref.h, ref/table.c, select.c, then any kernel.
 */
#ifndef DLT_KERNELS_INTERNAL_H
#define DLT_KERNELS_INTERNAL_H

#include "dltrain/extend/kernels.h"

#include <stdbool.h>

/** Plain C, every entry. */
extern const dlt_kernels dlt_kernels_ref;

/** Replaces in *table what OpenBLAS does faster than the entries it holds. */
void dlt_kernels_add_blas(dlt_kernels *table);

/** Ends the threads of OpenBLAS's own pool, if it has one: it starts one per core when it is
 * loaded, and keeps them though told to use a single thread. The next call that needs them starts
 * them again. */
void dlt_blas_end_pool(void);

/* oneDNN computes in single precision. */
#if defined(DLT_HAVE_ONEDNN) && !defined(DLT_DOUBLE)
#define DLT_K_ONEDNN
/** Replaces in *table what oneDNN does faster; *table holds the entries of blas. */
void dlt_kernels_add_onednn(dlt_kernels *table);

/** Whether oneDNN multiplies bf16 by instructions of this processor: AVX-512 BF16, AMX. Without
 *  them it would widen every operand first and be slower than in float. */
bool dlt_kernels_can_add_bf16(void);
/** The most that oneDNN may use of the processor, "avx512_core_bf16". Owns: static. */
const char *dlt_k_onednn_isa(void);
/** What else the environment lets it do with float, " with ymm preferred"; "" for nothing.
 *  Owns: static. */
const char *dlt_k_onednn_modes(void);
/** Rounds the operands of dense layers and convolutions to bf16; *table holds the entries of
 * onednn. */
void dlt_kernels_add_bf16(dlt_kernels *table);
#endif

#endif
