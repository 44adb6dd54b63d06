#include "data/subset.h"

#include "base/alloc.h"
#include "base/philox.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <string.h>

#include <cmocka.h>

static void data_permutation_at_is_a_bijection(void **state) {
    (void)state;
    const int64_t counts[] = {1, 2, 3, 4, 5, 7, 16, 17, 1000, 1024, 65536, 65537};
    for (size_t i = 0; i < sizeof counts / sizeof counts[0]; i++) {
        char *seen = NULL;
        assert_int_equal(DLT_NEW(seen, counts[i]), DLT_OK);
        dlt_permutation it = dlt_permutation_make(7, DLT_PURPOSE_ORDER, 0, 3, counts[i]);
        for (int64_t position = 0; position < counts[i]; position++) {
            int64_t at = dlt_permutation_at(&it, position);
            assert_in_range(at, 0, counts[i] - 1);
            assert_int_equal(seen[at], 0);
            seen[at] = 1;
        }
        dlt_free(seen);
    }
}

static int64_t equal_positions(uint64_t seed_a, int64_t epoch_a, uint64_t seed_b, int64_t epoch_b) {
    enum { COUNT = 10000 };
    const dlt_subset a = {.seed = seed_a, .total = COUNT, .count = COUNT, .shuffle = true};
    const dlt_subset b = {.seed = seed_b, .total = COUNT, .count = COUNT, .shuffle = true};
    dlt_order first = dlt_subset_order(&a, epoch_a);
    dlt_order second = dlt_subset_order(&b, epoch_b);
    int64_t equal = 0;
    for (int64_t i = 0; i < COUNT; i++)
        equal += dlt_order_sample(&first, i) == dlt_order_sample(&second, i);
    return equal;
}

/* The number of fixed points of a random permutation is Poisson with mean 1; above 12 has a
 * probability of 6e-11. */
static void data_subset_order_differs_by_epoch_and_seed(void **state) {
    (void)state;
    assert_in_range(equal_positions(1, 0, 1, 1), 0, 12);
    assert_in_range(equal_positions(1, 0, 2, 0), 0, 12);
    assert_int_equal(equal_positions(1, 5, 1, 5), 10000);
}

/* Each of the 24 orders of 4 is met about 1000 times in 24000 epochs: a binomial with standard
 * deviation 31, and six of them are allowed. */
static void data_subset_order_reaches_every_order_of_four(void **state) {
    (void)state;
    int met[256] = {0};
    const dlt_subset subset = {.seed = 11, .total = 4, .count = 4, .shuffle = true};
    for (int64_t epoch = 0; epoch < 24000; epoch++) {
        dlt_order order = dlt_subset_order(&subset, epoch);
        int code = 0;
        for (int64_t i = 0; i < 4; i++)
            code = 4 * code + (int)dlt_order_sample(&order, i);
        met[code]++;
    }
    int orders = 0;
    for (int code = 0; code < 256; code++) {
        orders += met[code] > 0;
        assert_true(met[code] == 0 || (met[code] > 1000 - 186 && met[code] < 1000 + 186));
    }
    assert_int_equal(orders, 24);
}

static void data_subset_split_parts_cover_the_data_set_once(void **state) {
    (void)state;
    enum { TOTAL = 101, HELD_OUT = 13 };
    char seen[TOTAL] = {0};
    const dlt_subset training = {.seed = 3,
                                 .total = TOTAL,
                                 .first = HELD_OUT,
                                 .count = TOTAL - HELD_OUT,
                                 .split = true,
                                 .shuffle = true};
    const dlt_subset validation = {.seed = 3, .total = TOTAL, .count = HELD_OUT, .split = true};
    dlt_order order = dlt_subset_order(&training, 4);
    for (int64_t i = 0; i < training.count; i++)
        seen[dlt_order_sample(&order, i)]++;
    order = dlt_subset_order(&validation, 4);
    int64_t in_file_order = 0;
    for (int64_t i = 0; i < validation.count; i++) {
        seen[dlt_order_sample(&order, i)]++;
        in_file_order += dlt_order_sample(&order, i) == i;
    }
    for (int i = 0; i < TOTAL; i++)
        assert_int_equal(seen[i], 1);
    assert_true(in_file_order < HELD_OUT);
}

static void data_subset_order_without_shuffle_is_file_order(void **state) {
    (void)state;
    const dlt_subset subset = {.seed = 3, .total = 50, .first = 10, .count = 40};
    dlt_order order = dlt_subset_order(&subset, 9);
    for (int64_t i = 0; i < subset.count; i++)
        assert_int_equal(dlt_order_sample(&order, i), 10 + i);
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(data_permutation_at_is_a_bijection),
        cmocka_unit_test(data_subset_order_differs_by_epoch_and_seed),
        cmocka_unit_test(data_subset_order_reaches_every_order_of_four),
        cmocka_unit_test(data_subset_split_parts_cover_the_data_set_once),
        cmocka_unit_test(data_subset_order_without_shuffle_is_file_order),
    };
    return cmocka_run_group_tests_name("data_subset", tests, NULL, NULL);
}
