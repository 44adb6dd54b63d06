/* Reduce on plateau (PyTorch's ReduceLROnPlateau with a relative threshold): the value that
 * early_stopping.monitor names is looked at whenever there is one, so with val_ values once per
 * validation. After `patience` + 1 looks in a row without a value better than the best by
 * threshold * |best|, the rate is multiplied by `factor`; then `cooldown` looks pass in which
 * nothing is counted. Keras' ReduceLROnPlateau reduces one look earlier, after `patience`. A NaN
 * is not better. */
#include "schedule/schedule_internal.h"

#include <math.h>

typedef struct plateau_settings {
    dlt_warmup warmup;
    double factor;
    int64_t patience;
    double threshold;
    int64_t cooldown;
    double min_factor;
} plateau_settings;

/* What is remembered; all zero until the first metric. SEEN is 1 once there is a best, and 2 where
 * it was forgotten but the factor stays. */
enum { SEEN, BEST, BAD_EPOCHS, COOLDOWN_LEFT, REDUCED_TO };

static const dlt_key keys[] = {
    DLT_WARMUP_KEYS(plateau_settings, warmup),
    {.name = "factor",
     .type = DLT_KEY_REAL,
     .offset = offsetof(plateau_settings, factor),
     .default_value = "0.1",
     .minimum = 0,
     .maximum = 1,
     .flags = DLT_KEY_OPEN_HIGH,
     .help = "Factor of the rate (0.1 in Keras and PyTorch)."},
    {.name = "patience",
     .type = DLT_KEY_INT,
     .offset = offsetof(plateau_settings, patience),
     .default_value = "10",
     .minimum = 0,
     .maximum = 1e15,
     .flags = DLT_KEY_SHORTHAND,
     .help = "Consecutive validations (with train_loss: epochs) without improvement that are "
             "tolerated; the next one reduces the rate, as in PyTorch. Keras reduces at the last "
             "of them: its patience of n is n - 1 here."},
    {.name = "threshold",
     .type = DLT_KEY_REAL,
     .offset = offsetof(plateau_settings, threshold),
     .default_value = "1e-4",
     .minimum = 0,
     .maximum = 1,
     .help = "Share of the best value by which a new one must be better (1e-4 in PyTorch)."},
    {.name = "cooldown",
     .type = DLT_KEY_INT,
     .offset = offsetof(plateau_settings, cooldown),
     .default_value = "0",
     .minimum = 0,
     .maximum = 1e15,
     .help = "Validations (with train_loss: epochs) after a reduction in which nothing is "
             "counted."},
    {.name = "min_factor",
     .type = DLT_KEY_REAL,
     .offset = offsetof(plateau_settings, min_factor),
     .default_value = "0",
     .minimum = 0,
     .maximum = 1,
     .help = "The factor never falls below this."},
    {0},
};

static double factor_plateau(const void *settings, const dlt_schedule_position *position,
                             const double state[DLT_SCHEDULE_STATE]) {
    (void)settings;
    (void)position;
    return state[SEEN] > 0 ? state[REDUCED_TO] : 1;
}

static bool better_plateau(const plateau_settings *own, double metric, bool minimise, double best) {
    double margin = isinf(best) ? 0 : own->threshold * fabs(best);
    return minimise ? metric < best - margin : metric > best + margin;
}

static void count_plateau(const plateau_settings *own, double metric, bool minimise,
                          double state[DLT_SCHEDULE_STATE]) {
    if (better_plateau(own, metric, minimise, state[BEST])) {
        state[BEST] = metric;
        state[BAD_EPOCHS] = 0;
    } else {
        state[BAD_EPOCHS]++;
    }
    if (state[COOLDOWN_LEFT] > 0) {
        state[COOLDOWN_LEFT]--;
        state[BAD_EPOCHS] = 0;
    }
}

static void observe_plateau(const void *settings, double metric, bool minimise,
                            double state[DLT_SCHEDULE_STATE]) {
    const plateau_settings *own = settings;
    if (state[SEEN] <= 0)
        state[REDUCED_TO] = 1;
    if (state[SEEN] != 1) {
        state[SEEN] = 1;
        state[BEST] = minimise ? INFINITY : -INFINITY;
    }
    count_plateau(own, metric, minimise, state);
    if (state[BAD_EPOCHS] > (double)own->patience) {
        state[REDUCED_TO] = fmax(own->min_factor, state[REDUCED_TO] * own->factor);
        state[COOLDOWN_LEFT] = (double)own->cooldown;
        state[BAD_EPOCHS] = 0;
    }
}

static void forget_plateau(double state[DLT_SCHEDULE_STATE]) {
    if (state[SEEN] <= 0)
        return;
    state[SEEN] = 2;
    state[BAD_EPOCHS] = 0;
}

static const double falling[] = {0.9, 0.8,  0.79999, 0.85, 0.81, 0.8,
                                 0.7, 0.72, 0.75,    0.71, 0.73, 0.9};
static const double rising[] = {0.5, 0.6, 0.60001, 0.55, 0.6, 0.61, 0.6, 0.6};

/* PyTorch: lr_scheduler.ReduceLROnPlateau. */
static const dlt_schedule_selftest selftests[] = {
    {.name = "patience, 4 epochs",
     .settings = "plateau: {factor: 0.5, patience: 2}",
     .position = {.step = 50, .steps_per_epoch = 5, .total_steps = 20},
     .factor = 1.0,
     .observed = falling,
     .observed_count = 4},
    {.name = "patience, 5 epochs",
     .settings = "plateau: {factor: 0.5, patience: 2}",
     .position = {.step = 50, .steps_per_epoch = 5, .total_steps = 20},
     .factor = 0.5,
     .observed = falling,
     .observed_count = 5},
    {.name = "patience, 11 epochs",
     .settings = "plateau: {factor: 0.5, patience: 2}",
     .position = {.step = 50, .steps_per_epoch = 5, .total_steps = 20},
     .factor = 0.25,
     .observed = falling,
     .observed_count = 11},
    {.name = "patience, 12 epochs",
     .settings = "plateau: {factor: 0.5, patience: 2}",
     .position = {.step = 50, .steps_per_epoch = 5, .total_steps = 20},
     .factor = 0.25,
     .observed = falling,
     .observed_count = 12},
    {.name = "cooldown",
     .settings = "plateau: {factor: 0.5, patience: 1, cooldown: 3}",
     .position = {.step = 50, .steps_per_epoch = 5, .total_steps = 20},
     .factor = 0.25,
     .observed = falling,
     .observed_count = 12},
    {.name = "threshold",
     .settings = "plateau: {factor: 0.5, patience: 1, threshold: 0.2}",
     .position = {.step = 50, .steps_per_epoch = 5, .total_steps = 20},
     .factor = 0.125,
     .observed = falling,
     .observed_count = 9},
    {.name = "floor",
     .settings = "plateau: {factor: 0.5, patience: 0, min_factor: 0.3}",
     .position = {.step = 50, .steps_per_epoch = 5, .total_steps = 20},
     .factor = 0.3,
     .observed = falling,
     .observed_count = 12},
    {.name = "higher is better",
     .settings = "plateau: {factor: 0.5, patience: 1}",
     .position = {.step = 50, .steps_per_epoch = 5, .total_steps = 20},
     .factor = 0.25,
     .observed = rising,
     .observed_count = 8,
     .maximise = true},
    {.name = "nothing seen yet",
     .settings = "plateau",
     .position = {.step = 0, .steps_per_epoch = 5, .total_steps = 20},
     .factor = 1.0},
};

const dlt_schedule_ops dlt_schedule_plateau = {
    .entry = {.name = "plateau",
              .summary =
                  "Multiplies the rate by a factor when the value of early_stopping.monitor stops "
                  "improving.",
              .keys = keys,
              .settings_size = sizeof(plateau_settings)},
    .factor = factor_plateau,
    .observe = observe_plateau,
    .forget = forget_plateau,
    .selftests = selftests,
    .selftest_count = sizeof selftests / sizeof selftests[0],
};
