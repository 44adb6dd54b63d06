/* Accuracy: the share of right answers. With labels, an answer is the class with the highest score;
 * with yes/no values, it is the sign of each logit. */
#include "metrics/answer.h"
#include "metrics/metrics_internal.h"

#include <math.h>

enum { RIGHT, ANSWERS, SUMS };

static int64_t sums_accuracy(const void *settings, int64_t d, bool binary) {
    (void)settings;
    (void)d;
    (void)binary;
    return SUMS;
}

static void accumulate_accuracy(const void *settings, const dlt_metric_call *call, double *sums) {
    (void)settings;
    int64_t count = call->binary ? call->n * call->d : call->n;
    int64_t right = 0;
    for (int64_t i = 0; i < count; i++)
        right += call->binary
                     ? dlt_answer_yes(call->prediction[i]) == dlt_target_yes(call->target.values[i])
                     : dlt_answer_class(call->d, call->prediction + i * call->d) ==
                           call->target.labels[i];
    sums[RIGHT] += (double)right;
    sums[ANSWERS] += (double)count;
}

static void finish_accuracy(const void *settings, int64_t d, bool binary, const double *sums,
                            dlt_metric_result *result) {
    (void)settings;
    (void)d;
    (void)binary;
    *result = (dlt_metric_result){
        .count = 1,
        .values = {{.name = "accuracy",
                    .value = sums[RIGHT] / sums[ANSWERS],
                    .higher_is_better = true}},
    };
}

static const dlt_metric_selftest selftests[] = {
    {.name = "classes; of equals the first",
     .settings = "accuracy",
     .n = 4,
     .d = 3,
     .prediction = (const double[]){1, 2, 3, 5, 1, 2, 2, 2, 1, 0, 4, 4},
     .labels = (const int32_t[]){2, 1, 0, 1},
     .expected = 0.75},
    {.name = "NaN is wrong",
     .settings = "accuracy",
     .n = 4,
     .d = 2,
     .prediction = (const double[]){NAN, 1, 1, NAN, NAN, NAN, 1, 0},
     .labels = (const int32_t[]){0, 0, 0, 0},
     .expected = 0.25},
    {.name = "yes/no",
     .settings = "accuracy",
     .n = 5,
     .d = 1,
     .binary = true,
     .prediction = (const double[]){2, -1, 0, NAN, 0.5},
     .values = (const double[]){1, 0, 0, 0, 0},
     .expected = 0.6},
};

const dlt_metric_ops dlt_metric_accuracy = {
    .entry = {.name = "accuracy",
              .summary =
                  "Share of correct predictions; among equal scores the first class is predicted."},
    .for_classes = true,
    .for_binary = true,
    .sums = sums_accuracy,
    .accumulate = accumulate_accuracy,
    .finish = finish_accuracy,
    .selftests = selftests,
    .selftest_count = sizeof selftests / sizeof selftests[0],
};
