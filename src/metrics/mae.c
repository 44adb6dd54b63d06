/* Mean absolute error over all elements of all samples. */
#include "metrics/metrics_internal.h"

#include <math.h>

enum { ABSOLUTE_ERRORS, ELEMENTS, SUMS };

static int64_t sums_mae(const void *settings, int64_t d, bool binary) {
    (void)settings;
    (void)d;
    (void)binary;
    return SUMS;
}

static void accumulate_mae(const void *settings, const dlt_metric_call *call, double *sums) {
    (void)settings;
    int64_t count = call->n * call->d;
    double total = 0;
    for (int64_t i = 0; i < count; i++)
        total += fabs((double)call->prediction[i] - (double)call->target.values[i]);
    sums[ABSOLUTE_ERRORS] += total;
    sums[ELEMENTS] += (double)count;
}

static void finish_mae(const void *settings, int64_t d, bool binary, const double *sums,
                       dlt_metric_result *result) {
    (void)settings;
    (void)d;
    (void)binary;
    *result = (dlt_metric_result){
        .count = 1,
        .values = {{.name = "mae", .value = sums[ABSOLUTE_ERRORS] / sums[ELEMENTS]}},
    };
}

static const dlt_metric_selftest selftests[] = {
    {.name = "two samples of two",
     .settings = "mae",
     .n = 2,
     .d = 2,
     .prediction = (const double[]){1, 2, 3, 4},
     .values = (const double[]){1.5, 0, 3, 5.5},
     .expected = 1},
};

const dlt_metric_ops dlt_metric_mae = {
    .entry = {.name = "mae", .summary = "Mean absolute error."},
    .for_values = true,
    .sums = sums_mae,
    .accumulate = accumulate_mae,
    .finish = finish_mae,
    .selftests = selftests,
    .selftest_count = sizeof selftests / sizeof selftests[0],
};
