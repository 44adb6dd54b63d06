/* Separable resampling with a triangle filter that is as wide as a pixel of the result, at least as
 * one of the image, in fixed point with 22 bits: the result is that of Pillow's resize with
 * BILINEAR, byte for byte (A. Clark and contributors, "Pillow", src/libImaging/Resample.c; P.
 * Heckbert, "Fundamentals of texture mapping and image warping", 1989, section 3). A crop is a
 * window of real borders, as ImageOps.fit has it. */
#include "formats/image_resize.h"

#include "base/alloc.h"
#include "base/cast.h"
#include "base/error.h"

#include <math.h>
#include <string.h>

enum { WEIGHT_BITS = 22 };

/* The filter of one direction: `count` results from `size` values, of which the window [low, high)
 * is used. Result i has `most` weights (some 0), for the values from first[i]. */
typedef struct filter {
    int64_t size;
    int64_t count;
    float low; /* as Pillow keeps them */
    float high;
    int64_t most;
    int32_t *first;   /* [count]; in the resizer's memory */
    int32_t *weights; /* [count, most] */
} filter;

static double triangle(double x) {
    x = fabs(x);
    return x < 1.0 ? 1.0 - x : 0.0;
}

static void fill_weights(const filter *self, int64_t index, double scale, double width) {
    const double centre = (double)self->low + ((double)index + 0.5) * scale;
    const double steep = 1.0 / width;
    int64_t first = (int64_t)(centre - width + 0.5);
    int64_t end = (int64_t)(centre + width + 0.5);
    first = first < 0 ? 0 : first;
    end = end > self->size ? self->size : end;
    double sum = 0;
    for (int64_t i = first; i < end; i++)
        sum += triangle(((double)i - centre + 0.5) * steep);
    int32_t *weights = self->weights + index * self->most;
    memset(weights, 0, (size_t)self->most * sizeof *weights);
    for (int64_t i = first; i < end; i++) {
        const double weight = triangle(((double)i - centre + 0.5) * steep) / sum;
        weights[i - first] = (int32_t)(0.5 + weight * (1 << WEIGHT_BITS));
    }
    self->first[index] = (int32_t)first;
}

static dlt_status make_filter(dlt_image_resizer *resizer, filter *self) {
    const double scale = (double)(self->high - self->low) / (double)self->count;
    const double width = fmax(scale, 1.0);
    self->most = (int64_t)ceil(width) * 2 + 1;
    const int64_t needed = self->count * (self->most + 1);
    if (needed > resizer->room) {
        dlt_free(resizer->weights);
        resizer->room = 0;
        DLT_TRY(DLT_NEW(resizer->weights, needed));
        resizer->room = needed;
    }
    self->first = resizer->weights;
    self->weights = resizer->weights + self->count;
    for (int64_t i = 0; i < self->count; i++)
        fill_weights(self, i, scale, width);
    return DLT_OK;
}

static uint8_t to_byte(int32_t sum) {
    const int32_t value = sum >> WEIGHT_BITS;
    return (uint8_t)(value < 0 ? 0 : value > 255 ? 255 : value);
}

/* One result of a filter, from values that lie `stride` apart. */
static uint8_t weigh(const filter *self, int64_t index, const uint8_t *values, int64_t stride) {
    const int64_t first = self->first[index];
    const int64_t count = dlt_min_i64(self->most, self->size - first);
    const int32_t *weights = self->weights + index * self->most;
    int32_t sum = 1 << (WEIGHT_BITS - 1);
    values += first * stride;
    for (int64_t i = 0; i < count; i++)
        sum += values[i * stride] * weights[i];
    return to_byte(sum);
}

static dlt_status resize_rows(dlt_image_resizer *resizer, const dlt_image_raster *image,
                              filter *self) {
    DLT_TRY(make_filter(resizer, self));
    DLT_TRY(dlt_image_raster_size(&resizer->rows, image->height, self->count, image->channels));
    uint8_t *to = resizer->rows.pixels;
    for (int64_t r = 0; r < image->height; r++) {
        const uint8_t *row = image->pixels + r * image->width * image->channels;
        for (int64_t i = 0; i < self->count; i++)
            for (int c = 0; c < image->channels; c++)
                *to++ = weigh(self, i, row + c, image->channels);
    }
    return DLT_OK;
}

static dlt_status resize_columns(dlt_image_resizer *resizer, filter *self) {
    const dlt_image_raster *image = &resizer->rows;
    const int64_t row_bytes = image->width * image->channels;
    DLT_TRY(make_filter(resizer, self));
    DLT_TRY(dlt_image_raster_size(&resizer->other, self->count, image->width, image->channels));
    uint8_t *to = resizer->other.pixels;
    for (int64_t i = 0; i < self->count; i++)
        for (int64_t b = 0; b < row_bytes; b++)
            *to++ = weigh(self, i, image->pixels + b, row_bytes);
    return DLT_OK;
}

/* Makes the windows' proportions those of the result by cutting as much from both ends of the
 * longer one. */
static void cut_window(filter *across, filter *down) {
    const double wanted = (double)across->count / (double)down->count;
    const double width = (double)across->size;
    const double height = (double)down->size;
    if (width / height >= wanted) {
        const double left = (width - wanted * height) * 0.5;
        across->low = (float)left;
        across->high = (float)(left + wanted * height);
    } else {
        const double top = (height - width / wanted) * 0.5;
        down->low = (float)top;
        down->high = (float)(top + width / wanted);
    }
}

dlt_status dlt_image_resize(dlt_image_resizer *resizer, dlt_image_raster *image) {
    if (image->height == resizer->height && image->width == resizer->width)
        return DLT_OK;
    filter across = {.size = image->width, .count = resizer->width, .high = (float)image->width};
    filter down = {.size = image->height, .count = resizer->height, .high = (float)image->height};
    if (resizer->crop)
        cut_window(&across, &down);
    DLT_TRY(resize_rows(resizer, image, &across));
    DLT_TRY(resize_columns(resizer, &down));
    const dlt_image_raster resized = resizer->other;
    resizer->other = *image;
    *image = resized;
    return DLT_OK;
}

void dlt_image_resizer_destroy(dlt_image_resizer *resizer) {
    dlt_image_raster_destroy(&resizer->rows);
    dlt_image_raster_destroy(&resizer->other);
    dlt_free(resizer->weights);
    resizer->weights = NULL;
}
