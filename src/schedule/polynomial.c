/* Polynomial decay: end + (1 - end) (1 - p)^power, where p goes from 0 to 1 over the length
 * (PyTorch's PolynomialLR; Keras' PolynomialDecay with end_learning_rate = end * lr). */
#include "schedule/clock.h"
#include "schedule/schedule_internal.h"

#include <math.h>

typedef struct polynomial_settings {
    dlt_warmup warmup;
    double power;
    double end;
    double over;
    int by;
} polynomial_settings;

static const dlt_key keys[] = {
    DLT_WARMUP_KEYS(polynomial_settings, warmup),
    {.name = "power",
     .type = DLT_KEY_REAL,
     .offset = offsetof(polynomial_settings, power),
     .default_value = "1",
     .minimum = 0,
     .maximum = 1000,
     .flags = DLT_KEY_SHORTHAND | DLT_KEY_OPEN_LOW,
     .help = "Exponent; 1 is a straight line (1 in Keras and PyTorch)."},
    {.name = "end",
     .type = DLT_KEY_REAL,
     .offset = offsetof(polynomial_settings, end),
     .default_value = "0",
     .minimum = 0,
     .maximum = 1,
     .help = "Factor at the end and after it."},
    DLT_SCHEDULE_OVER_KEY(polynomial_settings),
    DLT_SCHEDULE_BY_KEY(polynomial_settings, "epochs"),
    {0},
};

static double factor_polynomial(const void *settings, const dlt_schedule_position *position,
                                const double state[DLT_SCHEDULE_STATE]) {
    const polynomial_settings *own = settings;
    (void)state;
    double progress = dlt_schedule_progress(position, &own->warmup, own->over, own->by);
    return own->end + (1 - own->end) * pow(1 - progress, own->power);
}

/* PyTorch: lr_scheduler.PolynomialLR, which has no end; with one, by hand. */
static const dlt_schedule_selftest selftests[] = {
    {.name = "whole run",
     .settings = "polynomial: 2",
     .position = {.step = 5, .steps_per_epoch = 5, .total_steps = 20},
     .factor = 0.5625000000000001},
    {.name = "over epochs",
     .settings = "polynomial: {power: 0.9, over: 2}",
     .position = {.step = 7, .steps_per_epoch = 5, .total_steps = 20},
     .factor = 0.3383834619016498},

    {.name = "with an end",
     .settings = "polynomial: {power: 2, end: 0.2, over: 4, by: steps}",
     .position = {.step = 2, .steps_per_epoch = 5, .total_steps = 20},
     .factor = 0.4},
};

const dlt_schedule_ops dlt_schedule_polynomial = {
    .entry = {.name = "polynomial",
              .summary = "A power of the remaining time.",
              .keys = keys,
              .settings_size = sizeof(polynomial_settings)},
    .factor = factor_polynomial,
    .selftests = selftests,
    .selftest_count = sizeof selftests / sizeof selftests[0],
};
