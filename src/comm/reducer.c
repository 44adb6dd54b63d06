#include "comm/reducer.h"

#include "base/alloc.h"
#include "base/cast.h"
#include "base/error.h"
#include "comm/buffers.h"
#include "comm/comm_internal.h"
#include "comm/transport.h"
#include "comm/tree.h"

#include <string.h>

struct dlt_reducer {
    const dlt_comm *comm; /* borrowed */
    int64_t real_count;
    int64_t double_count;
    int plan_count;
    dlt_tree_plan *plans;
    const dlt_tree_plan *plan; /* of the batch under way */
    dlt_tree_stack stack;
    int64_t next_leaf;
    const dlt_transport_ops *ops;
    dlt_transport *transport;
    int64_t bytes;
};

static dlt_status make_plans(dlt_reducer *reducer, const int64_t *micros, int count) {
    dlt_tree_nodes nodes = {.count = reducer->comm->node_count,
                            .first_rank = reducer->comm->first_rank};
    DLT_TRY(DLT_NEW(reducer->plans, count));
    for (int i = 0; i < count; i++, reducer->plan_count++)
        DLT_TRY(dlt_tree_plan_create(micros[i], &nodes, &reducer->plans[i]));
    return DLT_OK;
}

static int64_t first_leaf(int64_t micros, int rank, int size) {
    return micros * rank / size;
}

/* At least one buffer: a rank without micro-batches receives the total. */
static int count_buffers(const dlt_reducer *reducer) {
    int most = 1;
    int rank = reducer->comm->rank;
    int size = reducer->comm->size;
    for (int i = 0; i < reducer->plan_count; i++) {
        int64_t micros = reducer->plans[i].leaves;
        int depth = dlt_tree_depth(micros, first_leaf(micros, rank, size),
                                   first_leaf(micros, rank + 1, size));
        most = depth > most ? depth : most;
    }
    return most;
}

/* The fastest way first; the last suits everybody. */
static const dlt_transport_ops *const transports[] = {&dlt_transport_nodes,
                                                      &dlt_transport_messages};

static dlt_status make_transport(dlt_reducer *reducer) {
    dlt_transport_size size = {.buffer_count = count_buffers(reducer),
                               .value_count = 1,
                               .real_count = reducer->real_count,
                               .double_count = reducer->double_count,
                               .vote_count = DLT_VOTES};
    for (int i = 0; i < reducer->plan_count; i++)
        if (reducer->plans[i].value_count > size.value_count)
            size.value_count = reducer->plans[i].value_count;
    const int last = (int)(sizeof transports / sizeof transports[0]) - 1;
    int chosen = 0;
    while (chosen < last && !transports[chosen]->suits(reducer->comm, &size))
        chosen++;
    reducer->ops = transports[chosen];
    reducer->bytes = size.buffer_count * (size.real_count * (int64_t)sizeof(dlt_real) +
                                          size.double_count * (int64_t)sizeof(double));
    return reducer->ops->create(reducer->comm, &size, &reducer->transport);
}

dlt_status dlt_reducer_create(const dlt_comm *comm, int64_t real_count, int64_t double_count,
                              const int64_t *micros, int micros_count, dlt_reducer **out) {
    dlt_reducer *reducer = NULL;
    dlt_status status = DLT_NEW(reducer, 1);
    if (status == DLT_OK) {
        reducer->comm = comm;
        reducer->real_count = real_count;
        reducer->double_count = double_count;
        status = make_plans(reducer, micros, micros_count);
    }
    /* Choosing and making a transport communicates: all ranks must have come this far. */
    status = dlt_agree(comm, status);
    if (status == DLT_OK)
        status = dlt_agree(comm, make_transport(reducer));
    if (status != DLT_OK)
        dlt_reducer_destroy(&reducer);
    *out = reducer;
    return status;
}

void dlt_reducer_destroy(dlt_reducer **reducer) {
    if (*reducer == NULL)
        return;
    for (int i = 0; i < (*reducer)->plan_count; i++)
        dlt_tree_plan_destroy(&(*reducer)->plans[i]);
    dlt_free((*reducer)->plans);
    if ((*reducer)->transport != NULL)
        (*reducer)->ops->destroy((*reducer)->transport);
    dlt_free(*reducer);
    *reducer = NULL;
}

dlt_status dlt_reducer_begin(dlt_reducer *reducer, int64_t micros) {
    for (int i = 0; i < reducer->plan_count; i++) {
        if (reducer->plans[i].leaves != micros)
            continue;
        reducer->plan = &reducer->plans[i];
        reducer->stack = dlt_tree_stack_make(micros);
        reducer->next_leaf = first_leaf(micros, reducer->comm->rank, reducer->comm->size);
        return DLT_OK;
    }
    return dlt_fail(DLT_ERR_INTERNAL, "no reduction was planned for %lld micro-batches",
                    (long long)micros);
}

dlt_sums dlt_reducer_leaf(dlt_reducer *reducer) {
    int slot = reducer->stack.count;
    dlt_sums leaf = {.reals = reducer->ops->reals(reducer->transport, slot),
                     .doubles = reducer->ops->doubles(reducer->transport, slot)};
    memset(leaf.doubles, 0, (size_t)reducer->double_count * sizeof *leaf.doubles);
    return leaf;
}

/* The value on top goes into the one below. */
static void add_top(dlt_reducer *reducer) {
    const dlt_transport_ops *ops = reducer->ops;
    int top = reducer->stack.count;
    dlt_add_reals(ops->reals(reducer->transport, top - 1), ops->reals(reducer->transport, top),
                  reducer->real_count);
    dlt_add_doubles(ops->doubles(reducer->transport, top - 1),
                    ops->doubles(reducer->transport, top), reducer->double_count);
}

void dlt_reducer_push(dlt_reducer *reducer) {
    dlt_tree_push(&reducer->stack, reducer->next_leaf++);
    while (dlt_tree_merge(&reducer->stack))
        add_top(reducer);
}

dlt_status dlt_reducer_finish(dlt_reducer *reducer, double votes[DLT_VOTES], dlt_sums *total) {
    dlt_transport_total sums;
    DLT_TRY(reducer->ops->reduce(reducer->transport, reducer->plan, votes, &sums));
    *total = (dlt_sums){.reals = sums.reals, .doubles = sums.doubles};
    return DLT_OK;
}

int64_t dlt_reducer_bytes(const dlt_reducer *reducer) {
    return reducer->bytes;
}
