#include "dltrain/extend/schedule.h"
#include "support/settings.h"

#include <float.h>
#include <math.h>

static const double fresh[DLT_SCHEDULE_STATE];

static double factor(const dlt_selection *schedule, int64_t step, int64_t total) {
    const dlt_schedule_position position = {step, 10, total};
    return dlt_schedule_factor(schedule, &position, fresh);
}

static void schedule_factor_of_no_schedule_is_one(void **state) {
    (void)state;
    const dlt_selection none = {0};
    assert_true(factor(&none, 0, 100) == 1);
    assert_true(factor(&none, 99, 100) == 1);
}

static void schedule_warmup_rises_linearly_and_stops(void **state) {
    (void)state;
    dlt_selection schedule =
        settings_choose(dlt_schedules, "constant: {warmup_steps: 8, warmup_start: 0.5}");
    for (int step = 0; step < 8; step++) /* eighths: exact */
        assert_true(factor(&schedule, step, 100) == 0.5 + 0.5 * step / 8);
    assert_true(factor(&schedule, 8, 100) == 1);
}

static void schedule_warmup_multiplies_every_schedule(void **state) {
    (void)state;
    static const char *const pairs[][2] = {
        {"step: {every: 1, gamma: 0.5}", "step: {every: 1, gamma: 0.5, warmup_steps: 20}"},
        {"multi_step: {milestones: [1]}", "multi_step: {milestones: [1], warmup_steps: 20}"},
        {"exponential: 0.9", "exponential: {gamma: 0.9, warmup_steps: 20}"},
        {"inverse_time: 0.1", "inverse_time: {rate: 0.1, warmup_steps: 20}"},
    };
    for (int i = 0; i < 4; i++) {
        dlt_selection plain = settings_choose(dlt_schedules, pairs[i][0]);
        dlt_selection warm = settings_choose(dlt_schedules, pairs[i][1]);
        for (int step = 0; step < 40; step++) {
            double ramp = step < 20 ? (step + 1) / 20.0 : 1;
            assert_true(factor(&warm, step, 100) == ramp * factor(&plain, step, 100));
        }
    }
}

static void schedule_of_the_whole_run_starts_when_the_warmup_ends(void **state) {
    (void)state;
    static const char *const pairs[][2] = {
        {"linear", "linear: {warmup_steps: 20}"},
        {"polynomial: 2", "polynomial: {power: 2, warmup_steps: 20}"},
        {"cosine", "cosine: {warmup_steps: 20}"},
        {"cosine: {restart_every: 2}", "cosine: {restart_every: 2, warmup_steps: 20}"},
        {"one_cycle", "one_cycle: {warmup_steps: 20}"},
    };
    for (int i = 0; i < 5; i++) {
        dlt_selection plain = settings_choose(dlt_schedules, pairs[i][0]);
        dlt_selection warm = settings_choose(dlt_schedules, pairs[i][1]);
        assert_true(factor(&warm, 9, 120) == factor(&plain, 0, 100) / 2);
        for (int step = 0; step < 100; step++)
            assert_true(factor(&warm, step + 20, 120) == factor(&plain, step, 100));
    }
}

static void schedule_warmup_longer_than_the_run_stays_finite(void **state) {
    (void)state;
    static const char *const schedules[] = {
        "linear: {warmup_steps: 50}", "polynomial: {warmup_steps: 50}",
        "cosine: {warmup_steps: 50}", "one_cycle: {warmup_steps: 50}"};
    for (int i = 0; i < 4; i++) {
        dlt_selection schedule = settings_choose(dlt_schedules, schedules[i]);
        for (int step = 0; step < 20; step++)
            assert_true(isfinite(factor(&schedule, step, 20)));
    }
}

int main(void) {
    const struct CMUnitTest tests[] = {
        settings_test(schedule_factor_of_no_schedule_is_one),
        settings_test(schedule_warmup_rises_linearly_and_stops),
        settings_test(schedule_warmup_multiplies_every_schedule),
        settings_test(schedule_of_the_whole_run_starts_when_the_warmup_ends),
        settings_test(schedule_warmup_longer_than_the_run_stays_finite),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
