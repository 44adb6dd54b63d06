/* Step decay at chosen times: gamma^(milestones reached), in epochs or updates done (PyTorch's
 * MultiStepLR). */
#include "schedule/clock.h"
#include "schedule/schedule_internal.h"

#include <math.h>

typedef struct multi_step_settings {
    dlt_warmup warmup;
    dlt_ints milestones;
    double gamma;
    int by;
} multi_step_settings;

static const dlt_key keys[] = {
    DLT_WARMUP_KEYS(multi_step_settings, warmup),
    {.name = "milestones",
     .type = DLT_KEY_INTS,
     .offset = offsetof(multi_step_settings, milestones),
     .minimum = 1,
     .maximum = 1e15,
     .least = 1,
     .most = 1000,
     .flags = DLT_KEY_SHORTHAND,
     .help = "Times at which the rate is reduced, in `by` from the start of the run."},
    {.name = "gamma",
     .type = DLT_KEY_REAL,
     .offset = offsetof(multi_step_settings, gamma),
     .default_value = "0.1",
     .minimum = 0,
     .maximum = 1e30,
     .help = "Factor of the rate at each time (0.1 in PyTorch)."},
    DLT_SCHEDULE_BY_KEY(multi_step_settings, "epochs"),
    {0},
};

static double factor_multi_step(const void *settings, const dlt_schedule_position *position,
                                const double state[DLT_SCHEDULE_STATE]) {
    const multi_step_settings *own = settings;
    (void)state;
    int64_t elapsed = dlt_schedule_elapsed(position, own->by);
    int reached = 0;
    for (int64_t i = 0; i < own->milestones.count; i++)
        reached += own->milestones.at[i] <= elapsed;
    return pow(own->gamma, reached);
}

/* PyTorch: lr_scheduler.MultiStepLR. */
static const dlt_schedule_selftest selftests[] = {
    {.name = "between milestones",
     .settings = "multi_step: [2, 3]",
     .position = {.step = 14, .steps_per_epoch = 5, .total_steps = 20},
     .factor = 0.1},
    {.name = "at a milestone, by steps",
     .settings = "multi_step: {milestones: [4, 8, 12], gamma: 0.5, by: steps}",
     .position = {.step = 8, .steps_per_epoch = 5, .total_steps = 20},
     .factor = 0.25},

};

const dlt_schedule_ops dlt_schedule_multi_step = {
    .entry = {.name = "multi_step",
              .summary = "Multiplies the rate by gamma at chosen times.",
              .keys = keys,
              .settings_size = sizeof(multi_step_settings)},
    .factor = factor_multi_step,
    .selftests = selftests,
    .selftest_count = sizeof selftests / sizeof selftests[0],
};
