/* The optimizer's rate throughout; with a warm-up where one is asked for. */
#include "schedule/schedule_internal.h"

typedef struct constant_schedule_settings {
    dlt_warmup warmup;
} constant_schedule_settings;

static const dlt_key keys[] = {DLT_WARMUP_KEYS(constant_schedule_settings, warmup), {0}};

static double factor_constant(const void *settings, const dlt_schedule_position *position,
                              const double state[DLT_SCHEDULE_STATE]) {
    (void)settings;
    (void)position;
    (void)state;
    return 1;
}

static const dlt_schedule_selftest selftests[] = {
    {.name = "without warm-up",
     .settings = "constant",
     .position = {.step = 7, .steps_per_epoch = 5, .total_steps = 20},
     .factor = 1},
    {.name = "first update of the warm-up has its start",
     .settings = "constant: {warmup_steps: 4, warmup_start: 0.2}",
     .position = {.step = 0, .steps_per_epoch = 5, .total_steps = 20},
     .factor = 0.2},
    {.name = "last update of the warm-up",
     .settings = "constant: {warmup_steps: 4, warmup_start: 0.2}",
     .position = {.step = 3, .steps_per_epoch = 5, .total_steps = 20},
     .factor = 0.8},
    {.name = "first update after the warm-up",
     .settings = "constant: {warmup_steps: 4, warmup_start: 0.2}",
     .position = {.step = 4, .steps_per_epoch = 5, .total_steps = 20},
     .factor = 1},
    {.name = "first update without a start",
     .settings = "constant: {warmup_steps: 4}",
     .position = {.step = 0, .steps_per_epoch = 5, .total_steps = 20},
     .factor = 0.25},
};

const dlt_schedule_ops dlt_schedule_constant = {
    .entry = {.name = "constant",
              .summary = "The same rate throughout.",
              .keys = keys,
              .settings_size = sizeof(constant_schedule_settings)},
    .factor = factor_constant,
    .selftests = selftests,
    .selftest_count = sizeof selftests / sizeof selftests[0],
};
