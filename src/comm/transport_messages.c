#include "comm/transport.h"

#include "base/alloc.h"
#include "base/cast.h"
#include "base/error.h"
#include "comm/buffers.h"
#include "comm/comm_internal.h"
#include "comm/gather.h"

/* Elements of one owner's slice: large enough that latency does not count, small enough that the
 * received slices of some dozens of ranks stay in the cache. */
static const int64_t SLICE_MOST = 32768;

struct dlt_transport {
    const dlt_comm *comm; /* borrowed */
    dlt_transport_size size;
    dlt_buffers buffers;
    int64_t slice_most; /* elements of one owner's slice of a chunk */
    dlt_real *received; /* [values of all ranks, slice_most] */
    dlt_gather gather;
    int *send_counts;
    int *send_starts;
    int *receive_counts;
    int *receive_starts;
};

static bool suits_messages(const dlt_comm *comm, const dlt_transport_size *size) {
    (void)comm;
    (void)size;
    return true;
}

static void destroy_messages(dlt_transport *self) {
    dlt_buffers_destroy(&self->buffers);
    dlt_free(self->received);
    dlt_gather_destroy(&self->gather);
    dlt_free(self->send_counts);
    dlt_free(self->send_starts);
    dlt_free(self->receive_counts);
    dlt_free(self->receive_starts);
    dlt_free(self);
}

static dlt_status allocate_messages(dlt_transport *self) {
    const dlt_transport_size *size = &self->size;
    int ranks = self->comm->size;
    self->slice_most = dlt_min_i64(SLICE_MOST, dlt_ceil_div(size->real_count, ranks) + 1);
    DLT_TRY(dlt_buffers_create(size->buffer_count, size->real_count, size->double_count,
                               &self->buffers));
    if (ranks == 1)
        return DLT_OK;
    DLT_TRY(DLT_NEW(self->received, size->value_count * self->slice_most));
    DLT_TRY(dlt_gather_create(self->comm, size->value_count, size->double_count, size->vote_count,
                              &self->gather));
    DLT_TRY(DLT_NEW(self->send_counts, ranks));
    DLT_TRY(DLT_NEW(self->send_starts, ranks));
    DLT_TRY(DLT_NEW(self->receive_counts, ranks));
    return DLT_NEW(self->receive_starts, ranks);
}

static dlt_status create_messages(const dlt_comm *comm, const dlt_transport_size *size,
                                  dlt_transport **out) {
    dlt_transport *self = NULL;
    DLT_TRY(DLT_NEW(self, 1));
    self->comm = comm;
    self->size = *size;
    dlt_status status = allocate_messages(self);
    if (status != DLT_OK) {
        destroy_messages(self);
        self = NULL;
    }
    *out = self;
    return status;
}

static dlt_real *reals_messages(dlt_transport *self, int i) {
    return self->buffers.reals + i * self->buffers.real_stride;
}

static double *doubles_messages(dlt_transport *self, int i) {
    return self->buffers.doubles + i * self->buffers.double_stride;
}

/* First element of rank's slice of a chunk; rank = size gives its end. */
static int64_t slice_start(int64_t chunk, int rank, int size) {
    return chunk * rank / size;
}

/* Everybody sends the owners their slices of value number `round` of each rank that has so many. */
static dlt_status scatter_round(dlt_transport *self, const dlt_tree_plan *plan, int round,
                                const dlt_real *value, int64_t chunk) {
    int size = self->comm->size;
    int rank = self->comm->rank;
    int64_t mine = slice_start(chunk, rank + 1, size) - slice_start(chunk, rank, size);
    for (int other = 0; other < size; other++) {
        int64_t start = slice_start(chunk, other, size);
        int held = plan->first_value[other + 1] - plan->first_value[other];
        self->send_starts[other] = dlt_int(start);
        self->send_counts[other] =
            value != NULL ? dlt_int(slice_start(chunk, other + 1, size) - start) : 0;
        self->receive_counts[other] = round < held ? dlt_int(mine) : 0;
        self->receive_starts[other] =
            round < held ? dlt_int((plan->first_value[other] + round) * self->slice_most) : 0;
    }
    return dlt_comm_check(MPI_Alltoallv(value, self->send_counts, self->send_starts, MPI_DLT_REAL,
                                        self->received, self->receive_counts, self->receive_starts,
                                        MPI_DLT_REAL, self->comm->mpi),
                          "MPI_Alltoallv");
}

/* The owner's slice of the root goes to everybody. */
static dlt_status share_chunk(dlt_transport *self, dlt_real *total, int64_t chunk) {
    int size = self->comm->size;
    int rank = self->comm->rank;
    for (int other = 0; other < size; other++) {
        int64_t start = slice_start(chunk, other, size);
        self->receive_starts[other] = dlt_int(start);
        self->receive_counts[other] = dlt_int(slice_start(chunk, other + 1, size) - start);
    }
    return dlt_comm_check(MPI_Allgatherv(self->received, self->receive_counts[rank], MPI_DLT_REAL,
                                         total, self->receive_counts, self->receive_starts,
                                         MPI_DLT_REAL, self->comm->mpi),
                          "MPI_Allgatherv");
}

static dlt_status reduce_chunk(dlt_transport *self, const dlt_tree_plan *plan, int64_t first,
                               int64_t chunk) {
    int size = self->comm->size;
    int rank = self->comm->rank;
    int held = plan->first_value[rank + 1] - plan->first_value[rank];
    for (int round = 0; round < plan->most_values; round++) {
        const dlt_real *value = round < held ? reals_messages(self, round) + first : NULL;
        DLT_TRY(scatter_round(self, plan, round, value, chunk));
    }
    int64_t mine = slice_start(chunk, rank + 1, size) - slice_start(chunk, rank, size);
    for (int i = 0; i < plan->first_add[plan->nodes + 1]; i++)
        dlt_add_reals(self->received + plan->adds[i].into * self->slice_most,
                      self->received + plan->adds[i].from * self->slice_most, mine);
    return share_chunk(self, reals_messages(self, 0) + first, chunk);
}

static dlt_status reduce_reals(dlt_transport *self, const dlt_tree_plan *plan) {
    int64_t count = self->size.real_count;
    int64_t chunk_most = (self->slice_most - 1) * self->comm->size;
    for (int64_t first = 0; first < count; first += chunk_most)
        DLT_TRY(reduce_chunk(self, plan, first, dlt_min_i64(chunk_most, count - first)));
    return DLT_OK;
}

static dlt_status reduce_messages(dlt_transport *self, const dlt_tree_plan *plan, double *votes,
                                  dlt_transport_total *total) {
    if (self->comm->size > 1) {
        DLT_TRY(dlt_gather_reduce(&self->gather, plan, self->buffers.doubles,
                                  self->buffers.double_stride, votes, self->buffers.doubles));
        DLT_TRY(reduce_reals(self, plan));
    }
    *total = (dlt_transport_total){.reals = reals_messages(self, 0),
                                   .doubles = doubles_messages(self, 0)};
    return DLT_OK;
}

const dlt_transport_ops dlt_transport_messages = {.name = "messages",
                                                  .suits = suits_messages,
                                                  .create = create_messages,
                                                  .destroy = destroy_messages,
                                                  .reals = reals_messages,
                                                  .doubles = doubles_messages,
                                                  .reduce = reduce_messages};
