#include "comm/nodes.h"

#include "base/alloc.h"
#include "base/cast.h"
#include "base/error.h"
#include "comm/comm_internal.h"

enum { TAG_VALUES = 1, TAG_TOTAL = 2 };

int dlt_nodes_partner(const dlt_comm *comm, int node, int owner) {
    return comm->first_rank[node] + owner % dlt_comm_ranks_of(comm, node);
}

/* This rank sends to, and receives the total from, the owners on other nodes whose partner it is. */
static bool is_my_partner(const dlt_comm *comm, int owner) {
    return !dlt_comm_on_node(comm, owner) &&
           dlt_nodes_partner(comm, comm->node, owner) == comm->rank;
}

dlt_status dlt_nodes_exchange_create(dlt_transport *self) {
    int ranks = self->comm->size;
    int values = self->size.value_count;
    int limit = 0;
    if (self->comm->node_count == 1)
        return DLT_OK;
    int64_t slice = dlt_ceil_div(self->size.real_count, ranks) + dlt_ceil_div(64, sizeof(dlt_real));
    DLT_TRY(dlt_cast_int(slice, "the number of gradient elements per rank", &limit));
    DLT_TRY(DLT_NEW(self->received, values * slice));
    /* Sends of values, receives of values, sends of the total, receives of the total. */
    return DLT_NEW(self->requests,
                   (int64_t)ranks * values + values + self->comm->node_count + ranks);
}

void dlt_nodes_exchange_destroy(dlt_transport *self) {
    dlt_free(self->received);
    dlt_free(self->requests);
}

static dlt_status send(dlt_transport *self, const dlt_real *data, int64_t count, int to, int tag) {
    return dlt_comm_check(MPI_Isend(data, dlt_int(count), MPI_DLT_REAL, to, tag, self->comm->mpi,
                                    &self->requests[self->request_count++]),
                          "MPI_Isend");
}

static dlt_status receive(dlt_transport *self, dlt_real *data, int64_t count, int from, int tag) {
    return dlt_comm_check(MPI_Irecv(data, dlt_int(count), MPI_DLT_REAL, from, tag, self->comm->mpi,
                                    &self->requests[self->request_count++]),
                          "MPI_Irecv");
}

static dlt_status wait_all(dlt_transport *self) {
    int count = self->request_count;
    self->request_count = 0;
    return dlt_comm_check(MPI_Waitall(count, self->requests, MPI_STATUSES_IGNORE), "MPI_Waitall");
}

/* What is left of this node's values, to the owners on other nodes that this rank serves. */
static dlt_status send_values(dlt_transport *self, const dlt_tree_plan *plan) {
    int node = self->comm->node;
    for (int owner = 0; owner < self->comm->size; owner++) {
        dlt_slice slice = dlt_nodes_slice(self, owner);
        if (!is_my_partner(self->comm, owner))
            continue;
        for (int i = plan->first_left[node]; i < plan->first_left[node + 1]; i++)
            DLT_TRY(send(self, self->values[plan->left[i]] + slice.first, slice.count, owner,
                         TAG_VALUES));
    }
    return DLT_OK;
}

/* The other nodes' values of this rank's slice, one behind the other. Messages of one partner come in order. */
static dlt_status receive_values(dlt_transport *self, const dlt_tree_plan *plan) {
    dlt_slice mine = dlt_nodes_slice(self, self->comm->rank);
    for (int node = 0; node < plan->nodes; node++) {
        if (node == self->comm->node)
            continue;
        int partner = dlt_nodes_partner(self->comm, node, self->comm->rank);
        for (int i = plan->first_left[node]; i < plan->first_left[node + 1]; i++)
            DLT_TRY(
                receive(self, self->received + i * mine.count, mine.count, partner, TAG_VALUES));
    }
    return DLT_OK;
}

dlt_status dlt_nodes_add_owned(dlt_transport *self, const dlt_tree_plan *plan) {
    dlt_slice mine = dlt_nodes_slice(self, self->comm->rank);
    DLT_TRY(receive_values(self, plan));
    DLT_TRY(send_values(self, plan));
    DLT_TRY(wait_all(self));
    for (int node = 0; node < plan->nodes; node++)
        for (int i = plan->first_left[node]; i < plan->first_left[node + 1]; i++)
            self->terms[plan->left[i]] = node == self->comm->node
                                             ? self->values[plan->left[i]] + mine.first
                                             : self->received + i * mine.count;
    dlt_nodes_add_slice(plan, plan->first_add[plan->nodes], plan->first_add[plan->nodes + 1],
                        self->terms, 0, mine.count, self->total + mine.first);
    return DLT_OK;
}

dlt_status dlt_nodes_share_total(dlt_transport *self) {
    const dlt_comm *comm = self->comm;
    dlt_slice mine = dlt_nodes_slice(self, comm->rank);
    for (int owner = 0; owner < comm->size; owner++) {
        dlt_slice slice = dlt_nodes_slice(self, owner);
        if (is_my_partner(comm, owner))
            DLT_TRY(receive(self, self->total + slice.first, slice.count, owner, TAG_TOTAL));
    }
    for (int node = 0; node < comm->node_count; node++)
        if (node != comm->node)
            DLT_TRY(send(self, self->total + mine.first, mine.count,
                         dlt_nodes_partner(comm, node, comm->rank), TAG_TOTAL));
    return wait_all(self);
}
