/* F1, precision and recall (van Rijsbergen 1979, Information Retrieval, chapter 7). Per class, with
 * the counts of true positives tp, false positives fp and false negatives fn:
 *
 *   precision = tp / (tp + fp)    recall = tp / (tp + fn)    F1 = 2 tp / (2 tp + fp + fn)
 *
 * and the plain mean of each over the classes that occur in targets or answers (0 where there is
 * nothing to divide by, as in scikit-learn's macro average). With yes/no values, each output is one
 * such class: that of its positive answers.
 */
#include "metrics/answer.h"
#include "metrics/metrics_internal.h"

#include <math.h>

enum { TRUE_POSITIVES, FALSE_POSITIVES, FALSE_NEGATIVES, COUNTS };

static int64_t sums_f1(const void *settings, int64_t d, bool binary) {
    (void)settings;
    (void)binary;
    return COUNTS * d;
}

static void count_class_f1(const dlt_metric_call *call, int64_t sample, double *sums) {
    const int64_t d = call->d, truth = call->target.labels[sample];
    int64_t answer = dlt_answer_class(d, call->prediction + sample * d);
    if (answer == truth) {
        sums[TRUE_POSITIVES * d + truth]++;
        return;
    }
    sums[FALSE_NEGATIVES * d + truth]++;
    if (answer != DLT_NO_ANSWER)
        sums[FALSE_POSITIVES * d + answer]++;
}

static void count_yes_f1(const dlt_metric_call *call, int64_t sample, double *sums) {
    const int64_t d = call->d;
    for (int64_t c = 0; c < d; c++) {
        int64_t truth = dlt_target_yes(call->target.values[sample * d + c]);
        int64_t answer = dlt_answer_yes(call->prediction[sample * d + c]);
        if (answer != truth)
            sums[(truth == 1 ? FALSE_NEGATIVES : FALSE_POSITIVES) * d + c]++;
        else if (truth == 1)
            sums[TRUE_POSITIVES * d + c]++;
    }
}

static void accumulate_f1(const void *settings, const dlt_metric_call *call, double *sums) {
    (void)settings;
    for (int64_t i = 0; i < call->n; i++) {
        if (call->binary)
            count_yes_f1(call, i, sums);
        else
            count_class_f1(call, i, sums);
    }
}

static double share(double part, double whole) {
    return whole > 0 ? part / whole : 0;
}

static void finish_f1(const void *settings, int64_t d, bool binary, const double *sums,
                      dlt_metric_result *result) {
    (void)settings;
    (void)binary;
    double f1 = 0, precision = 0, recall = 0, occurring = 0;
    for (int64_t c = 0; c < d; c++) {
        double tp = sums[TRUE_POSITIVES * d + c];
        double fp = sums[FALSE_POSITIVES * d + c], fn = sums[FALSE_NEGATIVES * d + c];
        occurring += tp + fp + fn > 0;
        f1 += share(2 * tp, 2 * tp + fp + fn);
        precision += share(tp, tp + fp);
        recall += share(tp, tp + fn);
    }
    *result = (dlt_metric_result){
        .count = 3,
        .values = {
            {.name = "f1", .value = share(f1, occurring), .higher_is_better = true},
            {.name = "precision", .value = share(precision, occurring), .higher_is_better = true},
            {.name = "recall", .value = share(recall, occurring), .higher_is_better = true},
        }};
}

static const dlt_metric_selftest selftests[] = {
    {.name = "macro over three classes that occur: 2/3, 1/2, 1",
     .settings = "f1",
     .n = 5,
     .d = 4,
     .prediction = (const double[]){1, 0, 0, 0, 0, 1, 0, 0, 0, 1, 0, 0, NAN, 0, 0, 0, 0, 0, 1, 0},
     .labels = (const int32_t[]){0, 0, 1, 1, 2},
     .expected = (2.0 / 3 + 0.5 + 1) / 3},
    {.name = "yes/no: positive answers",
     .settings = "f1",
     .n = 6,
     .d = 1,
     .binary = true,
     .prediction = (const double[]){1, 1, -1, -1, 2, NAN},
     .values = (const double[]){1, 0, 1, 0, 1, 1},
     .expected = 4.0 / 7},
};

const dlt_metric_ops dlt_metric_f1 = {
    .choice = {.name = "f1",
               .summary = "F1, precision and recall, each averaged over the classes that occur; of "
                          "the positive answers with yes/no targets."},
    .for_classes = true,
    .for_binary = true,
    .sums = sums_f1,
    .accumulate = accumulate_f1,
    .finish = finish_f1,
    .selftests = selftests,
    .selftest_count = sizeof selftests / sizeof selftests[0],
};
