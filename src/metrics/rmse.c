/* Root of the mean squared error over all elements of all samples. */
#include "metrics/metrics_internal.h"

#include <math.h>

enum { SQUARED_ERRORS, ELEMENTS, SUMS };

static int64_t sums_rmse(const void *settings, int64_t d, bool binary) {
    (void)settings;
    (void)d;
    (void)binary;
    return SUMS;
}

static void accumulate_rmse(const void *settings, const dlt_metric_call *call, double *sums) {
    (void)settings;
    int64_t count = call->n * call->d;
    double total = 0;
    for (int64_t i = 0; i < count; i++) {
        double error = (double)call->prediction[i] - (double)call->target.values[i];
        total += error * error;
    }
    sums[SQUARED_ERRORS] += total;
    sums[ELEMENTS] += (double)count;
}

static void finish_rmse(const void *settings, int64_t d, bool binary, const double *sums,
                        dlt_metric_result *result) {
    (void)settings;
    (void)d;
    (void)binary;
    *result = (dlt_metric_result){
        .count = 1,
        .values = {{.name = "rmse", .value = sqrt(sums[SQUARED_ERRORS] / sums[ELEMENTS])}},
    };
}

static const dlt_metric_selftest selftests[] = {
    {.name = "two samples of two",
     .settings = "rmse",
     .n = 2,
     .d = 2,
     .prediction = (const double[]){1, 2, 3, 4},
     .values = (const double[]){2, 0, 3, 6},
     .expected = 1.5},
};

const dlt_metric_ops dlt_metric_rmse = {
    .entry = {.name = "rmse", .summary = "Root of the mean squared error."},
    .for_values = true,
    .sums = sums_rmse,
    .accumulate = accumulate_rmse,
    .finish = finish_rmse,
    .selftests = selftests,
    .selftest_count = sizeof selftests / sizeof selftests[0],
};
