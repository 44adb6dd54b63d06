#include "train/plan/cost.h"

#include "base/alloc.h"
#include "base/cast.h"
#include "base/error.h"
#include "comm/tree.h"

#include <math.h>

int64_t dlt_cost_working(const dlt_cost_cluster *cluster, int ranks, int64_t micros) {
    int64_t on_node = dlt_min_i64(ranks, cluster->ranks_per_node);
    if (micros >= ranks)
        return on_node;
    /* The runs [r M / N, (r + 1) M / N) are spread evenly over the ranks, and so over the nodes. */
    return dlt_max_i64(1, dlt_ceil_div(micros * on_node, ranks));
}

/* The part that is arithmetic keeps pace with the multiply-adds, the part that is memory with the triad. */
static double compute_time(const dlt_cost_cluster *cluster, const dlt_cost_case *it) {
    double memory_s = fmin(it->local_s, it->alone_bytes / it->alone.bytes_per_s);
    double arithmetic_s = it->local_s - memory_s;
    double slower = it->alone.flops_per_s / it->crowd.flops_per_s;
    double more_s = (it->crowded_bytes - it->alone_bytes) / it->crowd.bytes_per_s;
    double turns =
        (double)dlt_cost_working(cluster, it->ranks, it->micros) / (double)cluster->cores;
    return (arithmetic_s * slower + memory_s * it->alone.bytes_per_s / it->crowd.bytes_per_s +
            more_s) *
           fmax(1, turns);
}

/* `adds` sums of two values on a node whose working ranks have the measured rates. */
static double node_time(const dlt_cost_cluster *cluster, const dlt_cost_case *it, int adds) {
    if (dlt_min_i64(it->ranks, cluster->ranks_per_node) == 1)
        return adds * 3.0 * (double)cluster->gradient_bytes / it->alone.bytes_per_s;
    /* Where one value is all that there is, everybody still reads it. */
    double sums = adds > 1 ? adds : 1;
    if (it->crowd.cores == 1)
        return sums * 3.0 * (double)cluster->gradient_bytes / it->crowd.bytes_per_s;
    return it->crowd.exchange_s * sums / (it->crowd.cores - 1);
}

/* What node k has to send and to receive, for the values of all nodes `left`. */
static double values_time(const dlt_cost_cluster *cluster, const dlt_cost_case *it, int nodes,
                          int64_t mine, int64_t left) {
    double slice = (double)cluster->gradient_bytes / it->ranks;
    int64_t on_node = dlt_min_i64(it->ranks, cluster->ranks_per_node);
    int64_t most = dlt_max_i64(left - mine, (nodes - 1) * mine);
    return (double)most * (cluster->latency_s + (double)on_node * slice / cluster->net_bytes_per_s);
}

static double gather_time(const dlt_cost_cluster *cluster, const dlt_cost_case *it, int values) {
    double bytes = ((double)it->ranks * (double)cluster->rank_doubles +
                    (double)values * (double)cluster->value_doubles) *
                   sizeof(double);
    return ceil(log2(it->ranks)) * cluster->latency_s + bytes / cluster->net_bytes_per_s;
}

static double exchange_time(const dlt_cost_cluster *cluster, const dlt_cost_case *it,
                            const dlt_tree_plan *plan) {
    if (plan->nodes == 1)
        return 0;
    int64_t left = plan->first_left[plan->nodes];
    double values_s = 0;
    for (int k = 0; k < plan->nodes; k++)
        values_s = fmax(values_s, values_time(cluster, it, plan->nodes,
                                              plan->first_left[k + 1] - plan->first_left[k], left));
    double slice = (double)cluster->gradient_bytes / it->ranks;
    double add_s = (double)(left - 1) * 3 * slice / it->crowd.bytes_per_s;
    /* The sum of a slice goes to every other node: as one value per node. */
    double share_s = values_time(cluster, it, plan->nodes, 1, plan->nodes);
    return values_s + add_s + share_s + gather_time(cluster, it, plan->value_count);
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

static void fill_cost(const dlt_cost_cluster *cluster, const dlt_cost_case *it,
                      const dlt_tree_plan *plan, dlt_cost *out) {
    *out = (dlt_cost){.nodes = plan->nodes,
                      .micros_per_rank = dlt_ceil_div(it->micros, it->ranks),
                      .idle_ranks = (int)dlt_max_i64(it->ranks - it->micros, 0),
                      .values_left = most_left(plan),
                      .compute_s = compute_time(cluster, it),
                      .exchange_s = exchange_time(cluster, it, plan)};
    if (it->ranks > 1)
        out->node_s = node_time(cluster, it, most_adds(plan));
    out->step_s = out->compute_s + out->node_s + out->exchange_s;
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
