/* Decoding PNG and JPEG images from memory into rows of bytes [H, W, C]. */
#ifndef DLT_DATA_IMPORT_IMAGE_DECODE_H
#define DLT_DATA_IMPORT_IMAGE_DECODE_H

#include "dltrain/status.h"

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

/* An encoded image in memory. */
typedef struct dlt_image_bytes {
    const char *name; /* for messages */
    const unsigned char *data;
    size_t bytes;
} dlt_image_bytes;

/* What becomes of it. Where height is 0 on entry, height and width are filled in; otherwise they
 * must agree. pixels may be NULL to learn the size only. */
typedef struct dlt_image_pixels {
    int64_t height;
    int64_t width;
    int64_t channels; /* 1: grey, 3: red, green, blue; the image is converted to it */
    uint8_t *pixels;  /* [height, width, channels]; borrowed */
} dlt_image_pixels;

/* Tells the format by its first bytes. Errors: FORMAT, naming the image, if it is neither PNG nor
 * JPEG, is damaged, has another size, or more than DLT_SAMPLE_BYTES_MAX bytes; MEM. */
DLT_CHECKED dlt_status dlt_image_decode(const dlt_image_bytes *image, dlt_image_pixels *out);

/* The decoders of one format each. */
DLT_CHECKED dlt_status dlt_image_decode_png(const dlt_image_bytes *image, dlt_image_pixels *out);
DLT_CHECKED dlt_status dlt_image_decode_jpeg(const dlt_image_bytes *image, dlt_image_pixels *out);

/* For the decoders: takes or compares the size. */
DLT_CHECKED dlt_status dlt_image_check_size(const dlt_image_bytes *image, int64_t height,
                                            int64_t width, dlt_image_pixels *out);

#endif
