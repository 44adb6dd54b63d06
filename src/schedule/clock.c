/* Time is counted in updates done, so the first update has time 0; lengths in epochs become updates
 * by steps_per_epoch. Elapsed time counts from the start of the run, progress from the end of the
 * warm-up, and progress stays at 1 once its length is over. */
#include "schedule/clock.h"

#include <math.h>

const char *const dlt_schedule_units[] = {"epochs", "steps", NULL};

int64_t dlt_schedule_elapsed(const dlt_schedule_position *position, int by) {
    return by == DLT_UNIT_STEPS ? position->step : position->step / position->steps_per_epoch;
}

double dlt_schedule_length(const dlt_schedule_position *position, double length, int by) {
    return by == DLT_UNIT_STEPS ? length : length * (double)position->steps_per_epoch;
}

double dlt_schedule_since_warmup(const dlt_schedule_position *position, const dlt_warmup *warmup) {
    return fmax(0, (double)(position->step - warmup->steps));
}

double dlt_schedule_after_warmup(const dlt_schedule_position *position, const dlt_warmup *warmup) {
    return fmax(1, (double)(position->total_steps - warmup->steps));
}

double dlt_schedule_progress(const dlt_schedule_position *position, const dlt_warmup *warmup,
                             double over, int by) {
    double length = isnan(over) ? dlt_schedule_after_warmup(position, warmup)
                                : dlt_schedule_length(position, over, by);
    return fmin(1, dlt_schedule_since_warmup(position, warmup) / length);
}

double dlt_schedule_half_wave(double share) {
    return (1 + cos(acos(-1) * share)) / 2;
}
