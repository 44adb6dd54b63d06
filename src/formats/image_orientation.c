/* How a camera was held: tag 0x0112 of the EXIF block, which is a small TIFF file (CIPA DC-008,
 * "Exchangeable image file format", section 4.6.5). */
#include "formats/image_decode.h"

#include "base/error.h"

#include <string.h>

enum { ORIENTATION_TAG = 0x0112, TYPE_SHORT = 3, ENTRY_BYTES = 12 };

typedef struct tiff {
    const unsigned char *data;
    size_t bytes;
    bool big_endian;
} tiff;

static unsigned get_short(const tiff *file, size_t at) {
    const unsigned char *byte = file->data + at;
    return file->big_endian ? (unsigned)(byte[0] << 8 | byte[1])
                            : (unsigned)(byte[1] << 8 | byte[0]);
}

static size_t get_long(const tiff *file, size_t at) {
    size_t first = get_short(file, at);
    size_t second = get_short(file, at + 2);
    return file->big_endian ? first << 16 | second : second << 16 | first;
}

int dlt_image_orientation(const unsigned char *exif, size_t bytes) {
    if (bytes < 10 || (memcmp(exif, "II*\0", 4) != 0 && memcmp(exif, "MM\0*", 4) != 0))
        return 1;
    const tiff file = {.data = exif, .bytes = bytes, .big_endian = exif[0] == 'M'};
    const size_t directory = get_long(&file, 4);
    if (directory > bytes - 2)
        return 1;
    const size_t entries = get_short(&file, directory);
    for (size_t i = 0; i < entries; i++) {
        const size_t at = directory + 2 + i * ENTRY_BYTES;
        if (at + ENTRY_BYTES > bytes)
            return 1;
        if (get_short(&file, at) != ORIENTATION_TAG)
            continue;
        const unsigned value = get_short(&file, at + 8);
        const bool is_one = get_short(&file, at + 2) == TYPE_SHORT && value >= 1 && value <= 8;
        return is_one ? (int)value : 1;
    }
    return 1;
}

dlt_status dlt_image_turn(dlt_image_raster *image, int orientation, dlt_image_raster *scratch) {
    /* Of the upright image's row r and column c, by orientation: whether they are exchanged, then
     * each counted backwards. */
    const bool exchanged = orientation >= 5;
    const bool row_back =
        orientation == 3 || orientation == 4 || orientation == 7 || orientation == 8;
    const bool column_back =
        orientation == 2 || orientation == 3 || orientation == 6 || orientation == 7;
    const int64_t height = exchanged ? image->width : image->height;
    const int64_t width = exchanged ? image->height : image->width;
    const size_t bytes = (size_t)image->channels;
    DLT_TRY(dlt_image_raster_size(scratch, height, width, image->channels));
    for (int64_t r = 0; r < height; r++)
        for (int64_t c = 0; c < width; c++) {
            const int64_t u = row_back ? height - 1 - r : r;
            const int64_t v = column_back ? width - 1 - c : c;
            const int64_t from = exchanged ? v * image->width + u : u * image->width + v;
            memcpy(scratch->pixels + (size_t)(r * width + c) * bytes,
                   image->pixels + (size_t)from * bytes, bytes);
        }
    const dlt_image_raster turned = *scratch;
    *scratch = *image;
    *image = turned;
    return DLT_OK;
}
