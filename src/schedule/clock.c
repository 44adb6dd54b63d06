#include "schedule/clock.h"

#include <math.h>

const char *const dlt_schedule_units[] = {"epochs", "steps", NULL};

int64_t dlt_schedule_elapsed(const dlt_schedule_moment *moment, int by) {
    return by == DLT_UNIT_STEPS ? moment->step : moment->step / moment->steps_per_epoch;
}

double dlt_schedule_length(const dlt_schedule_moment *moment, double length, int by) {
    return by == DLT_UNIT_STEPS ? length : length * (double)moment->steps_per_epoch;
}

double dlt_schedule_since_warmup(const dlt_schedule_moment *moment, const dlt_warmup *warmup) {
    return fmax(0, (double)(moment->step - warmup->steps));
}

double dlt_schedule_after_warmup(const dlt_schedule_moment *moment, const dlt_warmup *warmup) {
    return fmax(1, (double)(moment->total_steps - warmup->steps));
}

double dlt_schedule_progress(const dlt_schedule_moment *moment, const dlt_warmup *warmup,
                             double over, int by) {
    double length = isnan(over) ? dlt_schedule_after_warmup(moment, warmup)
                                : dlt_schedule_length(moment, over, by);
    return fmin(1, dlt_schedule_since_warmup(moment, warmup) / length);
}

double dlt_schedule_half_wave(double share) {
    return (1 + cos(acos(-1) * share)) / 2;
}
