/* Rows between nodes. A message holds, for each table and list, the number of rows, their numbers
 * and their values, each on 8 bytes; it travels as words of 8 bytes, because MPI counts in int. For
 * each owner elsewhere one rank of a node, the partner (pipeline.h), sends what the node has and
 * receives the total. The length of a message depends on the batch, so the receiver asks MPI for
 * it; who sends to whom depends on the nodes alone. */
#include "base/cast.h"
#include "base/error.h"
#include "comm/message.h"
#include "comm/row_sums_internal.h"

#include <string.h>

/* A message that is written or read, part by part. */
typedef struct cursor {
    char *at;
} cursor;

enum { WORD = 8 };

static char *pass(cursor *message, int64_t bytes) {
    char *at = message->at;
    message->at += dlt_ceil_div(bytes, WORD) * WORD;
    return at;
}

static dlt_real *write_rows(cursor *message, const row_table *it, const dlt_row_entry *entries,
                            int64_t count) {
    memcpy(pass(message, WORD), &count, sizeof count);
    int32_t *rows = (int32_t *)(void *)pass(message, count * (int64_t)sizeof *rows);
    for (int64_t i = 0; i < count; i++)
        rows[i] = entries[i].row;
    return (dlt_real *)(void *)pass(message, count * it->table.width * (int64_t)sizeof(dlt_real));
}

static void write_list(cursor *message, const row_table *it, const dlt_row_entry *entries,
                       int64_t count) {
    const int64_t width = it->table.width;
    dlt_real *values = write_rows(message, it, entries, count);
    for (int64_t i = 0; i < count; i++)
        memcpy(values + i * width, dlt_row_values(&it->pools, &entries[i]),
               (size_t)width * sizeof *values);
}

/* A list as it came. */
typedef struct list_view {
    int64_t count;
    const int32_t *rows;
    const dlt_real *values;
} list_view;

static list_view read_list(cursor *message, const row_table *it) {
    list_view list;
    memcpy(&list.count, pass(message, WORD), sizeof list.count);
    list.rows = (const int32_t *)(void *)pass(message, list.count * (int64_t)sizeof *list.rows);
    list.values = (const dlt_real *)(void *)pass(message, list.count * it->table.width *
                                                              (int64_t)sizeof(dlt_real));
    return list;
}

/* Entries for a list whose values are copied behind those in use of a pool. */
static void take_list(const list_view *list, const row_table *it, int pool, int64_t slot,
                      dlt_row_entry *entries) {
    for (int64_t i = 0; i < list->count; i++)
        entries[i] =
            (dlt_row_entry){.row = list->rows[i], .pool = pool, .slot = (int32_t)(slot + i)};
    memcpy(it->pools.at[pool] + slot * it->table.width, list->values,
           (size_t)(list->count * it->table.width) * sizeof *list->values);
}

static dlt_status send(dlt_row_sums *sums, const char *from, const char *end, int to, int tag) {
    sums->sent_bytes += end - from;
    return dlt_comm_check(MPI_Isend(from, dlt_int((end - from) / WORD), MPI_INT64_T, to, tag,
                                    sums->comm->mpi, &sums->requests[sums->request_count++]),
                          "MPI_Isend");
}

static dlt_status receive(dlt_row_sums *sums, int from, int tag, cursor *message) {
    MPI_Message handle = MPI_MESSAGE_NULL;
    MPI_Status status;
    int words = 0;
    DLT_TRY(dlt_comm_check(MPI_Mprobe(from, tag, sums->comm->mpi, &handle, &status), "MPI_Mprobe"));
    MPI_Get_count(&status, MPI_INT64_T, &words);
    *message = (cursor){.at = sums->landing};
    return dlt_comm_check(MPI_Mrecv(sums->landing, words, MPI_INT64_T, &handle, MPI_STATUS_IGNORE),
                          "MPI_Mrecv");
}

static dlt_status wait_for_sends(dlt_row_sums *sums) {
    const int count = sums->request_count;
    sums->request_count = 0;
    sums->packed_used = 0;
    /* Begun by send. NOLINTNEXTLINE(clang-analyzer-optin.mpi.MPI-Checker) */
    return dlt_comm_check(MPI_Waitall(count, sums->requests, MPI_STATUSES_IGNORE), "MPI_Waitall");
}

dlt_status dlt_row_exchange_send(dlt_row_sums *sums, int owner) {
    char *const from = sums->packed + sums->packed_used;
    cursor message = {.at = from};
    for (int t = 0; t < sums->table_count; t++) {
        const row_table *it = &sums->tables[t];
        for (int i = 0; i < it->node.count; i++)
            write_list(&message, it, it->node.entries + it->node.starts[i],
                       it->node.starts[i + 1] - it->node.starts[i]);
    }
    sums->packed_used += message.at - from;
    return send(sums, from, message.at, owner, DLT_TAG_ROW_LISTS);
}

/* What one node has left: for each table the lists of its values, in order. Of this node nothing
 * has to land. */
static void land(dlt_row_sums *sums, int node, cursor *message) {
    const dlt_tree_plan *plan = sums->plan;
    const int pool = 2 * sums->arrivals.count + sums->arrivals.mine;
    for (int t = 0; t < sums->table_count; t++) {
        row_table *it = &sums->tables[t];
        for (int i = plan->first_left[node]; i < plan->first_left[node + 1]; i++) {
            const int64_t start = it->landed_starts[i];
            it->landed_starts[i + 1] = start;
            if (message == NULL)
                continue;
            const list_view list = read_list(message, it);
            take_list(&list, it, pool, start, it->landed + start);
            it->landed_starts[i + 1] = start + list.count;
        }
    }
}

dlt_status dlt_row_exchange_receive(dlt_row_sums *sums) {
    const dlt_comm *comm = sums->comm;
    for (int node = 0; node < comm->node_count && comm->node_count > 1; node++) {
        cursor message;
        if (node == comm->node) {
            land(sums, node, NULL);
            continue;
        }
        const int from = dlt_exchange_partner(comm, node, comm->rank);
        DLT_TRY(receive(sums, from, DLT_TAG_ROW_LISTS, &message));
        land(sums, node, &message);
    }
    return DLT_OK;
}

/* Sends the message that begins at `from` to this owner's partner on every other node. */
static dlt_status send_to_nodes(dlt_row_sums *sums, const char *from, const char *end, int tag) {
    const dlt_comm *comm = sums->comm;
    sums->packed_used += end - from;
    for (int node = 0; node < comm->node_count; node++)
        if (node != comm->node)
            DLT_TRY(send(sums, from, end, dlt_exchange_partner(comm, node, comm->rank), tag));
    return DLT_OK;
}

static bool serves_elsewhere(const dlt_comm *comm, int owner) {
    return owner != comm->rank && dlt_row_sums_serves(comm, owner);
}

/* Behind the entries and values of this rank's total those of an owner elsewhere. */
static void publish(dlt_row_sums *sums, int owner, row_part *ends, cursor *message) {
    for (int t = 0; t < sums->table_count; t++) {
        const row_table *it = &sums->tables[t];
        const row_place *place = &it->places[sums->arrivals.mine];
        const list_view list = read_list(message, it);
        take_list(&list, it, sums->arrivals.count + sums->arrivals.mine, ends[t].count,
                  place->total + ends[t].first);
        place->parts[owner] = (row_part){.first = ends[t].first, .count = list.count};
        ends[t].first += list.count;
        ends[t].count += list.count;
    }
}

dlt_status dlt_row_exchange_total(dlt_row_sums *sums) {
    const dlt_comm *comm = sums->comm;
    char *const from = sums->packed + sums->packed_used;
    cursor message = {.at = from};
    if (comm->node_count == 1)
        return DLT_OK;
    if (sums->scattered)
        return wait_for_sends(sums);
    for (int t = 0; t < sums->table_count; t++) {
        const row_table *it = &sums->tables[t];
        const row_place *place = &it->places[sums->arrivals.mine];
        const row_part *own = &place->parts[comm->rank];
        write_list(&message, it, place->total, own->count);
        sums->ends[t] = (row_part){.first = own->count};
    }
    DLT_TRY(send_to_nodes(sums, from, message.at, DLT_TAG_ROW_TOTAL));
    for (int owner = 0; owner < comm->size; owner++) {
        if (!serves_elsewhere(comm, owner))
            continue;
        DLT_TRY(receive(sums, owner, DLT_TAG_ROW_TOTAL, &message));
        publish(sums, owner, sums->ends, &message);
    }
    return wait_for_sends(sums);
}

/* The parameters of this rank's rows in use. */
static void write_params(cursor *message, const dlt_row_sums *sums, int table,
                         const dlt_real *flat) {
    const row_table *it = &sums->tables[table];
    const row_place *place = &it->places[sums->arrivals.mine];
    const row_part *own = &place->parts[sums->comm->rank];
    const int64_t width = it->table.width;
    dlt_real *values = write_rows(message, it, place->total + own->first, own->count);
    for (int64_t i = 0; i < own->count; i++)
        memcpy(values + i * width,
               flat + it->table.offset + place->total[own->first + i].row * width,
               (size_t)width * sizeof *values);
}

static void read_params(cursor *message, const row_table *it, dlt_real *flat) {
    const int64_t width = it->table.width;
    const list_view list = read_list(message, it);
    for (int64_t i = 0; i < list.count; i++)
        memcpy(flat + it->table.offset + list.rows[i] * width, list.values + i * width,
               (size_t)width * sizeof *flat);
}

dlt_status dlt_row_sums_share(dlt_row_sums *sums, dlt_real *flat) {
    const dlt_comm *comm = sums->comm;
    if (comm->node_count == 1)
        return DLT_OK;
    cursor message = {.at = sums->packed};
    for (int t = 0; t < sums->table_count; t++)
        write_params(&message, sums, t, flat);
    DLT_TRY(send_to_nodes(sums, sums->packed, message.at, DLT_TAG_ROW_PARAMS));
    for (int owner = 0; owner < comm->size; owner++) {
        if (!serves_elsewhere(comm, owner))
            continue;
        DLT_TRY(receive(sums, owner, DLT_TAG_ROW_PARAMS, &message));
        for (int t = 0; t < sums->table_count; t++)
            read_params(&message, &sums->tables[t], flat);
    }
    return wait_for_sends(sums);
}

/* One rank's range of rows to another, in pieces that MPI can count; both call it. */
static dlt_status move_range(const dlt_comm *comm, int from, int to, dlt_real *at, int64_t count) {
    const int64_t most = (int64_t)1 << 28;
    for (int64_t done = 0; done < count; done += most) {
        const int now = dlt_int(dlt_min_i64(most, count - done));
        if (comm->rank == from)
            DLT_TRY(dlt_comm_check(
                MPI_Send(at + done, now, MPI_DLT_REAL, to, DLT_TAG_ROW_PARAMS, comm->mpi),
                "MPI_Send"));
        if (comm->rank == to)
            DLT_TRY(dlt_comm_check(MPI_Recv(at + done, now, MPI_DLT_REAL, from, DLT_TAG_ROW_PARAMS,
                                            comm->mpi, MPI_STATUS_IGNORE),
                                   "MPI_Recv"));
    }
    return DLT_OK;
}

static bool holds(const dlt_comm *comm, int node, int rank) {
    return comm->first_rank[node] <= rank && rank < comm->first_rank[node + 1];
}

/* An owner after the other, which is slow: this is not for the step. */
dlt_status dlt_row_sums_share_all(dlt_row_sums *sums, dlt_real *flat) {
    const dlt_comm *comm = sums->comm;
    for (int t = 0; t < sums->table_count; t++) {
        const dlt_row_table *table = &sums->tables[t].table;
        for (int owner = 0; owner < comm->size; owner++) {
            const dlt_range rows = dlt_row_range(table, owner, comm->size);
            dlt_real *at = flat + table->offset + rows.first * table->width;
            for (int node = 0; node < comm->node_count; node++)
                if (!holds(comm, node, owner))
                    DLT_TRY(move_range(comm, owner, dlt_exchange_partner(comm, node, owner), at,
                                       rows.count * table->width));
        }
    }
    return DLT_OK;
}

dlt_status dlt_row_sums_assemble(dlt_row_sums *sums, dlt_real *flat) {
    const dlt_comm *comm = sums->comm;
    for (int t = 0; t < sums->table_count; t++) {
        const dlt_row_table *table = &sums->tables[t].table;
        for (int owner = 1; owner < comm->size; owner++) {
            const dlt_range rows = dlt_row_range(table, owner, comm->size);
            DLT_TRY(move_range(comm, owner, 0, flat + table->offset + rows.first * table->width,
                               rows.count * table->width));
        }
    }
    return DLT_OK;
}
