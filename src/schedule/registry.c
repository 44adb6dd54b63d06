/* The schedules that a run file can name, in the order in which `dltrain list` shows them. */
#include "config/registered.h"
#include "schedule/schedule_internal.h"

const dlt_registry_entry *const dlt_schedules[] = {
    &dlt_schedule_constant.entry,
    &dlt_schedule_step.entry,
    &dlt_schedule_multi_step.entry,
    &dlt_schedule_exponential.entry,
    &dlt_schedule_inverse_time.entry,
    &dlt_schedule_linear.entry,
    &dlt_schedule_polynomial.entry,
    &dlt_schedule_cosine.entry,
    &dlt_schedule_one_cycle.entry,
    &dlt_schedule_plateau.entry,
    NULL,
};

dlt_status dlt_register_schedule(const dlt_schedule_ops *ops) {
    const bool is_whole = ops->factor != NULL;
    return dlt_registry_add(dlt_schedules, &ops->entry, "schedule", is_whole);
}
