/* PNG through libpng's simplified interface, which converts palettes, 16-bit samples, grey and
 * colour by itself and reports errors in a struct instead of jumping. */
#include "data/import/image_decode.h"

#include "base/error.h"

#include <png.h>

static dlt_status decode_opened(const dlt_image_bytes *image, png_image *control,
                                dlt_image_pixels *out) {
    DLT_TRY(dlt_image_check_size(image, control->height, control->width, out));
    if (out->pixels == NULL)
        return DLT_OK;
    control->format = out->channels == 1 ? PNG_FORMAT_GRAY : PNG_FORMAT_RGB;
    /* Transparent parts lie over black. */
    const png_color background = {0, 0, 0};
    if (png_image_finish_read(control, &background, out->pixels, 0, NULL) != 0 &&
        !PNG_IMAGE_FAILED(*control))
        return DLT_OK;
    return dlt_fail(DLT_ERR_FORMAT, "%s is a damaged PNG image: %s", image->name, control->message);
}

dlt_status dlt_image_decode_png(const dlt_image_bytes *image, dlt_image_pixels *out) {
    png_image control = {.version = PNG_IMAGE_VERSION};
    if (png_image_begin_read_from_memory(&control, image->data, image->bytes) == 0)
        return dlt_fail(DLT_ERR_FORMAT, "%s is a damaged PNG image: %s", image->name,
                        control.message);
    dlt_status status = decode_opened(image, &control, out);
    png_image_free(&control);
    return status;
}
