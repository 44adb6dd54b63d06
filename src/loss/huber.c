/* Huber loss (Huber 1964, doi 10.1214/aoms/1177703732). With e = p - t and D elements per row:
 *
 *   h(e) = e^2 / 2                    where |e| <= delta
 *          delta (|e| - delta / 2)    elsewhere
 *   loss = sum over rows of (1/D) sum h(e)             dloss/dp = clamp(e, -delta, delta) / D
 */
#include "loss/elementwise.h"
#include "loss/loss_internal.h"

#include <math.h>

typedef struct huber_settings {
    double delta;
} huber_settings;

static const dlt_key keys[] = {
    {.name = "delta",
     .type = DLT_KEY_REAL,
     .offset = offsetof(huber_settings, delta),
     .default_value = "1",
     .minimum = 0,
     .maximum = 1e30,
     .flags = DLT_KEY_SHORTHAND | DLT_KEY_OPEN_LOW,
     .help = "Error at which the loss turns from quadratic to linear (1 in Keras and PyTorch)."},
    {0},
};

static dlt_loss_term element_huber(dlt_real prediction, dlt_real target, dlt_real delta) {
    dlt_real error = prediction - target;
    dlt_real clamped = error > delta ? delta : error < -delta ? -delta : error;
    /* c (e - c / 2) is e^2 / 2 where c = e, and delta (|e| - delta / 2) where |c| = delta. */
    return (dlt_loss_term){.value = clamped * (error - clamped * (dlt_real)0.5), .slope = clamped};
}

static dlt_loss_sum compute_huber(const void *settings, const dlt_loss_call *call) {
    const huber_settings *own = settings;
    return dlt_loss_elementwise(call, element_huber, (dlt_real)own->delta);
}

/* PyTorch: F.huber_loss. */
static const dlt_loss_selftest selftests[] = {
    {.name = "default delta",
     .settings = "huber",
     .n = 2,
     .d = 3,
     .prediction = (const double[]){0.5, -1, 2, 3, 0, -0.25},
     .values = (const double[]){0, -1.5, 2, 1, 0.75, 0.5},
     .loss = 0.3854166666666667},
    {.name = "small delta",
     .settings = "huber: 0.6",
     .n = 2,
     .d = 3,
     .prediction = (const double[]){0.5, -1, 2, 3, 0, -0.25},
     .values = (const double[]){0, -1.5, 2, 1, 0.75, 0.5},
     .loss = 0.3016666666666667},
    {.name = "row weights",
     .settings = "huber: 0.6",
     .n = 3,
     .d = 3,
     .prediction = (const double[]){0.5, -1, 2, 3, 0, -0.25, 1, -0.5, 0.75},
     .values = (const double[]){0, -1.5, 2, 1, 0.75, 0.5, 2, -0.25, 0.5},
     .weights = (const double[]){0.5, 2, 1.25},
     .loss = 0.34205555555555556},
    {.name = "gradient", .settings = "huber: {delta: 0.5}", .n = 5, .d = 7, .loss = NAN},
};

const dlt_loss_ops dlt_loss_huber = {
    .entry = {.name = "huber",
              .summary = "Huber loss: squared for small errors, absolute for large ones.",
              .keys = keys,
              .settings_size = sizeof(huber_settings)},
    .target = DLT_TARGET_VALUES,
    .default_metrics = "[mae, rmse, r2]",
    .compute = compute_huber,
    .selftests = selftests,
    .selftest_count = sizeof selftests / sizeof selftests[0],
};
