/* Checks every transform, also the random ones that evaluation then leaves out, so that an error in
 * the run file is found in every mode. A random transform gets a stream of its own for each (seed,
 * index, epoch, sample): neither the thread nor the rank that computes a sample changes it. */
#include "data/transform_plan.h"

#include "base/alloc.h"
#include "base/error.h"
#include "base/philox.h"
#include "config/config.h"

#include <stdarg.h>
#include <stdio.h>
#include <string.h>

dlt_status dlt_transform_error(const dlt_transform_context *context, dlt_status code,
                               const char *why, ...) {
    char sentence[512];
    va_list arguments;
    va_start(arguments, why);
    vsnprintf(sentence, sizeof sentence, why, arguments);
    va_end(arguments);
    return dlt_config_fail_at(__FILE__, __LINE__, code, &context->position, "transform '%s': %s",
                              context->name, sentence);
}

dlt_status dlt_transform_plan_make(const dlt_selection_list *transforms,
                                   const dlt_transform_context *context, bool training,
                                   dlt_transform_plan *out) {
    dlt_status status = DLT_OK;
    *out = (dlt_transform_plan){0};
    DLT_TRY_OUT(DLT_NEW(out->steps, transforms->count));
    DLT_TRY_OUT(DLT_NEW(out->scratch, dlt_shape_count(&context->shape)));
    for (int64_t i = 0; i < transforms->count; i++) {
        const dlt_selection *selection = &transforms->at[i];
        const dlt_transform_ops *ops = (const dlt_transform_ops *)(const void *)selection->kind;
        dlt_transform_step step = {.ops = ops, .context = *context, .index = (uint32_t)i};
        step.context.name = ops->entry.name;
        step.context.position = selection->position;
        step.context.settings = selection->settings;
        if (ops->check != NULL)
            DLT_TRY_OUT(ops->check(&step.context));
        if (training || !ops->random)
            out->steps[out->count++] = step;
    }
out:
    if (status != DLT_OK)
        dlt_transform_plan_destroy(out);
    return status;
}

void dlt_transform_plan_destroy(dlt_transform_plan *plan) {
    dlt_free(plan->steps);
    dlt_free(plan->scratch);
    *plan = (dlt_transform_plan){0};
}

void dlt_transform_plan_apply(const dlt_transform_plan *plan, uint64_t seed, int64_t epoch,
                              int64_t sample, dlt_real *x) {
    for (int64_t i = 0; i < plan->count; i++) {
        const dlt_transform_step *step = &plan->steps[i];
        dlt_transform_call call = {.x = x, .scratch = plan->scratch};
        if (step->ops->random) {
            dlt_stream stream = dlt_stream_make(seed, DLT_PURPOSE_AUGMENT, step->index,
                                                (uint64_t)epoch, (uint64_t)sample);
            memcpy(call.random_key, stream.key, sizeof call.random_key);
            memcpy(call.random_high, stream.high, sizeof call.random_high);
        }
        step->ops->apply(&step->context, &call);
    }
}
