/* Takes a batch through the reduction: begin; leaf, ready and push for each micro-batch; finish;
 * share where owners keep something. A rank's last leaf is merged in ranges as backward finishes
 * them, earlier leaves as a whole by push. Arrivals number the stages of a batch, and the next
 * batch counts on from the last stage. finish, or share, returns when all ranks of the node have
 * read the buffers, so the next batch may overwrite them. No function here allocates memory. */
#include "comm/reducer_internal.h"

#include "base/cast.h"
#include "base/error.h"
#include "comm/add.h"
#include "comm/comm_internal.h"
#include "comm/compression.h"
#include "comm/mpi_baseline.h"

#include <string.h>

/* Arrivals within a batch: doubles and flags are there, each bucket is finished, all sums are done,
 * all is shared. */
static uint64_t stage_of_doubles(const dlt_reducer *reducer) {
    return reducer->stage + 1;
}

static uint64_t stage_of_buckets(const dlt_reducer *reducer, int finished) {
    return stage_of_doubles(reducer) + (uint64_t)finished;
}

static uint64_t stage_of_sums(const dlt_reducer *reducer) {
    return stage_of_buckets(reducer, reducer->pipeline.options.buckets.count) + 1;
}

static uint64_t stage_of_sharing(const dlt_reducer *reducer) {
    return stage_of_sums(reducer) + 1;
}

static dlt_real *reals_of(const dlt_reducer *reducer, int buffer) {
    return dlt_node_reals(&reducer->memory, reducer->memory.arrivals.mine, buffer);
}

static double *doubles_of(const dlt_reducer *reducer, int buffer) {
    return dlt_node_doubles(&reducer->memory, reducer->memory.arrivals.mine, buffer);
}

static const dlt_tree_plan *find_plan(const dlt_reducer *reducer, int64_t micros) {
    for (int i = 0; i < reducer->plan_count; i++)
        if (reducer->plans[i].leaves == micros)
            return &reducer->plans[i];
    return NULL;
}

dlt_status dlt_reducer_begin(dlt_reducer *reducer, int64_t micros) {
    const dlt_comm *comm = reducer->comm;
    reducer->plan = find_plan(reducer, micros);
    if (reducer->plan == NULL)
        return dlt_fail(DLT_ERR_INTERNAL, "no reduction was planned for %lld micro-batches",
                        (long long)micros);
    reducer->stack = dlt_tree_stack_make(micros);
    reducer->next_leaf = dlt_tree_first_leaf(micros, comm->rank, comm->size);
    reducer->last_leaf = dlt_tree_first_leaf(micros, comm->rank + 1, comm->size);
    reducer->started = false;
    reducer->status = DLT_OK;
    dlt_reducer_set_flags(reducer, (const double[DLT_REDUCTION_FLAGS]){0});
    dlt_pipeline_begin(&reducer->pipeline, reducer->plan, stage_of_buckets(reducer, 1));
    if (reducer->rows != NULL)
        dlt_row_sums_begin(reducer->rows, reducer->plan);
    return DLT_OK;
}

void dlt_reducer_set_flags(dlt_reducer *reducer, const double flags[DLT_REDUCTION_FLAGS]) {
    memcpy(dlt_node_flags(&reducer->memory, reducer->memory.arrivals.mine), flags,
           DLT_REDUCTION_FLAGS * sizeof *flags);
}

dlt_sums dlt_reducer_leaf(dlt_reducer *reducer) {
    reducer->leaf = (dlt_open_leaf){.buffer = reducer->stack.count};
    dlt_sums leaf = {.reals = reals_of(reducer, reducer->leaf.buffer),
                     .doubles = doubles_of(reducer, reducer->leaf.buffer)};
    memset(leaf.doubles, 0, (size_t)reducer->options.double_count * sizeof *leaf.doubles);
    return leaf;
}

/* Puts the leaf into the tree, and adds its doubles. */
static void settle(dlt_reducer *reducer) {
    dlt_open_leaf *leaf = &reducer->leaf;
    if (leaf->settled)
        return;
    leaf->settled = true;
    dlt_tree_push(&reducer->stack, reducer->next_leaf);
    while (dlt_tree_merge(&reducer->stack)) {
        int from = leaf->buffer - leaf->merges++;
        dlt_add_doubles(doubles_of(reducer, from - 1), doubles_of(reducer, from),
                        reducer->options.double_count);
    }
}

/* What the leaf is in compressed gradients. */
static void round_leaf(dlt_reducer *reducer, int64_t first, int64_t rounded) {
    const dlt_error_feedback *feedback = &reducer->feedback;
    dlt_real *residual = NULL;
    if (feedback->leaves == reducer->plan->leaves)
        residual = dlt_error_feedback_of(feedback, reducer->next_leaf) + first;
    dlt_compression_round_leaf(reals_of(reducer, reducer->leaf.buffer) + first, residual, rounded);
}

/* Adds the leaf's reals up to element `end`. */
static void merge(dlt_reducer *reducer, int64_t end) {
    dlt_open_leaf *leaf = &reducer->leaf;
    const dlt_range range = {.first = leaf->merged, .count = end - leaf->merged};
    int64_t rounded = dlt_range_below(range, reducer->options.rounded_count);
    if (rounded > 0)
        round_leaf(reducer, range.first, rounded);
    for (int i = 0; i < leaf->merges; i++) {
        int from = leaf->buffer - i;
        dlt_add_terms(reals_of(reducer, from - 1) + range.first,
                      reals_of(reducer, from) + range.first, range.count, rounded);
    }
    leaf->merged = end;
}

/* This rank's doubles and flags have their values. */
static void start(dlt_reducer *reducer) {
    if (reducer->started)
        return;
    reducer->started = true;
    dlt_arrive(&reducer->memory.arrivals, stage_of_doubles(reducer));
    reducer->status = dlt_gather_start(&reducer->gather, reducer->plan);
}

static void arrive(dlt_reducer *reducer, int64_t reals) {
    const dlt_buckets *buckets = &reducer->pipeline.options.buckets;
    int finished = reals == buckets->elements ? buckets->count : (int)(reals / buckets->size);
    dlt_arrive(&reducer->memory.arrivals, stage_of_buckets(reducer, finished));
}

void dlt_reducer_ready(dlt_reducer *reducer, int64_t reals) {
    bool nothing_new = reducer->leaf.settled && reals == reducer->leaf.merged;
    if (reducer->next_leaf + 1 != reducer->last_leaf || nothing_new)
        return;
    settle(reducer);
    merge(reducer, reals);
    start(reducer);
    arrive(reducer, reals);
    if (!reducer->comm->allreduce)
        (void)dlt_pipeline_advance(&reducer->pipeline);
}

void dlt_reducer_set_rows(dlt_reducer *reducer, const dlt_row_list *lists) {
    reducer->leaf_rows = lists;
}

void dlt_reducer_push(dlt_reducer *reducer) {
    dlt_reducer_ready(reducer, reducer->options.real_count);
    settle(reducer);
    merge(reducer, reducer->options.real_count);
    if (reducer->rows != NULL)
        dlt_row_sums_push(reducer->rows, reducer->leaf_rows);
    reducer->leaf_rows = NULL;
    reducer->next_leaf++;
}

/* MPI's own sum in the place of the exact one, of one value per rank. */
static dlt_status finish_by_allreduce(dlt_reducer *reducer, dlt_total *total) {
    if (reducer->plan->value_count != reducer->comm->size || reducer->plan->most_values != 1)
        return dlt_fail(DLT_ERR_UNSUPPORTED,
                        "MPI_Allreduce adds one micro-batch per rank, not %lld of %d ranks",
                        (long long)reducer->plan->leaves, reducer->comm->size);
    dlt_real *reals = reals_of(reducer, 0);
    total->reals = reals;
    return dlt_mpi_baseline_allreduce(reducer->comm, reducer->options.real_count, reals);
}

static dlt_status finish_exactly(dlt_reducer *reducer, dlt_total *total) {
    for (int64_t looks = 0; !dlt_pipeline_advance(&reducer->pipeline); looks++)
        dlt_wait_briefly(&reducer->memory.arrivals, looks);
    total->reals = dlt_pipeline_total(&reducer->pipeline);
    return reducer->pipeline.status;
}

dlt_status dlt_reducer_finish(dlt_reducer *reducer, dlt_total *total) {
    const dlt_arrivals *arrivals = &reducer->memory.arrivals;
    double *doubles = NULL;
    start(reducer);
    arrive(reducer, reducer->options.real_count);
    DLT_TRY(reducer->status);
    DLT_TRY(reducer->comm->allreduce ? finish_by_allreduce(reducer, total)
                                     : finish_exactly(reducer, total));
    if (reducer->rows != NULL)
        DLT_TRY(dlt_row_sums_finish(reducer->rows));
    dlt_await(arrivals, stage_of_doubles(reducer));
    DLT_TRY(dlt_gather_finish(&reducer->gather, reducer->plan, &doubles, total->flags));
    total->doubles = doubles;
    dlt_arrive(arrivals, stage_of_sums(reducer));
    if (reducer->options.common_count > 0)
        return DLT_OK;
    dlt_await(arrivals, stage_of_sums(reducer));
    reducer->stage = stage_of_sums(reducer);
    return DLT_OK;
}

int dlt_reducer_owned_count(const dlt_reducer *reducer) {
    return reducer->pipeline.options.buckets.count;
}

dlt_range dlt_reducer_owned(const dlt_reducer *reducer, int index) {
    return dlt_bucket_slice(&reducer->pipeline.options.buckets, index, reducer->comm->rank);
}

dlt_status dlt_reducer_assemble(dlt_reducer *reducer, dlt_real *flat, int64_t elements) {
    DLT_TRY(dlt_exchange_assemble(&reducer->pipeline, flat, elements));
    return reducer->rows != NULL ? dlt_row_sums_assemble(reducer->rows, flat) : DLT_OK;
}

dlt_row_total dlt_reducer_rows(const dlt_reducer *reducer, int table, bool own) {
    return dlt_row_sums_total(reducer->rows, table, own);
}

dlt_range dlt_reducer_owned_rows(const dlt_reducer *reducer, int table) {
    const dlt_row_table *tables = NULL;
    (void)dlt_row_sums_tables(reducer->rows, &tables);
    return dlt_row_range(&tables[table], reducer->comm->rank, reducer->comm->size);
}

dlt_real *dlt_reducer_common(const dlt_reducer *reducer) {
    return reducer->memory.common;
}

/* Common reals before the tables. */
static int64_t common_dense(const dlt_reducer *reducer) {
    const dlt_row_table *tables = NULL;
    if (reducer->rows == NULL)
        return reducer->options.common_count;
    (void)dlt_row_sums_tables(reducer->rows, &tables);
    return tables[0].offset;
}

static dlt_status share_common(dlt_reducer *reducer, dlt_reducer_change change) {
    dlt_real *common = reducer->memory.common;
    DLT_TRY(dlt_exchange_share(&reducer->pipeline, common, common_dense(reducer)));
    if (reducer->rows == NULL)
        return DLT_OK;
    return change == DLT_CHANGED_ALL ? dlt_row_sums_share_all(reducer->rows, common)
                                     : dlt_row_sums_share(reducer->rows, common);
}

dlt_status dlt_reducer_share(dlt_reducer *reducer, dlt_reducer_change change) {
    if (change != DLT_CHANGED_NOTHING && reducer->comm->node_count > 1)
        DLT_TRY(share_common(reducer, change));
    dlt_arrive(&reducer->memory.arrivals, stage_of_sharing(reducer));
    dlt_await(&reducer->memory.arrivals, stage_of_sharing(reducer));
    reducer->stage = stage_of_sharing(reducer);
    return DLT_OK;
}

const dlt_error_feedback *dlt_reducer_error_feedback(const dlt_reducer *reducer) {
    return &reducer->feedback;
}

int64_t dlt_reducer_sent_bytes(const dlt_reducer *reducer) {
    return reducer->pipeline.sent_bytes +
           (reducer->rows != NULL ? dlt_row_sums_sent_bytes(reducer->rows) : 0);
}

int64_t dlt_reducer_row_bytes(const dlt_reducer *reducer) {
    return reducer->rows != NULL ? dlt_row_sums_reduced_bytes(reducer->rows) : 0;
}

int64_t dlt_reducer_bytes(const dlt_reducer *reducer) {
    return dlt_node_memory_bytes(&reducer->memory) +
           (reducer->rows != NULL ? dlt_row_sums_bytes(reducer->rows) : 0);
}

int64_t dlt_reducer_shared_bytes(const dlt_reducer *reducer) {
    if (reducer->memory.shared.handle == NULL)
        return 0;
    return dlt_node_memory_bytes(&reducer->memory) +
           (reducer->rows != NULL ? dlt_row_sums_segment_bytes(reducer->rows) : 0);
}
