/* Mean absolute error. With p the prediction, t the target and D elements per row:
 *
 *   loss = sum over rows of (1/D) sum |p - t|          dloss/dp = sign(p - t) / D, 0 at p = t
 */
#include "loss/elementwise.h"
#include "loss/loss_internal.h"

#include <math.h>

static dlt_loss_term element_mae(dlt_real prediction, dlt_real target, dlt_real parameter) {
    (void)parameter;
    dlt_real error = prediction - target;
    dlt_real sign = (dlt_real)(error > 0) - (dlt_real)(error < 0);
    return (dlt_loss_term){.value = error < 0 ? -error : error, .slope = sign};
}

static dlt_loss_sum compute_mae(const void *settings, const dlt_loss_call *call) {
    (void)settings;
    return dlt_loss_elementwise(call, element_mae, 0);
}

/* PyTorch: F.l1_loss. */
static const dlt_loss_selftest selftests[] = {
    {.name = "two samples of three",
     .settings = "mae",
     .n = 2,
     .d = 3,
     .prediction = (const double[]){0.5, -1, 2, 3, 0, -0.25},
     .values = (const double[]){0, -1.5, 2, 1, 0.75, 0.5},
     .loss = 0.75},
    {.name = "row weights",
     .settings = "mae",
     .n = 3,
     .d = 3,
     .prediction = (const double[]){0.5, -1, 2, 3, 0, -0.25, 1, -0.5, 0.75},
     .values = (const double[]){0, -1.5, 2, 1, 0.75, 0.5, 2, -0.25, 0.5},
     .weights = (const double[]){0.5, 2, 1.25},
     .loss = 0.8333333333333334},
    {.name = "masked: NaN where nothing counts",
     .settings = "mae",
     .n = 3,
     .d = 3,
     .prediction = (const double[]){0.5, -1, 2, NAN, 0, -0.25, 1, -0.5, 0.75},
     .values = (const double[]){0, -1.5, 2, 1, NAN, 0.5, 2, -0.25, 0.5},
     .weights = (const double[]){1, 0, 1},
     .loss = 0.41666666666666663},
    {.name = "gradient", .settings = "mae", .n = 5, .d = 7, .loss = NAN},
};

const dlt_loss_ops dlt_loss_mae = {
    .entry = {.name = "mae", .summary = "Mean absolute error, for regression with outliers."},
    .target = DLT_TARGET_VALUES,
    .default_metrics = "[mae, rmse, r2]",
    .compute = compute_mae,
    .selftests = selftests,
    .selftest_count = sizeof selftests / sizeof selftests[0],
};
