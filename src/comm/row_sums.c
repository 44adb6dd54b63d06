/* Takes a batch through the sum of its rows: begin; push for each micro-batch; finish; share where
 * owners update parameters that others read. Arrivals number the moments of a batch on a node: the
 * last total is no longer read, the lists of all ranks are there, the totals of all owners are
 * there. An owner merges the node's lists of its rows where they lie: of each list it takes the
 * part in its range, and it adds values in place, in memory of the rank that made them. Nobody else
 * touches these rows. No function here allocates memory. */
#include "comm/row_sums.h"

#include "base/cast.h"
#include "base/error.h"
#include "comm/pipeline.h"
#include "comm/row_sums_internal.h"

#include <string.h>

enum { STAGE_LISTS = 1, STAGE_TOTALS = 2, STAGES = 3 };

static row_place *my_place(const dlt_row_sums *sums, int table) {
    return &sums->tables[table].places[sums->arrivals.mine];
}

void dlt_row_sums_begin(dlt_row_sums *sums, const dlt_tree_plan *plan) {
    sums->plan = plan;
    sums->tree = dlt_tree_stack_make(plan->leaves);
    sums->next_leaf = dlt_tree_first_leaf(plan->leaves, sums->comm->rank, sums->comm->size);
    sums->stage += STAGES;
    sums->is_free = false;
    dlt_arrive(&sums->arrivals, sums->stage);
}

/* Nobody reads what this rank shows to its node. */
static void wait_until_free(dlt_row_sums *sums) {
    if (sums->is_free)
        return;
    dlt_await(&sums->arrivals, sums->stage);
    sums->is_free = true;
    for (int t = 0; t < sums->table_count; t++) {
        row_table *it = &sums->tables[t];
        dlt_row_stack_clear(&it->pending);
        for (it->free_count = 0; it->free_count < it->slots; it->free_count++)
            it->free_slots[it->free_count] = (int32_t)(it->slots - 1 - it->free_count);
    }
}

/* Copies a list's values to slots of this rank's pool. */
static void push_list(row_table *it, int pool, const dlt_row_list *list) {
    const int64_t width = it->table.width;
    dlt_row_stack *stack = &it->pending;
    dlt_row_entry *to = stack->entries + stack->starts[stack->count];
    const int64_t count = list != NULL ? list->count : 0;
    for (int64_t i = 0; i < count; i++) {
        to[i] = (dlt_row_entry){
            .row = list->rows[i], .pool = pool, .slot = it->free_slots[--it->free_count]};
        memcpy(dlt_row_values(&it->pools, &to[i]), list->values + i * width,
               (size_t)width * sizeof *list->values);
    }
    stack->starts[stack->count + 1] = stack->starts[stack->count] + count;
    stack->count++;
}

void dlt_row_sums_push(dlt_row_sums *sums, const dlt_row_list *lists) {
    wait_until_free(sums);
    dlt_tree_push(&sums->tree, sums->next_leaf++);
    for (int t = 0; t < sums->table_count; t++)
        push_list(&sums->tables[t], sums->arrivals.mine, lists != NULL ? &lists[t] : NULL);
    while (dlt_tree_merge(&sums->tree))
        for (int t = 0; t < sums->table_count; t++) {
            row_table *it = &sums->tables[t];
            it->free_count +=
                dlt_row_stack_merge(&it->pending, &it->pools, it->free_slots + it->free_count);
        }
}

/* The additions of a plan, replayed as values come in order: stack position i holds value
 * `value[i]`. */
typedef struct replay {
    const dlt_tree_plan *plan;
    int next; /* addition */
    int last;
    int value[DLT_TREE_PENDING_MAX];
} replay;

static void merge_pushed(replay *adds, int value, row_table *it, dlt_row_stack *stack) {
    adds->value[stack->count - 1] = value;
    while (adds->next < adds->last && stack->count > 1) {
        const dlt_tree_add *add = &adds->plan->adds[adds->next];
        if (add->into != adds->value[stack->count - 2] ||
            add->from != adds->value[stack->count - 1])
            break;
        (void)dlt_row_stack_merge(stack, &it->pools, NULL);
        adds->next++;
    }
}

/* What this node's ranks have of an owner's rows, as far as the node can add it. */
static void merge_node(dlt_row_sums *sums, row_table *it, int owner) {
    const dlt_tree_plan *plan = sums->plan;
    const int node = sums->comm->node;
    const int first_rank = sums->comm->first_rank[node];
    const dlt_range rows = dlt_row_range(&it->table, owner, sums->comm->size);
    replay adds = {.plan = plan, .next = plan->first_add[node], .last = plan->first_add[node + 1]};
    dlt_row_stack_clear(&it->node);
    for (int local = 0; local < sums->arrivals.count; local++) {
        const row_place *from = &it->places[local];
        const int first_value = plan->first_value[first_rank + local];
        for (int i = 0; i < from->board->pending_count; i++) {
            const dlt_row_entry *list = from->pending + from->board->starts[i];
            const int64_t count = from->board->starts[i + 1] - from->board->starts[i];
            const int64_t begin = dlt_row_find(list, count, rows.first);
            const int64_t end = dlt_row_find(list, count, rows.first + rows.count);
            dlt_row_stack_push(&it->node, list + begin, end - begin);
            merge_pushed(&adds, first_value + i, it, &it->node);
        }
    }
}

/* The lists of all nodes of this rank's rows; those of its own node are on the `node` stack. */
static void merge_nodes(dlt_row_sums *sums, row_table *it) {
    const dlt_tree_plan *plan = sums->plan;
    replay adds = {.plan = plan,
                   .next = plan->first_add[plan->nodes],
                   .last = plan->first_add[plan->nodes + 1]};
    dlt_row_stack_clear(&it->all);
    for (int node = 0; node < plan->nodes; node++)
        for (int i = plan->first_left[node]; i < plan->first_left[node + 1]; i++) {
            const bool is_mine = node == sums->comm->node;
            const int64_t *starts =
                is_mine ? it->node.starts + i - plan->first_left[node] : it->landed_starts + i;
            const dlt_row_entry *from = is_mine ? it->node.entries : it->landed;
            dlt_row_stack_push(&it->all, from + starts[0], starts[1] - starts[0]);
            merge_pushed(&adds, plan->left[i], it, &it->all);
        }
}

static void publish(dlt_row_sums *sums, int table) {
    row_table *it = &sums->tables[table];
    row_place *place = my_place(sums, table);
    const dlt_row_stack *sum = sums->comm->node_count > 1 ? &it->all : &it->node;
    const int64_t count = sum->count > 0 ? sum->starts[1] : 0;
    memcpy(place->total, sum->entries, (size_t)count * sizeof *place->total);
    place->parts[sums->comm->rank] = (row_part){.first = 0, .count = count};
    sums->reduced_bytes +=
        count * (it->table.width * (int64_t)sizeof(dlt_real) + (int64_t)sizeof(int32_t));
}

/* This rank's lists are complete. */
static void show_lists(dlt_row_sums *sums) {
    wait_until_free(sums);
    for (int t = 0; t < sums->table_count; t++) {
        row_table *it = &sums->tables[t];
        my_place(sums, t)->board->pending_count = it->pending.count;
        sums->reduced_bytes +=
            it->pending.starts[it->pending.count] *
            (it->table.width * (int64_t)sizeof(dlt_real) + (int64_t)sizeof(int32_t));
    }
    dlt_arrive(&sums->arrivals, sums->stage + STAGE_LISTS);
    dlt_await(&sums->arrivals, sums->stage + STAGE_LISTS);
}

dlt_status dlt_row_sums_finish(dlt_row_sums *sums) {
    const dlt_comm *comm = sums->comm;
    show_lists(sums);
    for (int owner = 0; owner < comm->size; owner++) {
        if (owner == comm->rank || !dlt_row_sums_serves(comm, owner))
            continue;
        for (int t = 0; t < sums->table_count; t++)
            merge_node(sums, &sums->tables[t], owner);
        DLT_TRY(dlt_row_exchange_send(sums, owner));
    }
    for (int t = 0; t < sums->table_count; t++)
        merge_node(sums, &sums->tables[t], comm->rank);
    DLT_TRY(dlt_row_exchange_receive(sums));
    for (int t = 0; t < sums->table_count; t++) {
        if (comm->node_count > 1)
            merge_nodes(sums, &sums->tables[t]);
        publish(sums, t);
    }
    DLT_TRY(dlt_row_exchange_total(sums));
    if (sums->scattered)
        return DLT_OK;
    dlt_arrive(&sums->arrivals, sums->stage + STAGE_TOTALS);
    dlt_await(&sums->arrivals, sums->stage + STAGE_TOTALS);
    return DLT_OK;
}

/* The rank of this node that publishes an owner's part. */
static int publisher_of(const dlt_comm *comm, int owner) {
    const int rank =
        dlt_comm_on_node(comm, owner) ? owner : dlt_exchange_partner(comm, comm->node, owner);
    return rank - comm->first_rank[comm->node];
}

static void open_part(dlt_row_total *total, int owner) {
    const dlt_row_sums *sums = total->sums;
    const row_place *place = &sums->tables[total->table].places[publisher_of(sums->comm, owner)];
    total->at = place->total + place->parts[owner].first;
    total->end = total->at + place->parts[owner].count;
}

dlt_row_total dlt_row_sums_total(const dlt_row_sums *sums, int table, bool own) {
    dlt_row_total total = {.pools = sums->tables[table].pools, .sums = sums, .table = table};
    if (own || sums->scattered) {
        open_part(&total, sums->comm->rank);
        total.next_owner = sums->comm->size;
    }
    return total;
}

bool dlt_row_total_next(dlt_row_total *total, int64_t *row, const dlt_real **values) {
    while (total->at == total->end) {
        if (total->next_owner == total->sums->comm->size)
            return false;
        open_part(total, total->next_owner++);
    }
    *row = total->at->row;
    *values = dlt_row_values(&total->pools, total->at);
    total->at++;
    return true;
}

int dlt_row_sums_tables(const dlt_row_sums *sums, const dlt_row_table **tables) {
    *tables = sums->plain;
    return sums->table_count;
}

int64_t dlt_row_sums_sent_bytes(const dlt_row_sums *sums) {
    return sums->sent_bytes;
}

int64_t dlt_row_sums_reduced_bytes(const dlt_row_sums *sums) {
    return sums->reduced_bytes;
}

int64_t dlt_row_sums_bytes(const dlt_row_sums *sums) {
    return sums->segment_bytes + sums->private_bytes;
}

int64_t dlt_row_sums_segment_bytes(const dlt_row_sums *sums) {
    return sums->segment_bytes;
}
