/* The cut of a flat buffer into buckets and slices. */
#include "comm/buckets.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>

#include <cmocka.h>

/* Every element has one owner: slices follow each other without a gap, and start on whole grains.
 */
static void check_partition(int64_t elements, int64_t grain, int ranks) {
    dlt_buckets buckets = dlt_buckets_make(elements, grain, ranks);
    int64_t at = 0;
    for (int index = 0; index < buckets.count; index++) {
        dlt_range bucket = dlt_bucket(&buckets, index);
        assert_int_equal(bucket.first, at);
        for (int owner = 0; owner < ranks; owner++) {
            dlt_range slice = dlt_bucket_slice(&buckets, index, owner);
            assert_int_equal(slice.first, at);
            assert_true(slice.count >= 0);
            assert_true(slice.count == 0 || slice.first % grain == 0);
            at += slice.count;
        }
        assert_int_equal(at, bucket.first + bucket.count);
    }
    assert_int_equal(at, elements);
}

static void buckets_make_covers_every_element_once(void **state) {
    (void)state;
    static const int64_t elements[] = {0, 1, 15, 16, 17, 4095, 4097, 100003, 1048576, 5000001};
    static const int64_t grains[] = {8, 16, 4096};
    for (size_t e = 0; e < sizeof elements / sizeof elements[0]; e++)
        for (size_t g = 0; g < sizeof grains / sizeof grains[0]; g++)
            for (int ranks = 1; ranks <= 130; ranks += ranks < 8 ? 1 : 61)
                check_partition(elements[e], grains[g], ranks);
}

static void buckets_make_has_no_bucket_for_nothing(void **state) {
    (void)state;
    assert_int_equal(dlt_buckets_make(0, 16, 3).count, 0);
}

static void bucket_slice_shares_a_large_bucket_evenly(void **state) {
    (void)state;
    dlt_buckets buckets = dlt_buckets_make(1 << 20, 16, 4);
    for (int owner = 0; owner < 4; owner++)
        assert_int_equal(dlt_bucket_slice(&buckets, 0, owner).count, 1 << 18);
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(buckets_make_covers_every_element_once),
        cmocka_unit_test(buckets_make_has_no_bucket_for_nothing),
        cmocka_unit_test(bucket_slice_shares_a_large_bucket_evenly),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
