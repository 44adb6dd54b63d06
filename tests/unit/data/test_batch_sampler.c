#include "data/batch_sampler.h"

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
        dlt_batch_sampler it = {.partition = {samples, batch, micro, rank, size},
                                .end_epoch = EPOCHS};
        dlt_micro_batch_id id;
        while (dlt_batch_sampler_next(&it, &id)) {
            assert_in_range(id.count, 1, micro);
            assert_int_equal(id.position, id.step * batch + id.micro * micro);
            for (int64_t i = 0; i < id.count; i++)
                seen[id.epoch * samples + id.position + i]++;
        }
    }
    for (int64_t i = 0; i < EPOCHS * samples; i++)
        assert_int_equal(seen[i], 1);
    dlt_free(seen);
}

static void data_batch_sampler_visits_every_position_once(void **state) {
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

static void data_batch_partition_counts_a_short_last_batch(void **state) {
    (void)state;
    const dlt_batch_partition partition = {.samples = 10, .batch = 4, .micro_batch = 3, .size = 1};
    assert_int_equal(dlt_batch_partition_steps(&partition), 3);
    assert_int_equal(dlt_batch_partition_batch(&partition, 0), 4);
    assert_int_equal(dlt_batch_partition_batch(&partition, 2), 2);
    assert_int_equal(dlt_batch_partition_micros(&partition, 0), 2);
    assert_int_equal(dlt_batch_partition_micros(&partition, 2), 1);
}

static void data_batch_partition_run_gives_contiguous_even_runs(void **state) {
    (void)state;
    int64_t before = 0;
    for (int rank = 0; rank < 5; rank++) {
        int64_t first = 0;
        int64_t last = 0;
        dlt_batch_partition_run(13, rank, 5, &first, &last);
        assert_int_equal(first, before);
        assert_in_range(last - first, 2, 3);
        before = last;
    }
    assert_int_equal(before, 13);
}

static void check_resumes_at(int64_t epoch, int64_t step) {
    const dlt_batch_partition partition = {
        .samples = 23, .batch = 8, .micro_batch = 2, .rank = 1, .size = 3};
    dlt_batch_sampler whole = {.partition = partition, .end_epoch = 3};
    dlt_batch_sampler resumed = {
        .partition = partition, .epoch = epoch, .step = step, .end_epoch = 3};
    dlt_micro_batch_id expected;
    dlt_micro_batch_id id;
    while (dlt_batch_sampler_next(&whole, &expected)) {
        if (expected.epoch < epoch || (expected.epoch == epoch && expected.step < step))
            continue;
        assert_true(dlt_batch_sampler_next(&resumed, &id));
        assert_memory_equal(&id, &expected, sizeof id);
    }
    assert_false(dlt_batch_sampler_next(&resumed, &id));
}

static void data_batch_sampler_resumes_in_and_at_the_end_of_an_epoch(void **state) {
    (void)state;
    check_resumes_at(1, 2);
    check_resumes_at(1, 3);
    check_resumes_at(2, 3);
    check_resumes_at(3, 0);
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(data_batch_sampler_visits_every_position_once),
        cmocka_unit_test(data_batch_partition_counts_a_short_last_batch),
        cmocka_unit_test(data_batch_partition_run_gives_contiguous_even_runs),
        cmocka_unit_test(data_batch_sampler_resumes_in_and_at_the_end_of_an_epoch),
    };
    return cmocka_run_group_tests_name("data_batch_sampler", tests, NULL, NULL);
}
