/* Sets a square at a random place to zero: DeVries and Taylor 2017 (arXiv 1708.04552). The centre
 * may be any pixel, so that the square may reach over the border. */
#include "data/transforms/image.h"
#include "data/transforms/transforms.h"

#include "base/cast.h"
#include "base/error.h"

#include <string.h>

typedef struct settings_cutout {
    int64_t size;
    double probability;
} settings_cutout;

static const dlt_key keys_cutout[] = {
    {.name = "size",
     .type = DLT_KEY_INT,
     .offset = offsetof(settings_cutout, size),
     .minimum = 1,
     .maximum = 65535,
     .flags = DLT_KEY_SHORTHAND,
     .help = "Side of the square in pixels."},
    {.name = "probability",
     .type = DLT_KEY_REAL,
     .offset = offsetof(settings_cutout, probability),
     .default_value = "1",
     .minimum = 0,
     .maximum = 1,
     .help = "Probability that an image is cut."},
    {0},
};

/* From twice the image's side on, every image would be erased whole. */
static dlt_status check_cutout(const dlt_transform_context *context) {
    const settings_cutout *settings = context->settings;
    DLT_TRY(dlt_image_check(context));
    const dlt_image image = dlt_image_of(context);
    if (settings->size < 2 * image.h || settings->size < 2 * image.w)
        return DLT_OK;
    return dlt_transform_error(context, DLT_ERR_CONFIG,
                               "a square of %lld pixels erases every image whole",
                               (long long)settings->size);
}

static void apply_cutout(const dlt_transform_context *context, const dlt_transform_call *call) {
    const settings_cutout *settings = context->settings;
    const dlt_image image = dlt_image_of(context);
    const dlt_stream stream = dlt_call_stream(call);
    const dlt_philox_block random = dlt_stream_block(&stream, 0);
    if (dlt_uniform_of(random.word[0]) >= settings->probability)
        return;
    const int64_t top = dlt_pick_below(random.word[1], image.h) - settings->size / 2;
    const int64_t left = dlt_pick_below(random.word[2], image.w) - settings->size / 2;
    const int64_t first = dlt_max_i64(0, left);
    const int64_t last = dlt_min_i64(image.w, left + settings->size);
    const size_t bytes = (size_t)dlt_max_i64(0, last - first) * (size_t)image.c * sizeof *call->x;
    for (int64_t y = dlt_max_i64(0, top); y < dlt_min_i64(image.h, top + settings->size); y++)
        memset(call->x + (y * image.w + first) * image.c, 0, bytes);
}

static const dlt_transform_selftest selftests_cutout[] = {
    {.name = "a square that covers the image from anywhere",
     .settings = "cutout: 4",
     .shape = {3, {3, 2, 1}},
     .input = (const double[]){0, 0, 3, 4, 0, 0},
     .output = (const double[]){0, 0, 0, 0, 0, 0}},
    {.name = "never",
     .settings = "cutout: {size: 1, probability: 0}",
     .shape = {2, {1, 2}},
     .input = (const double[]){1, 2},
     .output = (const double[]){1, 2}},
    {.name = "a part",
     .settings = "cutout: {size: 1}",
     .shape = {2, {3, 3}},
     .input = (const double[]){1, 2, 3, 4, 5, 6, 7, 8, 9}},
};

const dlt_transform_ops dlt_transform_cutout = {
    .entry = {.name = "cutout",
              .summary = "Sets a square at a random place of an image to zero.",
              .keys = keys_cutout,
              .settings_size = sizeof(settings_cutout)},
    .random = true,
    .check = check_cutout,
    .apply = apply_cutout,
    .selftests = selftests_cutout,
    .selftest_count = sizeof selftests_cutout / sizeof selftests_cutout[0],
};
