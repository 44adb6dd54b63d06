/** A schedule: the factor on the base learning rate, a pure function of the step where it can be
 * one. */
#ifndef DLTRAIN_EXTEND_SCHEDULE_H
#define DLTRAIN_EXTEND_SCHEDULE_H

#include "dltrain/extend/keys.h"
#include "dltrain/status.h"

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#ifdef __cplusplus
extern "C" {
#endif

enum { DLT_SCHEDULE_STATE = 8 };

/** Where training stands. */
typedef struct dlt_schedule_position {
    int64_t step; /* updates done before this one: 0 for the first */
    int64_t steps_per_epoch;
    int64_t total_steps; /* of the whole run */
} dlt_schedule_position;

typedef struct dlt_schedule_selftest {
    const char *name;
    const char *settings; /* "step: {every: 2, gamma: 0.5}" */
    dlt_schedule_position position;
    double factor;          /* known answer, warm-up included */
    const double *observed; /* metrics told before the question, lower being better; or NULL */
    int observed_count;
    bool maximise; /* higher is better instead */
} dlt_schedule_selftest;

typedef struct dlt_schedule_ops {
    dlt_registry_entry entry;
    /** The factor, without warm-up. state is all zero at the start and part of the checkpoint. */
    double (*factor)(const void *settings, const dlt_schedule_position *position,
                     const double state[DLT_SCHEDULE_STATE]);
    /** Optional: told the monitored metric after each epoch; lower is better if minimise. */
    void (*observe)(const void *settings, double metric, bool minimise,
                    double state[DLT_SCHEDULE_STATE]);
    /** With observe: the metrics to come are of another quantity; the factor stays what it is. */
    void (*forget)(double state[DLT_SCHEDULE_STATE]);
    const dlt_schedule_selftest *selftests;
    int selftest_count;
} dlt_schedule_ops;

/** All schedules; each entry is the `entry` of a dlt_schedule_ops. NULL-terminated. */
extern const dlt_registry_entry *const dlt_schedules[];

/** Every schedule's settings begin with these fields, and its table with DLT_WARMUP_KEYS. */
typedef struct dlt_warmup {
    int64_t steps; /* W; 0: no warm-up */
    double start;  /* factor of the first update; NAN: 1 / W */
} dlt_warmup;

#define DLT_WARMUP_KEYS(settings, field)                                                           \
    {.name = "warmup_steps",                                                                       \
     .type = DLT_KEY_INT,                                                                          \
     .offset = offsetof(settings, field) + offsetof(dlt_warmup, steps),                            \
     .default_value = "0",                                                                         \
     .minimum = 0,                                                                                 \
     .maximum = 1e15,                                                                              \
     .help = "Updates over which the rate rises linearly to the schedule's value."},               \
    {                                                                                              \
        .name = "warmup_start", .type = DLT_KEY_REAL,                                              \
        .offset = offsetof(settings, field) + offsetof(dlt_warmup, start),                         \
        .default_value = "null", .minimum = 0, .maximum = 1, .flags = DLT_KEY_NULLABLE,            \
        .help = "Fraction of the rate that the first update has; the first update after the "      \
                "warm-up has the whole rate (PyTorch's LinearLR). null: 1 / warmup_steps, and "    \
                "the last update of the warm-up has the whole rate."                               \
    }

/** The factor of a schedule with its warm-up: of W warm-up updates, the one after `done`
 *  others has the schedule's factor at that step times
 *    start + (1 - start) done / W     with a start (PyTorch's LinearLR with start_factor = start
 *                                     and total_iters = W; Keras' warmup_steps with start 0)
 *    (done + 1) / W                   without (Goyal et al. 2017, arXiv 1706.02677, section 2.2)
 *  A NULL kind is constant.
 *  Collective: Not collective
 *  Errors:     none
 */
double dlt_schedule_factor(const dlt_selection *schedule, const dlt_schedule_position *position,
                           const double state[DLT_SCHEDULE_STATE]);

/** Adds a schedule of the caller's own, which run files then can name. `ops` stays as it is
 *  until the process ends. Call it before anything reads a run file, in one thread alone.
 *  Collective: Not collective; the same on all ranks, in any order
 *  Owns:       borrows ops until the process ends
 *  Errors:     CONFIG if the name is taken or no name, or if a required member is missing
 */
DLT_CHECKED dlt_status dlt_register_schedule(const dlt_schedule_ops *ops);

#ifdef __cplusplus
}
#endif
#endif
