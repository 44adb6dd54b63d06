/* Adding the ranks' pending values in the order of a tree plan; used by the reducer. */
#ifndef DLT_COMM_EXCHANGE_H
#define DLT_COMM_EXCHANGE_H

#include "comm/tree.h"
#include "dltrain/comm.h"
#include "dltrain/real.h"
#include "dltrain/status.h"

#include <stdint.h>

/** Scratch of the exchanges, for the largest plan; made once. */
typedef struct dlt_exchange {
    const dlt_comm *comm; /* borrowed */
    int64_t slice_most;   /* elements of one owner's slice of a chunk */
    dlt_real *received;   /* [values of all ranks, slice_most] */
    double *doubles;      /* [ranks, doubles of all values and votes of a rank] */
    int *send_counts;
    int *send_starts;
    int *receive_counts;
    int *receive_starts;
} dlt_exchange;

/** value_count: largest of any plan. Not collective. Errors: MEM. */
DLT_CHECKED dlt_status dlt_exchange_create(const dlt_comm *comm, int value_count,
                                           int64_t real_count, int64_t double_count,
                                           int64_t vote_count, dlt_exchange *out);
void dlt_exchange_destroy(dlt_exchange *exchange);

/** values[i] are this rank's pending values of `count` reals; the root replaces values[0] (which
 * exists also on a rank without pending values). Collective. Errors: MPI. */
DLT_CHECKED dlt_status dlt_exchange_reals(dlt_exchange *exchange, const dlt_tree_plan *plan,
                                          dlt_real *const *values, int64_t count);

/** The same for doubles, with votes (maximum over ranks) on the way. Collective. Errors: MPI. */
DLT_CHECKED dlt_status dlt_exchange_doubles(dlt_exchange *exchange, const dlt_tree_plan *plan,
                                            double *const *values, int64_t count, double *votes,
                                            int64_t vote_count);

#endif
