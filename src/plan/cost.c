/* Evaluates the model that cost.h derives. The numbers of additions, values and messages are not
 * formulas: they are counted in the plan of the canonical tree (comm/tree.h) and in the buckets
 * (comm/buckets.h) that a real run of this size would use. Wherever ranks or nodes differ, the
 * busiest counts. Buckets are visited from the last to be finished to the first, so messages_s is
 * at each step that bucket's messages and those of all behind it. */
#include "plan/cost.h"

#include "base/alloc.h"
#include "base/cast.h"
#include "base/error.h"
#include "comm/buckets.h"
#include "comm/tree.h"
#include "dltrain/real.h"

#include <math.h>

int64_t dlt_cost_working(const dlt_cost_cluster *cluster, int ranks, int64_t micros) {
    int64_t on_node = dlt_min_i64(ranks, cluster->ranks_per_node);
    if (micros >= ranks)
        return on_node;
    /* The runs [r M / N, (r + 1) M / N) are spread evenly over the ranks, and so over the nodes. */
    return dlt_max_i64(1, dlt_ceil_div(micros * on_node, ranks));
}

/* How much longer a step takes than it was measured: where it was alone, the part that is
 * arithmetic keeps pace with the multiply-adds, the part that is memory with the triad. */
static double slowdown(const dlt_cost_cluster *cluster, const dlt_cost_case *it) {
    double turns =
        fmax(1, (double)dlt_cost_working(cluster, it->ranks, it->micros) / (double)cluster->cores);
    if (it->together)
        return turns;
    double memory_s = fmin(it->local_s, it->alone_bytes / it->alone.bytes_per_s);
    double arithmetic_s = it->local_s - memory_s;
    double slower = it->alone.flops_per_s / it->crowd.flops_per_s;
    double more_s = (it->oversubscribed_bytes - it->alone_bytes) / it->crowd.bytes_per_s;
    double oversubscribed_s =
        arithmetic_s * slower + memory_s * it->alone.bytes_per_s / it->crowd.bytes_per_s + more_s;
    return turns * oversubscribed_s / it->local_s;
}

/* `adds` sums of two values on a node whose working ranks have the measured rates. */
static double node_adds_time(const dlt_cost_cluster *cluster, const dlt_cost_case *it, int adds) {
    if (it->ranks == 1)
        return 0;
    if (dlt_min_i64(it->ranks, cluster->ranks_per_node) == 1)
        return adds * 3.0 * (double)cluster->gradient_bytes / it->alone.bytes_per_s;
    /* Where one value is all that there is, everybody still reads it. */
    double sums = adds > 1 ? adds : 1;
    if (it->crowd.cores == 1)
        return sums * 3.0 * (double)cluster->gradient_bytes / it->crowd.bytes_per_s;
    return it->crowd.exchange_s * sums / (it->crowd.cores - 1);
}

/* What node k has to send and to receive of a bucket of so many bytes, for the values of all nodes
 * `left`. */
static double values_time(const dlt_cost_cluster *cluster, const dlt_cost_case *it, int nodes,
                          int64_t mine, int64_t left, double bytes) {
    double slice = bytes / it->ranks;
    int64_t on_node = dlt_min_i64(it->ranks, cluster->ranks_per_node);
    int64_t most = dlt_max_i64(left - mine, (nodes - 1) * mine);
    return (double)most * (cluster->latency_s + (double)on_node * slice / cluster->net_bytes_per_s);
}

/* The values of a bucket to the owners of its slices. */
static double gathering_time(const dlt_cost_cluster *cluster, const dlt_cost_case *it,
                             const dlt_tree_plan *plan, double bytes) {
    int64_t left = plan->first_left[plan->nodes];
    double most_s = 0;
    for (int k = 0; k < plan->nodes; k++)
        most_s =
            fmax(most_s, values_time(cluster, it, plan->nodes,
                                     plan->first_left[k + 1] - plan->first_left[k], left, bytes));
    return most_s;
}

/* A slice of a bucket to every other node, from its owner: as one value per node. */
static double spreading_time(const dlt_cost_cluster *cluster, const dlt_cost_case *it,
                             const dlt_tree_plan *plan, double bytes) {
    return values_time(cluster, it, plan->nodes, 1, plan->nodes, bytes);
}

static double doubles_time(const dlt_cost_cluster *cluster, const dlt_cost_case *it, int values) {
    double bytes = ((double)it->ranks * (double)cluster->rank_doubles +
                    (double)values * (double)cluster->value_doubles) *
                   sizeof(double);
    return ceil(log2(it->ranks)) * cluster->latency_s + bytes / cluster->net_bytes_per_s;
}

/* Share of backward's time that is left when a bucket is finished; the last one is at its end. */
static double left_after(const dlt_cost_cluster *cluster, const dlt_buckets *buckets, int index) {
    dlt_range bucket = dlt_bucket(buckets, index);
    if (index == buckets->count - 1)
        return 0;
    for (int i = 0; i < cluster->time_count; i++)
        if (cluster->moments[i].reals >= bucket.first + bucket.count)
            return cluster->moments[i].left;
    return 0;
}

/* Messages between nodes, and what of them a backward of so many seconds does not hide. */
static void find_messages(const dlt_cost_cluster *cluster, const dlt_cost_case *it,
                          const dlt_tree_plan *plan, double backward_s, dlt_cost *out) {
    const dlt_buckets buckets = dlt_buckets_make(
        cluster->gradient_bytes / (int64_t)sizeof(dlt_real), cluster->grain, it->ranks);
    double left = (double)plan->first_left[plan->nodes];
    double slices = (double)cluster->gradient_bytes / it->ranks;
    out->add_s += (left - 1) * 3 * slices / it->crowd.bytes_per_s;
    for (int index = buckets.count - 1; index >= 0; index--) {
        double bytes = (double)dlt_bucket(&buckets, index).count * sizeof(dlt_real);
        double rounded = cluster->compression * bytes;
        double spread_s = spreading_time(cluster, it, plan, cluster->sharded ? bytes : rounded);
        out->messages_s += gathering_time(cluster, it, plan, rounded);
        if (cluster->sharded)
            out->share_s += spread_s;
        else
            out->messages_s += spread_s;
        double hidden_s = left_after(cluster, &buckets, index) * backward_s;
        out->visible_s = fmax(out->visible_s, out->messages_s - hidden_s);
    }
    double doubles_s = doubles_time(cluster, it, plan->value_count);
    out->visible_s = fmax(out->visible_s, doubles_s - backward_s);
}

/* Additions of the node that has the most. */
static int most_adds(const dlt_tree_plan *plan) {
    int most = 0;
    for (int k = 0; k < plan->nodes; k++) {
        int adds = plan->first_add[k + 1] - plan->first_add[k];
        most = adds > most ? adds : most;
    }
    return most;
}

static int most_left(const dlt_tree_plan *plan) {
    int most = 0;
    for (int k = 0; k < plan->nodes; k++) {
        int left = plan->first_left[k + 1] - plan->first_left[k];
        most = left > most ? left : most;
    }
    return most;
}

/* Rows are reduced after the last backward, so nothing hides them. A value has the rows of its
 * micro-batches, owners share the additions, and the total has the rows of the batch. */
static void add_rows(const dlt_cost_cluster *cluster, const dlt_cost_case *it,
                     const dlt_tree_plan *plan, dlt_cost *out) {
    const double total =
        fmin((double)it->micros * (double)cluster->row_bytes, (double)cluster->table_bytes);
    const double value =
        fmin(total, (double)it->micros * (double)cluster->row_bytes / (double)plan->value_count);
    const double on_node = (double)dlt_min_i64(it->ranks, cluster->ranks_per_node);
    if (it->ranks == 1 || total == 0)
        return;
    const dlt_rates *rates = on_node == 1 ? &it->alone : &it->crowd;
    out->add_s += most_adds(plan) * 3 * value / on_node / rates->bytes_per_s;
    if (plan->nodes == 1)
        return;
    const double gather_s = gathering_time(cluster, it, plan, value);
    const double spread_s = spreading_time(cluster, it, plan, total);
    out->messages_s += gather_s + (cluster->sharded ? 0 : spread_s);
    out->visible_s += gather_s + (cluster->sharded ? 0 : spread_s);
    out->share_s += cluster->sharded ? spread_s : 0;
}

static void fill_cost(const dlt_cost_cluster *cluster, const dlt_cost_case *it,
                      const dlt_tree_plan *plan, dlt_cost *out) {
    int64_t mine = dlt_ceil_div(it->micros, it->ranks);
    double slower = slowdown(cluster, it);
    *out = (dlt_cost){.nodes = plan->nodes,
                      .micros_per_rank = mine,
                      .idle_ranks = (int)dlt_max_i64(it->ranks - it->micros, 0),
                      .value_count = plan->value_count,
                      .values_left = most_left(plan),
                      .compute_s = slower * (it->local_s - it->update_s),
                      .add_s = node_adds_time(cluster, it, most_adds(plan)),
                      .update_s = slower * it->update_s / (cluster->sharded ? it->ranks : 1)};
    if (plan->nodes > 1)
        find_messages(cluster, it, plan, cluster->backward_share * out->compute_s / (double)mine,
                      out);
    add_rows(cluster, it, plan, out);
    out->step_s = out->compute_s + out->add_s + out->visible_s + out->update_s + out->share_s;
}

dlt_status dlt_cost_predict(const dlt_cost_cluster *cluster, const dlt_cost_case *it,
                            dlt_cost *out) {
    int *first_rank = NULL;
    dlt_tree_plan plan = {0};
    dlt_status status = DLT_OK;
    int nodes = (int)dlt_ceil_div(it->ranks, cluster->ranks_per_node);
    DLT_TRY_OUT(DLT_NEW(first_rank, nodes + 1));
    for (int k = 0; k <= nodes; k++)
        first_rank[k] = (int)dlt_min_i64(k * cluster->ranks_per_node, it->ranks);
    const dlt_tree_nodes tree = {.count = nodes, .first_rank = first_rank};
    DLT_TRY_OUT(dlt_tree_plan_create(it->micros, &tree, &plan));
    fill_cost(cluster, it, &plan, out);
out:
    dlt_tree_plan_destroy(&plan);
    dlt_free(first_rank);
    return status;
}
