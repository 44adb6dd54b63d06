#include "data/gatherer.h"

#include "base/error.h"

dlt_status dlt_gatherer_create(const dlt_loader_options *options, dlt_gatherer *out) {
    const dlt_dataset_facts *facts = dlt_dataset_facts_of(options->dataset);
    const dlt_transform_site site = {.shape = facts->x_shape,
                                     .feature_count = options->feature_count,
                                     .mean = options->mean,
                                     .std = options->std};
    *out = (dlt_gatherer){
        .options = options, .width = dlt_shape_count(&facts->x_shape), .order_epoch = -1};
    return dlt_transform_plan_make(&options->transforms, &site, options->training, &out->plan);
}

void dlt_gatherer_destroy(dlt_gatherer *gatherer) {
    dlt_transform_plan_destroy(&gatherer->plan);
}

static dlt_status read_target(const dlt_loader_options *options, int64_t count, dlt_gathered *out) {
    if (!options->with_target)
        return DLT_OK;
    if (options->target_kind == DLT_TARGET_LABELS)
        return dlt_dataset_read_labels(options->dataset, out->samples, count, options->classes,
                                       out->labels);
    return dlt_dataset_read_values(options->dataset, out->samples, count, options->classes,
                                   options->range, out->values);
}

dlt_status dlt_gatherer_fill(dlt_gatherer *gatherer, const dlt_stop *stop, dlt_gathered *out) {
    const dlt_loader_options *options = gatherer->options;
    if (gatherer->order_epoch != stop->epoch) {
        gatherer->order = dlt_subset_order(&options->subset, stop->epoch);
        gatherer->order_epoch = stop->epoch;
    }
    dlt_order_samples(&gatherer->order, stop->position, stop->count, out->samples);
    DLT_TRY(dlt_dataset_read_x(options->dataset, out->samples, stop->count, out->batch.x));
    for (int64_t i = 0; i < stop->count; i++)
        dlt_transform_plan_apply(&gatherer->plan, options->seed, stop->epoch, out->samples[i],
                                 out->batch.x + i * gatherer->width);
    out->batch.stop = *stop;
    return read_target(options, stop->count, out);
}
