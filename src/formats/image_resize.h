/* Resizing images: bilinear, with an average over the area of a pixel where the image shrinks. */
#ifndef DLT_FORMATS_IMAGE_RESIZE_H
#define DLT_FORMATS_IMAGE_RESIZE_H

#include "formats/image_decode.h"

/* The memory of one resizing, which the next one takes over. */
typedef struct dlt_image_resizer {
    int64_t height; /* of the results */
    int64_t width;
    bool crop; /* the largest middle part of the same proportions is used; else all of the image */
    dlt_image_raster rows;  /* as wide as the result */
    dlt_image_raster other; /* the result */
    int32_t *weights;       /* owned */
    int64_t room;
} dlt_image_resizer;

/* Gives an image the resizer's size. Errors: MEM. */
DLT_CHECKED dlt_status dlt_image_resize(dlt_image_resizer *resizer, dlt_image_raster *image);
void dlt_image_resizer_destroy(dlt_image_resizer *resizer);

#endif
