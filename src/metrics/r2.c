/* Coefficient of determination, the share of the targets' variance that is predicted. Per output,
 * with target y, prediction p and d = y - c, c being the target of one of the samples:
 *
 *   R^2 = 1 - sum (y - p)^2 / S,   S = sum (y - mean y)^2 = sum d^2 - (sum d)^2 / n
 *
 * and the plain mean over outputs (scikit-learn's uniform average). The shift c (Chan, Golub,
 * LeVeque 1983, doi 10.2307/2683386) is a constant of the data set, so sums stay additive over any
 * split of the samples. Since c is one of the y, S >= (mean y - c)^2, hence sum d^2 <= (n + 1) S:
 * the subtraction loses at most a factor n + 1 of the sums' precision, whatever the targets'
 * offset, while sum y^2 would lose all of it. An output whose targets are all equal, a single one
 * included, has no variance: 1 if it is predicted exactly, 0 if not. So is scikit-learn's, but for
 * a single sample, of which it gives NaN.
 */
#include "metrics/metrics_internal.h"

/* Per output; the number of samples stands behind them all. */
enum { DIFFERENCES, SQUARED_DIFFERENCES, SQUARED_ERRORS, PER_OUTPUT };

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
        double difference = target - (call->origin != NULL ? (double)call->origin[i % d] : 0);
        double error = target - (double)call->prediction[i];
        output[DIFFERENCES] += difference;
        output[SQUARED_DIFFERENCES] += difference * difference;
        output[SQUARED_ERRORS] += error * error;
    }
    sums[PER_OUTPUT * d] += (double)call->n;
}

static double output_r2(const double *output, double n) {
    double variance = output[SQUARED_DIFFERENCES] - output[DIFFERENCES] * output[DIFFERENCES] / n;
    if (variance <= 0) /* an error that is NaN stays one */
        return output[SQUARED_ERRORS] == 0 ? 1 : 0 * output[SQUARED_ERRORS];
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
    {.name = "one sample: met 1",
     .settings = "r2",
     .n = 1,
     .d = 1,
     .prediction = (const double[]){2.5},
     .values = (const double[]){2.5},
     .expected = 1},
    {.name = "one sample: missed 0",
     .settings = "r2",
     .n = 1,
     .d = 1,
     .prediction = (const double[]){2.25},
     .values = (const double[]){2.5},
     .expected = 0},
};

const dlt_metric_ops dlt_metric_r2 = {
    .entry = {.name = "r2",
              .summary = "Share of the targets' variance that is predicted. If all targets are "
                         "equal, or there is one sample: 1 if exact, else 0."},
    .for_values = true,
    .sums = sums_r2,
    .accumulate = accumulate_r2,
    .finish = finish_r2,
    .selftests = selftests,
    .selftest_count = sizeof selftests / sizeof selftests[0],
};
