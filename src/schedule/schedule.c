/* Multiplies any schedule by a linear warm-up (Goyal et al. 2017, arXiv 1706.02677, section 2.2).
 * With k updates done and W of warm-up, the factor is (k + 1) / W, so that the first update does
 * not have the factor 0, or, with `start`, start + (1 - start) k / W, which reaches 1 just after
 * the warm-up. */
#include "schedule/schedule_internal.h"

#include <math.h>

/* Every schedule's settings begin with its warm-up. */
static double warmup_factor(const dlt_warmup *warmup, int64_t done) {
    if (done >= warmup->steps)
        return 1;
    if (isnan(warmup->start))
        return (double)(done + 1) / (double)warmup->steps;
    return warmup->start + (1 - warmup->start) * ((double)done / (double)warmup->steps);
}

double dlt_schedule_factor(const dlt_selection *schedule, const dlt_schedule_position *position,
                           const double state[DLT_SCHEDULE_STATE]) {
    if (schedule->kind == NULL)
        return 1;
    const dlt_schedule_ops *ops = (const dlt_schedule_ops *)schedule->kind;
    return warmup_factor(schedule->settings, position->step) *
           ops->factor(schedule->settings, position, state);
}
