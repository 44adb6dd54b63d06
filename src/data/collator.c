/* Fills one micro-batch: computes its sample indices, reads each field of all samples at once, and
 * transforms sample by sample. The order of an epoch is computed once per epoch; with
 * ragged fields batches are formed by length.
 * Random transforms draw from (seed, epoch, sample), so a micro-batch has the same values whichever
 * thread makes it. */
#include "data/collator.h"

#include "base/error.h"

bool dlt_loader_field_is_ragged(const dlt_loader_options *options, int f) {
    const dlt_loader_field *field = &options->fields[f];
    return !field->is_length &&
           dlt_dataset_facts_of(options->dataset)->fields[field->field].is_ragged;
}

static int transformed_field(const dlt_loader_options *options) {
    for (int f = 0; f < options->field_count; f++)
        if (options->fields[f].transformed)
            return f;
    return -1;
}

dlt_status dlt_collator_create(const dlt_loader_options *options, dlt_collator *out) {
    *out = (dlt_collator){
        .options = options, .transformed = transformed_field(options), .order_epoch = -1};
    out->by_length = options->classes.count > 0 && options->subset.shuffle;
    if (out->by_length)
        DLT_TRY(dlt_length_order_create(options->dataset, &options->classes, &options->subset,
                                        options->sampler.partition.batch, &out->lengths));
    if (out->transformed < 0)
        return DLT_OK;
    const dlt_transform_context context = {.shape = options->fields[out->transformed].spec.shape,
                                           .feature_count = options->feature_count,
                                           .mean = options->mean,
                                           .std = options->std};
    return dlt_transform_plan_make(&options->transforms, &context, options->training, &out->plan);
}

void dlt_collator_destroy(dlt_collator *collator) {
    dlt_transform_plan_destroy(&collator->plan);
    dlt_length_order_destroy(&collator->lengths);
}

static void transform(const dlt_collator *collator, const dlt_micro_batch_id *id,
                      const dlt_collated *out) {
    const dlt_loader_options *options = collator->options;
    dlt_real *x = out->batch.fields[collator->transformed];
    const int64_t width = dlt_shape_count(&options->fields[collator->transformed].spec.shape);
    for (int64_t i = 0; i < id->count; i++)
        dlt_transform_plan_apply(&collator->plan, options->seed, id->epoch, out->samples[i],
                                 x + i * width);
}

static dlt_status read_field(const dlt_collator *collator, int f, int64_t count,
                             dlt_collated *out) {
    const dlt_loader_options *options = collator->options;
    dlt_loader_field field = options->fields[f];
    if (dlt_loader_field_is_ragged(options, f))
        field.spec.shape.dim[0] = options->classes.lengths[out->batch.shape_class];
    return dlt_dataset_read(options->dataset, &field, out->samples, count, out->batch.fields[f]);
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
    if (collator->transformed >= 0)
        transform(collator, id, out);
    out->batch.id = *id;
    return DLT_OK;
}
