/* Checks every transform, also the random ones that evaluation then leaves out, so that an error in
 * the run file is found in every mode. A random transform gets a stream of its own for each (seed,
 * index, epoch, sample), from which all fields that it acts on draw alike: neither the thread nor
 * the rank that computes a sample changes it. Samples of a field that changes its shape on the way
 * are made in memory of the plan's own, which has room for the largest of its shapes. */
#include "data/transform_plan.h"

#include "base/alloc.h"
#include "base/cast.h"
#include "base/error.h"
#include "base/philox.h"
#include "config/config.h"
#include "data/settings.h"

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

/* The fields that a transform acts on, with their specs as they come to it. */
static dlt_status choose_fields(const dlt_transform_inputs *inputs, const dlt_tensor_spec *specs,
                                const dlt_selection *selection, dlt_transform_step *step) {
    const dlt_transform_settings *common = selection->common;
    const bool names = common != NULL && common->fields.count >= 0;
    const int64_t most = step->ops->fields_most > 0 ? step->ops->fields_most : 1;
    dlt_transform_context *context = &step->context;
    if (names && common->fields.count > most)
        return dlt_transform_error(
            context, DLT_ERR_CONFIG, "it acts on at most %lld field%s, but 'fields' names %lld",
            (long long)most, most == 1 ? "" : "s", (long long)common->fields.count);
    for (int f = 0; f < inputs->count; f++) {
        bool is_chosen = !names && f == inputs->standard;
        for (int64_t i = 0; names && i < common->fields.count; i++)
            is_chosen = is_chosen || strcmp(common->fields.at[i], inputs->fields[f].name) == 0;
        if (!is_chosen)
            continue;
        if (inputs->is_ragged[f])
            return dlt_transform_error(
                context, DLT_ERR_SHAPE,
                "the field '%s' is ragged, and sequences are not transformed",
                inputs->fields[f].name);
        if (step->ops->fields_most == 0 && specs[f].dtype != DLT_DTYPE_REAL)
            return dlt_transform_error(context, DLT_ERR_CONFIG,
                                       "it acts on real numbers, but the field '%s' has indices",
                                       inputs->fields[f].name);
        step->slots[context->field_count] = f;
        context->fields[context->field_count] = inputs->fields[f];
        context->fields[context->field_count].spec = specs[f];
        context->outputs[context->field_count++] = specs[f].shape;
    }
    context->shape = context->fields[0].spec.shape;
    return DLT_OK;
}

/* Mean and deviation are those of the field that a transform without `fields` acts on. */
static void give_statistics(const dlt_transform_inputs *inputs, dlt_transform_step *step) {
    if (step->context.field_count == 0 || step->slots[0] != inputs->standard)
        return;
    step->context.feature_count = inputs->feature_count;
    step->context.mean = inputs->mean;
    step->context.std = inputs->std;
}

/* One transform on fields of these specs, and their specs behind it. */
static dlt_status make_step(const dlt_transform_inputs *inputs, const dlt_selection *selection,
                            dlt_tensor_spec *specs, dlt_transform_step *out) {
    const dlt_transform_ops *ops = (const dlt_transform_ops *)(const void *)selection->kind;
    *out = (dlt_transform_step){.ops = ops,
                                .context = {.name = ops->entry.name,
                                            .position = selection->position,
                                            .settings = selection->settings}};
    DLT_TRY(choose_fields(inputs, specs, selection, out));
    give_statistics(inputs, out);
    if (out->context.field_count == 0 || ops->infer == NULL)
        return DLT_OK;
    DLT_TRY(ops->infer(&out->context, out->context.outputs));
    for (int i = 0; i < out->context.field_count; i++)
        specs[out->slots[i]].shape = out->context.outputs[i];
    return DLT_OK;
}

static void take_specs(const dlt_transform_inputs *inputs, dlt_tensor_spec *specs) {
    for (int f = 0; f < inputs->count; f++)
        specs[f] = inputs->fields[f].spec;
}

/* Without `fields` a transform has one to act on among all fields of a run; a loader may lack
 * it. */
static dlt_status check_found(const dlt_selection *selection, const dlt_transform_step *step) {
    const dlt_transform_settings *common = selection->common;
    const bool names = common != NULL && common->fields.count >= 0;
    if (names || step->context.field_count > 0)
        return DLT_OK;
    return dlt_transform_error(&step->context, DLT_ERR_CONFIG,
                               "it acts on the first field of real numbers that no loss takes, and "
                               "there is none; name fields with `fields`");
}

dlt_status dlt_transforms_infer(const dlt_selection_list *transforms,
                                const dlt_transform_inputs *inputs, dlt_shape out[DLT_FIELDS_MAX]) {
    dlt_tensor_spec specs[DLT_FIELDS_MAX];
    dlt_transform_step step;
    take_specs(inputs, specs);
    for (int64_t i = 0; i < transforms->count; i++) {
        DLT_TRY(make_step(inputs, &transforms->at[i], specs, &step));
        DLT_TRY(check_found(&transforms->at[i], &step));
    }
    for (int f = 0; f < inputs->count; f++)
        out[f] = specs[f].shape;
    return DLT_OK;
}

/* Notes which fields a step acts on and reshapes. Returns the bytes of the largest one. */
static int64_t note_fields(const dlt_transform_step *step, dlt_transform_plan *plan) {
    int64_t most = 0;
    for (int i = 0; i < step->context.field_count; i++) {
        const int slot = step->slots[i];
        const dlt_tensor_spec *before = &step->context.fields[i].spec;
        const dlt_tensor_spec after = {before->dtype, step->context.outputs[i]};
        plan->is_used[slot] = true;
        plan->is_reshaped[slot] =
            plan->is_reshaped[slot] || !dlt_shape_equal(&before->shape, &after.shape);
        most = dlt_max_i64(most,
                           dlt_max_i64(dlt_tensor_bytes(before, 1), dlt_tensor_bytes(&after, 1)));
    }
    return most;
}

static bool is_reshaping(const dlt_transform_step *step) {
    for (int i = 0; i < step->context.field_count; i++)
        if (!dlt_shape_equal(&step->context.fields[i].spec.shape, &step->context.outputs[i]))
            return true;
    return false;
}

dlt_status dlt_transform_plan_make(const dlt_selection_list *transforms,
                                   const dlt_transform_inputs *inputs, bool training,
                                   dlt_transform_plan *out) {
    dlt_status status = DLT_OK;
    int64_t most = 0;
    *out = (dlt_transform_plan){.training = training, .field_count = inputs->count};
    take_specs(inputs, out->in);
    take_specs(inputs, out->out);
    DLT_TRY_OUT(DLT_NEW(out->steps, transforms->count));
    for (int64_t i = 0; i < transforms->count; i++) {
        dlt_transform_step *step = &out->steps[out->count];
        DLT_TRY_OUT(make_step(inputs, &transforms->at[i], out->out, step));
        step->index = (uint32_t)i;
        if (step->context.field_count == 0)
            continue;
        if (step->ops->check != NULL)
            DLT_TRY_OUT(step->ops->check(&step->context));
        most = dlt_max_i64(most, note_fields(step, out));
        if (training || !step->ops->random || is_reshaping(step))
            out->count++;
    }
    DLT_TRY_OUT(DLT_NEW(out->scratch, most));
    for (int f = 0; f < inputs->count; f++)
        if (out->is_reshaped[f])
            DLT_TRY_OUT(DLT_NEW(out->work[f], most));
out:
    if (status != DLT_OK)
        dlt_transform_plan_destroy(out);
    return status;
}

void dlt_transform_plan_destroy(dlt_transform_plan *plan) {
    dlt_free(plan->steps);
    dlt_free(plan->scratch);
    for (int f = 0; f < DLT_FIELDS_MAX; f++)
        dlt_free(plan->work[f]);
    *plan = (dlt_transform_plan){0};
}

static void apply_step(const dlt_transform_plan *plan, const dlt_transform_step *step,
                       uint64_t seed, int64_t epoch, int64_t sample, void *const *at) {
    dlt_transform_call call = {.training = plan->training, .scratch = plan->scratch};
    for (int i = 0; i < step->context.field_count; i++)
        call.fields[i] = at[step->slots[i]];
    if (step->context.fields[0].spec.dtype == DLT_DTYPE_REAL)
        call.x = call.fields[0];
    if (step->ops->random) {
        dlt_stream stream = dlt_stream_make(seed, DLT_PURPOSE_AUGMENT, step->index, (uint64_t)epoch,
                                            (uint64_t)sample);
        memcpy(call.random_key, stream.key, sizeof call.random_key);
        memcpy(call.random_high, stream.high, sizeof call.random_high);
    }
    step->ops->apply(&step->context, &call);
}

void dlt_transform_plan_apply(const dlt_transform_plan *plan, uint64_t seed, int64_t epoch,
                              int64_t sample, const void *const *in, void *const *out) {
    void *at[DLT_FIELDS_MAX];
    for (int f = 0; f < plan->field_count; f++) {
        at[f] = plan->is_reshaped[f] ? plan->work[f] : out[f];
        if (plan->is_reshaped[f])
            memcpy(at[f], in[f], (size_t)dlt_tensor_bytes(&plan->in[f], 1));
    }
    for (int64_t i = 0; i < plan->count; i++)
        apply_step(plan, &plan->steps[i], seed, epoch, sample, at);
    for (int f = 0; f < plan->field_count; f++)
        if (plan->is_reshaped[f])
            memcpy(out[f], at[f], (size_t)dlt_tensor_bytes(&plan->out[f], 1));
}
