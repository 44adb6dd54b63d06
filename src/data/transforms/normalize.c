/* y = (x - mean) / std with the numbers of the run file. */
#include "data/transforms/moments.h"
#include "data/transforms/transforms.h"

typedef struct settings_normalize {
    dlt_reals mean;
    dlt_reals std;
} settings_normalize;

static const dlt_key keys_normalize[] = {
    {.name = "mean",
     .type = DLT_KEY_REALS,
     .offset = offsetof(settings_normalize, mean),
     .least = 1,
     .most = 1000000,
     .help = "One value, or one per feature (channel of an image)."},
    {.name = "std",
     .type = DLT_KEY_REALS,
     .offset = offsetof(settings_normalize, std),
     .least = 1,
     .most = 1000000,
     .help = "As many values as mean, above 0."},
    {0},
};

static dlt_status check_normalize(const dlt_transform_context *context) {
    const settings_normalize *settings = context->settings;
    if (settings->mean.count != settings->std.count)
        return dlt_transform_error(context, DLT_ERR_CONFIG, "mean has %lld values but std has %lld",
                                   (long long)settings->mean.count, (long long)settings->std.count);
    return dlt_moments_check(context, settings->mean.count, settings->mean.at, settings->std.at);
}

static void apply_normalize(const dlt_transform_context *context, const dlt_transform_call *call) {
    const settings_normalize *settings = context->settings;
    dlt_moments_apply(context, settings->mean.count, settings->mean.at, settings->std.at, call->x);
}

static const dlt_transform_selftest selftests_normalize[] = {
    {.name = "one value",
     .settings = "normalize: {mean: 0.5, std: 0.25}",
     .shape = {3, {1, 2, 1}},
     .input = (const double[]){0, 1},
     .output = (const double[]){-2, 2}},
    {.name = "one value per channel",
     .settings = "normalize: {mean: [0, 1, 2], std: [1, 2, 4]}",
     .shape = {3, {1, 2, 3}},
     .input = (const double[]){1, 1, 2, 0, 5, 0},
     .output = (const double[]){1, 0, 0, 0, 2, -0.5}},
};

const dlt_transform_ops dlt_transform_normalize = {
    .entry = {.name = "normalize",
              .summary = "Subtracts a given mean and divides by a given standard deviation.",
              .keys = keys_normalize,
              .settings_size = sizeof(settings_normalize)},
    .check = check_normalize,
    .apply = apply_normalize,
    .selftests = selftests_normalize,
    .selftest_count = sizeof selftests_normalize / sizeof selftests_normalize[0],
};
