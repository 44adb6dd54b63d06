#include "bench/report.h"
#include "bench/workload.h"
#include "train/timing.h"

#include "base/error.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <string.h>

#include <cmocka.h>

static void train_workload_find_knows_names(void **state) {
    (void)state;
    dlt_workload workload;
    assert_int_equal(dlt_workload_find("resnet20", &workload), DLT_OK);
    assert_non_null(strstr(workload.path, "/resnet20.yaml"));
    assert_int_equal(workload.input->rank, 3);
    assert_int_equal(workload.input->dim[2], 3);
}

static void train_workload_find_takes_paths(void **state) {
    (void)state;
    dlt_workload workload;
    assert_int_equal(dlt_workload_find("runs/own.yaml", &workload), DLT_OK);
    assert_string_equal(workload.path, "runs/own.yaml");
    assert_null(workload.input);
}

static void train_workload_find_names_all_for_an_unknown_one(void **state) {
    (void)state;
    dlt_workload workload;
    assert_int_equal(dlt_workload_find("mpl", &workload), DLT_ERR_ARG);
    assert_non_null(strstr(dlt_error_message(), "linreg, mlp, keras_mlp, cnn, resnet20, widemlp"));
}

static void train_bench_median_is_the_middle(void **state) {
    (void)state;
    double values[] = {5, 1, 4, 2, 3};
    assert_true(dlt_bench_median(5, values) == 3);
}

static void train_timing_quantiles_are_of_sorted_steps(void **state) {
    (void)state;
    dlt_timing timing = {.steps = 0};
    assert_true(dlt_timing_quantile_s(&timing, 0.5) == 0);
    for (int i = 20; i > 0; i--)
        dlt_timing_add(&timing, i, 0, 1);
    assert_true(dlt_timing_quantile_s(&timing, 0.5) == 11);
    assert_true(dlt_timing_quantile_s(&timing, 0.95) == 20);
    assert_true(dlt_timing_quantile_s(&timing, 1) == 20);
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(train_workload_find_knows_names),
        cmocka_unit_test(train_workload_find_takes_paths),
        cmocka_unit_test(train_workload_find_names_all_for_an_unknown_one),
        cmocka_unit_test(train_bench_median_is_the_middle),
        cmocka_unit_test(train_timing_quantiles_are_of_sorted_steps),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
