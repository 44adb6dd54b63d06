#include "comm/reducer.h"

#include "base/alloc.h"
#include "base/cast.h"
#include "base/error.h"
#include "comm/comm_internal.h"
#include "comm/exchange.h"
#include "comm/tree.h"

#include <string.h>

struct dlt_reducer {
    const dlt_comm *comm; /* borrowed */
    int64_t real_count;
    int64_t double_count;
    int buffer_count;
    dlt_real **reals; /* [buffer_count] into real_memory */
    double **doubles; /* [buffer_count] into double_memory */
    dlt_real *real_memory;
    double *double_memory;
    int64_t real_stride;
    int64_t double_stride;
    int plan_count;
    dlt_tree_plan *plans;
    const dlt_tree_plan *plan; /* of the batch under way */
    dlt_tree_stack stack;
    int64_t next_leaf;
    dlt_exchange exchange;
};

static dlt_status make_plans(dlt_reducer *reducer, const int64_t *micros, int count) {
    DLT_TRY(DLT_NEW(reducer->plans, count));
    for (int i = 0; i < count; i++, reducer->plan_count++)
        DLT_TRY(dlt_tree_plan_create(micros[i], reducer->comm->size, &reducer->plans[i]));
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

/* Buffers start on cache lines. */
static int64_t round_up(int64_t count, int64_t unit) {
    return dlt_ceil_div(count, unit) * unit;
}

static dlt_status make_buffers(dlt_reducer *reducer) {
    int count = count_buffers(reducer);
    reducer->buffer_count = count;
    reducer->real_stride = round_up(reducer->real_count, 16);
    reducer->double_stride = round_up(reducer->double_count, 8);
    DLT_TRY(DLT_NEW(reducer->reals, count));
    DLT_TRY(DLT_NEW(reducer->doubles, count));
    DLT_TRY(DLT_NEW(reducer->real_memory, count * reducer->real_stride));
    DLT_TRY(DLT_NEW(reducer->double_memory, count * reducer->double_stride));
    for (int i = 0; i < count; i++) {
        reducer->reals[i] = reducer->real_memory + i * reducer->real_stride;
        reducer->doubles[i] = reducer->double_memory + i * reducer->double_stride;
    }
    return DLT_OK;
}

static dlt_status make_exchange(dlt_reducer *reducer) {
    int values = 1;
    for (int i = 0; i < reducer->plan_count; i++)
        values = reducer->plans[i].value_count > values ? reducer->plans[i].value_count : values;
    return dlt_exchange_create(reducer->comm, values, reducer->real_count, reducer->double_count,
                               DLT_VOTES, &reducer->exchange);
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
    if (status == DLT_OK)
        status = make_buffers(reducer);
    if (status == DLT_OK)
        status = make_exchange(reducer);
    status = dlt_agree(comm, status);
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
    dlt_free((*reducer)->reals);
    dlt_free((*reducer)->doubles);
    dlt_free((*reducer)->real_memory);
    dlt_free((*reducer)->double_memory);
    dlt_exchange_destroy(&(*reducer)->exchange);
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
    memset(reducer->doubles[slot], 0,
           (size_t)reducer->double_count * sizeof *reducer->doubles[slot]);
    return (dlt_sums){.reals = reducer->reals[slot], .doubles = reducer->doubles[slot]};
}

static void add_top(dlt_reducer *reducer) {
    int slot = reducer->stack.count;
    dlt_real *restrict reals = reducer->reals[slot - 1];
    const dlt_real *restrict more_reals = reducer->reals[slot];
    for (int64_t i = 0; i < reducer->real_count; i++)
        reals[i] += more_reals[i];
    double *restrict doubles = reducer->doubles[slot - 1];
    const double *restrict more_doubles = reducer->doubles[slot];
    for (int64_t i = 0; i < reducer->double_count; i++)
        doubles[i] += more_doubles[i];
}

void dlt_reducer_push(dlt_reducer *reducer) {
    dlt_tree_push(&reducer->stack, reducer->next_leaf++);
    while (dlt_tree_merge(&reducer->stack))
        add_top(reducer);
}

dlt_status dlt_reducer_finish(dlt_reducer *reducer, double votes[DLT_VOTES], dlt_sums *total) {
    DLT_TRY(dlt_exchange_doubles(&reducer->exchange, reducer->plan, reducer->doubles,
                                 reducer->double_count, votes, DLT_VOTES));
    DLT_TRY(
        dlt_exchange_reals(&reducer->exchange, reducer->plan, reducer->reals, reducer->real_count));
    *total = (dlt_sums){.reals = reducer->reals[0], .doubles = reducer->doubles[0]};
    return DLT_OK;
}

int64_t dlt_reducer_bytes(const dlt_reducer *reducer) {
    return (int64_t)reducer->buffer_count *
           (reducer->real_stride * (int64_t)sizeof(dlt_real) + reducer->double_stride * 8);
}
