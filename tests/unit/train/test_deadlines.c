#include "train/deadlines.h"

#include <math.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

static const dlt_checkpoint_settings never = {.overhead = NAN};

static void train_deadlines_save_due_keeps_to_minutes(void **state) {
    (void)state;
    dlt_checkpoint_settings settings = never;
    settings.every_minutes = 0.5;
    dlt_deadlines deadlines = dlt_deadlines_make(100, 0);
    assert_false(dlt_deadlines_save_due(&deadlines, &settings, 129.9));
    assert_true(dlt_deadlines_save_due(&deadlines, &settings, 130));
    deadlines.saved_s = 130;
    assert_false(dlt_deadlines_save_due(&deadlines, &settings, 159));
    assert_false(dlt_deadlines_save_due(&deadlines, &never, 1e9));
}

static void train_deadlines_save_due_keeps_the_share_of_the_measured_cost(void **state) {
    (void)state;
    const dlt_checkpoint_settings settings = {.overhead = 0.01};
    dlt_deadlines deadlines = dlt_deadlines_make(0, 0);
    deadlines.save_cost_s = 2;
    assert_false(dlt_deadlines_save_due(&deadlines, &settings, 199));
    assert_true(dlt_deadlines_save_due(&deadlines, &settings, 200));
    /* A cheap one waits for a minute all the same. */
    deadlines.save_cost_s = 0.001;
    assert_false(dlt_deadlines_save_due(&deadlines, &settings, 59));
    assert_true(dlt_deadlines_save_due(&deadlines, &settings, 60));
}

static void train_deadlines_make_guesses_the_cost_from_the_size(void **state) {
    (void)state;
    const dlt_checkpoint_settings settings = {.overhead = 0.01};
    dlt_deadlines deadlines = dlt_deadlines_make(0, INT64_C(1000000000));
    assert_false(dlt_deadlines_save_due(&deadlines, &settings, 999));
    assert_true(dlt_deadlines_save_due(&deadlines, &settings, 1100));
}

static void train_deadlines_time_up_leaves_room_for_update_pause_and_checkpoint(void **state) {
    (void)state;
    dlt_deadlines deadlines = dlt_deadlines_make(1000, 0);
    deadlines.save_cost_s = 3;
    dlt_deadlines_step(&deadlines, 1000, 1004);
    dlt_deadlines_step(&deadlines, 1005, 1007); /* a pause of 1 s */
    dlt_deadlines_step(&deadlines, 1027, 1029); /* and one of 20 s */
    const double needed_s = 2 * (4 + 3) + 20;
    assert_false(dlt_deadlines_time_up(&deadlines, 3600, 1000 + 3600 - needed_s - 0.5));
    assert_true(dlt_deadlines_time_up(&deadlines, 3600, 1000 + 3600 - needed_s));
}

static void train_deadlines_time_up_is_never_without_a_limit(void **state) {
    (void)state;
    dlt_deadlines deadlines = dlt_deadlines_make(0, 0);
    assert_false(dlt_deadlines_time_up(&deadlines, 0, 1e12));
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(train_deadlines_save_due_keeps_to_minutes),
        cmocka_unit_test(train_deadlines_save_due_keeps_the_share_of_the_measured_cost),
        cmocka_unit_test(train_deadlines_make_guesses_the_cost_from_the_size),
        cmocka_unit_test(train_deadlines_time_up_leaves_room_for_update_pause_and_checkpoint),
        cmocka_unit_test(train_deadlines_time_up_is_never_without_a_limit),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
