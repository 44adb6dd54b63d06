/** What the libraries under the kernels use of the processor, and settling it at the start of a
 *  program. */
#ifndef DLTRAIN_KERNELS_INFO_H
#define DLTRAIN_KERNELS_INFO_H

#include "dltrain/status.h"

#include <stdbool.h>
#include <stddef.h>

#ifdef __cplusplus
extern "C" {
#endif

/** The processor type whose kernels OpenBLAS has chosen, for example "SkylakeX".
 *  Collective: Not collective
 *  Owns:       borrowed; static
 *  Errors:     none
 */
const char *dlt_blas_core_name(void);

/** What the processor has, in the names of the x86-64 psABI: "x86-64-v4" is AVX-512, "x86-64-v3"
 * AVX2; "generic" on other architectures.
 *  Collective: Not collective
 *  Owns:       borrowed; static
 *  Errors:     none
 */
const char *dlt_cpu_level(void);

/** True if OpenBLAS has chosen kernels below what the processor has, as old versions do on
 * processors that they do not know; *better is then the OPENBLAS_CORETYPE that fits.
 *  Collective: Not collective
 *  Owns:       *better is borrowed; static
 *  Errors:     none
 */
bool dlt_blas_core_too_low(const char **better);

/** Lets OpenBLAS use the processor: where its choice is too low, it is told to choose again. The
 * environment variable DLTRAIN_BLAS_CORE names a type to use instead, whatever the processor has.
 * An OPENBLAS_CORETYPE that is too low is raised: site profiles export it for a whole cluster.
 * Whoever trains, evaluates or measures needs not call it, because every choice of kernels does.
 * The choice is OpenBLAS's for the whole process, for a caller's own products, too; no other thread
 * may be in OpenBLAS or read the environment meanwhile. A warning where OpenBLAS cannot choose
 * again.
 *  Collective: Not collective
 *  Errors:     UNSUPPORTED if OpenBLAS does not know the type in DLTRAIN_BLAS_CORE; ARG; MEM
 */
DLT_CHECKED dlt_status dlt_kernels_settle(void);

/** What the bits of a run depend on beside run file and data: the libraries under the kernels,
 *  their versions, and what they use of the processor: "OpenBLAS 0.3.21 for SkylakeX, oneDNN 2.6.3
 *  for avx512_core, libm 1f0c5a77", where the last is a hash of what mathematical functions return.
 *  Cut to bytes.
 *  Collective: Not collective
 *  Errors:     none
 */
void dlt_kernels_libraries(char *out, size_t bytes);

/** Bytes that the text of dlt_kernels_libraries fits in. */
enum { DLT_LIBRARIES_TEXT_BYTES = 240 };

/** Sets how many threads the kernels of a table use when the calling thread calls them; before
 * plans are made, which depend on it, as results do. Without it the libraries take every core. One
 * pool of threads computes at most: where OpenBLAS has one of its own, beside oneDNN's, it is used
 * for the table "blas" only. With one thread there is no pool.
 *  Collective: Not collective
 *  Errors:     ARG if threads < 1
 */
DLT_CHECKED dlt_status dlt_kernels_threads(const char *table, int threads);

/** Where OpenBLAS has its threads: "OpenMP", "a pool of its own", "no threads".
 *  Collective: Not collective
 *  Owns:       borrowed; static
 *  Errors:     none
 */
const char *dlt_blas_threading(void);

/** The OpenMP runtimes that this process has loaded: how many, and their names with commas between
 * them, as far as they fit. 0 where the system does not say. Several at once each have threads of
 * their own, and work against each other.
 *  Collective: Not collective
 *  Errors:     none
 */
int dlt_openmp_runtimes(char *names, size_t bytes);

#ifdef __cplusplus
}
#endif
#endif
