/* Cosine annealing with warm restarts (Loshchilov and Hutter 2017, arXiv 1608.03983, equation 5):
 *
 *   end + (1 - end) (1 + cos(pi T_cur / T_i)) / 2
 *
 * T_cur is the time since the last restart and T_i the length of the present round: restart_every,
 * then restart_mult times the one before. Without restarts there is one round: the run after the
 * warm-up.
 */
#include "schedule/clock.h"
#include "schedule/schedule_internal.h"

#include <math.h>

typedef struct cosine_settings {
    dlt_warmup warmup;
    double end;
    double restart_every;
    double restart_mult;
    int by;
} cosine_settings;

static const dlt_key keys[] = {
    DLT_WARMUP_KEYS(cosine_settings, warmup),
    {.name = "end",
     .type = DLT_KEY_REAL,
     .offset = offsetof(cosine_settings, end),
     .default_value = "0",
     .minimum = 0,
     .maximum = 1,
     .flags = DLT_KEY_SHORTHAND,
     .help = "Factor at the end of each round (Keras' alpha)."},
    {.name = "restart_every",
     .type = DLT_KEY_REAL,
     .offset = offsetof(cosine_settings, restart_every),
     .default_value = "null",
     .minimum = 0,
     .maximum = 1e15,
     .flags = DLT_KEY_NULLABLE | DLT_KEY_OPEN_LOW,
     .help = "Length of the first round, in `by`; null: one round, all of the run after the "
             "warm-up."},
    {.name = "restart_mult",
     .type = DLT_KEY_REAL,
     .offset = offsetof(cosine_settings, restart_mult),
     .default_value = "1",
     .minimum = 1,
     .maximum = 1000,
     .help = "Factor by which each round is longer than the one before."},
    DLT_SCHEDULE_BY_KEY(cosine_settings, "epochs"),
    {0},
};

/* The share of the present round that has passed. */
static double round_progress_cosine(const cosine_settings *own,
                                    const dlt_schedule_position *position) {
    if (isnan(own->restart_every))
        return dlt_schedule_progress(position, &own->warmup, NAN, own->by);
    double since = dlt_schedule_since_warmup(position, &own->warmup);
    double length = dlt_schedule_length(position, own->restart_every, own->by);
    if (own->restart_mult <= 1)
        return fmod(since, length) / length;
    while (since >= length) {
        since -= length;
        length *= own->restart_mult;
    }
    return since / length;
}

static double factor_cosine(const void *settings, const dlt_schedule_position *position,
                            const double state[DLT_SCHEDULE_STATE]) {
    const cosine_settings *own = settings;
    (void)state;
    return own->end + (1 - own->end) * dlt_schedule_half_wave(round_progress_cosine(own, position));
}

/* PyTorch: lr_scheduler.CosineAnnealingLR and CosineAnnealingWarmRestarts. */
static const dlt_schedule_selftest selftests[] = {
    {.name = "whole run",
     .settings = "cosine: {end: 0.1}",
     .position = {.step = 7, .steps_per_epoch = 5, .total_steps = 20},
     .factor = 0.7542957248827961},
    {.name = "restarts, by steps",
     .settings = "cosine: {restart_every: 6, by: steps}",
     .position = {.step = 15, .steps_per_epoch = 5, .total_steps = 20},
     .factor = 0.5},
    {.name = "growing rounds, by epochs",
     .settings = "cosine: {restart_every: 1, restart_mult: 2, end: 0.01}",
     .position = {.step = 19, .steps_per_epoch = 5, .total_steps = 20},
     .factor = 0.905463412215599},

    {.name = "second half of the warm-up",
     .settings = "cosine: {warmup_steps: 4}",
     .position = {.step = 1, .steps_per_epoch = 5, .total_steps = 20},
     .factor = 0.5},
    {.name = "starts at the top after the warm-up",
     .settings = "cosine: {warmup_steps: 4}",
     .position = {.step = 4, .steps_per_epoch = 5, .total_steps = 20},
     .factor = 1},
    {.name = "half-way between warm-up and end",
     .settings = "cosine: {warmup_steps: 4, end: 0.1}",
     .position = {.step = 12, .steps_per_epoch = 5, .total_steps = 20},
     .factor = 0.55},
};

const dlt_schedule_ops dlt_schedule_cosine = {
    .entry = {.name = "cosine",
              .summary = "Half a cosine wave down, once or with restarts.",
              .keys = keys,
              .settings_size = sizeof(cosine_settings)},
    .factor = factor_cosine,
    .selftests = selftests,
    .selftest_count = sizeof selftests / sizeof selftests[0],
};
