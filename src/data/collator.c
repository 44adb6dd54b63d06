/* Fills one micro-batch: computes its sample indices, reads each field of all samples at once, and
 * transforms sample by sample. The order of an epoch is computed once per epoch.
 * Random transforms draw from (seed, epoch, sample), so a micro-batch has the same values whichever
 * thread makes it. */
#include "data/collator.h"

#include "base/error.h"

static int transformed_field(const dlt_loader_options *options) {
    for (int f = 0; f < options->field_count; f++)
        if (options->fields[f].transformed)
            return f;
    return -1;
}

dlt_status dlt_collator_create(const dlt_loader_options *options, dlt_collator *out) {
    *out = (dlt_collator){
        .options = options, .transformed = transformed_field(options), .order_epoch = -1};
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

dlt_status dlt_collator_fill(dlt_collator *collator, const dlt_micro_batch_id *id,
                             dlt_collated *out) {
    const dlt_loader_options *options = collator->options;
    if (collator->order_epoch != id->epoch) {
        collator->order = dlt_subset_order(&options->subset, id->epoch);
        collator->order_epoch = id->epoch;
    }
    dlt_order_samples(&collator->order, id->position, id->count, out->samples);
    for (int f = 0; f < options->field_count; f++)
        DLT_TRY(dlt_dataset_read(options->dataset, &options->fields[f], out->samples, id->count,
                                 out->batch.fields[f]));
    if (collator->transformed >= 0)
        transform(collator, id, out);
    out->batch.id = *id;
    return DLT_OK;
}
