/* Fills one micro-batch: computes its sample indices, reads all inputs at once, transforms sample
 * by sample, and reads all targets at once. The order of an epoch is computed once per epoch.
 * Random transforms draw from (seed, epoch, sample), so a micro-batch has the same values whichever
 * thread makes it. */
#include "data/collator.h"

#include "base/error.h"

dlt_status dlt_collator_create(const dlt_loader_options *options, dlt_collator *out) {
    const dlt_dataset_facts *facts = dlt_dataset_facts_of(options->dataset);
    const dlt_transform_context context = {.shape = facts->x_shape,
                                           .feature_count = options->feature_count,
                                           .mean = options->mean,
                                           .std = options->std};
    *out = (dlt_collator){
        .options = options, .width = dlt_shape_count(&facts->x_shape), .order_epoch = -1};
    return dlt_transform_plan_make(&options->transforms, &context, options->training, &out->plan);
}

void dlt_collator_destroy(dlt_collator *collator) {
    dlt_transform_plan_destroy(&collator->plan);
}

static dlt_status read_target(const dlt_loader_options *options, int64_t count, dlt_collated *out) {
    if (!options->with_target)
        return DLT_OK;
    if (options->target_kind == DLT_TARGET_LABELS)
        return dlt_dataset_read_labels(options->dataset, out->samples, count, options->classes,
                                       out->labels);
    return dlt_dataset_read_values(options->dataset, out->samples, count, options->classes,
                                   options->range, out->values);
}

dlt_status dlt_collator_fill(dlt_collator *collator, const dlt_micro_batch_id *id,
                             dlt_collated *out) {
    const dlt_loader_options *options = collator->options;
    if (collator->order_epoch != id->epoch) {
        collator->order = dlt_subset_order(&options->subset, id->epoch);
        collator->order_epoch = id->epoch;
    }
    dlt_order_samples(&collator->order, id->position, id->count, out->samples);
    DLT_TRY(dlt_dataset_read_x(options->dataset, out->samples, id->count, out->batch.x));
    for (int64_t i = 0; i < id->count; i++)
        dlt_transform_plan_apply(&collator->plan, options->seed, id->epoch, out->samples[i],
                                 out->batch.x + i * collator->width);
    out->batch.id = *id;
    return read_target(options, id->count, out);
}
