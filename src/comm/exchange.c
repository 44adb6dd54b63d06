/* Takes a bucket from node to node. For each owner elsewhere one rank of a node, the partner,
 * stands for the node; owners are dealt to its ranks in turn. The partner sends its node's values
 * of the owner's slice; the owner adds those of all nodes in the order of the tree, and sends the
 * total to a partner on each other node. Every rank derives sizes and order of messages from the
 * plan, so only values travel. start and advance never wait; share and assemble do. */
#include "comm/pipeline.h"

#include "base/alloc.h"
#include "base/cast.h"
#include "base/error.h"
#include "comm/add.h"
#include "comm/comm_internal.h"
#include "comm/compression.h"
#include "comm/message.h"

int dlt_exchange_partner(const dlt_comm *comm, int node, int owner) {
    return comm->first_rank[node] + owner % dlt_comm_ranks_of(comm, node);
}

/* This rank sends to, and receives the total from, the owners on other nodes whose partner it is.
 */
static bool is_my_partner(const dlt_comm *comm, int owner) {
    return !dlt_comm_on_node(comm, owner) &&
           dlt_exchange_partner(comm, comm->node, owner) == comm->rank;
}

/* Messages of a bucket have tags of their own, for two buckets may be under way in either order. */
enum { TAG_VALUES = 0, TAG_TOTAL = 1, TAGS = 2 };

/* Tags from here on are those of rows. */
enum { TAG_LIMIT = DLT_TAG_ROW_LISTS };

static dlt_range own_slice(const dlt_pipeline *pipeline, int index) {
    return dlt_bucket_slice(&pipeline->options.buckets, index, pipeline->comm->rank);
}

/* Sends of values to owners elsewhere, and of the total to nodes, receives of the total from
 * owners. */
static int64_t most_others(const dlt_pipeline *pipeline) {
    int served = 0;
    for (int owner = 0; owner < pipeline->comm->size; owner++)
        served += is_my_partner(pipeline->comm, owner);
    return (int64_t)served * (pipeline->options.value_count + 1) + pipeline->comm->node_count;
}

/* Of a bucket: this node's values for the owners that this rank serves, and the total of the own
 * slice. */
static int64_t packed_bytes_of(const dlt_pipeline *pipeline, int index) {
    int64_t bytes = dlt_message_packed_bytes(pipeline, own_slice(pipeline, index));
    for (int owner = 0; owner < pipeline->comm->size; owner++)
        if (is_my_partner(pipeline->comm, owner))
            bytes += pipeline->options.left_count *
                     dlt_message_packed_bytes(
                         pipeline, dlt_bucket_slice(&pipeline->options.buckets, index, owner));
    return bytes;
}

static void place(dlt_pipeline *pipeline, int64_t others) {
    int values = pipeline->options.value_count;
    dlt_real *received = pipeline->received;
    char *packed = pipeline->packed;
    MPI_Request *requests = pipeline->requests;
    for (int index = 0; index < pipeline->options.buckets.count; index++) {
        dlt_bucket_state *state = &pipeline->states[index];
        state->received = received;
        received += values * own_slice(pipeline, index).count;
        state->packed = packed;
        packed += packed_bytes_of(pipeline, index);
        state->incoming = requests;
        state->others = requests + values;
        requests += values + others;
    }
}

dlt_status dlt_exchange_create(dlt_pipeline *pipeline) {
    int64_t buckets = pipeline->options.buckets.count;
    int values = pipeline->options.value_count;
    if (pipeline->comm->node_count == 1)
        return DLT_OK;
    if (TAGS * buckets > TAG_LIMIT)
        return dlt_fail(
            DLT_ERR_UNSUPPORTED,
            "the model has more gradient elements (%lld) than messages between nodes can number",
            (long long)pipeline->options.buckets.elements);
    int64_t owned = 0;
    int64_t packed = 0;
    for (int index = 0; index < buckets; index++) {
        owned += own_slice(pipeline, index).count;
        packed += packed_bytes_of(pipeline, index);
    }
    int64_t others = most_others(pipeline);
    DLT_TRY(DLT_NEW(pipeline->received, values * owned));
    DLT_TRY(DLT_NEW(pipeline->packed, packed));
    DLT_TRY(DLT_NEW(pipeline->requests, buckets * (values + others)));
    place(pipeline, others);
    return DLT_OK;
}

void dlt_exchange_destroy(dlt_pipeline *pipeline) {
    dlt_free(pipeline->received);
    dlt_free(pipeline->packed);
    dlt_free(pipeline->requests);
}

static dlt_status test(MPI_Request *requests, int count, bool *done) {
    int flag = 0;
    DLT_TRY(
        dlt_comm_check(MPI_Testall(count, requests, &flag, MPI_STATUSES_IGNORE), "MPI_Testall"));
    *done = flag != 0;
    return DLT_OK;
}

/* The other nodes' values of this rank's slice, one behind the other. Messages of one partner come
 * in order. */
static dlt_status receive_values(dlt_pipeline *pipeline, int index) {
    const dlt_tree_plan *plan = pipeline->plan;
    dlt_bucket_state *state = &pipeline->states[index];
    dlt_range mine = own_slice(pipeline, index);
    int64_t rounded = dlt_range_below(mine, pipeline->options.rounded_count);
    for (int node = 0; node < plan->nodes; node++) {
        if (node == pipeline->comm->node)
            continue;
        int partner = dlt_exchange_partner(pipeline->comm, node, pipeline->comm->rank);
        for (int i = plan->first_left[node]; i < plan->first_left[node + 1]; i++) {
            dlt_message it = dlt_message_in(state->received + i * mine.count, mine.count, rounded);
            it.tag = TAGS * index + TAG_VALUES;
            DLT_TRY(dlt_message_receive(pipeline, &it, partner,
                                        &state->incoming[state->incoming_count++]));
        }
    }
    return DLT_OK;
}

/* What is left of this node's values, to the owners on other nodes that this rank serves. */
static dlt_status send_values(dlt_pipeline *pipeline, int index) {
    const dlt_tree_plan *plan = pipeline->plan;
    dlt_bucket_state *state = &pipeline->states[index];
    int node = pipeline->comm->node;
    for (int owner = 0; owner < pipeline->comm->size; owner++) {
        if (!is_my_partner(pipeline->comm, owner))
            continue;
        dlt_range slice = dlt_bucket_slice(&pipeline->options.buckets, index, owner);
        int64_t rounded = dlt_range_below(slice, pipeline->options.rounded_count);
        for (int i = plan->first_left[node]; i < plan->first_left[node + 1]; i++) {
            dlt_message it = dlt_message_out(state, pipeline->values[plan->left[i]] + slice.first,
                                             slice.count, rounded);
            it.tag = TAGS * index + TAG_VALUES;
            DLT_TRY(dlt_message_send(pipeline, &it, owner, &state->others[state->other_count++]));
        }
    }
    return DLT_OK;
}

/* A buffer of the node of which every node gets the owners' slices. */
typedef struct shared {
    dlt_real *at;
    int64_t elements; /* it may end before the buckets do */
    int64_t rounded;  /* the first so many travel as bf16 */
} shared;

static shared shared_total(const dlt_pipeline *pipeline) {
    return (shared){.at = pipeline->options.memory->total,
                    .elements = pipeline->options.buckets.elements,
                    .rounded = pipeline->options.rounded_count};
}

static dlt_range slice_within(const dlt_pipeline *pipeline, int index, int owner,
                              int64_t elements) {
    dlt_range slice = dlt_bucket_slice(&pipeline->options.buckets, index, owner);
    slice.count = dlt_range_below(slice, elements);
    return slice;
}

/* From the owners elsewhere that this rank stands for. */
static dlt_status receive_shared(dlt_pipeline *pipeline, int index, const shared *buffer) {
    dlt_bucket_state *state = &pipeline->states[index];
    for (int owner = 0; owner < pipeline->comm->size; owner++) {
        if (!is_my_partner(pipeline->comm, owner))
            continue;
        dlt_range slice = slice_within(pipeline, index, owner, buffer->elements);
        dlt_message it = dlt_message_in(buffer->at + slice.first, slice.count,
                                        dlt_range_below(slice, buffer->rounded));
        it.tag = TAGS * index + TAG_TOTAL;
        DLT_TRY(dlt_message_receive(pipeline, &it, owner, &state->others[state->other_count++]));
    }
    return DLT_OK;
}

/* When all of these are there. */
static void unpack_shared(dlt_pipeline *pipeline, int index, const shared *buffer) {
    for (int owner = 0; owner < pipeline->comm->size; owner++) {
        dlt_range slice = slice_within(pipeline, index, owner, buffer->elements);
        if (is_my_partner(pipeline->comm, owner))
            dlt_compression_unpack(buffer->at + slice.first,
                                   dlt_range_below(slice, buffer->rounded));
    }
}

static dlt_status send_shared(dlt_pipeline *pipeline, int index, const shared *buffer) {
    dlt_bucket_state *state = &pipeline->states[index];
    dlt_range mine = slice_within(pipeline, index, pipeline->comm->rank, buffer->elements);
    dlt_message it = dlt_message_out(state, buffer->at + mine.first, mine.count,
                                     dlt_range_below(mine, buffer->rounded));
    it.tag = TAGS * index + TAG_TOTAL;
    for (int node = 0; node < pipeline->comm->node_count; node++) {
        int partner = dlt_exchange_partner(pipeline->comm, node, pipeline->comm->rank);
        if (node != pipeline->comm->node)
            DLT_TRY(dlt_message_send(pipeline, &it, partner, &state->others[state->other_count++]));
    }
    return DLT_OK;
}

static bool is_shared(const dlt_pipeline *pipeline, int index) {
    dlt_range bucket = dlt_bucket(&pipeline->options.buckets, index);
    return bucket.first + bucket.count > pipeline->options.scattered_count;
}

dlt_status dlt_exchange_start(dlt_pipeline *pipeline, int index) {
    const shared total = shared_total(pipeline);
    dlt_bucket_state *state = &pipeline->states[index];
    state->stage = DLT_BUCKET_SUMMING;
    state->incoming_count = 0;
    state->other_count = 0;
    state->packed_bytes = 0;
    DLT_TRY(receive_values(pipeline, index));
    if (is_shared(pipeline, index))
        DLT_TRY(receive_shared(pipeline, index, &total));
    return send_values(pipeline, index);
}

/* A value of this rank's slice, from this node or as it came. */
static dlt_real *term_of(const dlt_pipeline *pipeline, int index, int node, int i) {
    dlt_range mine = own_slice(pipeline, index);
    if (node == pipeline->comm->node)
        return pipeline->values[pipeline->plan->left[i]] + mine.first;
    dlt_real *received = pipeline->states[index].received + i * mine.count;
    dlt_compression_unpack(received, dlt_range_below(mine, pipeline->options.rounded_count));
    return received;
}

/* What the nodes have left, added in this rank's slice of the total. */
static void add_over_nodes(dlt_pipeline *pipeline, int index) {
    const dlt_tree_plan *plan = pipeline->plan;
    dlt_range mine = own_slice(pipeline, index);
    for (int node = 0; node < plan->nodes; node++)
        for (int i = plan->first_left[node]; i < plan->first_left[node + 1]; i++)
            pipeline->terms[plan->left[i]] = term_of(pipeline, index, node, i);
    const dlt_additions additions = {.plan = plan,
                                     .first = plan->first_add[plan->nodes],
                                     .last = plan->first_add[plan->nodes + 1],
                                     .terms = pipeline->terms,
                                     .origin = mine.first,
                                     .rounded = pipeline->options.rounded_count,
                                     .total = pipeline->options.memory->total};
    dlt_add_slice(&additions, mine);
}

dlt_status dlt_exchange_advance(dlt_pipeline *pipeline, int index) {
    const shared total = shared_total(pipeline);
    dlt_bucket_state *state = &pipeline->states[index];
    bool there = false;
    if (state->stage == DLT_BUCKET_SUMMING) {
        DLT_TRY(test(state->incoming, state->incoming_count, &there));
        if (!there)
            return DLT_OK;
        add_over_nodes(pipeline, index);
        state->stage = DLT_BUCKET_SHARING;
        if (is_shared(pipeline, index))
            DLT_TRY(send_shared(pipeline, index, &total));
    }
    DLT_TRY(test(state->others, state->other_count, &there));
    if (!there)
        return DLT_OK;
    state->stage = DLT_BUCKET_DONE;
    if (is_shared(pipeline, index))
        unpack_shared(pipeline, index, &total);
    return DLT_OK;
}

dlt_status dlt_exchange_share(dlt_pipeline *pipeline, dlt_real *common, int64_t elements) {
    const shared exact = {.at = common, .elements = elements};
    for (int index = 0; index < pipeline->options.buckets.count; index++) {
        if (dlt_bucket(&pipeline->options.buckets, index).first >= elements)
            break;
        pipeline->states[index].other_count = 0;
        DLT_TRY(receive_shared(pipeline, index, &exact));
        DLT_TRY(send_shared(pipeline, index, &exact));
    }
    for (int index = 0; index < pipeline->options.buckets.count; index++) {
        dlt_bucket_state *state = &pipeline->states[index];
        DLT_TRY(dlt_comm_check(MPI_Waitall(state->other_count, state->others, MPI_STATUSES_IGNORE),
                               "MPI_Waitall"));
        state->other_count = 0;
    }
    return DLT_OK;
}

/* A bucket after the other, with one message to wait for at a time: this is not for the step. */
static dlt_status assemble_bucket(dlt_pipeline *pipeline, int index, dlt_real *flat,
                                  int64_t elements) {
    const dlt_comm *comm = pipeline->comm;
    const int tag = TAGS * index + TAG_VALUES;
    for (int owner = 1; owner < comm->size; owner++) {
        dlt_range slice = slice_within(pipeline, index, owner, elements);
        if (comm->rank == owner)
            DLT_TRY(dlt_comm_check(
                MPI_Send(flat + slice.first, dlt_int(slice.count), MPI_DLT_REAL, 0, tag, comm->mpi),
                "MPI_Send"));
        if (comm->rank == 0)
            DLT_TRY(dlt_comm_check(MPI_Recv(flat + slice.first, dlt_int(slice.count), MPI_DLT_REAL,
                                            owner, tag, comm->mpi, MPI_STATUS_IGNORE),
                                   "MPI_Recv"));
    }
    return DLT_OK;
}

dlt_status dlt_exchange_assemble(dlt_pipeline *pipeline, dlt_real *flat, int64_t elements) {
    for (int index = 0; index < pipeline->options.buckets.count; index++)
        DLT_TRY(assemble_bucket(pipeline, index, flat, elements));
    return DLT_OK;
}
