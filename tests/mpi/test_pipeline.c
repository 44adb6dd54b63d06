/* The message pipeline by itself: buckets are added as soon as all ranks of a node have finished
 * them and not before, travel between nodes, and end in the sum over the ranks, on nodes of any
 * number of ranks. */
#include "base/cast.h"
#include "comm/collectives.h"
#include "comm/comm_internal.h"
#include "comm/pipeline.h"
#include "support/mpi_check.h"

#include <math.h>

/* Several buckets, the last one short. */
enum { ELEMENTS = 1100003, BATCHES = 3 };

typedef struct line {
    mpi_check *check;
    const dlt_comm *comm; /* arranged */
    dlt_node_memory memory;
    dlt_tree_plan plan;
    dlt_pipeline pipeline;
    uint64_t stage; /* arrivals so far */
} line;

static dlt_real value_of(int rank, int batch, int64_t element) {
    return (dlt_real)((rank + 1) * (batch + 1) + element % 7);
}

static double total_of(int size, int batch, int64_t element) {
    double sum = 0;
    for (int rank = 0; rank < size; rank++)
        sum += (double)value_of(rank, batch, element);
    return sum;
}

static dlt_status create_here(line *it) {
    const dlt_tree_nodes nodes = {.count = it->comm->node_count,
                                  .first_rank = it->comm->first_rank};
    DLT_TRY(dlt_tree_plan_create(it->comm->size, &nodes, &it->plan));
    const dlt_pipeline_options options = {.memory = &it->memory,
                                          .buckets = dlt_buckets_make(ELEMENTS, 16, it->comm->size),
                                          .value_count = it->plan.value_count,
                                          .left_count = it->plan.value_count};
    return dlt_pipeline_create(&options, &it->pipeline);
}

static dlt_real *own_values(const line *it) {
    return dlt_node_reals(&it->memory, it->memory.arrivals.mine, 0);
}

static void fill(const line *it, int batch) {
    for (int64_t i = 0; i < ELEMENTS; i++)
        own_values(it)[i] = value_of(it->comm->rank, batch, i);
}

/* Finished buckets one by one. While rank 0 holds back its last one nobody can be done. */
static void run_batch(line *it, int batch) {
    dlt_pipeline *pipeline = &it->pipeline;
    int buckets = pipeline->options.buckets.count;
    fill(it, batch);
    dlt_pipeline_begin(pipeline, &it->plan, it->stage + 1);
    for (int index = 1; index < buckets; index++) {
        dlt_arrive(&it->memory.arrivals, it->stage + (uint64_t)index);
        CHECK(it->check, !dlt_pipeline_advance(pipeline));
    }
    CHECK(it->check, pipeline->added < buckets);
    if (it->comm->rank != 0)
        dlt_arrive(&it->memory.arrivals, it->stage + (uint64_t)buckets);
    CHECK(it->check, !dlt_pipeline_advance(pipeline) || it->comm->node != 0);
    CHECK(it->check, dlt_barrier(it->comm) == DLT_OK);
    dlt_arrive(&it->memory.arrivals, it->stage + (uint64_t)buckets);
    for (int64_t looks = 0; !dlt_pipeline_advance(pipeline); looks++)
        dlt_wait_briefly(&it->memory.arrivals, looks);
    CHECK(it->check, pipeline->status == DLT_OK && pipeline->done == buckets);
    it->stage += (uint64_t)buckets;
    CHECK(it->check, dlt_barrier(it->comm) == DLT_OK);
    int differ = 0;
    for (int64_t i = 0; i < ELEMENTS; i++)
        differ += (double)dlt_pipeline_total(pipeline)[i] != total_of(it->comm->size, batch, i);
    CHECK(it->check, differ == 0);
    CHECK(it->check, dlt_barrier(it->comm) == DLT_OK);
}

static void check_arrangement(mpi_check *check, int ranks_per_node) {
    const dlt_arrangement arrangement = {.ranks_per_node = ranks_per_node};
    dlt_comm *comm = NULL;
    CHECK(check, dlt_comm_arrange(check->comm, &arrangement, &comm) == DLT_OK);
    line it = {.check = check, .comm = comm};
    const dlt_node_memory_size size = {.buffer_count = 1, .real_count = ELEMENTS};
    dlt_status status = dlt_node_memory_create(comm, &size, &it.memory);
    if (status == DLT_OK)
        status = dlt_agree(comm, create_here(&it));
    CHECK(check, status == DLT_OK);
    if (status == DLT_OK) {
        int64_t made = dlt_alloc_made();
        CHECK(check, it.pipeline.options.buckets.count > 1);
        for (int batch = 0; batch < BATCHES; batch++)
            run_batch(&it, batch);
        CHECK(check, dlt_alloc_made() == made);
        CHECK(check, (it.pipeline.sent_bytes > 0) == (dlt_comm_node_count(comm) > 1));
    }
    dlt_pipeline_destroy(&it.pipeline);
    dlt_tree_plan_destroy(&it.plan);
    dlt_node_memory_destroy(&it.memory);
    dlt_comm_finish(&comm);
}

/* Every owner elsewhere has one partner on each node, and the work is spread over the ranks. */
static void check_partners(mpi_check *check) {
    const dlt_arrangement pairs = {.ranks_per_node = 2};
    dlt_comm *comm = NULL;
    CHECK(check, dlt_comm_arrange(check->comm, &pairs, &comm) == DLT_OK);
    for (int node = 0; node < comm->node_count; node++)
        for (int owner = 0; owner < comm->size; owner++) {
            int partner = dlt_exchange_partner(comm, node, owner);
            CHECK(check, partner >= comm->first_rank[node]);
            CHECK(check, partner < comm->first_rank[node + 1]);
            CHECK(check, partner == dlt_exchange_partner(comm, node,
                                                         owner + dlt_comm_ranks_of(comm, node)));
        }
    dlt_comm_finish(&comm);
}

int main(int argc, char **argv) {
    mpi_check check;
    if (mpi_check_start(&check, &argc, &argv) != 0)
        return 1;
    for (int ranks_per_node = 0; ranks_per_node <= 2; ranks_per_node++)
        check_arrangement(&check, ranks_per_node);
    check_partners(&check);
    return mpi_check_finish(&check);
}
