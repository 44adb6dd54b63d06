#include "dltrain/extend/schedule.h"
#include "support/settings.h"

#include <float.h>
#include <math.h>

static const double fresh[DLT_SCHEDULE_STATE];

static double factor(const dlt_selection *schedule, int64_t step) {
    const dlt_schedule_position position = {step, 10, 100};
    return dlt_schedule_factor(schedule, &position, fresh);
}

static void schedule_by_epochs_holds_within_an_epoch(void **state) {
    (void)state;
    static const char *const schedules[] = {"step: 1", "multi_step: [1, 2, 3]", "exponential: 0.5",
                                            "inverse_time: {rate: 1, by: epochs}"};
    for (int i = 0; i < 4; i++) {
        dlt_selection schedule = settings_choose(dlt_schedules, schedules[i]);
        for (int step = 0; step < 30; step++)
            assert_true(factor(&schedule, step) == factor(&schedule, step / 10 * 10));
        assert_true(factor(&schedule, 9) > factor(&schedule, 10));
    }
}

static void schedule_lengths_in_epochs_equal_those_in_steps(void **state) {
    (void)state;
    static const char *const pairs[][2] = {
        {"linear: {over: 2.5}", "linear: {over: 25, by: steps}"},
        {"polynomial: {power: 3, over: 4}", "polynomial: {power: 3, over: 40, by: steps}"},
        {"cosine: {restart_every: 1.5, restart_mult: 2}",
         "cosine: {restart_every: 15, restart_mult: 2, by: steps}"},
    };
    for (int i = 0; i < 3; i++) {
        dlt_selection epochs = settings_choose(dlt_schedules, pairs[i][0]);
        dlt_selection steps = settings_choose(dlt_schedules, pairs[i][1]);
        for (int step = 0; step < 100; step++)
            assert_true(factor(&epochs, step) == factor(&steps, step));
    }
}

static void schedule_cosine_returns_to_the_top_at_each_restart(void **state) {
    (void)state;
    dlt_selection schedule =
        settings_choose(dlt_schedules, "cosine: {restart_every: 1, restart_mult: 2}");
    static const int restarts[] = {10, 30, 70}; /* after rounds of 10, 20 and 40 updates */
    for (int i = 0; i < 3; i++) {
        assert_true(factor(&schedule, restarts[i]) == 1);
        assert_true(factor(&schedule, restarts[i] - 1) < 0.1);
    }
}

static void schedule_over_a_length_stays_at_its_end(void **state) {
    (void)state;
    dlt_selection linear = settings_choose(dlt_schedules, "linear: {end: 0.25, over: 2}");
    dlt_selection polynomial = settings_choose(dlt_schedules, "polynomial: {end: 0.25, over: 2}");
    for (int step = 20; step < 100; step++) {
        assert_true(factor(&linear, step) == 0.25);
        assert_true(factor(&polynomial, step) == 0.25);
    }
}

static void schedule_one_cycle_has_its_top_where_the_rise_ends(void **state) {
    (void)state;
    dlt_selection schedule = settings_choose(dlt_schedules, "one_cycle");
    for (int step = 0; step < 29; step++)
        assert_true(factor(&schedule, step) < factor(&schedule, step + 1));
    /* 0.3 is not a binary fraction: the top is at 29 but for rounding */
    assert_true(fabs(factor(&schedule, 29) - 1) <= 4 * DBL_EPSILON);
    for (int step = 29; step < 99; step++)
        assert_true(factor(&schedule, step) > factor(&schedule, step + 1));
}

int main(void) {
    const struct CMUnitTest tests[] = {
        settings_test(schedule_by_epochs_holds_within_an_epoch),
        settings_test(schedule_lengths_in_epochs_equal_those_in_steps),
        settings_test(schedule_cosine_returns_to_the_top_at_each_restart),
        settings_test(schedule_over_a_length_stays_at_its_end),
        settings_test(schedule_one_cycle_has_its_top_where_the_rise_ends),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
