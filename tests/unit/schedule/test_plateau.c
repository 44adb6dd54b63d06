#include "dltrain/extend/schedule.h"
#include "support/settings.h"

#include <math.h>
#include <string.h>

static const dlt_schedule_position now = {5, 10, 100};

static void observe(const dlt_selection *schedule, double metric, bool minimise, double *state) {
    ((const dlt_schedule_ops *)schedule->kind)
        ->observe(schedule->settings, metric, minimise, state);
}

static void schedule_plateau_counts_nan_as_no_improvement(void **state) {
    (void)state;
    dlt_selection schedule = settings_choose(dlt_schedules, "plateau: {factor: 0.5, patience: 1}");
    double seen[DLT_SCHEDULE_STATE] = {0};
    observe(&schedule, NAN, true, seen);
    assert_true(dlt_schedule_factor(&schedule, &now, seen) == 1);
    observe(&schedule, NAN, true, seen);
    assert_true(dlt_schedule_factor(&schedule, &now, seen) == 0.5);
}

static void schedule_plateau_improvement_of_a_negative_metric_counts(void **state) {
    (void)state;
    dlt_selection schedule =
        settings_choose(dlt_schedules, "plateau: {factor: 0.5, patience: 0, threshold: 0.1}");
    double seen[DLT_SCHEDULE_STATE] = {0};
    observe(&schedule, -1, true, seen);
    observe(&schedule, -1.2, true, seen);
    assert_true(dlt_schedule_factor(&schedule, &now, seen) == 1);
    observe(&schedule, -1.25, true, seen); /* better by less than a tenth of 1.2 */
    assert_true(dlt_schedule_factor(&schedule, &now, seen) == 0.5);
}

static void schedule_plateau_does_not_count_during_the_cooldown(void **state) {
    (void)state;
    dlt_selection schedule =
        settings_choose(dlt_schedules, "plateau: {factor: 0.5, patience: 0, cooldown: 2}");
    static const double after[] = {1, 0.5, 0.5, 0.5, 0.25}; /* a reduction, two epochs, another */
    double seen[DLT_SCHEDULE_STATE] = {0};
    for (int epoch = 0; epoch < 5; epoch++) {
        observe(&schedule, 1, true, seen);
        assert_true(dlt_schedule_factor(&schedule, &now, seen) == after[epoch]);
    }
}

static void schedule_only_plateau_observes(void **state) {
    (void)state;
    for (const dlt_registry_entry *const *at = dlt_schedules; *at != NULL; at++) {
        bool observes = ((const dlt_schedule_ops *)*at)->observe != NULL;
        assert_int_equal(observes, strcmp((*at)->name, "plateau") == 0);
    }
}

int main(void) {
    const struct CMUnitTest tests[] = {
        settings_test(schedule_plateau_counts_nan_as_no_improvement),
        settings_test(schedule_plateau_improvement_of_a_negative_metric_counts),
        settings_test(schedule_plateau_does_not_count_during_the_cooldown),
        settings_test(schedule_only_plateau_observes),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
