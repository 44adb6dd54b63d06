/* The clocks of schedules: what "time" means in their formulas. */
#ifndef DLT_SCHEDULE_CLOCK_H
#define DLT_SCHEDULE_CLOCK_H

#include "dltrain/extend/schedule.h"

typedef enum dlt_schedule_unit { DLT_UNIT_EPOCHS, DLT_UNIT_STEPS } dlt_schedule_unit;

/** NULL-terminated words of a `by` key, in the order of dlt_schedule_unit. */
extern const char *const dlt_schedule_units[];

#define DLT_SCHEDULE_BY_KEY(settings, value)                                                       \
    {                                                                                              \
        .name = "by", .type = DLT_KEY_ENUM, .offset = offsetof(settings, by),                      \
        .default_value = (value), .enum_names = dlt_schedule_units,                                \
        .help = "Unit of time: epochs or steps (updates)."                                         \
    }

#define DLT_SCHEDULE_OVER_KEY(settings)                                                            \
    {                                                                                              \
        .name = "over", .type = DLT_KEY_REAL, .offset = offsetof(settings, over),                  \
        .default_value = "null", .minimum = 0, .maximum = 1e15,                                    \
        .flags = DLT_KEY_NULLABLE | DLT_KEY_OPEN_LOW,                                              \
        .help = "Length after the warm-up, in `by`; null: the rest of the run."                    \
    }

/** Whole epochs or updates that were finished before this update, warm-up included. */
int64_t dlt_schedule_elapsed(const dlt_schedule_position *position, int by);

/** A length given in epochs or steps, in steps. */
double dlt_schedule_length(const dlt_schedule_position *position, double length, int by);

/** Updates since the end of the warm-up; 0 during it. */
double dlt_schedule_since_warmup(const dlt_schedule_position *position, const dlt_warmup *warmup);

/** Updates of the run that come after the warm-up; at least 1. */
double dlt_schedule_after_warmup(const dlt_schedule_position *position, const dlt_warmup *warmup);

/** How much of `over` (NAN: of the run after the warm-up) has passed, from 0 to 1. */
double dlt_schedule_progress(const dlt_schedule_position *position, const dlt_warmup *warmup,
                             double over, int by);

/** Half a cosine wave from 1 at share 0 down to 0 at share 1. */
double dlt_schedule_half_wave(double share);

#endif
