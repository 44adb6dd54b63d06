/* Mean intersection over union, the Jaccard index (Jaccard 1912, doi
 * 10.1111/j.1469-8137.1912.tb05611.x), by which segmentation is judged. Per class, with the counts
 * of true positives tp, false positives fp and false negatives fn over all rows:
 *
 *   IoU = tp / (tp + fp + fn)
 *
 * and the mean over the classes that occur in targets or answers. With yes/no values each output is
 * one class, that of its positive answers.
 */
#include "metrics/class_counts.h"
#include "metrics/metrics_internal.h"

#include <math.h>

static int64_t sums_mean_iou(const void *settings, int64_t d, bool binary) {
    (void)settings;
    (void)binary;
    return DLT_CLASS_COUNTS * d;
}

static void accumulate_mean_iou(const void *settings, const dlt_metric_call *call, double *sums) {
    (void)settings;
    dlt_class_counts_add(call, sums);
}

static void finish_mean_iou(const void *settings, int64_t d, bool binary, const double *sums,
                            dlt_metric_result *result) {
    double total = 0, occurring = 0;
    (void)settings;
    (void)binary;
    for (int64_t c = 0; c < d; c++) {
        const double both = sums[DLT_TRUE_POSITIVES * d + c];
        const double either =
            both + sums[DLT_FALSE_POSITIVES * d + c] + sums[DLT_FALSE_NEGATIVES * d + c];
        if (either <= 0)
            continue;
        total += both / either;
        occurring++;
    }
    *result = (dlt_metric_result){
        .count = 1,
        .values = {{.name = "mean_iou", .value = total / occurring, .higher_is_better = true}}};
}

static const dlt_metric_selftest selftests[] = {
    {.name = "over three classes that occur: 1/2, 1/3, 1",
     .settings = "mean_iou",
     .n = 5,
     .d = 4,
     .prediction = (const double[]){1, 0, 0, 0, 0, 1, 0, 0, 0, 1, 0, 0, NAN, 0, 0, 0, 0, 0, 1, 0},
     .labels = (const int32_t[]){0, 0, 1, 1, 2},
     .expected = (0.5 + 1.0 / 3 + 1) / 3},
    {.name = "yes/no: positive answers, of two outputs 1/2 and 0",
     .settings = "mean_iou",
     .n = 3,
     .d = 2,
     .binary = true,
     .prediction = (const double[]){1, -1, 1, -1, -1, 1},
     .values = (const double[]){1, 0, 0, 0, 0, 0},
     .expected = 0.25},
};

const dlt_metric_ops dlt_metric_mean_iou = {
    .entry = {.name = "mean_iou",
              .summary = "Intersection over union of targets and predictions, averaged over the "
                         "classes that occur in either."},
    .for_classes = true,
    .for_binary = true,
    .sums = sums_mean_iou,
    .accumulate = accumulate_mean_iou,
    .finish = finish_mean_iou,
    .selftests = selftests,
    .selftest_count = sizeof selftests / sizeof selftests[0],
};
