/* Exponential decay: gamma^t, t the epochs or updates done (PyTorch's ExponentialLR). */
#include "schedule/clock.h"
#include "schedule/schedule_internal.h"

#include <math.h>

typedef struct exponential_settings {
    dlt_warmup warmup;
    double gamma;
    int by;
} exponential_settings;

static const dlt_key keys[] = {
    DLT_WARMUP_KEYS(exponential_settings, warmup),
    {.name = "gamma",
     .type = DLT_KEY_REAL,
     .offset = offsetof(exponential_settings, gamma),
     .minimum = 0,
     .maximum = 1e30,
     .flags = DLT_KEY_SHORTHAND,
     .help = "Factor of the rate after each epoch or step."},
    DLT_SCHEDULE_BY_KEY(exponential_settings, "epochs"),
    {0},
};

static double factor_exponential(const void *settings, const dlt_schedule_position *position,
                                 const double state[DLT_SCHEDULE_STATE]) {
    const exponential_settings *own = settings;
    (void)state;
    return pow(own->gamma, (double)dlt_schedule_elapsed(position, own->by));
}

/* PyTorch: lr_scheduler.ExponentialLR. */
static const dlt_schedule_selftest selftests[] = {
    {.name = "by epochs",
     .settings = "exponential: 0.9",
     .position = {.step = 14, .steps_per_epoch = 5, .total_steps = 20},
     .factor = 0.81},
    {.name = "by steps",
     .settings = "exponential: {gamma: 0.95, by: steps}",
     .position = {.step = 14, .steps_per_epoch = 5, .total_steps = 20},
     .factor = 0.48767497911552943},

};

const dlt_schedule_ops dlt_schedule_exponential = {
    .entry = {.name = "exponential",
              .summary = "Multiplies the rate by gamma after every epoch or step.",
              .keys = keys,
              .settings_size = sizeof(exponential_settings)},
    .factor = factor_exponential,
    .selftests = selftests,
    .selftest_count = sizeof selftests / sizeof selftests[0],
};
