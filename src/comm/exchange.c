#include "comm/exchange.h"

#include "base/alloc.h"
#include "base/cast.h"
#include "base/error.h"
#include "comm/comm_internal.h"

#include <string.h>

/* Elements of one owner's slice: large enough that latency does not count, small enough that the
 * received slices of some dozens of ranks stay in the cache. */
static const int64_t SLICE_MOST = 32768;

#ifdef DLT_DOUBLE
#define MPI_DLT_REAL MPI_DOUBLE
#else
#define MPI_DLT_REAL MPI_FLOAT
#endif

dlt_status dlt_exchange_create(const dlt_comm *comm, int value_count, int64_t real_count,
                               int64_t double_count, int64_t vote_count, dlt_exchange *out) {
    int size = comm->size;
    dlt_exchange exchange = {.comm = comm};
    exchange.slice_most = dlt_min_i64(SLICE_MOST, dlt_ceil_div(real_count, size) + 1);
    dlt_status status = DLT_OK;
    DLT_TRY_OUT(DLT_NEW(exchange.received, value_count * exchange.slice_most));
    DLT_TRY_OUT(DLT_NEW(exchange.doubles, (value_count + 1) * double_count + size * vote_count));
    DLT_TRY_OUT(DLT_NEW(exchange.send_counts, size));
    DLT_TRY_OUT(DLT_NEW(exchange.send_starts, size));
    DLT_TRY_OUT(DLT_NEW(exchange.receive_counts, size));
    DLT_TRY_OUT(DLT_NEW(exchange.receive_starts, size));
    *out = exchange;
    return DLT_OK;
out:
    dlt_exchange_destroy(&exchange);
    return status;
}

void dlt_exchange_destroy(dlt_exchange *exchange) {
    dlt_free(exchange->received);
    dlt_free(exchange->doubles);
    dlt_free(exchange->send_counts);
    dlt_free(exchange->send_starts);
    dlt_free(exchange->receive_counts);
    dlt_free(exchange->receive_starts);
    *exchange = (dlt_exchange){0};
}

static void add_reals(dlt_real *restrict into, const dlt_real *restrict from, int64_t count) {
    for (int64_t i = 0; i < count; i++)
        into[i] += from[i];
}

/* First element of rank's slice of a chunk; rank = size gives its end. */
static int64_t slice_start(int64_t chunk, int rank, int size) {
    return chunk * rank / size;
}

/* Everybody sends the owners their slices of value number `round` of each rank that has so many. */
static dlt_status scatter_round(dlt_exchange *exchange, const dlt_tree_plan *plan, int round,
                                const dlt_real *value, int64_t chunk) {
    int size = exchange->comm->size;
    int rank = exchange->comm->rank;
    int64_t mine = slice_start(chunk, rank + 1, size) - slice_start(chunk, rank, size);
    for (int other = 0; other < size; other++) {
        int64_t start = slice_start(chunk, other, size);
        int held = plan->first_value[other + 1] - plan->first_value[other];
        exchange->send_starts[other] = dlt_int(start);
        exchange->send_counts[other] =
            value != NULL ? dlt_int(slice_start(chunk, other + 1, size) - start) : 0;
        exchange->receive_counts[other] = round < held ? dlt_int(mine) : 0;
        exchange->receive_starts[other] =
            round < held ? dlt_int((plan->first_value[other] + round) * exchange->slice_most) : 0;
    }
    return dlt_comm_check(MPI_Alltoallv(value, exchange->send_counts, exchange->send_starts,
                                        MPI_DLT_REAL, exchange->received, exchange->receive_counts,
                                        exchange->receive_starts, MPI_DLT_REAL,
                                        exchange->comm->mpi),
                          "MPI_Alltoallv");
}

/* The owner's slice of the root goes to everybody. */
static dlt_status share_chunk(dlt_exchange *exchange, dlt_real *total, int64_t chunk) {
    int size = exchange->comm->size;
    int rank = exchange->comm->rank;
    for (int other = 0; other < size; other++) {
        int64_t start = slice_start(chunk, other, size);
        exchange->receive_starts[other] = dlt_int(start);
        exchange->receive_counts[other] = dlt_int(slice_start(chunk, other + 1, size) - start);
    }
    return dlt_comm_check(MPI_Allgatherv(exchange->received, exchange->receive_counts[rank],
                                         MPI_DLT_REAL, total, exchange->receive_counts,
                                         exchange->receive_starts, MPI_DLT_REAL,
                                         exchange->comm->mpi),
                          "MPI_Allgatherv");
}

static dlt_status exchange_chunk(dlt_exchange *exchange, const dlt_tree_plan *plan,
                                 dlt_real *const *values, int64_t first, int64_t chunk) {
    int size = exchange->comm->size;
    int rank = exchange->comm->rank;
    int held = plan->first_value[rank + 1] - plan->first_value[rank];
    for (int round = 0; round < plan->most_values; round++) {
        const dlt_real *value = round < held ? values[round] + first : NULL;
        DLT_TRY(scatter_round(exchange, plan, round, value, chunk));
    }
    int64_t mine = slice_start(chunk, rank + 1, size) - slice_start(chunk, rank, size);
    for (int i = 0; i < plan->add_count; i++)
        add_reals(exchange->received + plan->adds[i].into * exchange->slice_most,
                  exchange->received + plan->adds[i].from * exchange->slice_most, mine);
    return share_chunk(exchange, values[0] + first, chunk);
}

dlt_status dlt_exchange_reals(dlt_exchange *exchange, const dlt_tree_plan *plan,
                              dlt_real *const *values, int64_t count) {
    int64_t chunk_most = (exchange->slice_most - 1) * exchange->comm->size;
    if (exchange->comm->size == 1 || count == 0)
        return DLT_OK;
    for (int64_t first = 0; first < count; first += chunk_most)
        DLT_TRY(
            exchange_chunk(exchange, plan, values, first, dlt_min_i64(chunk_most, count - first)));
    return DLT_OK;
}

/* This rank's part of the gathered block: its votes, then its values one after the other. */
static void pack_doubles(const dlt_exchange *exchange, const dlt_tree_plan *plan,
                         double *const *values, int64_t count, const double *votes,
                         int64_t vote_count) {
    int rank = exchange->comm->rank;
    double *at = exchange->doubles + exchange->receive_starts[rank];
    memcpy(at, votes, (size_t)vote_count * sizeof *at);
    at += vote_count;
    for (int i = 0; i < plan->first_value[rank + 1] - plan->first_value[rank]; i++, at += count)
        memcpy(at, values[i], (size_t)count * sizeof *at);
}

/* Where a value stands in the gathered block. */
static double *gathered_value(const dlt_exchange *exchange, int64_t count, int64_t vote_count,
                              int value, int rank) {
    return exchange->doubles + value * count + (rank + 1) * vote_count;
}

static int holder_of(const dlt_tree_plan *plan, int value) {
    int rank = 0;
    while (plan->first_value[rank + 1] <= value)
        rank++;
    return rank;
}

static void add_doubles(const dlt_exchange *exchange, const dlt_tree_plan *plan, int64_t count,
                        int64_t vote_count) {
    for (int i = 0; i < plan->add_count; i++) {
        dlt_tree_add add = plan->adds[i];
        double *into =
            gathered_value(exchange, count, vote_count, add.into, holder_of(plan, add.into));
        const double *from =
            gathered_value(exchange, count, vote_count, add.from, holder_of(plan, add.from));
        for (int64_t k = 0; k < count; k++)
            into[k] += from[k];
    }
}

dlt_status dlt_exchange_doubles(dlt_exchange *exchange, const dlt_tree_plan *plan,
                                double *const *values, int64_t count, double *votes,
                                int64_t vote_count) {
    int size = exchange->comm->size;
    if (size == 1)
        return DLT_OK;
    for (int rank = 0; rank < size; rank++) {
        int held = plan->first_value[rank + 1] - plan->first_value[rank];
        exchange->receive_starts[rank] =
            dlt_int(plan->first_value[rank] * count + rank * vote_count);
        exchange->receive_counts[rank] = dlt_int(held * count + vote_count);
    }
    pack_doubles(exchange, plan, values, count, votes, vote_count);
    DLT_TRY(dlt_comm_check(MPI_Allgatherv(MPI_IN_PLACE, 0, MPI_DATATYPE_NULL, exchange->doubles,
                                          exchange->receive_counts, exchange->receive_starts,
                                          MPI_DOUBLE, exchange->comm->mpi),
                           "MPI_Allgatherv"));
    for (int rank = 0; rank < size; rank++) {
        const double *theirs = exchange->doubles + exchange->receive_starts[rank];
        for (int64_t i = 0; i < vote_count; i++)
            votes[i] = theirs[i] > votes[i] ? theirs[i] : votes[i];
    }
    add_doubles(exchange, plan, count, vote_count);
    memcpy(values[0], gathered_value(exchange, count, vote_count, 0, holder_of(plan, 0)),
           (size_t)count * sizeof *values[0]);
    return DLT_OK;
}
