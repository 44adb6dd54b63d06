/* The cost model against figures worked out by hand, in round units: milliseconds and bytes. */
#include "train/plan/cost.h"
#include "train/plan/team.h"

#include "base/alloc.h"

#include <math.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stdatomic.h>
#include <stddef.h>

#include <cmocka.h>

/* A few additions and products of doubles. */
static void assert_near(double found, double expected) {
    assert_true(fabs(found - expected) <= 1e-12 * fabs(expected));
}

static const dlt_rates ALONE = {.cores = 1, .flops_per_s = 2e9, .bytes_per_s = 9e6};

/* One rank on each node: 4000 bytes over links of 1 ms and 1 MB/s. */
static dlt_cost_cluster single_ranks(void) {
    return (dlt_cost_cluster){.cores = 1,
                              .ranks_per_node = 1,
                              .latency_s = 1e-3,
                              .net_bytes_per_s = 1e6,
                              .gradient_bytes = 4000,
                              .value_doubles = 2,
                              .rank_doubles = 4};
}

static dlt_cost predict(const dlt_cost_cluster *cluster, const dlt_cost_case *step) {
    dlt_cost cost;
    int64_t balance = dlt_alloc_balance();
    assert_int_equal(dlt_cost_predict(cluster, step, &cost), DLT_OK);
    assert_int_equal(dlt_alloc_balance(), balance);
    return cost;
}

static void train_cost_of_one_rank_is_what_was_measured(void **state) {
    (void)state;
    dlt_cost_cluster cluster = single_ranks();
    dlt_cost_case step = {.ranks = 1, .micros = 3, .local_s = 0.01, .alone = ALONE, .crowd = ALONE};
    dlt_cost cost = predict(&cluster, &step);
    assert_int_equal(cost.micros_per_rank, 3);
    assert_int_equal(cost.nodes, 1);
    assert_near(cost.step_s, 0.01);
    assert_true(cost.node_s == 0 && cost.exchange_s == 0);
}

/* 9 ms of arithmetic at half the speed, 1 ms of memory at a third, 9000 bytes more that the cache no longer holds at
 * 3 MB/s, and the measured sum. */
static void train_cost_on_a_node_slows_down_by_rates(void **state) {
    (void)state;
    dlt_cost_cluster cluster = single_ranks();
    cluster.cores = 2;
    cluster.ranks_per_node = 2;
    dlt_cost_case step = {
        .ranks = 2,
        .micros = 2,
        .local_s = 0.01,
        .alone_bytes = 9000,
        .crowded_bytes = 18000,
        .alone = ALONE,
        .crowd = {.cores = 2, .flops_per_s = 1e9, .bytes_per_s = 3e6, .exchange_s = 0.005}};
    dlt_cost cost = predict(&cluster, &step);
    assert_near(cost.compute_s, 0.018 + 0.003 + 0.003);
    assert_near(cost.node_s, 0.005);
    assert_near(cost.step_s, 0.029);
}

static void train_cost_of_more_ranks_than_cores_takes_turns(void **state) {
    (void)state;
    dlt_cost_cluster cluster = single_ranks();
    cluster.cores = 2;
    cluster.ranks_per_node = 4;
    dlt_cost_case step = {
        .ranks = 4,
        .micros = 4,
        .local_s = 0.01,
        .alone = ALONE,
        .crowd = {.cores = 2, .flops_per_s = 2e9, .bytes_per_s = 9e6, .exchange_s = 0.005}};
    dlt_cost cost = predict(&cluster, &step);
    assert_near(cost.compute_s, 0.02);
    assert_near(cost.node_s, 3 * 0.005); /* three additions instead of one */
}

/* Each of 4 ranks receives 3 slices of 1000 bytes, 2 ms each; adds them, 9000 bytes at 9 MB/s; sends 3 slices of the sum;
 * and gathers 4 * 4 votes and 4 * 2 sums in 2 rounds. */
static void train_cost_between_nodes_of_one_value_each(void **state) {
    (void)state;
    dlt_cost_cluster cluster = single_ranks();
    dlt_cost_case step = {.ranks = 4, .micros = 4, .local_s = 0.01, .alone = ALONE, .crowd = ALONE};
    dlt_cost cost = predict(&cluster, &step);
    assert_int_equal(cost.nodes, 4);
    assert_int_equal(cost.values_left, 1);
    assert_near(cost.exchange_s, 0.006 + 0.001 + 0.006 + 0.002 + 24 * 8 / 1e6);
}

/* Of 5 micro-batches the last rank has 3 and 4, which are no siblings: it sends two values to each of the others. */
static void train_cost_counts_what_the_tree_leaves(void **state) {
    (void)state;
    dlt_cost_cluster cluster = single_ranks();
    dlt_cost_case step = {.ranks = 4, .micros = 5, .local_s = 0.01, .alone = ALONE, .crowd = ALONE};
    dlt_cost cost = predict(&cluster, &step);
    assert_int_equal(cost.micros_per_rank, 2);
    assert_int_equal(cost.values_left, 2);
    assert_near(cost.exchange_s, 0.012 + 4 * 3000 / 9e6 + 0.006 + 0.002 + 26 * 8 / 1e6);
}

static void train_cost_knows_idle_ranks(void **state) {
    (void)state;
    dlt_cost_cluster cluster = single_ranks();
    cluster.cores = 4;
    cluster.ranks_per_node = 4;
    assert_int_equal(dlt_cost_working(&cluster, 2, 8), 2);
    assert_int_equal(dlt_cost_working(&cluster, 8, 8), 4);
    assert_int_equal(dlt_cost_working(&cluster, 8, 4), 2);
    assert_int_equal(dlt_cost_working(&cluster, 64, 4), 1);
    dlt_cost_case step = {.ranks = 8, .micros = 3, .local_s = 0.01, .alone = ALONE, .crowd = ALONE};
    assert_int_equal(predict(&cluster, &step).idle_ranks, 5);
}

static void count_members(void *context, int member, dlt_team_seat *seat) {
    atomic_int *counts = context;
    dlt_team_meet(seat);
    counts[member]++;
}

static void train_team_lets_all_members_work(void **state) {
    (void)state;
    atomic_int counts[3] = {0};
    dlt_team_times times;
    int64_t balance = dlt_alloc_balance();
    assert_int_equal(dlt_team_time(3, count_members, counts, 0.001, &times), DLT_OK);
    assert_int_equal(dlt_alloc_balance(), balance);
    assert_true(counts[0] > 1 && counts[1] == counts[0] && counts[2] == counts[0]);
    assert_true(times.best_s > 0 && times.best_s <= times.median_s);
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(train_cost_of_one_rank_is_what_was_measured),
        cmocka_unit_test(train_cost_on_a_node_slows_down_by_rates),
        cmocka_unit_test(train_cost_of_more_ranks_than_cores_takes_turns),
        cmocka_unit_test(train_cost_between_nodes_of_one_value_each),
        cmocka_unit_test(train_cost_counts_what_the_tree_leaves),
        cmocka_unit_test(train_cost_knows_idle_ranks),
        cmocka_unit_test(train_team_lets_all_members_work),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
