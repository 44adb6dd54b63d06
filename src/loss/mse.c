/* Mean squared error. With p the prediction, t the target and D elements per row:
 *
 *   loss = sum over rows of (1/D) sum (p - t)^2        dloss/dp = 2 (p - t) / D
 */
#include "loss/elementwise.h"
#include "loss/loss_internal.h"

#include <math.h>

static dlt_loss_term element_mse(dlt_real prediction, dlt_real target, dlt_real parameter) {
    (void)parameter;
    dlt_real error = prediction - target;
    return (dlt_loss_term){.value = error * error, .slope = 2 * error};
}

static dlt_loss_sum compute_mse(const void *settings, const dlt_loss_call *call) {
    (void)settings;
    return dlt_loss_elementwise(call, element_mse, 0);
}

/* PyTorch: F.mse_loss. */
static const dlt_loss_selftest selftests[] = {
    {.name = "two samples of three",
     .settings = "mse",
     .n = 2,
     .d = 3,
     .prediction = (const double[]){0.5, -1, 2, 3, 0, -0.25},
     .values = (const double[]){0, -1.5, 2, 1, 0.75, 0.5},
     .loss = 0.9375},
    {.name = "row weights",
     .settings = "mse",
     .n = 3,
     .d = 3,
     .prediction = (const double[]){0.5, -1, 2, 3, 0, -0.25, 1, -0.5, 0.75},
     .values = (const double[]){0, -1.5, 2, 1, 0.75, 0.5, 2, -0.25, 0.5},
     .weights = (const double[]){0.5, 2, 1.25},
     .loss = 1.0583333333333333},
    {.name = "masked: NaN where nothing counts",
     .settings = "mse",
     .n = 3,
     .d = 3,
     .prediction = (const double[]){0.5, -1, 2, NAN, 0, -0.25, 1, -0.5, 0.75},
     .values = (const double[]){0, -1.5, 2, 1, NAN, 0.5, 2, -0.25, 0.5},
     .weights = (const double[]){1, 0, 1},
     .loss = 0.2708333333333333},
    {.name = "gradient", .settings = "mse", .n = 5, .d = 7, .loss = NAN},
};

const dlt_loss_ops dlt_loss_mse = {
    .entry = {.name = "mse", .summary = "Mean squared error, for regression."},
    .target = DLT_TARGET_VALUES,
    .default_metrics = "[mae, rmse, r2]",
    .compute = compute_mse,
    .selftests = selftests,
    .selftest_count = sizeof selftests / sizeof selftests[0],
};
