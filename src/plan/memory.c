/* Predicts the memory of the rank that holds the most, without allocating it. Loader depth, tree
 * and buckets come from the functions that a real run calls, so the prediction follows them. Memory
 * that the ranks of a node share is divided among them. */
#include "plan/plan.h"

#include "base/alloc.h"
#include "base/cast.h"
#include "comm/buckets.h"
#include "comm/tree.h"
#include "data/loader.h"

static const int64_t REAL = (int64_t)sizeof(dlt_real);
static const int64_t LINE = 64; /* of a cache: everything begins at one */

static int64_t whole_lines(int64_t bytes) {
    return dlt_ceil_div(bytes, LINE) * LINE;
}

static int64_t on_node(const dlt_plan_state *plan, const dlt_plan_case *it) {
    return dlt_min_i64(it->ranks, plan->cluster.ranks_per_node);
}

/* As the loader makes them: samples, targets and the samples' numbers. */
static int64_t loader_bytes(const dlt_plan_state *plan, int64_t micro_batch) {
    int64_t sample =
        dlt_shape_count(&plan->samples) * REAL + plan->target_bytes + (int64_t)sizeof(int64_t);
    int64_t x_bytes = micro_batch * dlt_shape_count(&plan->samples) * REAL;
    return dlt_loader_depth((int)plan->run->settings.data.prefetch, x_bytes) * micro_batch * sample;
}

/* Values that wait for others, of the rank that has the most at a time. */
static int64_t waiting_values(const dlt_plan_case *it) {
    int most = 0;
    for (int rank = 0; rank < it->ranks; rank++) {
        int depth = dlt_tree_depth(it->micros, it->micros * rank / it->ranks,
                                   it->micros * (rank + 1) / it->ranks);
        most = depth > most ? depth : most;
    }
    return most;
}

/* Elements of all slices of an owner, of the one who has the most. */
static int64_t owned_elements(const dlt_plan_state *plan, const dlt_plan_case *it) {
    const dlt_buckets buckets =
        dlt_buckets_make(plan->cluster.gradient_bytes / REAL, plan->cluster.grain, it->ranks);
    int64_t most = 0;
    for (int owner = 0; owner < it->ranks; owner++) {
        int64_t owned = 0;
        for (int index = 0; index < buckets.count; index++)
            owned += dlt_bucket_slice(&buckets, index, owner).count;
        most = dlt_max_i64(owned, most);
    }
    return most;
}

/* What a rank receives of other nodes. */
static int64_t received_bytes(const dlt_plan_state *plan, const dlt_plan_case *it,
                              int64_t value_count, int64_t owned) {
    return it->ranks > plan->cluster.ranks_per_node ? value_count * owned * REAL : 0;
}

/* Lists of rows: of micro-batches under way, those that wait, and this rank's part of the total. */
static int64_t row_bytes(const dlt_plan_state *plan, const dlt_plan_case *it) {
    const int64_t lists = plan->is_synchronised ? dlt_ceil_div(it->micros, it->ranks) : 1;
    const int64_t own =
        dlt_min_i64(it->micros * plan->cluster.row_bytes, plan->cluster.table_bytes);
    return lists * plan->cluster.row_bytes +
           dlt_min_i64(dlt_ceil_div(it->micros, it->ranks) * plan->cluster.row_bytes,
                       waiting_values(it) * plan->cluster.table_bytes) +
           (it->ranks > plan->cluster.ranks_per_node ? 2 * own / on_node(plan, it) : 0);
}

static int64_t gradient_bytes(const dlt_plan_state *plan, const dlt_plan_case *it,
                              int64_t value_count, int64_t owned) {
    int64_t value = whole_lines(plan->cluster.gradient_bytes) +
                    whole_lines(plan->cluster.value_doubles * (int64_t)sizeof(double));
    int64_t total = it->ranks > 1 ? plan->cluster.gradient_bytes / on_node(plan, it) : 0;
    int64_t in_flight = plan->is_synchronised ? dlt_ceil_div(it->micros, it->ranks) : 0;
    return waiting_values(it) * value + total + in_flight * plan->cluster.gradient_bytes +
           received_bytes(plan, it, value_count, owned) + row_bytes(plan, it);
}

/* What the roundings of the gradient compression have left out, of each micro-batch of the rank
 * that has the most. */
static int64_t residual_bytes(const dlt_plan_state *plan, const dlt_plan_case *it) {
    const dlt_comm_settings *settings = &plan->run->settings.comm;
    bool kept = settings->compression == DLT_COMPRESSION_BF16 && settings->error_feedback;
    return kept ? dlt_ceil_div(it->micros, it->ranks) *
                      (plan->cluster.gradient_bytes - plan->running_bytes)
                : 0;
}

dlt_plan_memory dlt_plan_memory_of(const dlt_plan_state *plan, const dlt_plan_case *it,
                                   int64_t value_count) {
    const bool sharded = plan->cluster.sharded;
    int64_t owned = owned_elements(plan, it);
    int64_t arenas = plan->is_synchronised ? dlt_ceil_div(it->micros, it->ranks) : 1;
    const int64_t elements = plan->param_bytes / REAL;
    const int64_t dense = (plan->cluster.gradient_bytes - plan->running_bytes) / REAL;
    const int64_t kept = dlt_min_i64(owned, dense) + (elements - dense) / it->ranks;
    dlt_plan_memory memory = {
        .params = sharded ? plan->param_bytes / on_node(plan, it) : plan->param_bytes,
        .gradients = gradient_bytes(plan, it, value_count, owned),
        .residuals = residual_bytes(plan, it),
        .optim_states = plan->optim_states * (sharded ? kept : elements) * REAL,
        .activations = it->arena.activation_bytes * arenas,
        .workspace = it->arena.workspace_bytes * arenas,
        .running = plan->running_bytes,
        .loader = loader_bytes(plan, it->micro_batch)};
    memory.step = memory.params + memory.gradients + memory.residuals + memory.optim_states +
                  memory.activations + memory.workspace + memory.running;
    return memory;
}
