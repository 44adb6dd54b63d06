/* PNG through libpng's interface of single steps: the simplified one manages colour, which alters
 * values. The library reports an error by a function that must not return; ours jumps back to the
 * call. */
#include "formats/image_decode.h"

#include "base/alloc.h"
#include "base/error.h"

#include <limits.h>
#include <png.h>
#include <setjmp.h>
#include <stdio.h>
#include <string.h>

/* Each is a name of four bytes and its terminator. None of them may change a pixel. */
static const png_byte ignored_chunks[] =
    "gAMA\0cHRM\0sRGB\0iCCP\0bKGD\0hIST\0pHYs\0sBIT\0sPLT\0tIME\0"
    "tEXt\0zTXt\0iTXt\0oFFs\0pCAL\0sCAL\0sTER";

enum { CHUNK_NAME_BYTES = 5, CHUNK_BYTES_MAX = 1 << 22 };

typedef struct png_reader {
    png_structp png;
    png_infop info;
    const dlt_image_bytes *image;
    bool numbers; /* the rows are to hold what is stored: no palette is looked up */
    size_t at;    /* bytes handed out */
    png_bytepp rows;
    bool has_palette; /* the rows hold its indices, one byte each */
    char text[160];   /* of the library's error */
    jmp_buf back;
} png_reader;

static void jump_back(png_structp png, png_const_charp text) {
    png_reader *reader = png_get_error_ptr(png);
    snprintf(reader->text, sizeof reader->text, "%s", text);
    longjmp(reader->back, 1);
}

/* Damage to what makes pixels counts as an error; remarks on other chunks do not matter here. */
static void take_warning(png_structp png, png_const_charp text) {
    if (strstr(text, "IDAT") != NULL || strstr(text, "tRNS") != NULL ||
        strstr(text, "PLTE") != NULL)
        jump_back(png, text);
}

static void read_bytes(png_structp png, png_bytep out, size_t bytes) {
    png_reader *reader = png_get_io_ptr(png);
    if (bytes > reader->image->bytes - reader->at)
        png_error(png, "it ends early");
    memcpy(out, reader->image->data + reader->at, bytes);
    reader->at += bytes;
}

/* Up to the pixels; libpng's errors jump. */
static void read_header(png_reader *reader) {
    png_structp png = reader->png;
    png_set_read_fn(png, reader, read_bytes);
    png_set_crc_action(png, PNG_CRC_ERROR_QUIT, PNG_CRC_ERROR_QUIT);
    png_set_user_limits(png, INT_MAX, INT_MAX);
    png_set_chunk_malloc_max(png, CHUNK_BYTES_MAX);
    png_set_keep_unknown_chunks(png, PNG_HANDLE_CHUNK_NEVER, ignored_chunks,
                                (int)(sizeof ignored_chunks / CHUNK_NAME_BYTES));
    png_read_info(png, reader->info);
}

/* What the rows will hold. libpng then makes room for two of them. */
static void choose_rows(png_reader *reader, int *orientation) {
    png_structp png = reader->png;
    const int colour = png_get_color_type(png, reader->info);
    reader->has_palette = colour == PNG_COLOR_TYPE_PALETTE;
    if (reader->has_palette || reader->numbers)
        png_set_packing(png);
    else if (png_get_bit_depth(png, reader->info) < 8)
        png_set_expand_gray_1_2_4_to_8(png);
    if (!reader->has_palette && !reader->numbers &&
        png_get_valid(png, reader->info, PNG_INFO_tRNS) != 0)
        png_set_tRNS_to_alpha(png);
    if (png_get_bit_depth(png, reader->info) == 16)
        png_set_scale_16(png);
    (void)png_set_interlace_handling(png);
    png_uint_32 bytes = 0;
    png_bytep exif = NULL;
    if (png_get_eXIf_1(png, reader->info, &bytes, &exif) != 0)
        *orientation = dlt_image_orientation(exif, bytes);
    png_read_update_info(png, reader->info);
}

/* Channels of the raster: of a palette's image, those of its colours. */
static int count_channels(const png_reader *reader) {
    if (!reader->has_palette || reader->numbers)
        return png_get_channels(reader->png, reader->info);
    return png_get_valid(reader->png, reader->info, PNG_INFO_tRNS) != 0 ? 4 : 3;
}

/* Indices, which fill the end of the raster, become colours from its beginning on: no colour is
 * written over an index that is still to come. libpng would take a pixel beyond the end of the
 * palette as black. */
static void look_up_palette(const png_reader *reader, const dlt_image_raster *out) {
    const int64_t count = out->height * out->width;
    const uint8_t *index = out->pixels + count * (out->channels - 1);
    png_colorp palette = NULL;
    png_bytep alpha = NULL;
    int colours = 0;
    int alphas = 0;
    (void)png_get_PLTE(reader->png, reader->info, &palette, &colours);
    if (out->channels == 4)
        (void)png_get_tRNS(reader->png, reader->info, &alpha, &alphas, NULL);
    for (int64_t i = 0; i < count; i++) {
        const int at = index[i];
        if (at >= colours)
            png_error(reader->png, "a pixel is beyond the end of its palette");
        const uint8_t colour[4] = {palette[at].red, palette[at].green, palette[at].blue,
                                   alpha != NULL && at < alphas ? alpha[at] : 255};
        memcpy(out->pixels + i * out->channels, colour, (size_t)out->channels);
    }
}

/* Pixels, and the chunks behind them. */
static void read_rows(png_reader *reader, const dlt_image_raster *out) {
    const bool looks_up = reader->has_palette && !reader->numbers;
    const int64_t channels = looks_up ? 1 : out->channels;
    const int64_t row_bytes = out->width * channels;
    uint8_t *first = out->pixels + out->height * out->width * (out->channels - channels);
    if (png_get_rowbytes(reader->png, reader->info) != (size_t)row_bytes)
        png_error(reader->png, "its rows have another length than its header says");
    for (int64_t r = 0; r < out->height; r++)
        reader->rows[r] = first + r * row_bytes;
    png_read_image(reader->png, reader->rows);
    if (looks_up)
        look_up_palette(reader, out);
    png_read_end(reader->png, NULL);
}

static dlt_status fail_damaged(const png_reader *reader) {
    return dlt_fail(DLT_ERR_FORMAT, "%s is a damaged PNG image: %s", reader->image->name,
                    reader->text);
}

/* Nothing that changes after setjmp is used behind a jump but through pointers. */
static dlt_status decode_guarded(png_reader *reader, const dlt_image_settings *settings,
                                 dlt_image_raster *out, int *orientation) {
    if (setjmp(reader->back) != 0)
        return fail_damaged(reader);
    read_header(reader);
    const png_uint_32 height = png_get_image_height(reader->png, reader->info);
    const png_uint_32 width = png_get_image_width(reader->png, reader->info);
    DLT_TRY(dlt_image_check_size(reader->image, settings, height, width));
    const int bits = png_get_bit_depth(reader->png, reader->info);
    const int colour = png_get_color_type(reader->png, reader->info);
    if (settings->numbers && (bits > 8 || (colour & PNG_COLOR_MASK_COLOR) != 0) &&
        colour != PNG_COLOR_TYPE_PALETTE)
        return dlt_fail(DLT_ERR_FORMAT, "%s has %s, where numbers of classes are expected",
                        reader->image->name, bits > 8 ? "16 bits per value" : "colours");
    choose_rows(reader, orientation);
    DLT_TRY(dlt_image_begin(reader->image, settings, *orientation, height, width,
                            count_channels(reader), out));
    DLT_TRY(DLT_NEW(reader->rows, height));
    read_rows(reader, out);
    return DLT_OK;
}

dlt_status dlt_image_decode_png(const dlt_image_bytes *image, const dlt_image_settings *settings,
                                dlt_image_raster *out, int *orientation) {
    png_reader reader = {.image = image, .numbers = settings->numbers};
    reader.png = png_create_read_struct(PNG_LIBPNG_VER_STRING, &reader, jump_back, take_warning);
    if (reader.png == NULL)
        return dlt_fail(DLT_ERR_MEM, "cannot decode %s: memory is exhausted", image->name);
    reader.info = png_create_info_struct(reader.png);
    dlt_status status =
        reader.info == NULL
            ? dlt_fail(DLT_ERR_MEM, "cannot decode %s: memory is exhausted", image->name)
            : decode_guarded(&reader, settings, out, orientation);
    png_destroy_read_struct(&reader.png, &reader.info, NULL);
    dlt_free(reader.rows);
    return status;
}
