/* Turns, shears, scales and shifts an image about its centre by random amounts. With p the pixel
 * and c the centre, the new image at p is the old one at
 *     c + A^-1 (p - c - t),   A = scale * rotation(angle) * [1 tan(shear); 0 1],
 * between four pixels (bilinear), zero outside. */
#include "data/transforms/image.h"
#include "data/transforms/transforms.h"

#include "base/error.h"

#include <math.h>
#include <string.h>

typedef struct settings_affine {
    double degrees;
    double translate;
    dlt_reals scale;
    double shear;
} settings_affine;

static const dlt_key keys_affine[] = {
    {.name = "degrees",
     .type = DLT_KEY_REAL,
     .offset = offsetof(settings_affine, degrees),
     .default_value = "10",
     .minimum = 0,
     .maximum = 180,
     .flags = DLT_KEY_SHORTHAND,
     .help = "Largest rotation, either way."},
    {.name = "translate",
     .type = DLT_KEY_REAL,
     .offset = offsetof(settings_affine, translate),
     .default_value = "0.1",
     .minimum = 0,
     .maximum = 1,
     .help = "Largest shift, either way, as a fraction of height and width."},
    {.name = "scale",
     .type = DLT_KEY_REALS,
     .offset = offsetof(settings_affine, scale),
     .default_value = "[0.9, 1.1]",
     .minimum = 0.01,
     .maximum = 100,
     .least = 2,
     .most = 2,
     .help = "Smallest and largest magnification."},
    {.name = "shear",
     .type = DLT_KEY_REAL,
     .offset = offsetof(settings_affine, shear),
     .default_value = "0",
     .minimum = 0,
     .maximum = 80,
     .help = "Largest horizontal shear in degrees, either way."},
    {0},
};

/* From a new pixel to the place in the old image: source = m * (x, y) + offset. */
typedef struct backward_map {
    double xx, xy, yx, yy;
    double x0, y0;
} backward_map;

static double between(double low, double high, uint32_t word) {
    return low + (high - low) * dlt_uniform_of(word);
}

static backward_map draw_map(const settings_affine *settings, const dlt_image *image,
                             const dlt_stream *stream) {
    const double radians = 0.017453292519943295;
    const dlt_philox_block first = dlt_stream_block(stream, 0);
    const dlt_philox_block second = dlt_stream_block(stream, 1);
    const double angle = radians * between(-settings->degrees, settings->degrees, first.word[0]);
    const double shift_x = between(-1, 1, first.word[1]) * settings->translate * (double)image->w;
    const double shift_y = between(-1, 1, first.word[2]) * settings->translate * (double)image->h;
    const double scale = between(settings->scale.at[0], settings->scale.at[1], first.word[3]);
    const double shear = tan(radians * between(-settings->shear, settings->shear, second.word[0]));
    const double cosine = cos(angle) / scale;
    const double sine = sin(angle) / scale;
    /* A^-1 = [1 -shear; 0 1] * rotation(-angle) / scale */
    backward_map map = {
        .xx = cosine + shear * sine, .xy = sine - shear * cosine, .yx = -sine, .yy = cosine};
    const double centre_x = 0.5 * (double)(image->w - 1);
    const double centre_y = 0.5 * (double)(image->h - 1);
    map.x0 = centre_x - map.xx * (centre_x + shift_x) - map.xy * (centre_y + shift_y);
    map.y0 = centre_y - map.yx * (centre_x + shift_x) - map.yy * (centre_y + shift_y);
    return map;
}

static void add_weighted(const dlt_image *image, const dlt_real *from, int64_t x, int64_t y,
                         double weight, dlt_real *pixel) {
    if (x < 0 || y < 0 || x >= image->w || y >= image->h)
        return;
    const dlt_real *source = from + (y * image->w + x) * image->c;
    for (int64_t c = 0; c < image->c; c++)
        pixel[c] += (dlt_real)weight * source[c];
}

static void sample_bilinear(const dlt_image *image, const dlt_real *from, double x, double y,
                            dlt_real *pixel) {
    const double left = floor(x);
    const double top = floor(y);
    const double right_part = x - left;
    const double lower_part = y - top;
    const int64_t ix = (int64_t)left;
    const int64_t iy = (int64_t)top;
    add_weighted(image, from, ix, iy, (1 - right_part) * (1 - lower_part), pixel);
    add_weighted(image, from, ix + 1, iy, right_part * (1 - lower_part), pixel);
    add_weighted(image, from, ix, iy + 1, (1 - right_part) * lower_part, pixel);
    add_weighted(image, from, ix + 1, iy + 1, right_part * lower_part, pixel);
}

static dlt_status check_affine(const dlt_transform_context *context) {
    const settings_affine *settings = context->settings;
    DLT_TRY(dlt_image_check(context));
    if (settings->scale.at[0] > settings->scale.at[1])
        return dlt_transform_error(context, DLT_ERR_CONFIG,
                                   "scale goes from %g to %g; the smaller value comes first",
                                   settings->scale.at[0], settings->scale.at[1]);
    return DLT_OK;
}

static void apply_affine(const dlt_transform_context *context, const dlt_transform_call *call) {
    const dlt_image image = dlt_image_of(context);
    const dlt_stream stream = dlt_call_stream(call);
    const backward_map map = draw_map(context->settings, &image, &stream);
    const size_t bytes = (size_t)(image.h * image.w * image.c) * sizeof *call->x;
    memcpy(call->scratch, call->x, bytes);
    memset(call->x, 0, bytes);
    for (int64_t y = 0; y < image.h; y++)
        for (int64_t x = 0; x < image.w; x++)
            sample_bilinear(&image, call->scratch, map.xx * (double)x + map.xy * (double)y + map.x0,
                            map.yx * (double)x + map.yy * (double)y + map.y0,
                            call->x + (y * image.w + x) * image.c);
}

static const dlt_transform_selftest selftests_affine[] = {
    {.name = "no change allowed",
     .settings = "affine: {degrees: 0, translate: 0, scale: [1, 1]}",
     .shape = {3, {3, 2, 1}},
     .input = (const double[]){1, 2, 3, 4, 5, 6},
     .output = (const double[]){1, 2, 3, 4, 5, 6}},
    {.name = "magnified twice about the centre",
     .settings = "affine: {degrees: 0, translate: 0, scale: [2, 2]}",
     .shape = {2, {1, 5}},
     .input = (const double[]){0, 2, 4, 8, 0},
     .output = (const double[]){2, 3, 4, 6, 8}},
    {.name = "all at once",
     .settings = "affine: {degrees: 30, translate: 0.2, scale: [0.8, 1.2], shear: 10}",
     .shape = {3, {3, 3, 1}},
     .input = (const double[]){1, 2, 3, 4, 5, 6, 7, 8, 9}},
};

const dlt_transform_ops dlt_transform_affine = {
    .entry = {.name = "affine",
              .summary = "Turns, shears, scales and shifts an image by random amounts.",
              .keys = keys_affine,
              .settings_size = sizeof(settings_affine)},
    .random = true,
    .check = check_affine,
    .apply = apply_affine,
    .selftests = selftests_affine,
    .selftest_count = sizeof selftests_affine / sizeof selftests_affine[0],
};
