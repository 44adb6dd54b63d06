/* Module card: schedule (level 2).
 *
 * What lives here: one file per schedule, each with its settings, formula, self-tests and one const
 * dlt_schedule_ops (dltrain/extend/schedule.h); registry.c, the table of all of them; schedule.c,
 * which puts the warm-up before any of them. A schedule is a factor on the optimizer's rate and a
 * pure function of the step; only reduce-on-plateau remembers. May include: base, config. Owns:
 * nothing; the remembered numbers belong to the caller and to the checkpoint.
 *
 * Two clocks. Schedules that name points in time (step, multi_step, exponential, inverse_time)
 * count from the start of the run, warm-up included. Schedules that go from one value to another
 * (linear, polynomial, cosine, one_cycle) start when the warm-up ends and, without a length of
 * their own, take the rest of the run.
 */
#ifndef DLT_SCHEDULE_INTERNAL_H
#define DLT_SCHEDULE_INTERNAL_H

#include "dltrain/extend/schedule.h"

extern const dlt_schedule_ops dlt_schedule_constant;
extern const dlt_schedule_ops dlt_schedule_step;
extern const dlt_schedule_ops dlt_schedule_multi_step;
extern const dlt_schedule_ops dlt_schedule_exponential;
extern const dlt_schedule_ops dlt_schedule_inverse_time;
extern const dlt_schedule_ops dlt_schedule_linear;
extern const dlt_schedule_ops dlt_schedule_polynomial;
extern const dlt_schedule_ops dlt_schedule_cosine;
extern const dlt_schedule_ops dlt_schedule_one_cycle;
extern const dlt_schedule_ops dlt_schedule_plateau;

#endif
