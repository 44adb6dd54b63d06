/* The exact sum of row-sparse gradients over the micro-batches of a batch: a list of rows per
 * micro-batch and table, merged along the canonical tree (tree.h), with the same bits for any
 * number of ranks.
 *
 * A rank merges the lists of its complete subtrees as they come. What is left is merged by the
 * owners of the rows (row_owners.h): on a node they read the lists of its ranks in shared memory,
 * where values stay; what a node has left for an owner elsewhere, one of its ranks sends. The
 * owner's total then goes to every node, unless only owners need it. Time and memory depend on the
 * rows in use. Values are never rounded, whatever compression says. */
#ifndef DLT_COMM_ROW_SUMS_H
#define DLT_COMM_ROW_SUMS_H

#include "comm/row_owners.h"
#include "comm/row_stack.h"
#include "dltrain/comm.h"
#include "dltrain/rows.h"
#include "dltrain/status.h"

#include <stdbool.h>

typedef struct dlt_row_sums dlt_row_sums;

typedef struct dlt_row_sums_options {
    const dlt_row_table *tables; /* copied */
    int table_count;
    const dlt_tree_plan *plans; /* borrowed; of comm's nodes */
    int plan_count;
    bool scattered; /* the total of a row is needed by its owner alone */
} dlt_row_sums_options;

/** The summed rows of one table that this rank sees, ascending; borrowed until the next begin. */
typedef struct dlt_row_total {
    dlt_row_pools pools;
    const dlt_row_sums *sums;
    int table;
    int next_owner;
    const dlt_row_entry *at;
    const dlt_row_entry *end;
} dlt_row_total;

/** Makes all memory that a batch needs.
 *  Collective: Collective; options equal on all ranks
 *  Owns:       caller owns *out; it borrows comm and the plans
 *  Errors:     MEM, MPI; UNSUPPORTED if a table has too many rows in use to number them (agreed)
 */
DLT_CHECKED dlt_status dlt_row_sums_create(const dlt_comm *comm,
                                           const dlt_row_sums_options *options, dlt_row_sums **out);
/** Collective over the node. */
void dlt_row_sums_destroy(dlt_row_sums **sums);

/** Bytes of shared memory of this rank, for dlt_shared_segment_fits. Not collective. */
int64_t dlt_row_sums_shared_bytes(const dlt_comm *comm, const dlt_row_sums_options *options);

/** Starts a batch: this rank no longer reads the last total. Not collective. */
void dlt_row_sums_begin(dlt_row_sums *sums, const dlt_tree_plan *plan);

/** Takes the lists [tables] of the next micro-batch of this rank's run; NULL: it has no rows. Waits
 * for ranks of the node that still read the last total. Not collective. */
void dlt_row_sums_push(dlt_row_sums *sums, const dlt_row_list *lists);

/** Adds over the ranks. Collective. Errors: MPI. */
DLT_CHECKED dlt_status dlt_row_sums_finish(dlt_row_sums *sums);

/** After finish: all rows in use, or, if `own` or scattered, those that this rank owns. */
dlt_row_total dlt_row_sums_total(const dlt_row_sums *sums, int table, bool own);

/** The next row: its number and its sum; false at the end. */
bool dlt_row_total_next(dlt_row_total *total, int64_t *row, const dlt_real **values);

/** Every rank has written the parameters of the rows in use that it owns, to `flat`, which the
 *  ranks of a node share: gives them to all other nodes. The ranks of a node do not wait for each
 *  other. Collective. Errors: MPI. */
DLT_CHECKED dlt_status dlt_row_sums_share(dlt_row_sums *sums, dlt_real *flat);

/** The same of all rows that a rank owns. Collective. Errors: MPI. */
DLT_CHECKED dlt_status dlt_row_sums_share_all(dlt_row_sums *sums, dlt_real *flat);

/** Completes rank 0's copy of the tables in a private flat buffer of which every rank holds the
 *  rows that it owns. Collective. Errors: MPI. */
DLT_CHECKED dlt_status dlt_row_sums_assemble(dlt_row_sums *sums, dlt_real *flat);

int dlt_row_sums_tables(const dlt_row_sums *sums, const dlt_row_table **tables);

/** Bytes of rows that this rank has sent to other nodes since the creation. */
int64_t dlt_row_sums_sent_bytes(const dlt_row_sums *sums);
/** Bytes of the lists that this rank has handed to the ranks' merge since the creation, and of the
 * totals of the rows that it owns: what its part of the reductions depends on. */
int64_t dlt_row_sums_reduced_bytes(const dlt_row_sums *sums);
/** Bytes of memory of this rank, shared memory included, and of that alone. */
int64_t dlt_row_sums_bytes(const dlt_row_sums *sums);
int64_t dlt_row_sums_segment_bytes(const dlt_row_sums *sums);

#endif
