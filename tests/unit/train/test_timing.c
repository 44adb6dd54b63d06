#include "train/timing.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>

#include <cmocka.h>

static dlt_timing timing;

static int set_up(void **state) {
    (void)state;
    timing = (dlt_timing){0};
    return 0;
}

static void train_timing_of_no_updates_is_zero(void **state) {
    (void)state;
    assert_true(dlt_timing_quantile_s(&timing, 0.5) == 0);
    assert_true(dlt_fraction(3, 0) == 0);
    assert_true(dlt_fraction(3, 4) == 0.75);
}

static void train_timing_quantile_does_not_depend_on_the_order(void **state) {
    (void)state;
    for (int i = 0; i < 101; i++)
        dlt_timing_add(&timing, (i * 37) % 101, 0, 1);
    assert_true(dlt_timing_quantile_s(&timing, 0.5) == 50);
    assert_true(dlt_timing_quantile_s(&timing, 0.95) >= 94);
    assert_true(dlt_timing_quantile_s(&timing, 0.95) <= 96);
}

/* Ten times as many updates as there is room for: memory stays what it is, and the quantiles those
 * of all. */
static void train_timing_keeps_an_even_selection_of_a_long_run(void **state) {
    (void)state;
    const int steps = 10 * DLT_TIMING_SAMPLES;
    for (int i = 0; i < steps; i++)
        dlt_timing_add(&timing, i, 0.5, 3);
    assert_true(timing.kept > DLT_TIMING_SAMPLES / 4 && timing.kept <= DLT_TIMING_SAMPLES);
    assert_true(timing.steps == steps);
    assert_true(timing.samples == 3 * (int64_t)steps);
    assert_true(timing.reduce_s == 0.5 * steps);
    double spacing = 2.0 * steps / DLT_TIMING_SAMPLES;
    assert_true(dlt_timing_quantile_s(&timing, 0.5) >= steps / 2 - 2 * spacing);
    assert_true(dlt_timing_quantile_s(&timing, 0.5) <= steps / 2 + 2 * spacing);
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup(train_timing_of_no_updates_is_zero, set_up),
        cmocka_unit_test_setup(train_timing_quantile_does_not_depend_on_the_order, set_up),
        cmocka_unit_test_setup(train_timing_keeps_an_even_selection_of_a_long_run, set_up),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
