/* Decoding PNG and JPEG images from memory into rows of bytes [H, W, C].  Values are as stored: no
 * gamma, no colour profile, no dither. 16 bits become 8 by the nearest of v / 257, 1, 2 and 4 bits
 * of grey by 255 / (2^b - 1). Grey of colour is BT.601: (19595 R + 38470 G + 7471 B + 2^15) / 2^16,
 * the weights of JPEG's own luma. An orientation that the camera noted (EXIF) is applied. */
#ifndef DLT_FORMATS_IMAGE_DECODE_H
#define DLT_FORMATS_IMAGE_DECODE_H

#include "dltrain/status.h"
#include "formats/bounds.h"

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

/* An encoded image in memory. */
typedef struct dlt_image_bytes {
    const char *name; /* for messages */
    const unsigned char *data;
    size_t bytes;
} dlt_image_bytes;

/* What becomes of transparency. */
typedef enum dlt_image_alpha {
    DLT_ALPHA_REFUSE, /* an image with a pixel that is not opaque is an error */
    DLT_ALPHA_BLACK,  /* the image lies over black */
    DLT_ALPHA_WHITE,
    DLT_ALPHA_DROP /* colours as stored, whatever the alpha */
} dlt_image_alpha;

/* A decoded image, and the memory that the next one takes over. */
typedef struct dlt_image_raster {
    int64_t height;
    int64_t width;
    int channels;    /* while decoding 1 to 4, alpha last; then 1 or 3 */
    uint8_t *pixels; /* [height, width, channels]; owned */
    int64_t room;    /* bytes */
} dlt_image_raster;

typedef struct dlt_image_settings {
    int channels;          /* 1: grey, 3: red, green, blue; the image is converted to it */
    dlt_image_alpha alpha; /* how */
    int64_t height;        /* of the only size allowed, once turned upright; 0: any */
    int64_t width;
    bool numbers; /* a PNG whose grey values, or indices into a palette, are numbers of classes:
                   * taken as stored, of any number of bits; channels is 1 and alpha is dropped */
} dlt_image_settings;

/* What the first bytes say: "PNG", "JPEG", the name of a kind that is not read ("GIF", "BMP",
 * "WebP", …), or NULL where they are not those of a picture. */
const char *dlt_image_kind(const unsigned char *data, size_t bytes);
bool dlt_image_kind_is_read(const char *kind);

/* Decodes by the first bytes. Errors: FORMAT, naming the image, if it is neither PNG nor JPEG, is
 * damaged, of another size, transparent where that is refused, of more than DLT_SAMPLE_BYTES_MAX
 * bytes, or no image of numbers where that is asked for; MEM. */
DLT_CHECKED dlt_status dlt_image_decode(const dlt_image_bytes *image,
                                        const dlt_image_settings *settings, dlt_image_raster *out);
void dlt_image_raster_destroy(dlt_image_raster *raster);

/* For the decoders: one of each kind. They call dlt_image_begin with the size in the file and fill
 * the pixels; *orientation is 1 to 8 as EXIF numbers them. */
DLT_CHECKED dlt_status dlt_image_decode_png(const dlt_image_bytes *image,
                                            const dlt_image_settings *settings,
                                            dlt_image_raster *out, int *orientation);
DLT_CHECKED dlt_status dlt_image_decode_jpeg(const dlt_image_bytes *image,
                                             const dlt_image_settings *settings,
                                             dlt_image_raster *out, int *orientation);
/* Whether an image may have so many pixels: before anything of that size is allocated. Errors:
 * FORMAT. */
DLT_CHECKED dlt_status dlt_image_check_size(const dlt_image_bytes *image,
                                            const dlt_image_settings *settings, int64_t height,
                                            int64_t width);
/* Checks the size, before anything of it is allocated, and makes room. */
DLT_CHECKED dlt_status dlt_image_begin(const dlt_image_bytes *image,
                                       const dlt_image_settings *settings, int orientation,
                                       int64_t height, int64_t width, int channels,
                                       dlt_image_raster *out);
/* Room for height x width x channels bytes; what was in it is lost. Errors: MEM. */
DLT_CHECKED dlt_status dlt_image_raster_size(dlt_image_raster *raster, int64_t height,
                                             int64_t width, int channels);

/* The orientation in a block of EXIF data, which begins with a TIFF header; 1 where there is none
 * or it is not in order. */
int dlt_image_orientation(const unsigned char *exif, size_t bytes);
/* Turns an image upright; `scratch` is exchanged with it. Errors: MEM. */
DLT_CHECKED dlt_status dlt_image_turn(dlt_image_raster *image, int orientation,
                                      dlt_image_raster *scratch);

#endif
