/* JPEG through libjpeg-turbo. The library reports errors by a function that must not return; ours
 * jumps back to the call, so nothing here exits the process or prints. */
#include "formats/image_decode.h"

#include "base/error.h"

#include <setjmp.h>
#include <stdio.h>
#include <string.h>

#include <jpeglib.h>

#include <jerror.h>

/* A progressive image refines all its pixels with each scan, which may be a few bytes of the file:
 * without a bound one small file keeps the decoder busy for hours. Usual images have ten
 * (libjpeg-turbo's djpeg has the same bound to set). */
enum { SCANS_MAX = 100, EXIF_MARKER = JPEG_APP0 + 1, MARKER_BYTES_MAX = 0xFFFF };

/* A decoder with the place to go back to on error. */
typedef struct jpeg_reader {
    struct jpeg_decompress_struct decoder; /* first, so that it can be found from the library's */
    struct jpeg_error_mgr errors;
    struct jpeg_progress_mgr progress;
    bool too_many_scans;
    jmp_buf back;
} jpeg_reader;

static void jump_back(j_common_ptr decoder) {
    longjmp(((jpeg_reader *)decoder)->back, 1);
}

/* Damage that the library would paper over with grey counts as an error. */
static void take_message(j_common_ptr decoder, int level) {
    if (level < 0)
        jump_back(decoder);
}

static void count_scans(j_common_ptr decoder) {
    jpeg_reader *reader = (jpeg_reader *)decoder;
    if (reader->decoder.input_scan_number <= SCANS_MAX)
        return;
    reader->too_many_scans = true;
    jump_back(decoder);
}

static void print_nothing(j_common_ptr decoder) {
    (void)decoder;
}

static int find_orientation(const struct jpeg_decompress_struct *decoder) {
    static const char start[] = "Exif\0"; /* and its terminator: six bytes */
    for (jpeg_saved_marker_ptr at = decoder->marker_list; at != NULL; at = at->next)
        if (at->marker == EXIF_MARKER && at->data_length > sizeof start &&
            memcmp(at->data, start, sizeof start) == 0)
            return dlt_image_orientation(at->data + sizeof start, at->data_length - sizeof start);
    return 1;
}

/* a * b / 255, to the nearest, as long as both are bytes. */
static unsigned part_of_255(unsigned a, unsigned b) {
    const unsigned product = a * b + 128;
    return ((product >> 8) + product) >> 8;
}

/* Four inks per pixel, in place, into red, green, blue. By Adobe's convention, which is that of all
 * such files met, a file has 255 where there is no ink; then each colour is what its ink and the
 * black leave of white. */
static void mix_inks(dlt_image_raster *raster) {
    const int64_t count = raster->height * raster->width;
    for (int64_t i = 0; i < count; i++) {
        const uint8_t *inks = raster->pixels + 4 * i;
        const unsigned black = inks[3];
        uint8_t colour[3];
        for (int c = 0; c < 3; c++)
            colour[c] = (uint8_t)(black - part_of_255(255U - inks[c], black));
        memcpy(raster->pixels + 3 * i, colour, sizeof colour);
    }
    raster->channels = 3;
}

static dlt_status decode_rows(jpeg_reader *reader, const dlt_image_bytes *image,
                              const dlt_image_settings *settings, dlt_image_raster *out,
                              int *orientation) {
    struct jpeg_decompress_struct *decoder = &reader->decoder;
    jpeg_mem_src(decoder, image->data, (unsigned long)image->bytes);
    jpeg_save_markers(decoder, EXIF_MARKER, MARKER_BYTES_MAX);
    (void)jpeg_read_header(decoder, TRUE);
    const bool has_inks =
        decoder->jpeg_color_space == JCS_CMYK || decoder->jpeg_color_space == JCS_YCCK;
    const int channels = has_inks ? 4 : settings->channels;
    *orientation = find_orientation(decoder);
    DLT_TRY(dlt_image_begin(image, settings, *orientation, decoder->image_height,
                            decoder->image_width, channels, out));
    decoder->out_color_space = has_inks ? JCS_CMYK : channels == 1 ? JCS_GRAYSCALE : JCS_RGB;
    (void)jpeg_start_decompress(decoder);
    const size_t row_bytes = (size_t)(out->width * channels);
    while (decoder->output_scanline < decoder->output_height) {
        JSAMPROW row = out->pixels + decoder->output_scanline * row_bytes;
        (void)jpeg_read_scanlines(decoder, &row, 1);
    }
    (void)jpeg_finish_decompress(decoder);
    if (has_inks)
        mix_inks(out);
    return DLT_OK;
}

static dlt_status fail_decoding(jpeg_reader *reader, const dlt_image_bytes *image) {
    if (reader->too_many_scans)
        return dlt_fail(DLT_ERR_FORMAT, "%s is a JPEG image of more than %d scans", image->name,
                        SCANS_MAX);
    char text[JMSG_LENGTH_MAX] = "";
    reader->errors.format_message((j_common_ptr)&reader->decoder, text);
    const int code = reader->errors.msg_code;
    const bool is_unknown = code == JERR_BAD_PRECISION || code == JERR_SOF_UNSUPPORTED ||
                            code == JERR_ARITH_NOTIMPL || code == JERR_CONVERSION_NOTIMPL;
    return dlt_fail(
        DLT_ERR_FORMAT, "%s is %s: %s", image->name,
        is_unknown ? "a JPEG image of a kind that cannot be read" : "a damaged JPEG image", text);
}

static dlt_status decode_guarded(jpeg_reader *reader, const dlt_image_bytes *image,
                                 const dlt_image_settings *settings, dlt_image_raster *out,
                                 int *orientation) {
    if (setjmp(reader->back) != 0)
        return fail_decoding(reader, image);
    jpeg_create_decompress(&reader->decoder);
    reader->decoder.progress = &reader->progress;
    return decode_rows(reader, image, settings, out, orientation);
}

dlt_status dlt_image_decode_jpeg(const dlt_image_bytes *image, const dlt_image_settings *settings,
                                 dlt_image_raster *out, int *orientation) {
    jpeg_reader reader = {0};
    reader.decoder.err = jpeg_std_error(&reader.errors);
    reader.errors.error_exit = jump_back;
    reader.errors.emit_message = take_message;
    reader.errors.output_message = print_nothing;
    reader.progress.progress_monitor = count_scans;
    dlt_status status = decode_guarded(&reader, image, settings, out, orientation);
    jpeg_destroy_decompress(&reader.decoder);
    return status;
}
