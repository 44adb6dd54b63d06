/* Which epoch is the best, and when to stop. */
#include "session/monitor.h"

#include <math.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <string.h>

#include <cmocka.h>

static dlt_run run;
static dlt_train_state train_state;

static int set_up(void **state) {
    (void)state;
    memset(&run, 0, sizeof run);
    run.settings.early_stopping.patience = 2;
    train_state = (dlt_train_state){.best_value = NAN};
    return 0;
}

/* Takes one value; true if it is the best. */
static bool take(double value, bool higher_is_better) {
    bool best = false;
    train_state.step += 10;
    dlt_monitor_update(&run, value, higher_is_better, &train_state, &best);
    return best;
}

static void train_monitor_remembers_the_lowest(void **state) {
    (void)state;
    assert_true(take(3, false));
    assert_true(take(2, false));
    assert_false(take(2, false));
    assert_true(train_state.best_value == 2);
    assert_int_equal(train_state.best_step, 20);
}

static void train_monitor_remembers_the_highest(void **state) {
    (void)state;
    assert_true(take(0.5, true));
    assert_false(take(0.25, true));
    assert_true(take(0.75, true));
    assert_int_equal(train_state.best_step, 30);
}

static void train_monitor_stops_when_patience_is_at_its_end(void **state) {
    (void)state;
    take(1, false);
    take(2, false);
    assert_false(train_state.stopped_early);
    take(2, false);
    assert_true(train_state.stopped_early);
}

static void train_monitor_counts_anew_after_an_improvement(void **state) {
    (void)state;
    take(1, false);
    take(2, false);
    take(0.5, false);
    take(2, false);
    assert_false(train_state.stopped_early);
}

static void train_monitor_asks_for_more_than_min_delta(void **state) {
    (void)state;
    run.settings.early_stopping.min_delta = 0.25;
    take(1, false);
    assert_false(take(0.75, false));
    assert_true(take(0.5, false));
}

/* NaN is never the best, also not the first value. */
static void train_monitor_takes_nan_for_no_improvement(void **state) {
    (void)state;
    assert_false(take(NAN, false));
    assert_true(take(5, false));
    assert_false(take(NAN, false));
    assert_true(train_state.best_value == 5);
}

static void train_monitor_never_stops_without_patience(void **state) {
    (void)state;
    run.settings.early_stopping.patience = -1;
    for (int i = 0; i < 100; i++)
        take(i, false);
    assert_false(train_state.stopped_early);
}

static bool look_up(const char *name, bool has_validation, double *value, bool *higher) {
    static dlt_evaluation validation;
    validation = (dlt_evaluation){.loss = 0.25, .metric_count = 1};
    validation.metrics[0].count = 1;
    validation.metrics[0].values[0] =
        (dlt_metric_value){.name = "accuracy", .value = 0.5, .higher_is_better = true};
    dlt_monitor_input input = {.train_loss = 4,
                               .validation = has_validation ? &validation : NULL,
                               .has_validation_data = true};
    bool found = false;
    run.settings.early_stopping.monitor = name;
    assert_int_equal(dlt_monitor_value(&run, &input, &found, value, higher), DLT_OK);
    return found;
}

static void train_monitor_value_finds_losses_and_metrics(void **state) {
    (void)state;
    double value = 0;
    bool higher = true;
    assert_true(look_up(NULL, true, &value, &higher) && value == 0.25 && !higher);
    assert_true(look_up("train_loss", true, &value, &higher) && value == 4 && !higher);
    assert_true(look_up("val_accuracy", true, &value, &higher) && value == 0.5 && higher);
    assert_false(look_up("val_accuracy", false, &value, &higher)); /* an epoch without validation */
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup(train_monitor_remembers_the_lowest, set_up),
        cmocka_unit_test_setup(train_monitor_remembers_the_highest, set_up),
        cmocka_unit_test_setup(train_monitor_stops_when_patience_is_at_its_end, set_up),
        cmocka_unit_test_setup(train_monitor_counts_anew_after_an_improvement, set_up),
        cmocka_unit_test_setup(train_monitor_asks_for_more_than_min_delta, set_up),
        cmocka_unit_test_setup(train_monitor_takes_nan_for_no_improvement, set_up),
        cmocka_unit_test_setup(train_monitor_never_stops_without_patience, set_up),
        cmocka_unit_test_setup(train_monitor_value_finds_losses_and_metrics, set_up),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
