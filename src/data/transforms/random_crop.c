/* Pads an image with zeros on all sides and cuts a window of the old size out of it, at a random
 * place: He et al. 2015 (arXiv 1512.03385, section 4.2). */
#include "data/transforms/image.h"
#include "data/transforms/transforms.h"

#include "base/cast.h"
#include "base/error.h"

#include <string.h>

typedef struct settings_random_crop {
    int64_t padding;
} settings_random_crop;

static const dlt_key keys_random_crop[] = {
    {.name = "padding",
     .type = DLT_KEY_INT,
     .offset = offsetof(settings_random_crop, padding),
     .minimum = 1,
     .maximum = 65535,
     .flags = DLT_KEY_SHORTHAND,
     .help = "Pixels of zeros added on each side before the window is cut out."},
    {0},
};

/* Moves the image by (down, right) pixels; what comes in from outside is zero. */
static void shift_image(const dlt_image *image, int64_t down, int64_t right, const dlt_real *from,
                        dlt_real *to) {
    const int64_t row = image->w * image->c;
    const int64_t left = dlt_max_i64(0, right);
    const int64_t kept = dlt_max_i64(0, image->w - (right < 0 ? -right : right));
    memset(to, 0, (size_t)(image->h * row) * sizeof *to);
    for (int64_t y = dlt_max_i64(0, down); y < dlt_min_i64(image->h, image->h + down); y++)
        memcpy(to + y * row + left * image->c, from + (y - down) * row + (left - right) * image->c,
               (size_t)(kept * image->c) * sizeof *to);
}

/* A window may not miss the image altogether. */
static dlt_status check_random_crop(const dlt_transform_context *context) {
    const settings_random_crop *settings = context->settings;
    DLT_TRY(dlt_image_check(context));
    const dlt_image image = dlt_image_of(context);
    if (settings->padding < image.h && settings->padding < image.w)
        return DLT_OK;
    return dlt_transform_error(context, DLT_ERR_CONFIG,
                               "a padding of %lld pixels is not below the image's height and width",
                               (long long)settings->padding);
}

static void apply_random_crop(const dlt_transform_context *context,
                              const dlt_transform_call *call) {
    const settings_random_crop *settings = context->settings;
    const dlt_image image = dlt_image_of(context);
    const dlt_stream stream = dlt_call_stream(call);
    const dlt_philox_block random = dlt_stream_block(&stream, 0);
    const int64_t places = 2 * settings->padding + 1;
    const int64_t count = image.h * image.w * image.c;
    memcpy(call->scratch, call->x, (size_t)count * sizeof *call->x);
    shift_image(&image, dlt_pick_below(random.word[0], places) - settings->padding,
                dlt_pick_below(random.word[1], places) - settings->padding, call->scratch, call->x);
}

static const dlt_transform_selftest selftests_random_crop[] = {
    {.name = "moves an image",
     .settings = "random_crop: 2",
     .shape = {3, {3, 3, 1}},
     .input = (const double[]){1, 2, 3, 4, 5, 6, 7, 8, 9}},
    {.name = "nothing comes out of nothing",
     .settings = "random_crop: {padding: 1}",
     .shape = {2, {2, 2}},
     .input = (const double[]){0, 0, 0, 0},
     .output = (const double[]){0, 0, 0, 0}},
};

const dlt_transform_ops dlt_transform_random_crop = {
    .entry = {.name = "random_crop",
              .summary = "Pads an image with zeros and cuts out a window of the old size at a "
                         "random place.",
              .keys = keys_random_crop,
              .settings_size = sizeof(settings_random_crop)},
    .random = true,
    .check = check_random_crop,
    .apply = apply_random_crop,
    .selftests = selftests_random_crop,
    .selftest_count = sizeof selftests_random_crop / sizeof selftests_random_crop[0],
};
