#include "train/plan/local.h"

#include "base/alloc.h"
#include "base/clock.h"
#include "base/error.h"
#include "train/bench/rig.h"
#include "train/timing.h"

enum { WARM_UP = 3, STEPS_LEAST = 7, MEASURED_MOST = 8 };

/* What disturbs a step can only make it longer, so the faster ones tell. */
static const double QUANTILE = 0.25;

/* Training on noise may diverge; it then begins anew, for only the time counts. */
static dlt_status take_step(dlt_rig *rig, uint64_t seed) {
    dlt_step_result result;
    DLT_TRY(dlt_step(&rig->stepper, &(dlt_step_asks){0}, &result));
    if (!result.finite)
        dlt_model_init(rig->problem.model, seed);
    return DLT_OK;
}

static dlt_status time_steps(const dlt_local *local, dlt_rig *rig, dlt_timing *timing) {
    uint64_t seed = (uint64_t)local->run->settings.seed;
    for (int i = 0; i < WARM_UP; i++)
        DLT_TRY(take_step(rig, seed));
    double first = dlt_clock_s();
    while (timing->steps < STEPS_LEAST || dlt_clock_s() - first < local->seconds) {
        double began = dlt_clock_s();
        DLT_TRY(take_step(rig, seed));
        dlt_timing_add(timing, dlt_clock_s() - began, 0, 0);
    }
    return DLT_OK;
}

static dlt_status measure(const dlt_local *local, int64_t micro_batch, int64_t micros,
                          double *step_s) {
    dlt_rig rig;
    dlt_timing *timing = NULL;
    dlt_rig_options options = {.comm = local->comm,
                               .run = local->run,
                               .samples = &local->samples,
                               .batch = micro_batch * micros,
                               .micro_batch = micro_batch};
    DLT_TRY(DLT_NEW(timing, 1));
    dlt_status status = dlt_rig_create(&options, &rig);
    if (status == DLT_OK)
        status = time_steps(local, &rig, timing);
    if (status == DLT_OK)
        *step_s = dlt_timing_quantile_s(timing, QUANTILE);
    dlt_rig_destroy(&rig);
    dlt_free(timing);
    return status;
}

static dlt_status measure_once(dlt_local *local, int64_t micro_batch, int64_t micros,
                               double *step_s) {
    for (int i = 0; i < local->count; i++)
        if (local->kept[i].micro_batch == micro_batch && local->kept[i].micros == micros) {
            *step_s = local->kept[i].step_s;
            return DLT_OK;
        }
    DLT_TRY(measure(local, micro_batch, micros, step_s));
    if (local->count < DLT_LOCAL_KEPT) {
        local->kept[local->count].micro_batch = micro_batch;
        local->kept[local->count].micros = micros;
        local->kept[local->count++].step_s = *step_s;
    }
    return DLT_OK;
}

dlt_status dlt_local_step(dlt_local *local, int64_t micro_batch, int64_t micros, double *step_s) {
    if (micros <= MEASURED_MOST)
        return measure_once(local, micro_batch, micros, step_s);
    const int half = MEASURED_MOST / 2;
    double half_s = 0;
    DLT_TRY(measure_once(local, micro_batch, half, &half_s));
    DLT_TRY(measure_once(local, micro_batch, MEASURED_MOST, step_s));
    *step_s += (double)(micros - MEASURED_MOST) * (*step_s - half_s) / half;
    return DLT_OK;
}
