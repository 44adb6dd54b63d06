/* y = (x - mean) / std with the mean and deviation of the training set: its attributes `mean` and
 * `std`, or computed by the trainer where it has none. */
#include "data/transforms/moments.h"
#include "data/transforms/transforms.h"

static dlt_status check_standardize(const dlt_transform_context *context) {
    if (context->feature_count == 0)
        return dlt_transform_error(context, DLT_ERR_CONFIG,
                                   "the training set has no attributes mean and std that hold as "
                                   "many numbers each for the field '%s'; give them with "
                                   "normalize, or import the data set with its statistics",
                                   context->fields[0].name);
    return dlt_moments_check(context, context->feature_count, context->mean, context->std);
}

static void apply_standardize(const dlt_transform_context *context,
                              const dlt_transform_call *call) {
    dlt_moments_apply(context, context->feature_count, context->mean, context->std, call->x);
}

static const dlt_transform_selftest selftests_standardize[] = {
    {.name = "one value per feature",
     .settings = "standardize",
     .shape = {1, {2}},
     .feature_count = 2,
     .mean = (const double[]){1, -1},
     .std = (const double[]){0.5, 4},
     .input = (const double[]){2, 3},
     .output = (const double[]){2, 1}},
    {.name = "one value per element",
     .settings = "standardize",
     .shape = {2, {2, 2}},
     .feature_count = 4,
     .mean = (const double[]){0, 1, 2, 3},
     .std = (const double[]){1, 2, 1, 2},
     .input = (const double[]){1, 1, 1, 1},
     .output = (const double[]){1, 0, -1, -1}},
};

const dlt_transform_ops dlt_transform_standardize = {
    .entry = {.name = "standardize",
              .summary = "Subtracts the training set's mean and divides by its standard "
                         "deviation: those stored with it (attributes mean and std), else those of "
                         "each feature (last dimension), computed from the training samples."},
    .check = check_standardize,
    .apply = apply_standardize,
    .selftests = selftests_standardize,
    .selftest_count = sizeof selftests_standardize / sizeof selftests_standardize[0],
};
