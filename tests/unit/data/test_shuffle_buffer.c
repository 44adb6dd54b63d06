#include "data/shuffle_buffer.h"

#include "base/alloc.h"
#include "base/cast.h"
#include "data/pages.h"
#include "data/subset.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <string.h>

#include <cmocka.h>

static dlt_subset make_subset(int64_t count, int64_t block, int64_t open, int64_t batch) {
    return (dlt_subset){.seed = 9,
                        .total = count,
                        .count = count,
                        .shuffle = true,
                        .shuffle_buffer = {.block = block, .open = open, .batch = batch}};
}

/* Counts into seen; a failure names the case. */
static void check_covers_once(const dlt_subset *subset, int64_t epoch) {
    const dlt_shuffle_buffer *shuffle_buffer = &subset->shuffle_buffer;
    char *seen = NULL;
    assert_int_equal(DLT_NEW(seen, subset->count), DLT_OK);
    dlt_order order = dlt_subset_order(subset, epoch);
    for (int64_t i = 0; i < subset->count; i++) {
        int64_t sample = dlt_order_sample(&order, i);
        if (sample < 0 || sample >= subset->count || seen[sample] != 0)
            fail_msg("%lld of %lld in blocks of %lld, %lld open, batch %lld: position %lld",
                     (long long)sample, (long long)subset->count, (long long)shuffle_buffer->block,
                     (long long)shuffle_buffer->open, (long long)shuffle_buffer->batch,
                     (long long)i);
        seen[sample] = 1;
    }
    dlt_free(seen);
}

static void data_subset_with_shuffle_buffer_covers_every_sample_once(void **state) {
    (void)state;
    const int64_t counts[] = {1, 2, 7, 64, 100, 1000, 1023};
    const int64_t blocks[] = {1, 3, 8, 100, 5000};
    const int64_t opens[] = {1, 2, 5, 16, 100};
    const int64_t batches[] = {1, 2, 7, 32, 1000};
    for (size_t c = 0; c < sizeof counts / sizeof counts[0]; c++)
        for (size_t b = 0; b < sizeof blocks / sizeof blocks[0]; b++)
            for (size_t o = 0; o < sizeof opens / sizeof opens[0]; o++)
                for (size_t s = 0; s < sizeof batches / sizeof batches[0]; s++) {
                    dlt_subset subset = make_subset(counts[c], blocks[b], opens[o], batches[s]);
                    check_covers_once(&subset, (int64_t)(c + b));
                }
}

/* A permutation of 4096 has a Poisson number of fixed points with mean 1; one that moves blocks
 * only, or samples only inside of them, has more. Above 12 has a probability of 6e-11. */
static int64_t equal_positions(const dlt_subset *a, int64_t epoch_a, const dlt_subset *b,
                               int64_t epoch_b) {
    dlt_order first = dlt_subset_order(a, epoch_a);
    dlt_order second = dlt_subset_order(b, epoch_b);
    int64_t equal = 0;
    for (int64_t i = 0; i < a->count; i++)
        equal += dlt_order_sample(&first, i) == dlt_order_sample(&second, i);
    return equal;
}

static void data_subset_with_shuffle_buffer_differs_by_epoch_and_seed(void **state) {
    (void)state;
    dlt_subset one = make_subset(4096, 16, 32, 8);
    dlt_subset other = one;
    other.seed++;
    assert_in_range(equal_positions(&one, 0, &one, 1), 0, 12);
    assert_in_range(equal_positions(&one, 0, &other, 0), 0, 12);
    assert_int_equal(equal_positions(&one, 3, &one, 3), 4096);
}

/* Every batch takes from as many blocks as there are chains for its places. */
static void data_subset_with_shuffle_buffer_mixes_blocks_in_every_batch(void **state) {
    (void)state;
    enum { COUNT = 8000, BLOCK = 50, BATCH = 20 };
    dlt_subset subset = make_subset(COUNT, BLOCK, 40, BATCH);
    dlt_order order = dlt_subset_order(&subset, 0);
    for (int64_t batch = 0; batch < COUNT / BATCH; batch++) {
        char met[COUNT / BLOCK] = {0};
        int blocks = 0;
        for (int64_t i = 0; i < BATCH; i++) {
            int64_t block = dlt_order_sample(&order, batch * BATCH + i) / BLOCK;
            blocks += met[block] == 0;
            met[block] = 1;
        }
        /* Two neighbouring chains meet in one block at the ends of the epoch. */
        assert_in_range(blocks, BATCH / 2, BATCH);
    }
}

/* Pages that a rank reads in an epoch when it has room for its reach. */
static int64_t count_pages_read(const dlt_subset *subset, int rank, int size, int64_t micro_batch) {
    const int64_t batch = subset->shuffle_buffer.batch;
    const int64_t micros = dlt_ceil_div(batch, micro_batch);
    const int64_t first = rank * micros / size * micro_batch;
    const int64_t last = dlt_min_i64((rank + 1) * micros / size * micro_batch, batch);
    int64_t reach = dlt_subset_reach(subset, last - first);
    dlt_pages pages = {0};
    int64_t misses = 0;
    assert_int_equal(dlt_pages_reserve(&pages, reach / subset->shuffle_buffer.block, 1), DLT_OK);
    dlt_order order = dlt_subset_order(subset, 0);
    for (int64_t i = 0; i < subset->count; i++) {
        int64_t page = dlt_order_sample(&order, i) / subset->shuffle_buffer.block;
        if (i % batch < first || i % batch >= last || dlt_pages_find(&pages, page) != NULL)
            continue;
        misses++;
        (void)dlt_pages_take(&pages, page);
    }
    dlt_pages_destroy(&pages);
    return misses;
}

/* Every block is read by the one chain that goes through it, and by a second one where two chains
 * meet in it; whatever the number of ranks, but for chains that two ranks share. */
static void data_subset_with_shuffle_buffer_reads_each_block_about_once(void **state) {
    (void)state;
    enum { COUNT = 60000, BLOCK = 64, BATCH = 48, MICRO = 8 };
    const int64_t blocks = dlt_ceil_div(COUNT, BLOCK);
    for (int64_t open = 12; open <= 200; open *= 2) {
        dlt_subset subset = make_subset(COUNT, BLOCK, open, BATCH);
        int64_t chains = dlt_block_shuffle_chains(&subset.shuffle_buffer, COUNT);
        assert_in_range(chains, open / 2, open);
        for (int size = 1; size <= 5; size++) {
            int64_t pages = 0;
            for (int rank = 0; rank < size; rank++)
                pages += count_pages_read(&subset, rank, size, MICRO);
            int64_t shared = chains < BATCH ? size * blocks / chains : 0;
            assert_in_range(pages, blocks, blocks + chains + shared);
        }
    }
}

static void data_permutation_find_undoes_at(void **state) {
    (void)state;
    const int64_t counts[] = {1, 2, 3, 17, 1000, 65537};
    for (size_t i = 0; i < sizeof counts / sizeof counts[0]; i++) {
        dlt_permutation it = dlt_permutation_make(3, 2, 1, 5, counts[i]);
        for (int64_t position = 0; position < counts[i]; position++)
            assert_int_equal(dlt_permutation_find(&it, dlt_permutation_at(&it, position)),
                             position);
    }
}

static void check_holdout(int64_t total, int64_t kept, int64_t length) {
    char *seen = NULL;
    assert_int_equal(DLT_NEW(seen, total), DLT_OK);
    dlt_holdout it = dlt_holdout_make(5, total, kept, length);
    int64_t breaks = 0;
    for (int64_t i = 0; i < total; i++) {
        int64_t sample = dlt_holdout_at(&it, i);
        assert_in_range(sample, 0, total - 1);
        assert_int_equal(seen[sample], 0);
        seen[sample] = 1;
        if (i == 0 || i == kept)
            continue;
        int64_t before = dlt_holdout_at(&it, i - 1);
        assert_true(sample > before);
        breaks += sample != before + 1;
    }
    assert_in_range(breaks, 0, 2 * it.parts);
    dlt_free(seen);
}

static void data_holdout_splits_a_set_and_keep_neighbours_together(void **state) {
    (void)state;
    const int64_t totals[] = {2, 3, 10, 999, 1000, 4096};
    const int64_t lengths[] = {1, 2, 10, 64, 5000};
    for (size_t t = 0; t < sizeof totals / sizeof totals[0]; t++)
        for (size_t l = 0; l < sizeof lengths / sizeof lengths[0]; l++)
            for (int64_t tenths = 1; tenths < 10; tenths++) {
                int64_t kept = dlt_max_i64(1, totals[t] * tenths / 10);
                check_holdout(totals[t], kept, lengths[l]);
            }
    dlt_holdout one = dlt_holdout_make(1, 100000, 90000, 100);
    dlt_holdout other = dlt_holdout_make(2, 100000, 90000, 100);
    int64_t equal = 0;
    for (int64_t i = 90000; i < 100000; i++)
        equal += dlt_holdout_at(&one, i) == dlt_holdout_at(&other, i);
    /* A run of 100 lies at one of 901 places of its part; 100 of them agree 0.1 times. */
    assert_in_range(equal, 0, 1000);
}

static void data_subset_with_shuffle_buffer_splits_without_overlap(void **state) {
    (void)state;
    enum { TOTAL = 1003, HELD = 100 };
    char seen[TOTAL] = {0};
    dlt_subset training = {.seed = 3,
                           .total = TOTAL,
                           .kept = TOTAL - HELD,
                           .count = TOTAL - HELD,
                           .split = true,
                           .shuffle = true,
                           .shuffle_buffer = {.block = 16, .open = 8, .batch = 10}};
    dlt_subset validation = training;
    validation.shuffle = false;
    validation.first = TOTAL - HELD;
    validation.count = HELD;
    dlt_order order = dlt_subset_order(&training, 4);
    for (int64_t i = 0; i < training.count; i++)
        seen[dlt_order_sample(&order, i)]++;
    order = dlt_subset_order(&validation, 4);
    for (int64_t i = 0; i < validation.count; i++)
        seen[dlt_order_sample(&order, i)]++;
    for (int i = 0; i < TOTAL; i++)
        assert_int_equal(seen[i], 1);
}

static void data_shuffle_buffer_choose_looks_at_the_data_set_alone(void **state) {
    (void)state;
    const int64_t gib = INT64_C(1) << 30;
    const dlt_dataset_layout held = {
        .bytes = gib / 100, .sample_bytes = 784, .page = 256, .aligned = true, .is_held = true};
    const dlt_dataset_layout plain = {
        .bytes = gib, .sample_bytes = 1024, .page = 128, .aligned = true, .by_row = true};
    dlt_dataset_layout chunked = plain;
    dlt_dataset_layout large = plain;
    chunked.by_row = false;
    large.bytes = 5 * gib;
    const int64_t samples = 1 << 20;
    assert_int_equal(
        dlt_shuffle_buffer_choose(&held, samples, DLT_SHUFFLE_BUFFER_AUTO, false).block, 0);
    assert_int_equal(
        dlt_shuffle_buffer_choose(&plain, samples, DLT_SHUFFLE_BUFFER_AUTO, false).block, 0);
    assert_int_equal(
        dlt_shuffle_buffer_choose(&chunked, samples, DLT_SHUFFLE_BUFFER_ALL, false).block, 0);
    assert_int_equal(dlt_shuffle_buffer_choose(&chunked, samples, samples, false).block, 0);
    dlt_shuffle_buffer shuffle_buffer =
        dlt_shuffle_buffer_choose(&chunked, samples, DLT_SHUFFLE_BUFFER_AUTO, false);
    assert_int_equal(shuffle_buffer.block, 128);
    assert_int_equal(shuffle_buffer.block * shuffle_buffer.open, 16384);
    assert_int_equal(
        dlt_shuffle_buffer_choose(&large, samples, DLT_SHUFFLE_BUFFER_AUTO, false).block, 128);
    /* Where blocks cannot begin with a page they are several pages long. */
    assert_int_equal(
        dlt_shuffle_buffer_choose(&chunked, samples, DLT_SHUFFLE_BUFFER_AUTO, true).block, 512);
    shuffle_buffer = dlt_shuffle_buffer_choose(&plain, samples, 1000, false);
    assert_int_equal(shuffle_buffer.block, 128);
    assert_int_equal(shuffle_buffer.open, 7);
}

static void data_pages_keep_those_used_last(void **state) {
    (void)state;
    dlt_pages pages = {0};
    assert_int_equal(dlt_pages_reserve(&pages, 3, 8), DLT_OK);
    for (int64_t page = 10; page < 13; page++)
        memset(dlt_pages_take(&pages, page), (int)page, 8);
    assert_non_null(dlt_pages_find(&pages, 10));
    memset(dlt_pages_take(&pages, 13), 13, 8);
    assert_null(dlt_pages_find(&pages, 11));
    const int64_t kept[] = {10, 12, 13};
    for (int i = 0; i < 3; i++)
        assert_int_equal(dlt_pages_find(&pages, kept[i])[7], kept[i]);
    dlt_pages_drop(&pages, 12);
    assert_null(dlt_pages_find(&pages, 12));
    assert_int_equal(dlt_pages_reserve(&pages, 2, 8), DLT_OK);
    assert_non_null(dlt_pages_find(&pages, 10));
    dlt_pages_destroy(&pages);
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(data_subset_with_shuffle_buffer_covers_every_sample_once),
        cmocka_unit_test(data_subset_with_shuffle_buffer_differs_by_epoch_and_seed),
        cmocka_unit_test(data_subset_with_shuffle_buffer_mixes_blocks_in_every_batch),
        cmocka_unit_test(data_subset_with_shuffle_buffer_reads_each_block_about_once),
        cmocka_unit_test(data_permutation_find_undoes_at),
        cmocka_unit_test(data_holdout_splits_a_set_and_keep_neighbours_together),
        cmocka_unit_test(data_subset_with_shuffle_buffer_splits_without_overlap),
        cmocka_unit_test(data_shuffle_buffer_choose_looks_at_the_data_set_alone),
        cmocka_unit_test(data_pages_keep_those_used_last),
    };
    return cmocka_run_group_tests_name("data_windows", tests, NULL, NULL);
}
