/* Confusion matrix: how often each true class (row) was taken for each class (column). Yes/no
 * values make two classes, counted over all outputs. Behind the matrix stands, per true class, how
 * often the model gave no answer (NaN). The one number made of it is the balanced accuracy: the
 * mean, over the classes that occur, of the share of right answers (Brodersen et al. 2010, doi
 * 10.1109/ICPR.2010.764). */
#include "config/config.h"
#include "metrics/answer.h"
#include "metrics/metrics_internal.h"

#include <math.h>

/* 128 MiB of counts, which every rank adds up at the end of an evaluation. */
enum { CLASSES_MAX = 4096 };

static int64_t classes_of(int64_t d, bool binary) {
    return binary ? 2 : d;
}

static dlt_status check_confusion_matrix(const dlt_selection *metric, int64_t d, bool binary) {
    if (!binary && d > CLASSES_MAX)
        return dlt_config_fail(&metric->position,
                               "confusion_matrix: the prediction has %lld classes, but a matrix of "
                               "at most %d classes is counted",
                               (long long)d, CLASSES_MAX);
    return DLT_OK;
}

static int64_t sums_confusion_matrix(const void *settings, int64_t d, bool binary) {
    (void)settings;
    int64_t classes = classes_of(d, binary);
    return classes * (classes + 1);
}

static void count_confusion_matrix(double *sums, int64_t classes, int64_t truth, int64_t answer) {
    if (answer == DLT_NO_ANSWER)
        sums[classes * classes + truth]++;
    else
        sums[truth * classes + answer]++;
}

static void accumulate_confusion_matrix(const void *settings, const dlt_metric_call *call,
                                        double *sums) {
    (void)settings;
    if (call->binary) {
        for (int64_t i = 0; i < call->n * call->d; i++)
            count_confusion_matrix(sums, 2, dlt_target_yes(call->target.values[i]),
                                   dlt_answer_yes(call->prediction[i]));
        return;
    }
    for (int64_t i = 0; i < call->n; i++)
        count_confusion_matrix(sums, call->d, call->target.labels[i],
                               dlt_answer_class(call->d, call->prediction + i * call->d));
}

static void finish_confusion_matrix(const void *settings, int64_t d, bool binary,
                                    const double *sums, dlt_metric_result *result) {
    (void)settings;
    int64_t classes = classes_of(d, binary);
    double recalls = 0, occurring = 0;
    for (int64_t truth = 0; truth < classes; truth++) {
        double total = sums[classes * classes + truth];
        for (int64_t answer = 0; answer < classes; answer++)
            total += sums[truth * classes + answer];
        if (total <= 0)
            continue;
        recalls += sums[truth * classes + truth] / total;
        occurring++;
    }
    *result = (dlt_metric_result){
        .count = 1,
        .values = {{.name = "balanced_accuracy",
                    .value = recalls / occurring,
                    .higher_is_better = true}},
        .matrix_rows = classes,
    };
}

static const dlt_metric_selftest selftests[] = {
    {.name = "recalls 1/2, 1 and, with NaN, 1/2; the last class does not occur",
     .settings = "confusion_matrix",
     .n = 5,
     .d = 4,
     .prediction = (const double[]){1, 0, 0, 0, 0, 1, 0, 0, 0, 3, 0, 0, 0, 0, 2, 0, 0, 0, 2, NAN},
     .labels = (const int32_t[]){0, 0, 1, 2, 2},
     .expected = 2.0 / 3},
    {.name = "yes/no: recalls 2/3 and 1",
     .settings = "confusion_matrix",
     .n = 2,
     .d = 2,
     .binary = true,
     .prediction = (const double[]){-1, 1, -2, 3},
     .values = (const double[]){0, 0, 0, 1},
     .expected = 5.0 / 6},
};

const dlt_metric_ops dlt_metric_confusion_matrix = {
    .entry = {.name = "confusion_matrix",
              .summary =
                  "Number of samples of each true class (row) that are predicted as each class "
                  "(column), as in scikit-learn; as a single number, the balanced accuracy."},
    .for_classes = true,
    .for_binary = true,
    .sums = sums_confusion_matrix,
    .accumulate = accumulate_confusion_matrix,
    .finish = finish_confusion_matrix,
    .check = check_confusion_matrix,
    .selftests = selftests,
    .selftest_count = sizeof selftests / sizeof selftests[0],
};
