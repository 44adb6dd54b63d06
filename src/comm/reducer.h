/* The exact sum over the micro-batches of a batch: the same bits for any number of ranks.
 *
 * A rank computes its run of micro-batches one after the other. Each goes into a buffer of the
 * reducer (a leaf of the canonical tree, tree.h); siblings are added as soon as both are there.
 * `finish` adds what is left over the ranks, in the order of the same tree: the owner of a slice
 * adds the partial sums of that slice, then the slices are shared. A buffer holds reals (gradients,
 * batch statistics) and doubles (loss, metrics). Beside the sums travel votes, one set per rank, of
 * which `finish` gives the maximum: failure and stop requests, also of ranks without a micro-batch.
 */
#ifndef DLT_COMM_REDUCER_H
#define DLT_COMM_REDUCER_H

#include "dltrain/comm.h"
#include "dltrain/real.h"
#include "dltrain/status.h"

#include <stdint.h>

typedef struct dlt_reducer dlt_reducer;

enum { DLT_VOTES = 4 };

/** One buffer: values to be summed. Borrowed from the reducer. */
typedef struct dlt_sums {
    dlt_real *reals;
    double *doubles;
} dlt_sums;

/** Makes the buffers and the plan for each number of micro-batches that will occur.
 *  Collective: Collective; counts and micros equal on all ranks
 *  Owns:       caller owns *out; it borrows comm
 *  Errors:     MEM (agreed)
 */
DLT_CHECKED dlt_status dlt_reducer_create(const dlt_comm *comm, int64_t real_count,
                                          int64_t double_count, const int64_t *micros,
                                          int micros_count, dlt_reducer **out);
void dlt_reducer_destroy(dlt_reducer **reducer);

/** Starts a batch of `micros` micro-batches, one of the numbers given to create.
 *  Not collective. Errors: INTERNAL if it is none of them */
DLT_CHECKED dlt_status dlt_reducer_begin(dlt_reducer *reducer, int64_t micros);

/** The buffer for the next micro-batch of this rank's run; doubles are zero, reals undefined. */
dlt_sums dlt_reducer_leaf(dlt_reducer *reducer);

/** The leaf is complete: adds what can be added. */
void dlt_reducer_push(dlt_reducer *reducer);

/** Adds over the ranks. *total is borrowed until the next begin; votes become the maxima over the
 *  ranks.
 *  Collective: Collective
 *  Errors:     MPI
 *  Exact:      same bits for any number of ranks
 */
DLT_CHECKED dlt_status dlt_reducer_finish(dlt_reducer *reducer, double votes[DLT_VOTES],
                                          dlt_sums *total);

/** Bytes of all buffers on this rank. */
int64_t dlt_reducer_bytes(const dlt_reducer *reducer);

#endif
