#include "data/subset.h"

#include "base/alloc.h"
#include "base/philox.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stdbool.h>
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

/* Each of the 720 orders of 6 in 72000 epochs, 100 times each on average. Chi-square with 719
 * degrees of freedom has mean 719 and standard deviation sqrt(2 * 719) = 38; six of them are
 * allowed. The network with cycle walking, which served all sizes once, gave orders up to five
 * times their share: 100,000 and more. */
static void data_subset_order_gives_every_order_of_six_its_share(void **state) {
    (void)state;
    static int met[46656];
    enum { COUNT = 6, EPOCHS = 72000 };
    const uint64_t seeds[] = {0, 1, 12345};
    for (int s = 0; s < 3; s++) {
        const dlt_subset subset = {
            .seed = seeds[s], .total = COUNT, .count = COUNT, .shuffle = true};
        memset(met, 0, sizeof met);
        for (int64_t epoch = 0; epoch < EPOCHS; epoch++) {
            int64_t samples[COUNT];
            int code = 0;
            dlt_order order = dlt_subset_order(&subset, epoch);
            dlt_order_samples(&order, 0, COUNT, samples);
            for (int i = 0; i < COUNT; i++)
                code = COUNT * code + (int)samples[i];
            met[code]++;
        }
        double chi_square = 0;
        int orders = 0;
        for (int code = 0; code < 46656; code++) {
            orders += met[code] > 0;
            if (met[code] > 0)
                chi_square += (met[code] - 100.0) * (met[code] - 100.0) / 100;
        }
        assert_int_equal(orders, 720);
        assert_true(chi_square > 719 - 6 * 38 && chi_square < 719 + 6 * 38);
    }
}

static bool is_odd(const dlt_subset *subset, int64_t epoch) {
    enum { MOST = 1024 };
    static int64_t samples[MOST];
    dlt_order order = dlt_subset_order(subset, epoch);
    dlt_order_samples(&order, 0, subset->count, samples);
    bool odd = false;
    for (int64_t i = 0; i < subset->count; i++)
        while (samples[i] != i) {
            int64_t other = samples[i];
            samples[i] = samples[other];
            samples[other] = other;
            odd = !odd;
        }
    return odd;
}

/* Half of the orders are odd: a binomial over 2000 epochs with standard deviation 22.4; six of them
 * are allowed. */
static void data_subset_order_is_odd_half_of_the_time(void **state) {
    (void)state;
    const int64_t counts[] = {2, 3, 7, 60, 64, 333, 1024};
    for (size_t c = 0; c < sizeof counts / sizeof counts[0]; c++) {
        const dlt_subset subset = {
            .seed = 4, .total = counts[c], .count = counts[c], .shuffle = true};
        int odd = 0;
        for (int64_t epoch = 0; epoch < 2000; epoch++)
            odd += is_odd(&subset, epoch);
        assert_in_range(odd, 1000 - 134, 1000 + 134);
    }
}

/* Where each of 60 samples is put, over 6000 epochs: 3600 cells of 100. Rows and columns add up, so
 * chi-square has 59 * 59 = 3481 degrees of freedom and standard deviation 83.4; six are allowed. */
static void data_subset_order_puts_every_sample_everywhere(void **state) {
    (void)state;
    enum { COUNT = 60, EPOCHS = 6000 };
    static int met[COUNT][COUNT];
    const dlt_subset subset = {.seed = 8, .total = COUNT, .count = COUNT, .shuffle = true};
    for (int64_t epoch = 0; epoch < EPOCHS; epoch++) {
        int64_t samples[COUNT];
        dlt_order order = dlt_subset_order(&subset, epoch);
        dlt_order_samples(&order, 0, COUNT, samples);
        for (int i = 0; i < COUNT; i++)
            met[i][samples[i]]++;
    }
    double chi_square = 0;
    for (int i = 0; i < COUNT; i++)
        for (int j = 0; j < COUNT; j++)
            chi_square += (met[i][j] - 100.0) * (met[i][j] - 100.0) / 100;
    assert_true(chi_square > 3481 - 6 * 83.4 && chi_square < 3481 + 6 * 83.4);
}

/* Which 2 of 6 are held out: 15 pairs, one per seed; 30000 seeds, 2000 each, chi-square with 14
 * degrees of freedom: above 70 has a probability of 1e-9. */
static void data_subset_split_holds_out_every_pair_alike(void **state) {
    (void)state;
    int met[6][6] = {{0}};
    for (uint64_t seed = 0; seed < 30000; seed++) {
        const dlt_subset held = {.seed = seed, .total = 6, .first = 4, .count = 2, .split = true};
        dlt_order order = dlt_subset_order(&held, 0);
        int64_t a = dlt_order_sample(&order, 0);
        int64_t b = dlt_order_sample(&order, 1);
        met[a < b ? a : b][a < b ? b : a]++;
    }
    double chi_square = 0;
    for (int a = 0; a < 6; a++)
        for (int b = a + 1; b < 6; b++)
            chi_square += (met[a][b] - 2000.0) * (met[a][b] - 2000.0) / 2000;
    assert_true(chi_square < 70);
}

/* The ways that a permutation is asked agree, on both sides of the threshold. */
static void data_permutation_find_undoes_at(void **state) {
    (void)state;
    const int64_t counts[] = {2, 6, 60, 1023, 1024, 1025, 5000};
    for (size_t c = 0; c < sizeof counts / sizeof counts[0]; c++) {
        dlt_permutation it = dlt_permutation_make(7, DLT_PURPOSE_ORDER, 0, 3, counts[c]);
        dlt_permutation other = dlt_permutation_variant(&it, 9);
        for (int64_t position = 0; position < counts[c]; position++) {
            const int64_t variant = 9;
            int64_t by_variant = position;
            int64_t all = position;
            dlt_permutation_all(&it, 1, NULL, &all);
            dlt_permutation_all(&it, 1, &variant, &by_variant);
            assert_int_equal(dlt_permutation_at(&it, position), all);
            assert_int_equal(dlt_permutation_at(&other, position), by_variant);
            assert_int_equal(dlt_permutation_find(&it, all), position);
            assert_int_equal(dlt_permutation_find(&other, by_variant), position);
        }
    }
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
        cmocka_unit_test(data_subset_order_gives_every_order_of_six_its_share),
        cmocka_unit_test(data_subset_order_is_odd_half_of_the_time),
        cmocka_unit_test(data_subset_order_puts_every_sample_everywhere),
        cmocka_unit_test(data_subset_split_holds_out_every_pair_alike),
        cmocka_unit_test(data_permutation_find_undoes_at),
        cmocka_unit_test(data_subset_split_parts_cover_the_data_set_once),
        cmocka_unit_test(data_subset_order_without_shuffle_is_file_order),
    };
    return cmocka_run_group_tests_name("data_subset", tests, NULL, NULL);
}
