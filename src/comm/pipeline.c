/* Moves the buckets of a batch on, as far as that needs no waiting. Buckets are added on the node
 * in ascending order, the order in which backward finishes them, while their messages may be
 * complete in any order: `added` counts the former, `done` the leading buckets that are complete.
 * Each rank adds its own slice of a bucket and the slices of the owners on other nodes whose
 * partner it is, so every slice is added once per node. */
#include "comm/pipeline.h"

#include "base/alloc.h"
#include "base/error.h"
#include "comm/add.h"
#include "comm/comm_internal.h"

dlt_status dlt_pipeline_create(const dlt_pipeline_options *options, dlt_pipeline *out) {
    *out = (dlt_pipeline){.options = *options, .comm = options->memory->comm};
    DLT_TRY(DLT_NEW(out->values, options->value_count));
    DLT_TRY(DLT_NEW(out->terms, options->value_count));
    DLT_TRY(DLT_NEW(out->states, options->buckets.count));
    return dlt_exchange_create(out);
}

void dlt_pipeline_destroy(dlt_pipeline *pipeline) {
    dlt_exchange_destroy(pipeline);
    dlt_free(pipeline->values);
    dlt_free(pipeline->terms);
    dlt_free(pipeline->states);
    *pipeline = (dlt_pipeline){0};
}

static void find_values(dlt_pipeline *pipeline) {
    const dlt_tree_plan *plan = pipeline->plan;
    int first_rank = pipeline->comm->first_rank[pipeline->comm->node];
    for (int local = 0; local < dlt_comm_node_size(pipeline->comm); local++) {
        int first = plan->first_value[first_rank + local];
        for (int value = first; value < plan->first_value[first_rank + local + 1]; value++)
            pipeline->values[value] =
                dlt_node_reals(pipeline->options.memory, local, value - first);
    }
}

void dlt_pipeline_begin(dlt_pipeline *pipeline, const dlt_tree_plan *plan, uint64_t first_stage) {
    pipeline->plan = plan;
    pipeline->first_stage = first_stage;
    pipeline->added = 0;
    pipeline->done = 0;
    pipeline->status = DLT_OK;
    find_values(pipeline);
}

static bool is_single_node(const dlt_pipeline *pipeline) {
    return pipeline->comm->node_count == 1;
}

/* The total has memory of its own, which nobody writes before all have begun the next batch; a rank
 * alone needs none, for its only value is the total. */
dlt_real *dlt_pipeline_total(const dlt_pipeline *pipeline) {
    return pipeline->comm->size == 1 ? pipeline->values[0] : pipeline->options.memory->total;
}

/* The slices that this rank adds for its node: its own, and those of the owners elsewhere whose
 * partner it is. On a single node the own slice is then final. */
static void add_on_node(dlt_pipeline *pipeline, int index) {
    const dlt_comm *comm = pipeline->comm;
    const dlt_tree_plan *plan = pipeline->plan;
    const dlt_additions additions = {
        .plan = plan,
        .first = plan->first_add[comm->node],
        .last = plan->first_add[comm->node + 1],
        .terms = pipeline->values,
        .rounded = pipeline->options.rounded_count,
        .total = is_single_node(pipeline) ? pipeline->options.memory->total : NULL};
    if (comm->size == 1)
        return;
    for (int owner = 0; owner < comm->size; owner++) {
        bool elsewhere = !dlt_comm_on_node(comm, owner);
        int adder = elsewhere ? dlt_exchange_partner(comm, comm->node, owner) : owner;
        if (adder == comm->rank)
            dlt_add_slice(&additions, dlt_bucket_slice(&pipeline->options.buckets, index, owner));
    }
}

static bool is_finished(const dlt_pipeline *pipeline, int index) {
    return dlt_have_arrived(&pipeline->options.memory->arrivals,
                            pipeline->first_stage + (uint64_t)index);
}

static dlt_status add_finished(dlt_pipeline *pipeline) {
    while (pipeline->added < pipeline->options.buckets.count &&
           is_finished(pipeline, pipeline->added)) {
        int index = pipeline->added++;
        add_on_node(pipeline, index);
        pipeline->states[index].stage = DLT_BUCKET_DONE;
        if (!is_single_node(pipeline))
            DLT_TRY(dlt_exchange_start(pipeline, index));
    }
    return DLT_OK;
}

static dlt_status advance(dlt_pipeline *pipeline) {
    DLT_TRY(add_finished(pipeline));
    for (int index = pipeline->done; index < pipeline->added; index++)
        if (pipeline->states[index].stage != DLT_BUCKET_DONE)
            DLT_TRY(dlt_exchange_advance(pipeline, index));
    while (pipeline->done < pipeline->added &&
           pipeline->states[pipeline->done].stage == DLT_BUCKET_DONE)
        pipeline->done++;
    return DLT_OK;
}

bool dlt_pipeline_advance(dlt_pipeline *pipeline) {
    if (pipeline->status == DLT_OK)
        pipeline->status = advance(pipeline);
    return pipeline->status != DLT_OK || pipeline->done == pipeline->options.buckets.count;
}
