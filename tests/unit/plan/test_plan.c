/* The cost model against figures worked out by hand, in round units: milliseconds and bytes. */
#include "plan/cost.h"
#include "plan/thread_group.h"

#include "base/alloc.h"
#include "comm/buckets.h"
#include "dltrain/real.h"

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
                              .compression = 1,
                              .grain = 1,
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
    dlt_cost_case step = {.ranks = 1,
                          .micros = 3,
                          .local_s = 0.01,
                          .update_s = 0.002,
                          .together = true,
                          .alone = ALONE,
                          .crowd = ALONE};
    dlt_cost cost = predict(&cluster, &step);
    assert_int_equal(cost.micros_per_rank, 3);
    assert_int_equal(cost.nodes, 1);
    assert_near(cost.compute_s, 0.008);
    assert_near(cost.update_s, 0.002);
    assert_near(cost.step_s, 0.01);
    assert_true(cost.add_s == 0 && cost.messages_s == 0 && cost.visible_s == 0);
    cluster.sharded = true;
    assert_near(predict(&cluster, &step).step_s, 0.01);
}

/* Measured together, a step is as it was measured; the update is 1 / N of it where slices are kept.
 */
static void train_cost_on_a_node_takes_what_was_measured_together(void **state) {
    (void)state;
    dlt_cost_cluster cluster = single_ranks();
    cluster.cores = 2;
    cluster.ranks_per_node = 2;
    dlt_cost_case step = {
        .ranks = 2,
        .micros = 2,
        .local_s = 0.01,
        .update_s = 0.002,
        .together = true,
        .alone = ALONE,
        .crowd = {.cores = 2, .flops_per_s = 1e9, .bytes_per_s = 3e6, .exchange_s = 0.005}};
    dlt_cost cost = predict(&cluster, &step);
    assert_near(cost.step_s, 0.008 + 0.005 + 0.002);
    cluster.sharded = true;
    cost = predict(&cluster, &step);
    assert_near(cost.update_s, 0.001);
    assert_near(cost.step_s, 0.008 + 0.005 + 0.001);
}

/* Measured alone: 9 ms of arithmetic at half the speed, 1 ms of memory at a third, 9000 bytes more
 * that the cache no longer holds at 3 MB/s, a fifth of it all the update, and the measured sum. */
static void train_cost_on_a_node_slows_down_by_rates(void **state) {
    (void)state;
    dlt_cost_cluster cluster = single_ranks();
    cluster.cores = 2;
    cluster.ranks_per_node = 2;
    dlt_cost_case step = {
        .ranks = 2,
        .micros = 2,
        .local_s = 0.01,
        .update_s = 0.002,
        .alone_bytes = 9000,
        .oversubscribed_bytes = 18000,
        .alone = ALONE,
        .crowd = {.cores = 2, .flops_per_s = 1e9, .bytes_per_s = 3e6, .exchange_s = 0.005}};
    dlt_cost cost = predict(&cluster, &step);
    assert_near(cost.compute_s, 0.8 * (0.018 + 0.003 + 0.003));
    assert_near(cost.update_s, 0.2 * (0.018 + 0.003 + 0.003));
    assert_near(cost.add_s, 0.005);
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
        .together = true,
        .alone = ALONE,
        .crowd = {.cores = 2, .flops_per_s = 2e9, .bytes_per_s = 9e6, .exchange_s = 0.005}};
    dlt_cost cost = predict(&cluster, &step);
    assert_near(cost.compute_s, 0.02);
    assert_near(cost.add_s, 3 * 0.005); /* three additions instead of one */
}

static dlt_cost_case single_step(int64_t micros) {
    return (dlt_cost_case){.ranks = 4,
                           .micros = micros,
                           .local_s = 0.01,
                           .together = true,
                           .alone = ALONE,
                           .crowd = ALONE};
}

/* Each of 4 ranks receives 3 slices of 1000 bytes, 2 ms each; adds them, 9000 bytes at 9 MB/s;
 * sends 3 slices of the sum. A single bucket is finished when backward ends. */
static void train_cost_between_nodes_of_one_value_each(void **state) {
    (void)state;
    dlt_cost_cluster cluster = single_ranks();
    dlt_cost_case step = single_step(4);
    dlt_cost cost = predict(&cluster, &step);
    assert_int_equal(cost.nodes, 4);
    assert_int_equal(cost.values_left, 1);
    assert_near(cost.messages_s, 0.006 + 0.006);
    assert_near(cost.visible_s, cost.messages_s);
    assert_near(cost.add_s, 0.001);
    assert_near(cost.step_s, 0.01 + 0.001 + 0.012);
}

/* The slices of parameters go round in the place of the sums, after the update. */
static void train_cost_of_slices_is_shared_after_the_update(void **state) {
    (void)state;
    dlt_cost_cluster cluster = single_ranks();
    cluster.sharded = true;
    dlt_cost_case step = single_step(4);
    step.update_s = 0.002;
    dlt_cost cost = predict(&cluster, &step);
    assert_near(cost.messages_s, 0.006);
    assert_near(cost.share_s, 0.006);
    assert_near(cost.step_s, 0.008 + 0.001 + 0.006 + 0.0005 + 0.006);
}

/* Half the bytes of gradients, 1.5 ms for a slice; parameters travel whole. */
static void train_cost_of_messages_in_bf16(void **state) {
    (void)state;
    dlt_cost_cluster cluster = single_ranks();
    dlt_cost_case step = single_step(4);
    cluster.compression = 0.5;
    assert_near(predict(&cluster, &step).messages_s, 0.0045 + 0.0045);
    cluster.sharded = true;
    assert_near(predict(&cluster, &step).messages_s, 0.0045);
    assert_near(predict(&cluster, &step).share_s, 0.006);
}

/* Of 5 micro-batches the last rank has 3 and 4, which are no siblings: it sends two values to each
 * of the others. */
static void train_cost_counts_what_the_tree_leaves(void **state) {
    (void)state;
    dlt_cost_cluster cluster = single_ranks();
    dlt_cost_case step = single_step(5);
    dlt_cost cost = predict(&cluster, &step);
    assert_int_equal(cost.micros_per_rank, 2);
    assert_int_equal(cost.values_left, 2);
    assert_near(cost.messages_s, 0.012 + 0.006);
    assert_near(cost.add_s, 4 * 3000 / 9e6);
}

/* Two buckets on two ranks without latency; the first needs 2 s for its messages and is finished
 * when half of backward is left, the second, half as long, is finished at the end. */
static dlt_cost two_buckets(double backward_s) {
    const int64_t size = dlt_buckets_make(1, 1, 2).size;
    const dlt_cost_event moments[] = {{size, 0.5}, {3 * size / 2, 0}};
    dlt_cost_cluster cluster = single_ranks();
    cluster.latency_s = 0;
    cluster.gradient_bytes = 3 * size / 2 * (int64_t)sizeof(dlt_real);
    /* Half a bucket, the slice, there and back. */
    cluster.net_bytes_per_s = (double)size * sizeof(dlt_real) / 2;
    cluster.backward_share = 0.5;
    cluster.moments = moments;
    cluster.time_count = 2;
    dlt_cost_case step = single_step(2);
    step.ranks = 2;
    step.local_s = 2 * backward_s;
    return predict(&cluster, &step);
}

static void train_cost_hides_what_backward_has_time_for(void **state) {
    (void)state;
    assert_near(two_buckets(4).messages_s, 3);
    assert_near(two_buckets(4).visible_s, 1); /* the first is just done: the second's */
    assert_near(two_buckets(8).visible_s, 1); /* more time does not help */
    assert_near(two_buckets(2).visible_s, 2); /* the first has one second too little */
    assert_near(two_buckets(0.5).visible_s, 2.75);
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
    step.together = true;
    assert_int_equal(predict(&cluster, &step).idle_ranks, 5);
}

static void count_members(void *context, int member, dlt_thread_group_member *self_member) {
    atomic_int *counts = context;
    dlt_thread_group_barrier(self_member);
    counts[member]++;
}

static void plan_thread_group_lets_all_members_work(void **state) {
    (void)state;
    atomic_int counts[3] = {0};
    dlt_thread_group_times times;
    int64_t balance = dlt_alloc_balance();
    assert_int_equal(dlt_thread_group_time(3, count_members, counts, 0.001, &times), DLT_OK);
    assert_int_equal(dlt_alloc_balance(), balance);
    assert_true(counts[0] > 1 && counts[1] == counts[0] && counts[2] == counts[0]);
    assert_true(times.best_s > 0 && times.best_s <= times.median_s);
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(train_cost_of_one_rank_is_what_was_measured),
        cmocka_unit_test(train_cost_on_a_node_takes_what_was_measured_together),
        cmocka_unit_test(train_cost_on_a_node_slows_down_by_rates),
        cmocka_unit_test(train_cost_of_more_ranks_than_cores_takes_turns),
        cmocka_unit_test(train_cost_between_nodes_of_one_value_each),
        cmocka_unit_test(train_cost_of_slices_is_shared_after_the_update),
        cmocka_unit_test(train_cost_of_messages_in_bf16),
        cmocka_unit_test(train_cost_counts_what_the_tree_leaves),
        cmocka_unit_test(train_cost_hides_what_backward_has_time_for),
        cmocka_unit_test(train_cost_knows_idle_ranks),
        cmocka_unit_test(plan_thread_group_lets_all_members_work),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
