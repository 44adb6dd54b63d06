#include "dltrain/extend/metric.h"
#include "support/settings.h"

#include <float.h>
#include <math.h>
#include <string.h>

/* Three classes; the last sample has no answer. */
static const dlt_real scores[] = {1, 0, 0, 1, 0, 0, 0, 1, 0, 0, 0, 1, 0, 1, 0, NAN, 0, 9};
static const int32_t labels[] = {0, 1, 1, 2, 2, 2};
enum { N = 6, D = 3 };

static dlt_metric_result result_of(const char *text, double *sums) {
    dlt_selection metric = settings_choose(dlt_metrics, text);
    const dlt_metric_ops *ops = (const dlt_metric_ops *)metric.kind;
    const dlt_metric_call call = {.n = N,
                                  .d = D,
                                  .prediction = scores,
                                  .target = {.kind = DLT_TARGET_LABELS, .labels = labels}};
    ops->accumulate(metric.settings, &call, sums);
    dlt_metric_result result;
    ops->finish(metric.settings, D, false, sums, &result);
    return result;
}

static void expect(const dlt_metric_value *value, const char *name, double number) {
    assert_string_equal(value->name, name);
    assert_true(fabs(value->value - number) <= 10 * DBL_EPSILON);
    assert_true(value->higher_is_better);
}

static void metrics_confusion_matrix_has_true_classes_in_rows(void **state) {
    (void)state;
    static const double matrix[] = {1, 0, 0, 1, 1, 0, 0, 1, 1};
    double sums[D * (D + 1)] = {0};
    dlt_metric_result result = result_of("confusion_matrix", sums);
    assert_int_equal(result.matrix_rows, D);
    for (int i = 0; i < D * D; i++)
        assert_true(sums[i] == matrix[i]);
    assert_true(sums[D * D + 2] == 1); /* no answer for the last sample, of class 2 */
    expect(&result.values[0], "balanced_accuracy", (1 + 0.5 + 1.0 / 3) / 3);
}

static void metrics_f1_reports_precision_and_recall(void **state) {
    (void)state;
    double sums[3 * D] = {0};
    dlt_metric_result result = result_of("f1", sums);
    assert_int_equal(result.count, 3);
    expect(&result.values[0], "f1", (2.0 / 3 + 0.5 + 0.5) / 3);
    expect(&result.values[1], "precision", (0.5 + 0.5 + 1) / 3);
    expect(&result.values[2], "recall", (1 + 0.5 + 1.0 / 3) / 3);
}

static void metrics_f1_of_yes_and_no_counts_the_positive_answers(void **state) {
    (void)state;
    static const dlt_real logits[] = {1, 1, -1, -1, 2, NAN}, truth[] = {1, 0, 1, 0, 1, 1};
    dlt_selection metric = settings_choose(dlt_metrics, "f1");
    const dlt_metric_ops *ops = (const dlt_metric_ops *)metric.kind;
    const dlt_metric_call call = {.n = 6,
                                  .d = 1,
                                  .prediction = logits,
                                  .target = {.kind = DLT_TARGET_VALUES, .values = truth},
                                  .binary = true};
    double sums[3] = {0};
    ops->accumulate(metric.settings, &call, sums);
    dlt_metric_result result;
    ops->finish(metric.settings, 1, true, sums, &result);
    expect(&result.values[1], "precision", 2.0 / 3);
    expect(&result.values[2], "recall", 2.0 / 4);
}

static void metrics_top_k_is_named_after_k(void **state) {
    (void)state;
    double sums[2] = {0};
    dlt_metric_result result = result_of("top_k: 2", sums);
    expect(&result.values[0], "top2_accuracy", 4.0 / 6);
}

static void metrics_errors_are_better_when_lower(void **state) {
    (void)state;
    static const char *const names[] = {"mae", "rmse"};
    const double sums[] = {8, 2};
    for (int i = 0; i < 2; i++) {
        dlt_selection metric = settings_choose(dlt_metrics, names[i]);
        dlt_metric_result result;
        ((const dlt_metric_ops *)metric.kind)->finish(metric.settings, 1, false, sums, &result);
        assert_false(result.values[0].higher_is_better);
    }
}

static void metrics_check_refuses_targets_of_another_kind(void **state) {
    (void)state;
    dlt_selection mae = settings_choose(dlt_metrics, "mae");
    dlt_selection accuracy = settings_choose(dlt_metrics, "accuracy");
    dlt_selection top_k = settings_choose(dlt_metrics, "top_k");
    assert_int_equal(dlt_metric_check(&mae, DLT_TARGET_LABELS, false, 10), DLT_ERR_CONFIG);
    assert_non_null(strstr(dlt_error_message(), "accuracy, top_k, confusion_matrix, f1"));
    assert_int_equal(dlt_metric_check(&accuracy, DLT_TARGET_VALUES, false, 10), DLT_ERR_CONFIG);
    assert_non_null(strstr(dlt_error_message(), "mae, rmse, r2"));
    assert_int_equal(dlt_metric_check(&top_k, DLT_TARGET_VALUES, true, 10), DLT_ERR_CONFIG);
    assert_int_equal(dlt_metric_check(&accuracy, DLT_TARGET_VALUES, true, 10), DLT_OK);
    assert_int_equal(dlt_metric_check(&mae, DLT_TARGET_VALUES, false, 10), DLT_OK);
}

static void metrics_check_refuses_k_above_the_number_of_classes(void **state) {
    (void)state;
    dlt_selection metric = settings_choose(dlt_metrics, "top_k: 5");
    assert_int_equal(dlt_metric_check(&metric, DLT_TARGET_LABELS, false, 5), DLT_OK);
    assert_int_equal(dlt_metric_check(&metric, DLT_TARGET_LABELS, false, 4), DLT_ERR_CONFIG);
    assert_non_null(strstr(dlt_error_message(), "only 4 classes"));
}

/* A vocabulary as classes: the matrix would not fit into memory. */
static void metrics_check_refuses_a_huge_confusion_matrix(void **state) {
    (void)state;
    dlt_selection metric = settings_choose(dlt_metrics, "confusion_matrix");
    assert_int_equal(dlt_metric_check(&metric, DLT_TARGET_LABELS, false, 4096), DLT_OK);
    assert_int_equal(dlt_metric_check(&metric, DLT_TARGET_VALUES, true, 50000), DLT_OK);
    assert_int_equal(dlt_metric_check(&metric, DLT_TARGET_LABELS, false, 50000), DLT_ERR_CONFIG);
    assert_non_null(strstr(dlt_error_message(), "50000 classes"));
}

int main(void) {
    const struct CMUnitTest tests[] = {
        settings_test(metrics_confusion_matrix_has_true_classes_in_rows),
        settings_test(metrics_f1_reports_precision_and_recall),
        settings_test(metrics_f1_of_yes_and_no_counts_the_positive_answers),
        settings_test(metrics_top_k_is_named_after_k),
        settings_test(metrics_errors_are_better_when_lower),
        settings_test(metrics_check_refuses_targets_of_another_kind),
        settings_test(metrics_check_refuses_k_above_the_number_of_classes),
        settings_test(metrics_check_refuses_a_huge_confusion_matrix),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
