/* y = factor * x + offset, for each element. */
#include "data/transforms/transforms.h"

typedef struct settings_scale {
    double factor;
    double offset;
} settings_scale;

static const dlt_key keys_scale[] = {
    {.name = "factor",
     .type = DLT_KEY_REAL,
     .offset = offsetof(settings_scale, factor),
     .flags = DLT_KEY_SHORTHAND,
     .help = "Factor of each number; 0.00392156862745098 maps bytes to 0..1."},
    {.name = "offset",
     .type = DLT_KEY_REAL,
     .offset = offsetof(settings_scale, offset),
     .default_value = "0",
     .help = "Offset added after the multiplication."},
    {0},
};

static void apply_scale(const dlt_transform_context *context, const dlt_transform_call *call) {
    const settings_scale *settings = context->settings;
    const dlt_real factor = (dlt_real)settings->factor;
    const dlt_real offset = (dlt_real)settings->offset;
    const int64_t count = dlt_shape_count(&context->shape);
    for (int64_t i = 0; i < count; i++)
        call->x[i] = factor * call->x[i] + offset;
}

static const dlt_transform_selftest selftests_scale[] = {
    {.name = "factor and offset",
     .settings = "scale: {factor: 0.5, offset: 1}",
     .shape = {1, {3}},
     .input = (const double[]){-4, 0, 3},
     .output = (const double[]){-1, 1, 2.5}},
    {.name = "shorthand",
     .settings = "scale: 0.25",
     .shape = {2, {1, 2}},
     .input = (const double[]){8, -2},
     .output = (const double[]){2, -0.5}},
};

const dlt_transform_ops dlt_transform_scale = {
    .entry = {.name = "scale",
              .summary = "Multiplies every number by a factor and adds an offset.",
              .keys = keys_scale,
              .settings_size = sizeof(settings_scale)},
    .apply = apply_scale,
    .selftests = selftests_scale,
    .selftest_count = sizeof selftests_scale / sizeof selftests_scale[0],
};
