#include "train/pace.h"

#include <math.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

static const dlt_checkpoint_settings never = {.overhead = NAN};

static void train_pace_save_due_keeps_to_minutes(void **state) {
    (void)state;
    dlt_checkpoint_settings settings = never;
    settings.every_minutes = 0.5;
    dlt_pace pace = dlt_pace_make(100, 0);
    assert_false(dlt_pace_save_due(&pace, &settings, 129.9));
    assert_true(dlt_pace_save_due(&pace, &settings, 130));
    pace.saved_s = 130;
    assert_false(dlt_pace_save_due(&pace, &settings, 159));
    assert_false(dlt_pace_save_due(&pace, &never, 1e9));
}

static void train_pace_save_due_keeps_the_share_of_the_measured_cost(void **state) {
    (void)state;
    const dlt_checkpoint_settings settings = {.overhead = 0.01};
    dlt_pace pace = dlt_pace_make(0, 0);
    pace.save_cost_s = 2;
    assert_false(dlt_pace_save_due(&pace, &settings, 199));
    assert_true(dlt_pace_save_due(&pace, &settings, 200));
    /* A cheap one waits for a minute all the same. */
    pace.save_cost_s = 0.001;
    assert_false(dlt_pace_save_due(&pace, &settings, 59));
    assert_true(dlt_pace_save_due(&pace, &settings, 60));
}

static void train_pace_make_guesses_the_cost_from_the_size(void **state) {
    (void)state;
    const dlt_checkpoint_settings settings = {.overhead = 0.01};
    dlt_pace pace = dlt_pace_make(0, INT64_C(1000000000));
    assert_false(dlt_pace_save_due(&pace, &settings, 999));
    assert_true(dlt_pace_save_due(&pace, &settings, 1100));
}

static void train_pace_time_up_leaves_room_for_update_pause_and_checkpoint(void **state) {
    (void)state;
    dlt_pace pace = dlt_pace_make(1000, 0);
    pace.save_cost_s = 3;
    dlt_pace_step(&pace, 1000, 1004);
    dlt_pace_step(&pace, 1005, 1007); /* a pause of 1 s */
    dlt_pace_step(&pace, 1027, 1029); /* and one of 20 s */
    const double needed_s = 2 * (4 + 3) + 20;
    assert_false(dlt_pace_time_up(&pace, 3600, 1000 + 3600 - needed_s - 0.5));
    assert_true(dlt_pace_time_up(&pace, 3600, 1000 + 3600 - needed_s));
}

static void train_pace_time_up_is_never_without_a_limit(void **state) {
    (void)state;
    dlt_pace pace = dlt_pace_make(0, 0);
    assert_false(dlt_pace_time_up(&pace, 0, 1e12));
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(train_pace_save_due_keeps_to_minutes),
        cmocka_unit_test(train_pace_save_due_keeps_the_share_of_the_measured_cost),
        cmocka_unit_test(train_pace_make_guesses_the_cost_from_the_size),
        cmocka_unit_test(train_pace_time_up_leaves_room_for_update_pause_and_checkpoint),
        cmocka_unit_test(train_pace_time_up_is_never_without_a_limit),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
