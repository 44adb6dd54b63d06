/* Mirrors an image, and what belongs to its pixels, left to right with a given probability. */
#include "data/transforms/image.h"
#include "data/transforms/transforms.h"

typedef struct settings_horizontal_flip {
    double probability;
} settings_horizontal_flip;

static const dlt_key keys_horizontal_flip[] = {
    {.name = "probability",
     .type = DLT_KEY_REAL,
     .offset = offsetof(settings_horizontal_flip, probability),
     .default_value = "0.5",
     .minimum = 0,
     .maximum = 1,
     .flags = DLT_KEY_SHORTHAND,
     .help = "Probability that an image is mirrored."},
    {0},
};

static void mirror_row(const dlt_image *image, dlt_real *row) {
    for (int64_t left = 0, right = image->w - 1; left < right; left++, right--)
        for (int64_t c = 0; c < image->c; c++) {
            dlt_real kept = row[left * image->c + c];
            row[left * image->c + c] = row[right * image->c + c];
            row[right * image->c + c] = kept;
        }
}

static void mirror_labels(const dlt_image *image, int32_t *row) {
    for (int64_t left = 0, right = image->w - 1; left < right; left++, right--)
        for (int64_t c = 0; c < image->c; c++) {
            const int32_t kept = row[left * image->c + c];
            row[left * image->c + c] = row[right * image->c + c];
            row[right * image->c + c] = kept;
        }
}

static void apply_horizontal_flip(const dlt_transform_context *context,
                                  const dlt_transform_call *call) {
    const settings_horizontal_flip *settings = context->settings;
    const dlt_stream stream = dlt_call_stream(call);
    if (dlt_stream_uniform(&stream, 0) >= settings->probability)
        return;
    for (int i = 0; i < context->field_count; i++) {
        const dlt_image image = dlt_image_of_shape(&context->fields[i].spec.shape);
        const int64_t row = image.w * image.c;
        for (int64_t y = 0; y < image.h; y++)
            if (context->fields[i].spec.dtype == DLT_DTYPE_REAL)
                mirror_row(&image, (dlt_real *)call->fields[i] + y * row);
            else
                mirror_labels(&image, (int32_t *)call->fields[i] + y * row);
    }
}

static const dlt_transform_selftest selftests_horizontal_flip[] = {
    {.name = "always",
     .settings = "horizontal_flip: 1",
     .shape = {3, {2, 3, 2}},
     .input = (const double[]){1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 12},
     .output = (const double[]){5, 6, 3, 4, 1, 2, 11, 12, 9, 10, 7, 8}},
    {.name = "never",
     .settings = "horizontal_flip: {probability: 0}",
     .shape = {2, {1, 2}},
     .input = (const double[]){1, 2},
     .output = (const double[]){1, 2}},
    {.name = "sometimes",
     .settings = "horizontal_flip",
     .shape = {2, {1, 2}},
     .input = (const double[]){1, 2}},
};

const dlt_transform_ops dlt_transform_horizontal_flip = {
    .entry = {.name = "horizontal_flip",
              .summary = "Mirrors an image left to right with some probability.",
              .keys = keys_horizontal_flip,
              .settings_size = sizeof(settings_horizontal_flip)},
    .random = true,
    .fields_most = DLT_TRANSFORM_FIELDS_MAX,
    .check = dlt_images_check,
    .apply = apply_horizontal_flip,
    .selftests = selftests_horizontal_flip,
    .selftest_count = sizeof selftests_horizontal_flip / sizeof selftests_horizontal_flip[0],
};
