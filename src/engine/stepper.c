/* Where a stepper stands, and what its rank tells all others. */
#include "engine/stepper.h"

#include "base/cast.h"
#include "dltrain/extend/optimizer.h"
#include "dltrain/extend/schedule.h"
#include "engine/denominators.h"
#include "engine/reduction_flags.h"

void dlt_step_set_flags(dlt_stepper *stepper, const dlt_step_requests *requests,
                        dlt_status status) {
    dlt_reducer_set_flags(stepper->strategy->reducer, (const double[DLT_REDUCTION_FLAGS]){
                                                          [DLT_FLAG_FAILED] = status != DLT_OK,
                                                          [DLT_FLAG_STOP] = requests->stop,
                                                          [DLT_FLAG_SAVE] = requests->save,
                                                          [DLT_FLAG_TIME_UP] = requests->time_up});
}

dlt_objectives_call dlt_stepper_losses(const dlt_stepper *stepper, const dlt_micro_batch *batch,
                                       int in_flight, double *block) {
    const dlt_denominators *denominators = stepper->denominators;
    return (dlt_objectives_call){.batch = batch,
                                 .in_flight = in_flight,
                                 .origins = (const dlt_real *const *)stepper->task->train.origins,
                                 .metrics = stepper->train_metrics,
                                 .training = true,
                                 .denominators =
                                     denominators != NULL ? denominators->weights : NULL,
                                 .block = block};
}

int64_t dlt_stepper_samples_done(const dlt_stepper *stepper) {
    int64_t done = stepper->state->epoch_step * stepper->partition.batch;
    return dlt_min_i64(done, stepper->partition.samples);
}

double dlt_stepper_lr(const dlt_stepper *stepper) {
    const dlt_run_settings *settings = &stepper->task->run->settings;
    const dlt_optimizer_ops *optimizer =
        (const dlt_optimizer_ops *)(const void *)settings->optimizer.kind;
    dlt_schedule_position moment = {.step = stepper->state->step,
                                    .steps_per_epoch =
                                        dlt_batch_partition_steps(&stepper->partition),
                                    .total_steps = stepper->total_steps};
    return optimizer->lr(settings->optimizer.settings) *
           dlt_schedule_factor(&settings->schedule, &moment, stepper->state->schedule);
}
