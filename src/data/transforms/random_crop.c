/* Pads an image with zeros on all sides and cuts a window out of it, at a random place: He et al.
 * 2015 (arXiv 1512.03385, section 4.2). The window has the old size unless another is given; then
 * evaluation takes it from the middle. A label map is cut at the same place, and padded with the
 * label that the losses ignore, if there is one. */
#include "data/transforms/image.h"
#include "data/transforms/transforms.h"

#include "base/cast.h"
#include "base/error.h"

#include <string.h>

typedef struct settings_random_crop {
    int64_t padding;
    dlt_ints size; /* count -1: the image's */
} settings_random_crop;

static const dlt_key keys_random_crop[] = {
    {.name = "padding",
     .type = DLT_KEY_INT,
     .offset = offsetof(settings_random_crop, padding),
     .default_value = "0",
     .minimum = 0,
     .maximum = 65535,
     .flags = DLT_KEY_SHORTHAND,
     .help = "Pixels of zeros added on each side before the window is cut out."},
    {.name = "size",
     .type = DLT_KEY_INTS,
     .offset = offsetof(settings_random_crop, size),
     .default_value = "null",
     .minimum = 1,
     .maximum = 65535,
     .least = 2,
     .most = 2,
     .flags = DLT_KEY_NULLABLE,
     .help =
         "Height and width of the window, at most those of the padded image; null: the image's. "
         "In evaluation a window of another size is the middle of the image."},
    {0},
};

/* A rectangle of the image's pixels; it may reach beyond them. */
typedef struct crop_window {
    int64_t top;
    int64_t left;
    int64_t h;
    int64_t w;
} crop_window;

static crop_window window_of(const dlt_transform_context *context) {
    const settings_random_crop *settings = context->settings;
    const dlt_image image = dlt_image_of(context);
    if (settings->size.count < 0)
        return (crop_window){0, 0, image.h, image.w};
    return (crop_window){(image.h - settings->size.at[0]) / 2, (image.w - settings->size.at[1]) / 2,
                         settings->size.at[0], settings->size.at[1]};
}

/* A window may not miss the image altogether, and must lie in the padded one. */
static dlt_status infer_random_crop(const dlt_transform_context *context,
                                    dlt_shape outputs[DLT_TRANSFORM_FIELDS_MAX]) {
    const settings_random_crop *settings = context->settings;
    const int64_t padding = settings->padding;
    DLT_TRY(dlt_images_check(context));
    const dlt_image image = dlt_image_of(context);
    const crop_window window = window_of(context);
    if (padding >= image.h || padding >= image.w)
        return dlt_transform_error(context, DLT_ERR_CONFIG,
                                   "a padding of %lld pixels is not below the image's height and "
                                   "width",
                                   (long long)padding);
    if (padding == 0 && settings->size.count < 0)
        return dlt_transform_error(context, DLT_ERR_CONFIG,
                                   "without a padding or a size it changes nothing");
    const int64_t most_h = image.h + 2 * padding;
    const int64_t most_w = image.w + 2 * padding;
    if (window.h > most_h || window.w > most_w)
        return dlt_transform_error(context, DLT_ERR_CONFIG,
                                   "a window of %lld x %lld pixels is larger than the padded image "
                                   "of %lld x %lld",
                                   (long long)window.h, (long long)window.w, (long long)most_h,
                                   (long long)most_w);
    for (int i = 0; i < context->field_count; i++) {
        outputs[i].dim[0] = window.h;
        outputs[i].dim[1] = window.w;
    }
    return DLT_OK;
}

static void fill_pixels(const dlt_transform_field *field, int64_t count, void *to) {
    int32_t *labels = to;
    if (field->spec.dtype == DLT_DTYPE_REAL || field->fill == 0) {
        memset(to, 0, (size_t)(count * dlt_dtype_bytes(field->spec.dtype)));
        return;
    }
    for (int64_t i = 0; i < count; i++)
        labels[i] = field->fill;
}

static void cut_window(const dlt_transform_field *field, const crop_window *window,
                       const char *from, char *to) {
    const dlt_image image = dlt_image_of_shape(&field->spec.shape);
    const int64_t pixel = image.c * dlt_dtype_bytes(field->spec.dtype);
    const int64_t first = dlt_max_i64(0, -window->left);
    const int64_t last = dlt_min_i64(window->w, image.w - window->left);
    fill_pixels(field, window->h * window->w * image.c, to);
    for (int64_t y = dlt_max_i64(0, -window->top);
         y < dlt_min_i64(window->h, image.h - window->top) && first < last; y++)
        memcpy(to + (y * window->w + first) * pixel,
               from + ((y + window->top) * image.w + window->left + first) * pixel,
               (size_t)((last - first) * pixel));
}

static void apply_random_crop(const dlt_transform_context *context,
                              const dlt_transform_call *call) {
    const settings_random_crop *settings = context->settings;
    const dlt_image image = dlt_image_of(context);
    crop_window window = window_of(context);
    if (call->training) {
        const dlt_stream stream = dlt_call_stream(call);
        const dlt_philox_block random = dlt_stream_block(&stream, 0);
        const int64_t down = image.h + 2 * settings->padding - window.h;
        const int64_t right = image.w + 2 * settings->padding - window.w;
        window.top = down - dlt_pick_below(random.word[0], down + 1) - settings->padding;
        window.left = right - dlt_pick_below(random.word[1], right + 1) - settings->padding;
    }
    for (int i = 0; i < context->field_count; i++) {
        memcpy(call->scratch, call->fields[i],
               (size_t)dlt_tensor_bytes(&context->fields[i].spec, 1));
        cut_window(&context->fields[i], &window, call->scratch, call->fields[i]);
    }
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
    {.name = "a smaller window of equal columns",
     .settings = "random_crop: {size: [1, 3]}",
     .shape = {2, {3, 3}},
     .input = (const double[]){1, 2, 3, 1, 2, 3, 1, 2, 3},
     .output = (const double[]){1, 2, 3},
     .output_shape = {2, {1, 3}}},
};

const dlt_transform_ops dlt_transform_random_crop = {
    .entry = {.name = "random_crop",
              .summary = "Pads an image with zeros and cuts out a window, of the old size or of "
                         "another, at a random place.",
              .keys = keys_random_crop,
              .settings_size = sizeof(settings_random_crop)},
    .random = true,
    .fields_most = DLT_TRANSFORM_FIELDS_MAX,
    .infer = infer_random_crop,
    .apply = apply_random_crop,
    .selftests = selftests_random_crop,
    .selftest_count = sizeof selftests_random_crop / sizeof selftests_random_crop[0],
};
