#include "data/import/image_decode.h"

#include "base/error.h"
#include "data/import/format.h"

#include <inttypes.h>
#include <string.h>

dlt_status dlt_image_check_size(const dlt_image_bytes *image, int64_t height, int64_t width,
                                dlt_image_pixels *out) {
    if (height < 1 || width < 1 || height > DLT_SAMPLE_BYTES_MAX / width / out->channels)
        return dlt_fail(DLT_ERR_FORMAT,
                        "%s has %" PRId64 " x %" PRId64 " pixels, which is none or too many",
                        image->name, height, width);
    if (out->height == 0) {
        out->height = height;
        out->width = width;
    }
    if (height == out->height && width == out->width)
        return DLT_OK;
    return dlt_fail(DLT_ERR_FORMAT,
                    "%s has %" PRId64 " x %" PRId64
                    " pixels where all images before it have %" PRId64 " x %" PRId64,
                    image->name, height, width, out->height, out->width);
}

dlt_status dlt_image_decode(const dlt_image_bytes *image, dlt_image_pixels *out) {
    static const unsigned char png_start[] = {0x89, 'P', 'N', 'G', '\r', '\n', 0x1A, '\n'};
    static const unsigned char jpeg_start[] = {0xFF, 0xD8, 0xFF};
    if (image->bytes > sizeof png_start && memcmp(image->data, png_start, sizeof png_start) == 0)
        return dlt_image_decode_png(image, out);
    if (image->bytes > sizeof jpeg_start && memcmp(image->data, jpeg_start, sizeof jpeg_start) == 0)
        return dlt_image_decode_jpeg(image, out);
    return dlt_fail(DLT_ERR_FORMAT, "%s is neither a PNG nor a JPEG image", image->name);
}
