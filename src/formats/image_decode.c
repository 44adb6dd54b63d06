/* Decodes in this order: kind by the first bytes, the decoder of that kind, alpha, grey or colour,
 * turning upright. The decoders (image_png.c, image_jpeg.c) call dlt_image_begin before they
 * allocate, so a header that claims a huge image costs no memory. The table lists more kinds than
 * are read, so that messages can name the others. */
#include "formats/image_decode.h"

#include "base/alloc.h"
#include "base/error.h"
#include "formats/bounds.h"

#include <inttypes.h>
#include <string.h>

/* Of height and width. */
enum { SIDE_MAX = 1 << 20 };

/* The first bytes of kinds of pictures: `skip` bytes of any value, then these. */
typedef struct signature {
    const char *kind;
    size_t skip;
    size_t bytes;
    const char *start;
} signature;

static const signature signatures[] = {
    {"PNG", 0, 8, "\x89PNG\r\n\x1A\n"},
    {"JPEG", 0, 3, "\xFF\xD8\xFF"},
    {"GIF", 0, 5, "GIF87"},
    {"GIF", 0, 5, "GIF89"},
    {"WebP", 8, 4, "WEBP"},
    {"TIFF", 0, 4, "II*\0"},
    {"TIFF", 0, 4, "MM\0*"},
    {"TIFF", 0, 4, "II+\0"},
    {"TIFF", 0, 4, "MM\0+"},
    {"JPEG 2000", 0, 12, "\0\0\0\x0CjP  \r\n\x87\n"},
    {"JPEG 2000", 0, 4, "\xFF\x4F\xFF\x51"},
    {"JPEG XL", 0, 2, "\xFF\x0A"},
    {"JPEG XL", 0, 12, "\0\0\0\x0CJXL \r\n\x87\n"},
    {"AVIF", 4, 8, "ftypavif"},
    {"AVIF", 4, 8, "ftypavis"},
    {"HEIF", 4, 8, "ftypheic"},
    {"HEIF", 4, 8, "ftypheix"},
    {"HEIF", 4, 8, "ftypmif1"},
    {"Photoshop", 0, 4, "8BPS"},
    {"OpenEXR", 0, 4, "\x76\x2F\x31\x01"},
    {"icon", 0, 4, "\0\0\x01\0"},
};

/* "BM" begins text, too: a bitmap has a length of its header behind it that is one of a few. */
static bool is_bitmap(const unsigned char *data, size_t bytes) {
    static const unsigned char header_bytes[] = {12, 40, 52, 56, 64, 108, 124};
    if (bytes < 18 || data[0] != 'B' || data[1] != 'M' || data[15] != 0 || data[16] != 0)
        return false;
    return memchr(header_bytes, data[14], sizeof header_bytes) != NULL;
}

/* Netpbm: P1 to P7, then white space. */
static bool is_netpbm(const unsigned char *data, size_t bytes) {
    return bytes > 3 && data[0] == 'P' && data[1] >= '1' && data[1] <= '7' &&
           (data[2] == '\n' || data[2] == ' ' || data[2] == '\r' || data[2] == '\t');
}

const char *dlt_image_kind(const unsigned char *data, size_t bytes) {
    for (size_t i = 0; i < sizeof signatures / sizeof signatures[0]; i++) {
        const signature *one = &signatures[i];
        if (bytes >= one->skip + one->bytes &&
            memcmp(data + one->skip, one->start, one->bytes) == 0)
            return one->kind;
    }
    if (is_bitmap(data, bytes))
        return "BMP";
    return is_netpbm(data, bytes) ? "Netpbm" : NULL;
}

bool dlt_image_kind_is_read(const char *kind) {
    return kind != NULL && (strcmp(kind, "PNG") == 0 || strcmp(kind, "JPEG") == 0);
}

void dlt_image_raster_destroy(dlt_image_raster *raster) {
    dlt_free(raster->pixels);
    *raster = (dlt_image_raster){0};
}

dlt_status dlt_image_raster_size(dlt_image_raster *raster, int64_t height, int64_t width,
                                 int channels) {
    const int64_t bytes = height * width * channels;
    raster->height = height;
    raster->width = width;
    raster->channels = channels;
    if (bytes <= raster->room)
        return DLT_OK;
    dlt_free(raster->pixels);
    raster->room = 0;
    DLT_TRY(DLT_NEW(raster->pixels, bytes));
    raster->room = bytes;
    return DLT_OK;
}

dlt_status dlt_image_check_size(const dlt_image_bytes *image, const dlt_image_settings *settings,
                                int64_t height, int64_t width) {
    if (height >= 1 && width >= 1 && height <= SIDE_MAX && width <= SIDE_MAX &&
        height <= DLT_SAMPLE_BYTES_MAX / width / settings->channels)
        return DLT_OK;
    return dlt_fail(DLT_ERR_FORMAT,
                    "%s has %" PRId64 " x %" PRId64 " pixels, which is none or too many",
                    image->name, height, width);
}

dlt_status dlt_image_begin(const dlt_image_bytes *image, const dlt_image_settings *settings,
                           int orientation, int64_t height, int64_t width, int channels,
                           dlt_image_raster *out) {
    DLT_TRY(dlt_image_check_size(image, settings, height, width));
    const bool lies = orientation >= 5;
    const int64_t upright_height = lies ? width : height;
    const int64_t upright_width = lies ? height : width;
    if (settings->height != 0 &&
        (upright_height != settings->height || upright_width != settings->width))
        return dlt_fail(
            DLT_ERR_FORMAT,
            "%s has %" PRId64 " x %" PRId64 " pixels where all images before it have %" PRId64
            " x %" PRId64 "; --resize H[xW] (the key "
            "`resize`) makes them equal",
            image->name, upright_height, upright_width, settings->height, settings->width);
    return dlt_image_raster_size(out, height, width, channels);
}

/* Of a value over a background. */
static uint8_t over(unsigned value, unsigned alpha, unsigned background) {
    return (uint8_t)((value * alpha + background * (255 - alpha) + 127) / 255);
}

/* Resolves alpha, the last channel, in place: 2 channels become 1, 4 become 3. */
static dlt_status resolve_alpha(const dlt_image_bytes *image, const dlt_image_settings *settings,
                                dlt_image_raster *raster) {
    const int colours = raster->channels - 1;
    const int64_t count = raster->height * raster->width;
    const unsigned background = settings->alpha == DLT_ALPHA_WHITE ? 255 : 0;
    const uint8_t *from = raster->pixels;
    uint8_t *to = raster->pixels;
    for (int64_t i = 0; i < count; i++, from += colours + 1) {
        unsigned alpha = from[colours];
        if (alpha != 255 && settings->alpha == DLT_ALPHA_REFUSE)
            return dlt_fail(DLT_ERR_FORMAT,
                            "%s is transparent at row %" PRId64 ", column %" PRId64
                            "; alpha: black, white or drop says what becomes of that",
                            image->name, i / raster->width, i % raster->width);
        if (settings->alpha == DLT_ALPHA_DROP)
            alpha = 255;
        for (int c = 0; c < colours; c++)
            *to++ = over(from[c], alpha, background);
    }
    raster->channels = colours;
    return DLT_OK;
}

static void make_grey(dlt_image_raster *raster) {
    const int64_t count = raster->height * raster->width;
    for (int64_t i = 0; i < count; i++) {
        const uint8_t *from = raster->pixels + 3 * i;
        raster->pixels[i] =
            (uint8_t)((19595U * from[0] + 38470U * from[1] + 7471U * from[2] + 32768U) >> 16);
    }
    raster->channels = 1;
}

static dlt_status make_colour(dlt_image_raster *raster) {
    const int64_t count = raster->height * raster->width;
    uint8_t *pixels = NULL;
    DLT_TRY(DLT_NEW(pixels, 3 * count));
    for (int64_t i = 0; i < count; i++)
        memset(pixels + 3 * i, raster->pixels[i], 3);
    dlt_free(raster->pixels);
    raster->pixels = pixels;
    raster->room = 3 * count;
    raster->channels = 3;
    return DLT_OK;
}

static dlt_status decode_by_kind(const dlt_image_bytes *image, const dlt_image_settings *settings,
                                 dlt_image_raster *out, int *orientation) {
    const char *kind = dlt_image_kind(image->data, image->bytes);
    if (kind != NULL && strcmp(kind, "PNG") == 0)
        return dlt_image_decode_png(image, settings, out, orientation);
    if (kind != NULL && strcmp(kind, "JPEG") == 0 && settings->numbers)
        return dlt_fail(DLT_ERR_FORMAT,
                        "%s is a JPEG image, which changes values; numbers of classes need a PNG "
                        "image",
                        image->name);
    if (kind != NULL && strcmp(kind, "JPEG") == 0)
        return dlt_image_decode_jpeg(image, settings, out, orientation);
    return dlt_fail(DLT_ERR_FORMAT, "%s is neither a PNG nor a JPEG image", image->name);
}

dlt_status dlt_image_decode(const dlt_image_bytes *image, const dlt_image_settings *settings,
                            dlt_image_raster *out) {
    int orientation = 1;
    DLT_TRY(decode_by_kind(image, settings, out, &orientation));
    if (out->channels == 2 || out->channels == 4)
        DLT_TRY(resolve_alpha(image, settings, out));
    if (out->channels == 3 && settings->channels == 1)
        make_grey(out);
    if (out->channels == 1 && settings->channels == 3)
        DLT_TRY(make_colour(out));
    if (orientation == 1)
        return DLT_OK;
    dlt_image_raster scratch = {0};
    dlt_status status = dlt_image_turn(out, orientation, &scratch);
    dlt_image_raster_destroy(&scratch);
    return status;
}
