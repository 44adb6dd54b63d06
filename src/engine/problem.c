/* What others ask of a problem once it stands; problem_create.c makes it. */
#include "engine/problem.h"

#include "base/alloc.h"
#include "base/cast.h"

int64_t dlt_micro_batch_auto(int64_t batch) {
    const int64_t share = 8;
    const int64_t least = 32;
    const int64_t most = 512;
    int64_t size = dlt_max_i64(dlt_ceil_div(batch, share), least);
    size = dlt_min_i64(size, dlt_max_i64(batch / 2, 1));
    return dlt_min_i64(size, most);
}

void dlt_problem_destroy(dlt_problem *problem) {
    dlt_model_destroy(&problem->model);
    dlt_free(problem->class_weights);
    dlt_free(problem->train.origin);
    dlt_free(problem->validation.origin);
    dlt_free(problem->test.origin);
    dlt_dataset_close(&problem->train_data);
    dlt_dataset_close(&problem->validation_data);
    dlt_dataset_close(&problem->test_data);
    dlt_free(problem->normalisation.mean);
    dlt_free(problem->normalisation.std);
    dlt_identity_destroy(&problem->identity);
    dlt_h5_gate_destroy(&problem->gate);
    *problem = (dlt_problem){.comm = NULL};
}

dlt_cut dlt_problem_evaluation_cut(const dlt_problem *problem, const dlt_part *part) {
    return (dlt_cut){.samples = part->subset.count,
                     .batch = part->subset.count,
                     .micro_batch = problem->micro_batch,
                     .rank = dlt_comm_rank(problem->comm),
                     .size = dlt_comm_size(problem->comm)};
}

dlt_cut dlt_problem_training_cut(const dlt_problem *problem) {
    dlt_cut cut = dlt_problem_evaluation_cut(problem, &problem->train);
    cut.batch = problem->batch;
    return cut;
}

dlt_loader_options dlt_problem_loader_options(const dlt_problem *problem, const dlt_part *part,
                                              const dlt_cut *cut, bool training) {
    const dlt_data_settings *data = &problem->run->settings.data;
    return (dlt_loader_options){.dataset = part->data,
                                .subset = part->subset,
                                .itinerary = {.cut = *cut, .end_epoch = 1},
                                .transforms = data->transform,
                                .training = training,
                                .seed = (uint64_t)problem->run->settings.seed,
                                .with_target = dlt_dataset_facts_of(part->data)->has_y,
                                .target_kind = problem->loss->target,
                                .classes = problem->output_count,
                                .range = problem->loss->range,
                                .mean = problem->normalisation.mean,
                                .std = problem->normalisation.std,
                                .feature_count = problem->normalisation.count,
                                .depth = (int)data->prefetch};
}

dlt_loss_sum dlt_problem_loss(const dlt_problem *problem, int64_t n, const dlt_real *prediction,
                              const dlt_target *target, dlt_real *dprediction) {
    dlt_loss_call call = {.n = n,
                          .d = problem->output_count,
                          .prediction = prediction,
                          .target = *target,
                          .kernels = &problem->kernels,
                          .class_weights = problem->class_weights,
                          .dprediction = dprediction};
    return problem->loss->compute(problem->run->settings.loss.settings, &call);
}

dlt_metric_call dlt_problem_metric_call(const dlt_problem *problem, const dlt_part *part, int64_t n,
                                        const dlt_real *prediction, const dlt_target *target) {
    return (dlt_metric_call){.n = n,
                             .d = problem->output_count,
                             .prediction = prediction,
                             .target = *target,
                             .binary = problem->binary,
                             .origin = part->origin};
}

const dlt_metric_ops *dlt_problem_metric(const dlt_problem *problem, int64_t index) {
    return (const dlt_metric_ops *)(const void *)problem->run->settings.metrics.at[index].kind;
}
