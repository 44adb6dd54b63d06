/* Coefficient of determination, the share of the targets' variance that is predicted. Per output,
 * with target y and prediction p:
 *
 *   R^2 = 1 - sum (y - p)^2 / (sum y^2 - (sum y)^2 / n)
 *
 * and the plain mean over outputs (scikit-learn's uniform average). An output whose targets are all
 * equal has no variance: 1 if it is predicted exactly, 0 if not, as in scikit-learn.
 */
#include "metrics/metrics_internal.h"

#include <float.h>
#include <math.h>

/* Per output; the number of samples stands behind them all. */
enum { TARGETS, SQUARED_TARGETS, SQUARED_ERRORS, PER_OUTPUT };

static int64_t sums_r2(const void *settings, int64_t d, bool binary) {
    (void)settings;
    (void)binary;
    return PER_OUTPUT * d + 1;
}

static void accumulate_r2(const void *settings, const dlt_metric_call *call, double *sums) {
    (void)settings;
    const int64_t d = call->d;
    for (int64_t i = 0; i < call->n * d; i++) {
        double *output = sums + PER_OUTPUT * (i % d);
        double target = (double)call->target.values[i];
        double error = target - (double)call->prediction[i];
        output[TARGETS] += target;
        output[SQUARED_TARGETS] += target * target;
        output[SQUARED_ERRORS] += error * error;
    }
    sums[PER_OUTPUT * d] += (double)call->n;
}

static double output_r2(const double *output, double n) {
    double variance = output[SQUARED_TARGETS] - output[TARGETS] * output[TARGETS] / n;
    /* Each of the n additions rounds by at most half an eps of the sum: below this bound the
     * difference is all rounding. */
    if (variance <= n * DBL_EPSILON * output[SQUARED_TARGETS])
        return output[SQUARED_ERRORS] == 0 ? 1 : 0;
    return 1 - output[SQUARED_ERRORS] / variance;
}

static void finish_r2(const void *settings, int64_t d, bool binary, const double *sums,
                      dlt_metric_result *result) {
    (void)settings;
    (void)binary;
    double total = 0;
    for (int64_t c = 0; c < d; c++)
        total += output_r2(sums + PER_OUTPUT * c, sums[PER_OUTPUT * d]);
    *result = (dlt_metric_result){
        .count = 1,
        .values = {{.name = "r2", .value = total / (double)d, .higher_is_better = true}},
    };
}

static const dlt_metric_selftest selftests[] = {
    {.name = "one output: 1 - 1.5 / 5",
     .settings = "r2",
     .n = 4,
     .d = 1,
     .prediction = (const double[]){1.5, 2, 2, 3.5},
     .values = (const double[]){1, 2, 3, 4},
     .expected = 0.7},
    {.name = "mean of 0.5 and -1",
     .settings = "r2",
     .n = 2,
     .d = 2,
     .prediction = (const double[]){1, 3, 2, 3},
     .values = (const double[]){0, 1, 2, 3},
     .expected = -0.25},
    {.name = "constant targets: missed 0, met 1",
     .settings = "r2",
     .n = 3,
     .d = 2,
     .prediction = (const double[]){0.1, 7.3, 0.2, 7.3, 0.3, 7.3},
     .values = (const double[]){0.1, 7.3, 0.1, 7.3, 0.1, 7.3},
     .expected = 0.5},
};

const dlt_metric_ops dlt_metric_r2 = {
    .choice = {.name = "r2", .summary = "Share of the targets' variance that is predicted."},
    .for_values = true,
    .sums = sums_r2,
    .accumulate = accumulate_r2,
    .finish = finish_r2,
    .selftests = selftests,
    .selftest_count = sizeof selftests / sizeof selftests[0],
};
