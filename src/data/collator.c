/* Fills one micro-batch: computes its sample indices, reads each field of all samples at once, and
 * transforms sample by sample. The order of an epoch is computed once per epoch; with
 * ragged fields batches are formed by length.
 * Random transforms draw from (seed, epoch, sample), so a micro-batch has the same values whichever
 * thread makes it. */
#include "data/collator.h"

#include "base/alloc.h"
#include "base/error.h"

bool dlt_loader_field_is_ragged(const dlt_loader_options *options, int f) {
    const dlt_loader_field *field = &options->fields[f];
    return !field->is_length &&
           dlt_dataset_facts_of(options->dataset)->fields[field->field].is_ragged;
}

/* A field as the transforms know it: as it is stored. Sequences are padded, and not transformed. */
static void list_inputs(const dlt_loader_options *options, dlt_transform_inputs *out) {
    const dlt_dataset_facts *facts = dlt_dataset_facts_of(options->dataset);
    *out = (dlt_transform_inputs){.count = options->field_count,
                                  .standard = -1,
                                  .feature_count = options->feature_count,
                                  .mean = options->mean,
                                  .std = options->std};
    for (int f = 0; f < options->field_count; f++) {
        const dlt_loader_field *field = &options->fields[f];
        const dlt_field_facts *stored = &facts->fields[field->field];
        const bool is_whole = stored->is_ragged || field->is_length;
        out->fields[f] = (dlt_transform_field){
            .name = field->is_length      ? ""
                    : field->name != NULL ? field->name
                                          : stored->name,
            .spec = {field->spec.dtype, is_whole ? field->spec.shape : stored->shape},
            .fill = field->has_ignored ? field->ignored : 0};
        out->is_ragged[f] = is_whole;
        if (field->transformed && !is_whole && out->standard < 0)
            out->standard = f;
    }
}

/* What the transforms deliver is what the caller expects. */
static dlt_status check_delivered(const dlt_loader_options *options,
                                  const dlt_transform_plan *plan) {
    char text[2][DLT_SHAPE_TEXT_BYTES];
    for (int f = 0; f < options->field_count; f++)
        if (plan->is_used[f] &&
            dlt_shape_count(&plan->out[f].shape) != dlt_shape_count(&options->fields[f].spec.shape))
            return dlt_fail(DLT_ERR_SHAPE,
                            "the transforms deliver samples of shape %s of field %d, where %s is "
                            "expected",
                            dlt_shape_text(&plan->out[f].shape, text[0]), f,
                            dlt_shape_text(&options->fields[f].spec.shape, text[1]));
    return DLT_OK;
}

dlt_status dlt_collator_create(const dlt_loader_options *options, int64_t count,
                               dlt_collator *out) {
    dlt_transform_inputs inputs;
    *out = (dlt_collator){.options = options, .order_epoch = -1};
    out->by_length = options->classes.count > 0 && options->subset.shuffle;
    if (out->by_length)
        DLT_TRY(dlt_length_order_create(options->dataset, &options->classes, &options->subset,
                                        options->sampler.partition.batch, &out->lengths));
    list_inputs(options, &inputs);
    DLT_TRY(dlt_transform_plan_make(&options->transforms, &inputs, options->training, &out->plan));
    DLT_TRY(check_delivered(options, &out->plan));
    for (int f = 0; f < options->field_count; f++)
        if (out->plan.is_reshaped[f])
            DLT_TRY(DLT_NEW(out->stored[f], dlt_tensor_bytes(&out->plan.in[f], count)));
    return DLT_OK;
}

void dlt_collator_destroy(dlt_collator *collator) {
    dlt_transform_plan_destroy(&collator->plan);
    dlt_length_order_destroy(&collator->lengths);
    for (int f = 0; f < DLT_FIELDS_MAX; f++)
        dlt_free(collator->stored[f]);
}

static void transform(const dlt_collator *collator, const dlt_micro_batch_id *id,
                      const dlt_collated *out) {
    const dlt_loader_options *options = collator->options;
    const dlt_transform_plan *plan = &collator->plan;
    const void *from[DLT_FIELDS_MAX] = {NULL};
    void *to[DLT_FIELDS_MAX] = {NULL};
    for (int64_t i = 0; i < id->count; i++) {
        for (int f = 0; f < options->field_count; f++) {
            to[f] = (char *)out->batch.fields[f] + i * dlt_tensor_bytes(&plan->out[f], 1);
            from[f] = collator->stored[f] != NULL
                          ? collator->stored[f] + i * dlt_tensor_bytes(&plan->in[f], 1)
                          : to[f];
        }
        dlt_transform_plan_apply(plan, options->seed, id->epoch, out->samples[i], from, to);
    }
}

static dlt_status read_field(const dlt_collator *collator, int f, int64_t count,
                             dlt_collated *out) {
    const dlt_loader_options *options = collator->options;
    dlt_loader_field field = options->fields[f];
    if (dlt_loader_field_is_ragged(options, f))
        field.spec.shape.dim[0] = options->classes.lengths[out->batch.shape_class];
    void *to = out->batch.fields[f];
    if (collator->stored[f] != NULL) {
        field.spec = collator->plan.in[f];
        to = collator->stored[f];
    }
    return dlt_dataset_read(options->dataset, &field, out->samples, count, to);
}

dlt_status dlt_collator_fill(dlt_collator *collator, const dlt_micro_batch_id *id,
                             dlt_collated *out) {
    const dlt_loader_options *options = collator->options;
    if (collator->order_epoch != id->epoch) {
        collator->order = dlt_subset_order(&options->subset, id->epoch);
        collator->order_epoch = id->epoch;
    }
    if (!collator->by_length)
        dlt_order_samples(&collator->order, id->position, id->count, out->samples);
    else
        DLT_TRY(dlt_length_order_samples(&collator->lengths, &collator->order, id->epoch,
                                         id->position, id->count, out->samples));
    DLT_TRY(dlt_dataset_shape_class(options->dataset, &options->classes, out->samples, id->count,
                                    &out->batch.shape_class));
    for (int f = 0; f < options->field_count; f++)
        DLT_TRY(read_field(collator, f, id->count, out));
    if (collator->plan.count > 0)
        transform(collator, id, out);
    out->batch.id = *id;
    return DLT_OK;
}
