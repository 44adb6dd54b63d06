/* One cycle (Smith and Topin 2018, arXiv 1708.07120, as PyTorch's OneCycleLR): the rate rises from
 * 1 / div to 1 over the share `rise` of the run, then falls to 1 / (div final_div). The optimizer's
 * rate is the highest one. Of T updates after the warm-up, the top is at index rise T - 1, which
 * may lie before the first, and the end at index T - 1; in between, q being the share passed:
 *
 *   cos:    b + (a - b) (1 + cos(pi q)) / 2        linear: a + (b - a) q
 */
#include "schedule/clock.h"
#include "schedule/schedule_internal.h"

#include <math.h>

typedef enum one_cycle_anneal { ANNEAL_COS, ANNEAL_LINEAR } one_cycle_anneal;

static const char *const anneals[] = {"cos", "linear", NULL};

typedef struct one_cycle_settings {
    dlt_warmup warmup;
    double rise;
    double div;
    double final_div;
    int anneal;
} one_cycle_settings;

static const dlt_key keys[] = {
    DLT_WARMUP_KEYS(one_cycle_settings, warmup),
    {.name = "rise",
     .type = DLT_KEY_REAL,
     .offset = offsetof(one_cycle_settings, rise),
     .default_value = "0.3",
     .minimum = 0,
     .maximum = 1,
     .help = "Share of the updates after the warm-up in which the rate rises (PyTorch's "
             "pct_start)."},
    {.name = "div",
     .type = DLT_KEY_REAL,
     .offset = offsetof(one_cycle_settings, div),
     .default_value = "25",
     .minimum = 1,
     .maximum = 1e30,
     .help = "The cycle starts at the highest rate divided by this (PyTorch's div_factor); a "
             "warm-up before it rises to that value."},
    {.name = "final_div",
     .type = DLT_KEY_REAL,
     .offset = offsetof(one_cycle_settings, final_div),
     .default_value = "1e4",
     .minimum = 1,
     .maximum = 1e30,
     .help = "The cycle ends at its first rate divided by this (PyTorch's final_div_factor)."},
    {.name = "anneal",
     .type = DLT_KEY_ENUM,
     .offset = offsetof(one_cycle_settings, anneal),
     .default_value = "cos",
     .enum_names = anneals,
     .help = "Shape of both flanks."},
    {0},
};

static double flank_one_cycle(int anneal, double from, double to, double share) {
    if (anneal == ANNEAL_LINEAR)
        return from + (to - from) * share;
    return to + (from - to) * dlt_schedule_half_wave(share);
}

static double factor_one_cycle(const void *settings, const dlt_schedule_position *position,
                               const double state[DLT_SCHEDULE_STATE]) {
    const one_cycle_settings *own = settings;
    (void)state;
    double length = dlt_schedule_after_warmup(position, &own->warmup);
    double now = fmin(length - 1, dlt_schedule_since_warmup(position, &own->warmup));
    double top = own->rise * length - 1, end = length - 1;
    double first = 1 / own->div, last = first / own->final_div;
    if (now < top)
        return flank_one_cycle(own->anneal, first, 1, now / top);
    if (now > top)
        return flank_one_cycle(own->anneal, 1, last, (now - top) / (end - top));
    return 1;
}

/* PyTorch: lr_scheduler.OneCycleLR. */
static const dlt_schedule_selftest selftests[] = {
    {.name = "start",
     .settings = "one_cycle",
     .position = {.step = 0, .steps_per_epoch = 5, .total_steps = 20},
     .factor = 0.040000000000000036},
    {.name = "rising",
     .settings = "one_cycle",
     .position = {.step = 3, .steps_per_epoch = 5, .total_steps = 20},
     .factor = 0.6683281572999747},
    {.name = "top",
     .settings = "one_cycle",
     .position = {.step = 5, .steps_per_epoch = 5, .total_steps = 20},
     .factor = 1.0},
    {.name = "falling",
     .settings = "one_cycle",
     .position = {.step = 11, .steps_per_epoch = 5, .total_steps = 20},
     .factor = 0.6112620219362893},
    {.name = "end",
     .settings = "one_cycle",
     .position = {.step = 19, .steps_per_epoch = 5, .total_steps = 20},
     .factor = 4e-06},
    {.name = "every key",
     .settings = "one_cycle: {rise: 0.42, div: 10, final_div: 100, anneal: linear}",
     .position = {.step = 4, .steps_per_epoch = 5, .total_steps = 20},
     .factor = 0.5864864864864864},

};

const dlt_schedule_ops dlt_schedule_one_cycle = {
    .entry = {.name = "one_cycle",
              .summary = "Rises to the rate and falls far below it, once in the run (unlike in "
                         "PyTorch, the momentum stays constant).",
              .keys = keys,
              .settings_size = sizeof(one_cycle_settings)},
    .factor = factor_one_cycle,
    .selftests = selftests,
    .selftest_count = sizeof selftests / sizeof selftests[0],
};
