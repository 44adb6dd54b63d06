/* F1, precision and recall (van Rijsbergen 1979, Information Retrieval, chapter 7). Per class, with
 * the counts of true positives tp, false positives fp and false negatives fn:
 *
 *   precision = tp / (tp + fp)    recall = tp / (tp + fn)    F1 = 2 tp / (2 tp + fp + fn)
 *
 * 0 where there is nothing to divide by (zero_division=0). Averages are those of scikit-learn's
 * precision_recall_fscore_support:
 *
 *   macro     the mean over the classes that occur in targets or answers
 *   weighted  the mean over classes, weighted by how often each occurs in the targets
 *   micro     of the counts summed over classes; with one answer per sample all three are accuracy
 *
 * With yes/no values, each output is one class, that of its positive answers: a single output gives
 * the F1 of the positive class (average='binary'), several are a multilabel problem, whose macro
 * average is over all of them. A NaN is no answer: it adds a false negative and no false positive.
 */
#include "metrics/class_counts.h"
#include "metrics/metrics_internal.h"

#include <math.h>
#include <stdio.h>

enum { MACRO, WEIGHTED, MICRO };

static const char *const averages[] = {"macro", "weighted", "micro", NULL};

typedef struct f1_settings {
    int average;
} f1_settings;

static const dlt_key keys[] = {
    {.name = "average",
     .type = DLT_KEY_ENUM,
     .offset = offsetof(f1_settings, average),
     .default_value = "macro",
     .enum_names = averages,
     .flags = DLT_KEY_SHORTHAND,
     .help = "Average over classes, as in scikit-learn with zero_division=0: macro is the mean "
             "over the classes that occur in targets or predictions, weighted weights it by the "
             "targets, micro sums the counts first. weighted and micro are reported as "
             "f1_weighted, precision_micro and so on."},
    {0},
};

static int64_t sums_f1(const void *settings, int64_t d, bool binary) {
    (void)settings;
    (void)binary;
    return DLT_CLASS_COUNTS * d;
}

static void accumulate_f1(const void *settings, const dlt_metric_call *call, double *sums) {
    (void)settings;
    dlt_class_counts_add(call, sums);
}

static double share(double part, double whole) {
    return whole > 0 ? part / whole : 0;
}

/* The three scores of one class, or of the counts of several, times weight. */
static void add_scores(double tp, double fp, double fn, double weight, double scores[3]) {
    scores[0] += weight * share(2 * tp, 2 * tp + fp + fn);
    scores[1] += weight * share(tp, tp + fp);
    scores[2] += weight * share(tp, tp + fn);
}

static void average_scores(int average, int64_t d, bool binary, const double *sums,
                           double scores[3]) {
    double total[DLT_CLASS_COUNTS] = {0}, weights = 0;
    for (int64_t c = 0; c < d; c++) {
        double tp = sums[DLT_TRUE_POSITIVES * d + c];
        double fp = sums[DLT_FALSE_POSITIVES * d + c], fn = sums[DLT_FALSE_NEGATIVES * d + c];
        double occurs = binary || tp + fp + fn > 0 ? 1 : 0;
        double weight = average == WEIGHTED ? tp + fn : occurs;
        add_scores(tp, fp, fn, weight, scores);
        weights += weight;
        total[DLT_TRUE_POSITIVES] += tp;
        total[DLT_FALSE_POSITIVES] += fp;
        total[DLT_FALSE_NEGATIVES] += fn;
    }
    for (int i = 0; i < 3; i++)
        scores[i] = average == MICRO ? 0 : share(scores[i], weights);
    if (average == MICRO)
        add_scores(total[DLT_TRUE_POSITIVES], total[DLT_FALSE_POSITIVES],
                   total[DLT_FALSE_NEGATIVES], 1, scores);
}

static void finish_f1(const void *settings, int64_t d, bool binary, const double *sums,
                      dlt_metric_result *result) {
    static const char *const names[] = {"f1", "precision", "recall"};
    static const char *const suffixes[] = {"", "_weighted", "_micro"};
    const f1_settings *own = settings;
    double scores[3] = {0};
    average_scores(own->average, d, binary, sums, scores);
    *result = (dlt_metric_result){.count = 3};
    for (int i = 0; i < 3; i++) {
        dlt_metric_value *value = &result->values[i];
        snprintf(value->name, sizeof value->name, "%s%s", names[i], suffixes[own->average]);
        value->value = scores[i];
        value->higher_is_better = true;
    }
}

static const dlt_metric_selftest selftests[] = {
    {.name = "macro over three classes that occur: 2/3, 1/2, 1",
     .settings = "f1",
     .n = 5,
     .d = 4,
     .prediction = (const double[]){1, 0, 0, 0, 0, 1, 0, 0, 0, 1, 0, 0, NAN, 0, 0, 0, 0, 0, 1, 0},
     .labels = (const int32_t[]){0, 0, 1, 1, 2},
     .expected = (2.0 / 3 + 0.5 + 1) / 3},
    {.name = "weighted by the targets: 2/3, 1/2, 1",
     .settings = "f1: weighted",
     .n = 5,
     .d = 4,
     .prediction = (const double[]){1, 0, 0, 0, 0, 1, 0, 0, 0, 1, 0, 0, NAN, 0, 0, 0, 0, 0, 1, 0},
     .labels = (const int32_t[]){0, 0, 1, 1, 2},
     .expected = (2 * 2.0 / 3 + 2 * 0.5 + 1) / 5},
    {.name = "micro: 3 right, 1 wrong, 1 without an answer",
     .settings = "f1: micro",
     .n = 5,
     .d = 4,
     .prediction = (const double[]){1, 0, 0, 0, 0, 1, 0, 0, 0, 1, 0, 0, NAN, 0, 0, 0, 0, 0, 1, 0},
     .labels = (const int32_t[]){0, 0, 1, 1, 2},
     .expected = 6.0 / 9},
    {.name = "several yes/no outputs, one of them without a positive: 2/3, 0",
     .settings = "f1",
     .n = 3,
     .d = 2,
     .binary = true,
     .prediction = (const double[]){1, -1, 1, -1, -1, -1},
     .values = (const double[]){1, 0, 0, 0, 0, 0},
     .expected = 1.0 / 3},
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
    .entry = {.name = "f1",
              .summary =
                  "F1, precision and recall, averaged over classes (scikit-learn's macro average "
                  "unless told otherwise); with yes/no targets those of the positive class.",
              .keys = keys,
              .settings_size = sizeof(f1_settings)},
    .for_classes = true,
    .for_binary = true,
    .sums = sums_f1,
    .accumulate = accumulate_f1,
    .finish = finish_f1,
    .selftests = selftests,
    .selftest_count = sizeof selftests / sizeof selftests[0],
};
