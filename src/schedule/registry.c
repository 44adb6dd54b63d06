#include "schedule/schedule_internal.h"

const dlt_choice *const dlt_schedules[] = {
    &dlt_schedule_constant.choice,
    &dlt_schedule_step.choice,
    &dlt_schedule_multi_step.choice,
    &dlt_schedule_exponential.choice,
    &dlt_schedule_inverse_time.choice,
    &dlt_schedule_linear.choice,
    &dlt_schedule_polynomial.choice,
    &dlt_schedule_cosine.choice,
    &dlt_schedule_one_cycle.choice,
    &dlt_schedule_plateau.choice,
    NULL,
};
