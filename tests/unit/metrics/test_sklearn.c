/* Metrics against scikit-learn 1.x on the same numbers (zero_division=0). */
#include "dltrain/extend/metric.h"
#include "support/settings.h"

#include <float.h>
#include <math.h>
#include <stdio.h>
#include <string.h>

enum { SUMS_MAX = 64 };

static dlt_metric_result measure(const char *text, const dlt_metric_call *call) {
    dlt_selection metric = settings_choose(dlt_metrics, text);
    const dlt_metric_ops *ops = (const dlt_metric_ops *)(const void *)metric.kind;
    double sums[SUMS_MAX] = {0};
    assert_in_range(ops->sums(metric.settings, call->d, call->binary), 1, SUMS_MAX);
    ops->accumulate(metric.settings, call, sums);
    dlt_metric_result result;
    ops->finish(metric.settings, call->d, call->binary, sums, &result);
    return result;
}

static void expect(const dlt_metric_result *result, int index, const char *name, double value) {
    assert_string_equal(result->values[index].name, name);
    /* a few additions and divisions of numbers of order 1 */
    if (fabs(result->values[index].value - value) > 20 * DBL_EPSILON)
        fail_msg("%s is %.17g instead of %.17g", name, result->values[index].value, value);
}

/* f1_score, precision_score, recall_score in turn. */
static void expect_f1(const char *text, const dlt_metric_call *call, const char *suffix,
                      const double values[3]) {
    static const char *const names[] = {"f1", "precision", "recall"};
    dlt_metric_result result = measure(text, call);
    assert_int_equal(result.count, 3);
    for (int i = 0; i < 3; i++) {
        char name[64];
        snprintf(name, sizeof name, "%s%s", names[i], suffix);
        expect(&result, i, name, values[i]);
    }
}

/* Five classes: 2 is never answered, 3 does not occur at all, 4 is only answered. */
enum { N = 12, CLASSES = 5 };
static const int32_t truth[N] = {0, 0, 1, 1, 2, 0, 1, 2, 0, 1, 1, 0};
static const int answers[N] = {0, 1, 1, 1, 0, 4, 1, 0, 0, 0, 1, 0};
static dlt_real scores[N * CLASSES];

static dlt_metric_call classes_call(void) {
    for (int i = 0; i < N * CLASSES; i++)
        scores[i] = (dlt_real)(i % CLASSES == answers[i / CLASSES] ? 2 : (i * 7 % 5) / 5.0);
    return (dlt_metric_call){.n = N,
                             .d = CLASSES,
                             .prediction = scores,
                             .target = {.kind = DLT_TARGET_LABELS, .labels = truth}};
}

static void metrics_f1_averages_over_classes_as_scikit_learn(void **state) {
    (void)state;
    const dlt_metric_call call = classes_call();
    expect_f1("f1", &call, "", (const double[]){0.33636363636363636, 0.325, 0.35});
    expect_f1("f1: macro", &call, "", (const double[]){0.33636363636363636, 0.325, 0.35});
    expect_f1("f1: {average: weighted}", &call, "_weighted",
              (const double[]){0.5606060606060606, 0.5416666666666666, 0.5833333333333334});
    expect_f1("f1: micro", &call, "_micro",
              (const double[]){0.5833333333333334, 0.5833333333333334, 0.5833333333333334});
}

static void metrics_accuracies_of_classes_are_those_of_scikit_learn(void **state) {
    (void)state;
    const dlt_metric_call call = classes_call();
    dlt_metric_result accuracy = measure("accuracy", &call);
    expect(&accuracy, 0, "accuracy", 0.5833333333333334);
    dlt_metric_result matrix = measure("confusion_matrix", &call);
    expect(&matrix, 0, "balanced_accuracy", 0.4666666666666666);
}

static void metrics_f1_of_several_yes_no_outputs_is_multilabel(void **state) {
    (void)state;
    /* the third output has no positive, neither as target nor as answer */
    static const dlt_real y[] = {1, 0, 0, 0, 1, 0, 1, 1, 0, 0, 0, 0, 1, 0, 0};
    static const dlt_real logits[] = {1, -1, -1, -1, -1, -1, 1, 1, -1, 1, -1, -1, -1, 1, -1};
    const dlt_metric_call call = {.n = 5,
                                  .d = 3,
                                  .prediction = logits,
                                  .target = {.kind = DLT_TARGET_VALUES, .values = y},
                                  .binary = true,
                                  .origin = y};
    const double macro = 0.38888888888888884;
    expect_f1("f1", &call, "", (const double[]){macro, macro, macro});
    expect_f1("f1: weighted", &call, "_weighted", (const double[]){0.6, 0.6, 0.6});
    expect_f1("f1: micro", &call, "_micro", (const double[]){0.6, 0.6, 0.6});
}

static void metrics_f1_of_one_yes_no_output_is_that_of_the_positive_class(void **state) {
    (void)state;
    static const dlt_real y[] = {1, 0, 1, 0, 1}, logits[] = {1, -1, 1, 1, -1};
    dlt_metric_call call = {.n = 5,
                            .d = 1,
                            .prediction = logits,
                            .target = {.kind = DLT_TARGET_VALUES, .values = y},
                            .binary = true,
                            .origin = y};
    const double third = 2.0 / 3;
    expect_f1("f1", &call, "", (const double[]){third, third, third});
    /* no positive at all: zero_division=0 */
    static const dlt_real none[] = {0, 0, 0, 0, 0}, no[] = {-1, -1, -1, -1, -1};
    call.target.values = none;
    call.prediction = no;
    expect_f1("f1", &call, "", (const double[]){0, 0, 0});
}

/* Two thousand targets, spread by 1024 over 2 million and shifted; `first` replaces the first. */
enum { MANY = 2000 };
static dlt_real targets[3 * MANY], predictions[3 * MANY];

static dlt_metric_call values_call(double offset, const double *first) {
    for (int i = 0; i < MANY; i++) {
        double target = offset + 1024.0 * (i * 7919 % MANY);
        targets[i] = (dlt_real)(i == 0 && first != NULL ? *first : target);
        predictions[i] = (dlt_real)((double)targets[i] + 131072.0 * (i % 7 - 3));
    }
    return (dlt_metric_call){.n = MANY,
                             .d = 1,
                             .prediction = predictions,
                             .target = {.kind = DLT_TARGET_VALUES, .values = targets},
                             .origin = targets};
}

/* n (n + 1) eps is the bound derived in r2.c; the sums here are of whole numbers and do better. */
static void expect_r2(const dlt_metric_call *call, double value) {
    dlt_metric_result result = measure("r2", call);
    assert_true(fabs(result.values[0].value - value) <= MANY * (MANY + 1.0) * DBL_EPSILON);
}

static void metrics_r2_survives_an_offset(void **state) {
    (void)state;
    const double zero = 0;
    static const struct {
        double offset;
        double value;
    } cases[] = {{0, 0.8035148308787077},
                 {5.3e6, 0.8035148308787077},
                 {1.7e9, 0.8035148308787077},
                 {-1.7e9, 0.8035148308787077}};
    for (int i = 0; i < 4; i++) {
        dlt_metric_call call = values_call(cases[i].offset, NULL);
        expect_r2(&call, cases[i].value);
    }
    /* the worst origin: an outlier far from all others */
    dlt_metric_call call = values_call(1.7e9, &zero);
    expect_r2(&call, 0.9999525179092118);
}

static void metrics_r2_of_several_outputs_is_the_uniform_average(void **state) {
    (void)state;
    dlt_metric_call call = values_call(1.7e9, NULL);
    for (int i = MANY - 1; i >= 0; i--) { /* a constant that is met, and one that is missed */
        targets[3 * i] = targets[i];
        predictions[3 * i] = predictions[i];
        targets[3 * i + 1] = predictions[3 * i + 1] = (dlt_real)1e9;
        targets[3 * i + 2] = (dlt_real)7.3;
        predictions[3 * i + 2] = 7;
    }
    call.d = 3;
    /* scikit-learn's own mean of the constant 7.3 rounds, which makes its score -5e23; its rule for
     * a constant target gives 0 where it is missed. */
    expect_r2(&call, (0.8035148308787077 + 1 + 0) / 3);
}

int main(void) {
    const struct CMUnitTest tests[] = {
        settings_test(metrics_f1_averages_over_classes_as_scikit_learn),
        settings_test(metrics_accuracies_of_classes_are_those_of_scikit_learn),
        settings_test(metrics_f1_of_several_yes_no_outputs_is_multilabel),
        settings_test(metrics_f1_of_one_yes_no_output_is_that_of_the_positive_class),
        settings_test(metrics_r2_survives_an_offset),
        settings_test(metrics_r2_of_several_outputs_is_the_uniform_average),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
