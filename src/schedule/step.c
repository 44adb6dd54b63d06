/* Step decay: gamma^floor(t / every), t the epochs or updates done (PyTorch's StepLR). */
#include "schedule/clock.h"
#include "schedule/schedule_internal.h"

#include <math.h>

typedef struct step_settings {
    dlt_warmup warmup;
    int64_t every;
    double gamma;
    int by;
} step_settings;

static const dlt_key keys[] = {
    DLT_WARMUP_KEYS(step_settings, warmup),
    {.name = "every",
     .type = DLT_KEY_INT,
     .offset = offsetof(step_settings, every),
     .minimum = 1,
     .maximum = 1e15,
     .flags = DLT_KEY_SHORTHAND,
     .help = "Time between two reductions, in `by`."},
    {.name = "gamma",
     .type = DLT_KEY_REAL,
     .offset = offsetof(step_settings, gamma),
     .default_value = "0.1",
     .minimum = 0,
     .maximum = 1e30,
     .help = "Factor of the rate at each time (0.1 in PyTorch)."},
    DLT_SCHEDULE_BY_KEY(step_settings, "epochs"),
    {0},
};

static double factor_step(const void *settings, const dlt_schedule_position *position,
                          const double state[DLT_SCHEDULE_STATE]) {
    const step_settings *own = settings;
    (void)state;
    int64_t reductions = dlt_schedule_elapsed(position, own->by) / own->every;
    return pow(own->gamma, (double)reductions);
}

/* PyTorch: lr_scheduler.StepLR. */
static const dlt_schedule_selftest selftests[] = {
    {.name = "before the first",
     .settings = "step: 2",
     .position = {.step = 9, .steps_per_epoch = 5, .total_steps = 20},
     .factor = 1.0},
    {.name = "by epochs",
     .settings = "step: {every: 2, gamma: 0.5}",
     .position = {.step = 23, .steps_per_epoch = 5, .total_steps = 20},
     .factor = 0.25},
    {.name = "by steps",
     .settings = "step: {every: 3, gamma: 0.5, by: steps}",
     .position = {.step = 11, .steps_per_epoch = 5, .total_steps = 20},
     .factor = 0.125},
    {.name = "with warm-up",
     .settings = "step: {every: 3, gamma: 0.5, by: steps, warmup_steps: 10}",
     .position = {.step = 5, .steps_per_epoch = 5, .total_steps = 20},
     .factor = 0.3},

};

const dlt_schedule_ops dlt_schedule_step = {
    .entry = {.name = "step",
              .summary = "Multiplies the rate by gamma at regular times.",
              .keys = keys,
              .settings_size = sizeof(step_settings)},
    .factor = factor_step,
    .selftests = selftests,
    .selftest_count = sizeof selftests / sizeof selftests[0],
};
