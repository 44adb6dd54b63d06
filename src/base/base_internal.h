/* Module card: base (level 0).
 *
 * What lives here: what every module needs and nothing that knows a neural network: the error
 * record (error.h), counted memory (alloc.h), the log sink (log.h), the Philox generator
 * (philox.h), checked casts (cast.h), checksums (hash.h), growable text (text.h), JSON writing
 * (json.h), names of threads (thread.h), installed files (installed.h), the clock. May include: the
 * C library, <xxhash.h>. Nothing of dltrain. Owns: the only mutable globals of the library: the log
 * sink, the per-thread error record and the allocation counters.
 */
#ifndef DLT_BASE_INTERNAL_H
#define DLT_BASE_INTERNAL_H
#endif
