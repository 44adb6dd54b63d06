/* Inverse-time decay: 1 / (1 + rate t / every), t the epochs or updates done (Keras'
 * InverseTimeDecay with decay_rate = rate, decay_steps = every; Robbins and Monro 1951, doi
 * 10.1214/aoms/1177729586, for why a rate falling like 1 / t converges). */
#include "schedule/clock.h"
#include "schedule/schedule_internal.h"

typedef struct inverse_time_settings {
    dlt_warmup warmup;
    double rate;
    double every;
    int by;
} inverse_time_settings;

static const dlt_key keys[] = {
    DLT_WARMUP_KEYS(inverse_time_settings, warmup),
    {.name = "rate",
     .type = DLT_KEY_REAL,
     .offset = offsetof(inverse_time_settings, rate),
     .minimum = 0,
     .maximum = 1e30,
     .flags = DLT_KEY_SHORTHAND,
     .help = "Growth of the divisor over each time."},
    {.name = "every",
     .type = DLT_KEY_REAL,
     .offset = offsetof(inverse_time_settings, every),
     .default_value = "1",
     .minimum = 0,
     .maximum = 1e15,
     .flags = DLT_KEY_OPEN_LOW,
     .help = "Time over which the divisor grows by `rate`, in `by` (Keras' decay_steps)."},
    DLT_SCHEDULE_BY_KEY(inverse_time_settings, "steps"),
    {0},
};

static double factor_inverse_time(const void *settings, const dlt_schedule_position *position,
                                  const double state[DLT_SCHEDULE_STATE]) {
    const inverse_time_settings *own = settings;
    (void)state;
    double elapsed = (double)dlt_schedule_elapsed(position, own->by);
    return 1 / (1 + own->rate * elapsed / own->every);
}

static const dlt_schedule_selftest selftests[] = {
    {.name = "by steps",
     .settings = "inverse_time: 0.5",
     .position = {.step = 6, .steps_per_epoch = 5, .total_steps = 20},
     .factor = 0.25},
    {.name = "by epochs",
     .settings = "inverse_time: {rate: 3, by: epochs}",
     .position = {.step = 9, .steps_per_epoch = 5, .total_steps = 20},
     .factor = 0.25},
    {.name = "Keras' decay_steps",
     .settings = "inverse_time: {rate: 0.5, every: 4}",
     .position = {.step = 8, .steps_per_epoch = 5, .total_steps = 20},
     .factor = 0.5},
};

const dlt_schedule_ops dlt_schedule_inverse_time = {
    .entry = {.name = "inverse_time",
              .summary = "Divides the rate by 1 + rate * time.",
              .keys = keys,
              .settings_size = sizeof(inverse_time_settings)},
    .factor = factor_inverse_time,
    .selftests = selftests,
    .selftest_count = sizeof selftests / sizeof selftests[0],
};
