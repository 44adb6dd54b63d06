#include "comm/transport.h"

#include "base/alloc.h"
#include "base/cast.h"
#include "base/error.h"
#include "comm/buffers.h"
#include "comm/comm_internal.h"
#include "comm/nodes.h"

#include <string.h>

/* The ranks' buffers themselves lie in memory that all ranks of the node share. When all are there (first barrier), each
 * rank adds its slice of the node's values in the order of the tree; across nodes, what is left goes to the slices'
 * owners, who add it and give the result to every node. When the node's total is whole (second barrier), everybody reads
 * it. On a node nothing is copied. The total is not written again before everybody has used it, for that is before the
 * next first barrier. */

/* A rank's segment: votes, doubles, reals; behind them, in the first rank's, the total. */
static int64_t doubles_offset(const dlt_transport *self) {
    return dlt_stride_of_doubles(self->size.vote_count) * (int64_t)sizeof(double);
}

static int64_t reals_offset(const dlt_transport *self, int buffer_count) {
    return doubles_offset(self) + buffer_count * self->double_stride * (int64_t)sizeof(double);
}

static int64_t total_offset(const dlt_transport *self, int buffer_count) {
    return reals_offset(self, buffer_count) +
           buffer_count * self->real_stride * (int64_t)sizeof(dlt_real);
}

static int64_t segment_bytes(const dlt_transport *self) {
    bool holds_total = dlt_comm_local_rank(self->comm) == 0;
    return total_offset(self, self->size.buffer_count) +
           (holds_total ? self->real_stride * (int64_t)sizeof(dlt_real) : 0);
}

static void set_size(dlt_transport *self, const dlt_comm *comm, const dlt_transport_size *size) {
    self->comm = comm;
    self->size = *size;
    self->real_stride = dlt_stride_of_reals(size->real_count);
    self->double_stride = dlt_stride_of_doubles(size->double_count);
}

static bool suits_nodes(const dlt_comm *comm, const dlt_transport_size *size) {
    dlt_transport probe = {0};
    set_size(&probe, comm, size);
    return comm->size > 1 && !comm->flat && dlt_window_fits(comm, segment_bytes(&probe));
}

static void destroy_nodes(dlt_transport *self) {
    dlt_window_destroy(&self->window);
    dlt_nodes_exchange_destroy(self);
    dlt_gather_destroy(&self->gather);
    dlt_free(self->buffer_counts);
    dlt_free(self->values);
    dlt_free(self->terms);
    dlt_free(self->sums);
    dlt_free(self->total_doubles);
    dlt_free(self);
}

static dlt_status allocate_private(dlt_transport *self) {
    const dlt_transport_size *size = &self->size;
    DLT_TRY(DLT_NEW(self->buffer_counts, dlt_comm_node_size(self->comm)));
    DLT_TRY(DLT_NEW(self->values, size->value_count));
    DLT_TRY(DLT_NEW(self->terms, size->value_count));
    DLT_TRY(DLT_NEW(self->sums, size->value_count * size->double_count));
    DLT_TRY(DLT_NEW(self->total_doubles, self->double_stride));
    DLT_TRY(dlt_gather_create(self->comm, size->value_count, size->double_count, size->vote_count,
                              &self->gather));
    return dlt_nodes_exchange_create(self);
}

/* Where the parts of a segment lie follows from its rank's number of buffers. */
static dlt_status find_parts(dlt_transport *self) {
    DLT_TRY(dlt_comm_check(MPI_Allgather(&self->size.buffer_count, 1, MPI_INT, self->buffer_counts,
                                         1, MPI_INT, self->comm->node_mpi),
                           "MPI_Allgather"));
    int64_t offset = total_offset(self, self->buffer_counts[0]);
    self->total = (dlt_real *)(void *)(self->window.segment[0] + offset);
    return DLT_OK;
}

static dlt_status create_nodes(const dlt_comm *comm, const dlt_transport_size *size,
                               dlt_transport **out) {
    dlt_transport *self = NULL;
    dlt_status status = DLT_NEW(self, 1);
    if (status == DLT_OK) {
        set_size(self, comm, size);
        status = allocate_private(self);
    }
    status = dlt_agree(comm, status);
    if (status == DLT_OK)
        status = dlt_window_create(comm, segment_bytes(self), &self->window);
    if (status == DLT_OK)
        status = find_parts(self);
    if (status != DLT_OK && self != NULL) {
        destroy_nodes(self);
        self = NULL;
    }
    *out = self;
    return status;
}

static double *votes_of(const dlt_transport *self, int local) {
    return (double *)(void *)self->window.segment[local];
}

static double *doubles_of(const dlt_transport *self, int local, int i) {
    return (double *)(void *)(self->window.segment[local] + doubles_offset(self)) +
           i * self->double_stride;
}

static double *doubles_nodes(dlt_transport *self, int i) {
    return doubles_of(self, dlt_comm_local_rank(self->comm), i);
}

static dlt_real *reals_of(const dlt_transport *self, int local, int i) {
    int64_t offset = reals_offset(self, self->buffer_counts[local]);
    return (dlt_real *)(void *)(self->window.segment[local] + offset) + i * self->real_stride;
}

static dlt_real *reals_nodes(dlt_transport *self, int i) {
    return reals_of(self, dlt_comm_local_rank(self->comm), i);
}

dlt_slice dlt_nodes_slice(const dlt_transport *self, int owner) {
    int64_t per_line = dlt_stride_of_reals(1);
    int64_t lines = dlt_ceil_div(self->size.real_count, per_line);
    int64_t ranks = self->comm->size;
    int64_t first = dlt_min_i64(lines * owner / ranks * per_line, self->size.real_count);
    int64_t end = dlt_min_i64(lines * (owner + 1) / ranks * per_line, self->size.real_count);
    return (dlt_slice){.first = first, .count = end - first};
}

static void add_block(const dlt_tree_plan *plan, int first, int last, dlt_real *const *terms,
                      int64_t at, int64_t count) {
    for (int i = first; i < last; i++)
        dlt_add_reals(terms[plan->adds[i].into] + at, terms[plan->adds[i].from] + at, count);
}

/* Elements of a block in which all values are added before the next: small enough for the first cache. */
static const int64_t BLOCK = 2048;

void dlt_nodes_add_slice(const dlt_tree_plan *plan, int first, int last, dlt_real *const *terms,
                         int64_t offset, int64_t count, dlt_real *total) {
    bool sums_up = total != NULL && last > first;
    for (int64_t at = offset; at < offset + count; at += BLOCK) {
        int64_t now = dlt_min_i64(BLOCK, offset + count - at);
        add_block(plan, first, sums_up ? last - 1 : last, terms, at, now);
        if (!sums_up)
            continue;
        /* The last sum goes straight to the total. */
        const dlt_real *restrict left = terms[plan->adds[last - 1].into] + at;
        const dlt_real *restrict right = terms[plan->adds[last - 1].from] + at;
        dlt_real *restrict sum = total + at - offset;
        for (int64_t i = 0; i < now; i++)
            sum[i] = left[i] + right[i];
    }
    if (total != NULL && !sums_up)
        memcpy(total, terms[0] + offset, (size_t)count * sizeof *total);
}

static void find_values(dlt_transport *self, const dlt_tree_plan *plan) {
    int first_rank = self->comm->first_rank[self->comm->node];
    for (int local = 0; local < dlt_comm_node_size(self->comm); local++) {
        int first = plan->first_value[first_rank + local];
        for (int value = first; value < plan->first_value[first_rank + local + 1]; value++)
            self->values[value] = reals_of(self, local, value - first);
    }
}

/* The slices that this rank adds for its node: its own, and those of the owners elsewhere whose partner it is. On a
 * single node the own slice is then final. */
static void add_on_node(dlt_transport *self, const dlt_tree_plan *plan) {
    const dlt_comm *comm = self->comm;
    int first = plan->first_add[comm->node];
    int last = plan->first_add[comm->node + 1];
    bool final = comm->node_count == 1;
    for (int owner = 0; owner < comm->size; owner++) {
        bool elsewhere = !dlt_comm_on_node(comm, owner);
        int adder = elsewhere ? dlt_nodes_partner(comm, comm->node, owner) : owner;
        dlt_slice slice = dlt_nodes_slice(self, owner);
        if (adder == comm->rank)
            dlt_nodes_add_slice(plan, first, last, self->values, slice.first, slice.count,
                                final ? self->total + slice.first : NULL);
    }
}

/* On a single node votes and doubles are read where they stand. */
static void add_doubles_on_node(dlt_transport *self, const dlt_tree_plan *plan, double *votes) {
    int64_t count = self->size.double_count;
    for (int local = 0; local < self->comm->size; local++) {
        const double *theirs = votes_of(self, local);
        for (int64_t i = 0; i < self->size.vote_count; i++)
            votes[i] = theirs[i] > votes[i] ? theirs[i] : votes[i];
        for (int value = plan->first_value[local]; value < plan->first_value[local + 1]; value++)
            memcpy(self->sums + value * count,
                   doubles_of(self, local, value - plan->first_value[local]),
                   (size_t)count * sizeof(double));
    }
    for (int i = 0; i < plan->first_add[plan->nodes + 1]; i++)
        dlt_add_doubles(self->sums + plan->adds[i].into * count,
                        self->sums + plan->adds[i].from * count, count);
    memcpy(self->total_doubles, self->sums, (size_t)count * sizeof(double));
}

static dlt_status reduce_between_nodes(dlt_transport *self, const dlt_tree_plan *plan,
                                       double *votes) {
    DLT_TRY(dlt_gather_reduce(&self->gather, plan, doubles_nodes(self, 0), self->double_stride,
                              votes, self->total_doubles));
    DLT_TRY(dlt_nodes_add_owned(self, plan));
    return dlt_nodes_share_total(self);
}

static dlt_status reduce_nodes(dlt_transport *self, const dlt_tree_plan *plan, double *votes,
                               dlt_transport_total *total) {
    int local = dlt_comm_local_rank(self->comm);
    memcpy(votes_of(self, local), votes, (size_t)self->size.vote_count * sizeof *votes);
    dlt_window_barrier(&self->window);
    find_values(self, plan);
    add_on_node(self, plan);
    if (self->comm->node_count == 1)
        add_doubles_on_node(self, plan, votes);
    else
        DLT_TRY(reduce_between_nodes(self, plan, votes));
    dlt_window_barrier(&self->window);
    *total = (dlt_transport_total){.reals = self->total, .doubles = self->total_doubles};
    return DLT_OK;
}

const dlt_transport_ops dlt_transport_nodes = {.name = "nodes",
                                               .suits = suits_nodes,
                                               .create = create_nodes,
                                               .destroy = destroy_nodes,
                                               .reals = reals_nodes,
                                               .doubles = doubles_nodes,
                                               .reduce = reduce_nodes};
