#include "engine/task.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>

#include <cmocka.h>

static void train_micro_batch_auto_is_at_most_half_of_the_batch(void **state) {
    (void)state;
    for (int64_t batch = 2; batch <= 5000; batch++)
        assert_true(dlt_micro_batch_auto(batch) <= batch / 2);
}

static void train_micro_batch_auto_never_falls_as_the_batch_grows(void **state) {
    (void)state;
    for (int64_t batch = 1; batch <= 5000; batch++) {
        assert_true(dlt_micro_batch_auto(batch) >= 1);
        assert_true(dlt_micro_batch_auto(batch + 1) >= dlt_micro_batch_auto(batch));
    }
}

static void train_micro_batch_auto_gives_the_documented_sizes(void **state) {
    (void)state;
    assert_int_equal(dlt_micro_batch_auto(1), 1);
    assert_int_equal(dlt_micro_batch_auto(32), 16);
    assert_int_equal(dlt_micro_batch_auto(64), 32);
    assert_int_equal(dlt_micro_batch_auto(256), 32);
    assert_int_equal(dlt_micro_batch_auto(1000), 125);
    assert_int_equal(dlt_micro_batch_auto(1000000), 512);
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(train_micro_batch_auto_is_at_most_half_of_the_batch),
        cmocka_unit_test(train_micro_batch_auto_never_falls_as_the_batch_grows),
        cmocka_unit_test(train_micro_batch_auto_gives_the_documented_sizes),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
