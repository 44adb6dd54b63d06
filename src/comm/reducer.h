/* The exact sum over the micro-batches of a batch: the same bits for any number of ranks.
 *
 * A rank computes its run of micro-batches one after the other. Each goes into a buffer of the
 * reducer (a leaf of the canonical tree, tree.h); siblings are added as soon as both are there.
 * What is left is added over the ranks, in the order of the same tree, bucket by bucket
 * (pipeline.h): buckets that backward has finished are under way while it goes on. Gradients may be
 * rounded to bf16 on the way (compression.h). A buffer holds reals (gradients, batch statistics)
 * and doubles (loss, metrics). Beside the sums travel flags, one set per rank, of which everybody
 * learns the maximum: failure and stop requests, also of ranks without a micro-batch.
 */
#ifndef DLT_COMM_REDUCER_H
#define DLT_COMM_REDUCER_H

#include "comm/buckets.h"
#include "comm/error_feedback.h"
#include "comm/row_sums.h"
#include "dltrain/comm.h"
#include "dltrain/real.h"
#include "dltrain/status.h"

#include <stdbool.h>
#include <stdint.h>

typedef struct dlt_reducer dlt_reducer;

enum { DLT_REDUCTION_FLAGS = 4 };

typedef struct dlt_reducer_options {
    int64_t real_count;
    int64_t double_count;
    const int64_t *micros; /* [micros_count]: each number of micro-batches that will occur */
    int micros_count;
    int64_t rounded_count; /* the first so many reals go through bf16 compression; 0: none */
    bool error_feedback;   /* with residuals, in batches of micros[0] */
    /* What follows is for owners of slices, which keep something for their slices alone; 0: nobody
     * does. */
    int64_t grain; /* slices are whole multiples of so many elements, of a cache line if 0 */
    int64_t
        scattered_count; /* the total of the first so many reals is needed by its owners alone */
    /* reals that are equal everywhere and that owners write: dlt_reducer_common */
    int64_t common_count;
    /* Parameters whose gradients are lists of rows (row_sums.h). Where owners keep something, they
     * lie in the common reals, behind as many as are scattered. */
    const dlt_row_table *tables;
    int table_count;
    bool whole_rows; /* all ranks see the total of all rows, also where owners keep something */
} dlt_reducer_options;

/** One buffer: values to be summed. Borrowed from the reducer. */
typedef struct dlt_sums {
    dlt_real *reals;
    double *doubles;
} dlt_sums;

/** What a reduction gives; borrowed until the next begin. */
typedef struct dlt_total {
    const dlt_real *reals;
    const double *doubles;
    double flags[DLT_REDUCTION_FLAGS]; /* maxima over the ranks, at least 0 */
} dlt_total;

/** Makes the buffers and the plan for each number of micro-batches that will occur.
 *  Collective: Collective; options equal on all ranks
 *  Owns:       caller owns *out; it borrows comm
 *  Errors:     MEM, UNSUPPORTED, MPI (agreed)
 */
DLT_CHECKED dlt_status dlt_reducer_create(const dlt_comm *comm, const dlt_reducer_options *options,
                                          dlt_reducer **out);
/** Collective. */
void dlt_reducer_destroy(dlt_reducer **reducer);

/** Starts a batch of `micros` micro-batches, one of the numbers given to create; flags are 0.
 *  Not collective. Errors: INTERNAL if it is none of them */
DLT_CHECKED dlt_status dlt_reducer_begin(dlt_reducer *reducer, int64_t micros);

/** The buffer for the next micro-batch of this rank's run; doubles are zero, reals undefined. */
dlt_sums dlt_reducer_leaf(dlt_reducer *reducer);

/** This rank's flags; to be given before its last leaf is ready in any part. */
void dlt_reducer_set_flags(dlt_reducer *reducer, const double flags[DLT_REDUCTION_FLAGS]);

/** The first `reals` elements of the leaf and all its doubles have their values: if it is this
 *  rank's last one, adds what can be added without waiting. May be left out. Not collective. */
void dlt_reducer_ready(dlt_reducer *reducer, int64_t reals);

/** The rows of the leaf, [table_count] lists, before it is pushed; borrowed until then. A leaf
 * without this call has no rows. */
void dlt_reducer_set_rows(dlt_reducer *reducer, const dlt_row_list *lists);

/** The leaf is complete: adds what can be added. */
void dlt_reducer_push(dlt_reducer *reducer);

/** After finish: the summed rows of a table that this rank sees, or owns. Borrowed until the next
 * begin. */
dlt_row_total dlt_reducer_rows(const dlt_reducer *reducer, int table, bool own);

/** The rows of a table that this rank owns. */
dlt_range dlt_reducer_owned_rows(const dlt_reducer *reducer, int table);

/** Adds over the ranks. Where owners keep something, dlt_reducer_share must follow.
 *  Collective: Collective
 *  Errors:     MPI
 *  Exact:      same bits for any number of ranks
 */
DLT_CHECKED dlt_status dlt_reducer_finish(dlt_reducer *reducer, dlt_total *total);

/** Number of ranges that this rank owns, some of which may be empty, and each of them. */
int dlt_reducer_owned_count(const dlt_reducer *reducer);
dlt_range dlt_reducer_owned(const dlt_reducer *reducer, int index);

/** Completes rank 0's copy of a flat buffer of which every rank holds what it owns: of the first
 *  `elements` and of the tables behind them.
 *  Collective: Collective
 *  Errors:     MPI
 */
DLT_CHECKED dlt_status dlt_reducer_assemble(dlt_reducer *reducer, dlt_real *flat, int64_t elements);

/** [common_count] reals of which the ranks of a node see the same memory. */
dlt_real *dlt_reducer_common(const dlt_reducer *reducer);

/** What owners have written of the common reals. */
typedef enum dlt_reducer_change {
    DLT_CHANGED_NOTHING,
    DLT_CHANGED_BY_UPDATE, /* of the tables only rows in the last total */
    DLT_CHANGED_ALL
} dlt_reducer_change;

/** Every rank has written what it owns of the common reals: gives them to all. They may then be
 *  read until the next dlt_reducer_finish.
 *  Collective: Collective; change equal on all ranks
 *  Errors:     MPI
 */
DLT_CHECKED dlt_status dlt_reducer_share(dlt_reducer *reducer, dlt_reducer_change change);

/** The error-feedback residuals, borrowed; leaves is 0 where there are none. They may be replaced
 * between two batches. */
const dlt_error_feedback *dlt_reducer_error_feedback(const dlt_reducer *reducer);

/** Bytes of reals and rows that this rank has sent to other nodes since the creation. */
int64_t dlt_reducer_sent_bytes(const dlt_reducer *reducer);
/** Bytes of rows in this rank's part of the reductions (dlt_row_sums_reduced_bytes). */
int64_t dlt_reducer_row_bytes(const dlt_reducer *reducer);

/** Bytes of this rank's buffers, without residuals, and its part of what its node holds once: the
 *  total and the common reals. */
int64_t dlt_reducer_bytes(const dlt_reducer *reducer);
/** Those of them that lie in memory which the ranks of the node share: dlt_alloc_bytes does not
 * count them. */
int64_t dlt_reducer_shared_bytes(const dlt_reducer *reducer);

#endif
