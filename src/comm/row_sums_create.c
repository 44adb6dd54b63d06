/* Lays out the memory of a sum of rows. A rank's segment in shared memory holds its arrival and,
 * for each table, its board, the parts of the total that it publishes, the entries of its pending
 * lists, their values, the entries of the total, and the values of totals and of lists that came
 * from other nodes. Every rank computes every size from the plans, so no offset is ever sent. Lists
 * cannot be longer than their leaves make them, nor than the table. Memory of the merging itself is
 * private, and where it is large it costs only what is written. */
#include "comm/row_sums_internal.h"

#include "base/alloc.h"
#include "base/cast.h"
#include "base/error.h"
#include "comm/message.h"

/* An area of memory that is cut into parts, each on cache lines of its own; base NULL: only its
 * length is wanted. */
typedef struct area {
    char *base;
    int64_t bytes;
} area;

static void *take(area *from, int64_t count, size_t size) {
    const int64_t line = 64;
    void *at = from->base == NULL ? NULL : from->base + from->bytes;
    from->bytes += dlt_ceil_div(count * (int64_t)size, line) * line;
    return at;
}

bool dlt_row_sums_serves(const dlt_comm *comm, int owner) {
    return dlt_comm_on_node(comm, owner)
               ? owner == comm->rank
               : dlt_exchange_partner(comm, comm->node, owner) == comm->rank;
}

/* The most entries that the lists of a rank have at a time. */
static int64_t slots_of(const dlt_row_sums_options *options, int table, int rank, int ranks) {
    const dlt_row_table *it = &options->tables[table];
    int64_t most = 0;
    for (int i = 0; i < options->plan_count; i++) {
        const int64_t leaves = options->plans[i].leaves;
        most =
            dlt_max_i64(most, dlt_row_stack_most(leaves, dlt_tree_first_leaf(leaves, rank, ranks),
                                                 dlt_tree_first_leaf(leaves, rank + 1, ranks),
                                                 it->most, it->rows));
    }
    return most;
}

static int64_t slots_of_ranks(const dlt_row_sums_options *options, int table, int first, int last,
                              int ranks) {
    int64_t slots = 0;
    for (int rank = first; rank < last; rank++)
        slots += slots_of(options, table, rank, ranks);
    return slots;
}

/* The most rows of an owner's total. */
static int64_t owned_most(const dlt_row_sums_options *options, int table, int owner, int ranks) {
    const dlt_row_table *it = &options->tables[table];
    int64_t leaves = 0;
    for (int i = 0; i < options->plan_count; i++)
        leaves = dlt_max_i64(leaves, options->plans[i].leaves);
    return dlt_min_i64(leaves * it->most, dlt_row_range(it, owner, ranks).count);
}

/* Rows of the totals that a rank publishes, and of those the ones that come from other nodes. */
static int64_t published_most(const dlt_comm *comm, const dlt_row_sums_options *options, int table,
                              int rank, int64_t *received) {
    const int64_t own = owned_most(options, table, rank, comm->size);
    *received = 0;
    for (int owner = 0; owner < comm->size && !options->scattered; owner++)
        if (!dlt_comm_on_node(comm, owner) && dlt_exchange_partner(comm, comm->node, owner) == rank)
            *received += owned_most(options, table, owner, comm->size);
    return own + *received;
}

static int most_values(const dlt_row_sums_options *options) {
    int most = 0;
    for (int i = 0; i < options->plan_count; i++)
        most = options->plans[i].value_count > most ? options->plans[i].value_count : most;
    return most;
}

/* Rows of the lists that a rank takes from all nodes. */
static int64_t landed_most(const dlt_comm *comm, const dlt_row_sums_options *options, int table,
                           int rank) {
    const dlt_range owned = dlt_row_range(&options->tables[table], rank, comm->size);
    if (comm->node_count == 1)
        return 0;
    return dlt_min_i64(slots_of_ranks(options, table, 0, comm->size, comm->size),
                       most_values(options) * owned.count);
}

/* Of one rank of this node and one table. */
static row_place place(const dlt_comm *comm, const dlt_row_sums_options *options, int table,
                       int rank, area *from) {
    const int64_t width = options->tables[table].width;
    const int64_t slots = slots_of(options, table, rank, comm->size);
    int64_t received = 0;
    const int64_t total = published_most(comm, options, table, rank, &received);
    row_place it;
    it.board = take(from, 1, sizeof *it.board);
    it.parts = take(from, comm->size, sizeof *it.parts);
    it.pending = take(from, slots, sizeof *it.pending);
    it.values = take(from, slots * width, sizeof *it.values);
    it.total = take(from, total, sizeof *it.total);
    it.received = take(from, received * width, sizeof *it.received);
    it.landed = take(from, landed_most(comm, options, table, rank) * width, sizeof *it.landed);
    return it;
}

static int64_t segment_bytes(const dlt_comm *comm, const dlt_row_sums_options *options, int rank) {
    area segment = {.base = NULL};
    (void)take(&segment, 1, sizeof(dlt_arrival));
    for (int t = 0; t < options->table_count; t++)
        (void)place(comm, options, t, rank, &segment);
    return segment.bytes;
}

int64_t dlt_row_sums_shared_bytes(const dlt_comm *comm, const dlt_row_sums_options *options) {
    return segment_bytes(comm, options, comm->rank);
}

static dlt_status make_stack(int64_t entries, int64_t *bytes, dlt_row_stack *out) {
    DLT_TRY(DLT_NEW(out->entries, entries));
    DLT_TRY(DLT_NEW(out->scratch, entries));
    *bytes += 2 * entries * (int64_t)sizeof *out->entries;
    return DLT_NEW(out->starts, DLT_TREE_PENDING_MAX + 1);
}

static void free_stack(dlt_row_stack *stack) {
    dlt_free(stack->entries);
    dlt_free(stack->scratch);
    dlt_free(stack->starts);
}

/* For lists from other nodes, and their merge with those of this node. */
static dlt_status make_landing(dlt_row_sums *sums, const dlt_row_sums_options *options, int table) {
    const dlt_comm *comm = sums->comm;
    row_table *it = &sums->tables[table];
    const int64_t landed = landed_most(comm, options, table, comm->rank);
    if (comm->node_count == 1)
        return DLT_OK;
    DLT_TRY(make_stack(landed, &sums->private_bytes, &it->all));
    DLT_TRY(DLT_NEW(it->landed, landed));
    sums->private_bytes += landed * (int64_t)sizeof *it->landed;
    return DLT_NEW(it->landed_starts, sums->value_count + 1);
}

static dlt_status make_table(dlt_row_sums *sums, const dlt_row_sums_options *options, int table) {
    const dlt_comm *comm = sums->comm;
    const int ranks = dlt_comm_node_size(comm);
    const int first = comm->first_rank[comm->node];
    row_table *it = &sums->tables[table];
    it->table = options->tables[table];
    it->slots = slots_of(options, table, comm->rank, comm->size);
    const int64_t on_node = slots_of_ranks(options, table, first, first + ranks, comm->size);
    const int64_t all = slots_of_ranks(options, table, 0, comm->size, comm->size);
    if (all > INT32_MAX || it->table.rows > INT32_MAX)
        return dlt_fail(DLT_ERR_UNSUPPORTED,
                        "a row-sparse gradient takes fewer than 2^31 rows per batch, and this "
                        "batch may have %lld of a table of %lld",
                        (long long)all, (long long)it->table.rows);
    DLT_TRY(DLT_NEW(it->places, ranks));
    it->pools.width = it->table.width;
    DLT_TRY(DLT_NEW(it->pools.at, ROW_POOLS * ranks));
    DLT_TRY(DLT_NEW(it->free_slots, it->slots));
    DLT_TRY(DLT_NEW(it->pending.scratch, it->slots));
    sums->private_bytes +=
        it->slots * (int64_t)(sizeof *it->free_slots + sizeof *it->pending.scratch);
    DLT_TRY(make_stack(on_node, &sums->private_bytes, &it->node));
    return make_landing(sums, options, table);
}

/* Of a message with the given numbers of lists and of rows. */
static int64_t message_bytes(const dlt_row_sums *sums, int64_t lists, const int64_t *rows) {
    const int64_t word = 8;
    int64_t bytes = 0;
    for (int t = 0; t < sums->table_count; t++) {
        const int64_t width = sums->tables[t].table.width;
        bytes += lists * 3 * word +
                 rows[t] * ((int64_t)sizeof(int32_t) + width * (int64_t)sizeof(dlt_real));
    }
    return bytes;
}

/* Messages of a batch: of lists to all owners that this rank serves, then its total, or the new
 * parameters of its rows; and the longest that arrives. */
static dlt_status make_messages(dlt_row_sums *sums, const dlt_row_sums_options *options) {
    const dlt_comm *comm = sums->comm;
    if (comm->node_count == 1)
        return DLT_OK;
    int64_t *rows = NULL;
    int64_t *own = NULL;
    dlt_status status = DLT_OK;
    DLT_TRY_OUT(DLT_NEW(rows, sums->table_count));
    DLT_TRY_OUT(DLT_NEW(own, sums->table_count));
    for (int node = 0; node < comm->node_count; node++) {
        for (int t = 0; t < sums->table_count; t++)
            rows[t] = slots_of_ranks(options, t, comm->first_rank[node], comm->first_rank[node + 1],
                                     comm->size);
        sums->landing_bytes =
            dlt_max_i64(sums->landing_bytes, message_bytes(sums, sums->value_count, rows));
        if (node == comm->node)
            sums->packed_bytes = message_bytes(sums, (int64_t)sums->value_count * comm->size, rows);
    }
    for (int owner = 0; owner < comm->size; owner++) {
        for (int t = 0; t < sums->table_count; t++)
            own[t] = owned_most(options, t, owner, comm->size);
        const int64_t bytes = message_bytes(sums, 1, own);
        sums->landing_bytes = dlt_max_i64(sums->landing_bytes, bytes);
        sums->packed_bytes += owner == comm->rank ? bytes : 0;
    }
    if (sums->landing_bytes / 8 > INT32_MAX)
        DLT_TRY_OUT(dlt_fail(DLT_ERR_UNSUPPORTED,
                             "the rows of a batch (%lld bytes) are too many for one message "
                             "between nodes",
                             (long long)sums->landing_bytes));
    sums->private_bytes += sums->packed_bytes + sums->landing_bytes;
    DLT_TRY_OUT(DLT_NEW(sums->packed, sums->packed_bytes));
    DLT_TRY_OUT(DLT_NEW(sums->landing, sums->landing_bytes));
    DLT_TRY_OUT(DLT_NEW(sums->ends, sums->table_count));
    status = DLT_NEW(sums->requests, comm->size + comm->node_count);
out:
    dlt_free(rows);
    dlt_free(own);
    return status;
}

/* Everything that may fail on one rank alone. */
static dlt_status create_here(dlt_row_sums *sums, const dlt_row_sums_options *options) {
    sums->table_count = options->table_count;
    DLT_TRY(DLT_NEW(sums->plain, options->table_count));
    DLT_TRY(DLT_NEW(sums->tables, options->table_count));
    sums->value_count = most_values(options);
    for (int t = 0; t < options->table_count; t++) {
        sums->plain[t] = options->tables[t];
        DLT_TRY(make_table(sums, options, t));
    }
    DLT_TRY(make_messages(sums, options));
    return DLT_NEW(sums->arrivals.of, dlt_comm_node_size(sums->comm));
}

static void find_places(dlt_row_sums *sums, const dlt_row_sums_options *options) {
    const dlt_comm *comm = sums->comm;
    const int ranks = dlt_comm_node_size(comm);
    sums->arrivals.count = ranks;
    sums->arrivals.mine = dlt_comm_local_rank(comm);
    sums->arrivals.oversubscribed = comm->oversubscribed;
    for (int local = 0; local < ranks; local++) {
        area segment = {.base = sums->shared.segment[local]};
        sums->arrivals.of[local] = take(&segment, 1, sizeof(dlt_arrival));
        for (int t = 0; t < sums->table_count; t++) {
            row_table *it = &sums->tables[t];
            it->places[local] =
                place(comm, options, t, comm->first_rank[comm->node] + local, &segment);
            it->pools.at[local] = it->places[local].values;
            it->pools.at[ranks + local] = it->places[local].received;
            it->pools.at[2 * ranks + local] = it->places[local].landed;
        }
    }
    for (int t = 0; t < sums->table_count; t++) {
        row_table *it = &sums->tables[t];
        it->pending.entries = it->places[sums->arrivals.mine].pending;
        it->pending.starts = it->places[sums->arrivals.mine].board->starts;
    }
}

dlt_status dlt_row_sums_create(const dlt_comm *comm, const dlt_row_sums_options *options,
                               dlt_row_sums **out) {
    dlt_row_sums *sums = NULL;
    *out = NULL;
    dlt_status status = DLT_NEW(sums, 1);
    if (status == DLT_OK) {
        sums->comm = comm;
        sums->scattered = options->scattered;
        status = create_here(sums, options);
    }
    status = dlt_agree(comm, status);
    if (status == DLT_OK) {
        sums->segment_bytes = segment_bytes(comm, options, comm->rank);
        status = dlt_shared_segment_create(comm, sums->segment_bytes, &sums->shared);
    }
    if (status == DLT_OK)
        find_places(sums, options);
    else
        dlt_row_sums_destroy(&sums);
    *out = sums;
    return status;
}

static void free_table(row_table *it) {
    dlt_free(it->places);
    dlt_free(it->pools.at);
    dlt_free(it->free_slots);
    dlt_free(it->pending.scratch);
    free_stack(&it->node);
    free_stack(&it->all);
    dlt_free(it->landed);
    dlt_free(it->landed_starts);
}

void dlt_row_sums_destroy(dlt_row_sums **sums) {
    if (*sums == NULL)
        return;
    dlt_shared_segment_destroy(&(*sums)->shared);
    for (int t = 0; (*sums)->tables != NULL && t < (*sums)->table_count; t++)
        free_table(&(*sums)->tables[t]);
    dlt_free((*sums)->tables);
    dlt_free((*sums)->plain);
    dlt_free((*sums)->arrivals.of);
    dlt_free((*sums)->packed);
    dlt_free((*sums)->landing);
    dlt_free((*sums)->ends);
    dlt_free((*sums)->requests);
    dlt_free(*sums);
    *sums = NULL;
}
