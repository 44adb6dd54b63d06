#include "data/itinerary.h"

#include "base/alloc.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <string.h>

#include <cmocka.h>

/* Walks all ranks over `epochs` epochs and counts how often each position is met. */
static void check_every_position_once(int64_t samples, int64_t batch, int64_t micro, int size) {
    enum { EPOCHS = 2 };
    char *seen = NULL;
    assert_int_equal(DLT_NEW(seen, EPOCHS * samples), DLT_OK);
    for (int rank = 0; rank < size; rank++) {
        dlt_itinerary it = {.cut = {samples, batch, micro, rank, size}, .end_epoch = EPOCHS};
        dlt_stop stop;
        while (dlt_itinerary_next(&it, &stop)) {
            assert_in_range(stop.count, 1, micro);
            assert_int_equal(stop.position, stop.step * batch + stop.micro * micro);
            for (int64_t i = 0; i < stop.count; i++)
                seen[stop.epoch * samples + stop.position + i]++;
        }
    }
    for (int64_t i = 0; i < EPOCHS * samples; i++)
        assert_int_equal(seen[i], 1);
    dlt_free(seen);
}

static void data_itinerary_meets_every_position_once(void **state) {
    (void)state;
    const int64_t samples[] = {1, 2, 17, 64, 100};
    const int64_t batches[] = {1, 3, 16, 100};
    const int64_t micros[] = {1, 2, 5, 16};
    const int sizes[] = {1, 2, 3, 5, 64};
    for (size_t s = 0; s < 5; s++)
        for (size_t b = 0; b < 4; b++)
            for (size_t m = 0; m < 4; m++)
                for (size_t n = 0; n < 5; n++)
                    check_every_position_once(samples[s], batches[b], micros[m], sizes[n]);
}

static void data_cut_counts_a_short_last_batch(void **state) {
    (void)state;
    const dlt_cut cut = {.samples = 10, .batch = 4, .micro_batch = 3, .size = 1};
    assert_int_equal(dlt_cut_steps(&cut), 3);
    assert_int_equal(dlt_cut_batch(&cut, 0), 4);
    assert_int_equal(dlt_cut_batch(&cut, 2), 2);
    assert_int_equal(dlt_cut_micros(&cut, 0), 2);
    assert_int_equal(dlt_cut_micros(&cut, 2), 1);
}

static void data_cut_run_gives_contiguous_even_runs(void **state) {
    (void)state;
    int64_t before = 0;
    for (int rank = 0; rank < 5; rank++) {
        int64_t first = 0;
        int64_t last = 0;
        dlt_cut_run(13, rank, 5, &first, &last);
        assert_int_equal(first, before);
        assert_in_range(last - first, 2, 3);
        before = last;
    }
    assert_int_equal(before, 13);
}

static void check_resumes_at(int64_t epoch, int64_t step) {
    const dlt_cut cut = {.samples = 23, .batch = 8, .micro_batch = 2, .rank = 1, .size = 3};
    dlt_itinerary whole = {.cut = cut, .end_epoch = 3};
    dlt_itinerary resumed = {.cut = cut, .epoch = epoch, .step = step, .end_epoch = 3};
    dlt_stop expected;
    dlt_stop stop;
    while (dlt_itinerary_next(&whole, &expected)) {
        if (expected.epoch < epoch || (expected.epoch == epoch && expected.step < step))
            continue;
        assert_true(dlt_itinerary_next(&resumed, &stop));
        assert_memory_equal(&stop, &expected, sizeof stop);
    }
    assert_false(dlt_itinerary_next(&resumed, &stop));
}

static void data_itinerary_resumes_in_and_at_the_end_of_an_epoch(void **state) {
    (void)state;
    check_resumes_at(1, 2);
    check_resumes_at(1, 3);
    check_resumes_at(2, 3);
    check_resumes_at(3, 0);
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(data_itinerary_meets_every_position_once),
        cmocka_unit_test(data_cut_counts_a_short_last_batch),
        cmocka_unit_test(data_cut_run_gives_contiguous_even_runs),
        cmocka_unit_test(data_itinerary_resumes_in_and_at_the_end_of_an_epoch),
    };
    return cmocka_run_group_tests_name("data_itinerary", tests, NULL, NULL);
}
