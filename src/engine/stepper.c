/* Where a stepper stands, and what its rank tells all others. */
#include "engine/stepper.h"

#include "base/cast.h"
#include "dltrain/plugin/optimizer.h"
#include "dltrain/plugin/schedule.h"
#include "engine/votes.h"

void dlt_step_vote(dlt_stepper *stepper, const dlt_step_asks *asks, dlt_status status) {
    dlt_reducer_vote(stepper->strategy->reducer,
                     (const double[DLT_VOTES]){[DLT_VOTE_FAILED] = status != DLT_OK,
                                               [DLT_VOTE_STOP] = asks->stop,
                                               [DLT_VOTE_SAVE] = asks->save,
                                               [DLT_VOTE_TIME_UP] = asks->time_up});
}

int64_t dlt_stepper_samples_done(const dlt_stepper *stepper) {
    int64_t done = stepper->state->epoch_step * stepper->cut.batch;
    return dlt_min_i64(done, stepper->cut.samples);
}

double dlt_stepper_lr(const dlt_stepper *stepper) {
    const dlt_run_settings *settings = &stepper->problem->run->settings;
    const dlt_optimizer_ops *optimizer =
        (const dlt_optimizer_ops *)(const void *)settings->optimizer.kind;
    dlt_schedule_moment moment = {.step = stepper->state->step,
                                  .steps_per_epoch = dlt_cut_steps(&stepper->cut),
                                  .total_steps = stepper->total_steps};
    return optimizer->lr(settings->optimizer.settings) *
           dlt_schedule_factor(&settings->schedule, &moment, stepper->state->schedule);
}
