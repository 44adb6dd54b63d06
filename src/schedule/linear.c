/* Linear: start + (end - start) p, where p goes from 0 to 1 over the length (PyTorch's LinearLR).
 */
#include "schedule/clock.h"
#include "schedule/schedule_internal.h"

typedef struct linear_settings {
    dlt_warmup warmup;
    double start;
    double end;
    double over;
    int by;
} linear_settings;

static const dlt_key keys[] = {
    DLT_WARMUP_KEYS(linear_settings, warmup),
    {.name = "start",
     .type = DLT_KEY_REAL,
     .offset = offsetof(linear_settings, start),
     .default_value = "1",
     .minimum = 0,
     .maximum = 1e30,
     .help = "Factor at the beginning (1/3 in PyTorch)."},
    {.name = "end",
     .type = DLT_KEY_REAL,
     .offset = offsetof(linear_settings, end),
     .default_value = "0",
     .minimum = 0,
     .maximum = 1e30,
     .flags = DLT_KEY_SHORTHAND,
     .help = "Factor at the end and after it (1 in PyTorch)."},
    DLT_SCHEDULE_OVER_KEY(linear_settings),
    DLT_SCHEDULE_BY_KEY(linear_settings, "epochs"),
    {0},
};

static double factor_linear(const void *settings, const dlt_schedule_position *position,
                            const double state[DLT_SCHEDULE_STATE]) {
    const linear_settings *own = settings;
    (void)state;
    double progress = dlt_schedule_progress(position, &own->warmup, own->over, own->by);
    return own->start + (own->end - own->start) * progress;
}

/* PyTorch: lr_scheduler.LinearLR. */
static const dlt_schedule_selftest selftests[] = {
    {.name = "whole run",
     .settings = "linear",
     .position = {.step = 5, .steps_per_epoch = 5, .total_steps = 20},
     .factor = 0.7499999999999999},
    {.name = "over steps",
     .settings = "linear: {start: 0.25, end: 1, over: 8, by: steps}",
     .position = {.step = 3, .steps_per_epoch = 5, .total_steps = 20},
     .factor = 0.53125},
    {.name = "after its length",
     .settings = "linear: {end: 0.3, over: 2}",
     .position = {.step = 15, .steps_per_epoch = 5, .total_steps = 20},
     .factor = 0.3},
    {.name = "starts when the warm-up ends",
     .settings = "linear: {warmup_steps: 4}",
     .position = {.step = 8, .steps_per_epoch = 5, .total_steps = 20},
     .factor = 0.75},

};

const dlt_schedule_ops dlt_schedule_linear = {
    .entry = {.name = "linear",
              .summary = "A straight line from one factor to another.",
              .keys = keys,
              .settings_size = sizeof(linear_settings)},
    .factor = factor_linear,
    .selftests = selftests,
    .selftest_count = sizeof selftests / sizeof selftests[0],
};
