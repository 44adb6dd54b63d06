/* JPEG through libjpeg-turbo. The library reports errors by a function that must not return; ours
 * jumps back to the call, so nothing here exits the process or prints. */
#include "data/import/image_decode.h"

#include "base/error.h"

#include <setjmp.h>
#include <stdio.h>

#include <jpeglib.h>

/* A progressive image refines all its pixels with each scan, which may be a few bytes of the file: without a bound one
 * small file keeps the decoder busy for hours. Usual images have ten (libjpeg-turbo's djpeg has the same bound to set). */
enum { SCANS_MAX = 100 };

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

static dlt_status decode_rows(jpeg_reader *reader, const dlt_image_bytes *image,
                              dlt_image_pixels *out) {
    struct jpeg_decompress_struct *decoder = &reader->decoder;
    jpeg_mem_src(decoder, image->data, (unsigned long)image->bytes);
    (void)jpeg_read_header(decoder, TRUE);
    DLT_TRY(dlt_image_check_size(image, decoder->image_height, decoder->image_width, out));
    if (out->pixels == NULL)
        return DLT_OK;
    decoder->out_color_space = out->channels == 1 ? JCS_GRAYSCALE : JCS_RGB;
    (void)jpeg_start_decompress(decoder);
    size_t row_bytes = (size_t)(out->width * out->channels);
    while (decoder->output_scanline < decoder->output_height) {
        JSAMPROW row = out->pixels + decoder->output_scanline * row_bytes;
        (void)jpeg_read_scanlines(decoder, &row, 1);
    }
    (void)jpeg_finish_decompress(decoder);
    return DLT_OK;
}

static dlt_status decode_guarded(jpeg_reader *reader, const dlt_image_bytes *image,
                                 dlt_image_pixels *out) {
    if (setjmp(reader->back) == 0) {
        jpeg_create_decompress(&reader->decoder);
        reader->decoder.progress = &reader->progress;
        return decode_rows(reader, image, out);
    }
    if (reader->too_many_scans)
        return dlt_fail(DLT_ERR_FORMAT, "%s is a JPEG image of more than %d scans", image->name,
                        SCANS_MAX);
    char text[JMSG_LENGTH_MAX] = "";
    reader->errors.format_message((j_common_ptr)&reader->decoder, text);
    return dlt_fail(DLT_ERR_FORMAT, "%s is a damaged JPEG image: %s", image->name, text);
}

dlt_status dlt_image_decode_jpeg(const dlt_image_bytes *image, dlt_image_pixels *out) {
    jpeg_reader reader = {0};
    reader.decoder.err = jpeg_std_error(&reader.errors);
    reader.errors.error_exit = jump_back;
    reader.errors.emit_message = take_message;
    reader.errors.output_message = print_nothing;
    reader.progress.progress_monitor = count_scans;
    dlt_status status = decode_guarded(&reader, image, out);
    jpeg_destroy_decompress(&reader.decoder);
    return status;
}
