/* Odd JPEG files, one beside a plain picture in a class. Each picture is of two blocks of 8 x 8
 * pixels, each all of one colour, in quality 100, where every quotient is 1: grey then comes back
 * exactly, and colours to within the rounding of the three lines of JFIF's conversion. */
#include "unit/ingest/odd_png.h"

#include <jpeglib.h>

enum { SIDE = 8, WIDTH = 2 * SIDE, HEIGHT = SIDE, PIXELS = WIDTH * HEIGHT, ROUNDING = 2 };

typedef struct odd_jpeg {
    const char *flaw;
    const uint8_t *left; /* of each component, as the encoder is given it */
    const uint8_t *right;
    J_COLOR_SPACE given;
    J_COLOR_SPACE stored;
    bool progressive;
    bool arithmetic;
    bool subsampled;
    int restart; /* blocks between restart markers */
    odd_bytes app1;
    void (*damage)(odd_file *file); /* afterwards; NULL for none */
    const char *name;               /* NULL: a.jpg */
    int channels;                   /* wanted; 0: 1 */
    odd_fate fate;
    const char *words;   /* of a refusal, or the reason for leaving it out */
    uint8_t expected[6]; /* at the upright picture's first and last pixel */
    bool stands;         /* turned by a quarter */
} odd_jpeg;

#define GREY                                                                                       \
    .left = (const uint8_t[]){100}, .right = (const uint8_t[]){200}, .given = JCS_GRAYSCALE,       \
    .stored = JCS_GRAYSCALE
#define COLOUR                                                                                     \
    .left = (const uint8_t[]){200, 100, 50}, .right = (const uint8_t[]){0, 128, 255},              \
    .given = JCS_RGB, .channels = 3
/* By Adobe's convention the bytes of inks are 255 less the ink. */
#define INKS                                                                                       \
    .left = (const uint8_t[]){255, 127, 0, 255}, .right = (const uint8_t[]){255, 255, 255, 51},    \
    .given = JCS_CMYK, .channels = 3
#define EXIF(order)                                                                                \
    .app1 = BYTES("Exif\0\0II*\0\x08\0\0\0\1\0\x12\x01\3\0\1\0\0\0" order "\0\0\0\0\0\0\0")
#define IS_GREY   .expected = {100, 200}
#define IS_TURNED .expected = {200, 100}

/* The place behind the marker FF xx, of those before the first scan. */
static unsigned char *find_marker(odd_file *file, int marker) {
    for (size_t i = 2; i + 4 < file->count;
         i += 2 + (size_t)(file->at[i + 2] << 8 | file->at[i + 3]))
        if (file->at[i] == 0xFF && file->at[i + 1] == marker)
            return file->at + i + 2;
    fail_msg("no marker %x", marker);
    return NULL;
}

static void set_12_bits(odd_file *file) {
    find_marker(file, 0xC0)[2] = 12;
}

static void set_lossless(odd_file *file) {
    find_marker(file, 0xC0)[-1] = 0xC3;
}

static void set_hierarchical(odd_file *file) {
    find_marker(file, 0xC0)[-1] = 0xC5;
}

static void set_no_height(odd_file *file) {
    memset(find_marker(file, 0xC0) + 3, 0, 2);
}

static void set_no_width(odd_file *file) {
    memset(find_marker(file, 0xC0) + 5, 0, 2);
}

static void set_huge(odd_file *file) {
    memset(find_marker(file, 0xC0) + 3, 0xFF, 4);
}

static void set_two_components(odd_file *file) {
    find_marker(file, 0xC0)[7] = 2;
}

static void lose_table(odd_file *file) {
    find_marker(file, 0xDB)[-1] = 0xFE; /* a remark instead */
}

static void lose_code(odd_file *file) {
    find_marker(file, 0xC4)[-1] = 0xFE;
}

static void cut_end(odd_file *file) {
    file->count -= 2;
}

static void cut_amid_scan(odd_file *file) {
    file->count = (size_t)(find_marker(file, 0xDA) - file->at) + 9;
}

static void cut_amid_header(odd_file *file) {
    file->count = 30;
}

static void cut_to_signature(odd_file *file) {
    file->count = 3;
}

static void become_nothing(odd_file *file) {
    file->count = 0;
}

static void add_rest(odd_file *file) {
    odd_add(file, "trailing bytes of a camera", 26);
}

static void add_itself(odd_file *file) {
    odd_add(file, file->at, file->count);
}

static void add_rubbish_before(odd_file *file) {
    memmove(file->at + 4, file->at, file->count);
    file->count += 4;
}

/* JPEG 2000's box, JPEG XL's code stream. */
static void become_2000(odd_file *file) {
    file->count = 0;
    odd_add(file,
            "\0\0\0\x0CjP  \r\n\x87\n\0\0\0\x14"
            "ftypjp2 \0\0\0\0jp2 ",
            32);
}

static void become_xl(odd_file *file) {
    file->count = 0;
    odd_add(file, "\xFF\x0A\xFA\x1F\x01\x91\x08\x06\x01\0\x80\0\x4B\x18\x8B\x13", 16);
}

static const odd_jpeg pictures[] = {
    /* kinds */
    {"grey", GREY, IS_GREY},
    {"grey made colour", GREY, .channels = 3, .expected = {100, 100, 100, 200, 200, 200}},
    {"grey, progressive", GREY, .progressive = true, IS_GREY},
    {"grey, arithmetic coding", GREY, .arithmetic = true, IS_GREY},
    {"colour", COLOUR, .stored = JCS_YCbCr, .expected = {200, 100, 50, 0, 128, 255}},
    {"colour, progressive", COLOUR, .stored = JCS_YCbCr, .progressive = true,
     .expected = {200, 100, 50, 0, 128, 255}},
    {"colour, subsampled", COLOUR, .stored = JCS_YCbCr, .subsampled = true,
     .expected = {200, 100, 50, 0, 128, 255}},
    {"colour stored as red, green, blue", COLOUR, .stored = JCS_RGB,
     .expected = {200, 100, 50, 0, 128, 255}},
    {"colour made grey by BT.601", .left = (const uint8_t[]){200, 100, 50},
     .right = (const uint8_t[]){0, 128, 255}, .given = JCS_RGB, .stored = JCS_YCbCr,
     .expected = {124, 104}}, /* 59.8 + 58.7 + 5.7; 75.1 + 29.1 */
    {"stored red, green, blue made grey", .left = (const uint8_t[]){200, 100, 50},
     .right = (const uint8_t[]){0, 128, 255}, .given = JCS_RGB, .stored = JCS_RGB,
     .expected = {124, 104}},
    {"restart markers", GREY, .restart = 1, IS_GREY},
    /* inks: a colour is what its ink and the black leave of 255 */
    {"CMYK", INKS, .stored = JCS_CMYK, .expected = {255, 127, 0, 51, 51, 51}},
    {"YCCK", INKS, .stored = JCS_YCCK, .expected = {255, 127, 0, 51, 51, 51}},
    {"CMYK made grey", .left = (const uint8_t[]){255, 127, 0, 255},
     .right = (const uint8_t[]){255, 255, 255, 51}, .given = JCS_CMYK, .stored = JCS_CMYK,
     .expected = {151, 51}}, /* 76.2 + 74.5 */
    /* EXIF: the picture is 100 at the left and 200 at the right as it is stored */
    {"EXIF 1", GREY, EXIF("\1"), IS_GREY},
    {"EXIF 2, mirrored", GREY, EXIF("\2"), IS_TURNED},
    {"EXIF 3, upside down", GREY, EXIF("\3"), IS_TURNED},
    {"EXIF 4, upside down and mirrored", GREY, EXIF("\4"), IS_GREY},
    {"EXIF 5, left is up", GREY, EXIF("\5"), .stands = true, IS_GREY},
    {"EXIF 6, left is up, mirrored", GREY, EXIF("\6"), .stands = true, IS_GREY},
    {"EXIF 7, right is up, mirrored", GREY, EXIF("\7"), .stands = true, IS_TURNED},
    {"EXIF 8, right is up", GREY, EXIF("\x08"), .stands = true, IS_TURNED},
    {"EXIF 0, which is none", GREY, EXIF("\0"), IS_GREY},
    {"EXIF 9, which is none", GREY, EXIF("\x09"), IS_GREY},
    {"EXIF cut short", GREY, .app1 = BYTES("Exif\0\0II*\0\x08\0\0\0\x09\0\x12\x01"), IS_GREY},
    {"EXIF whose place is far away", GREY, .app1 = BYTES("Exif\0\0II*\0\xFF\xFF\xFF\xFF\1\0"),
     IS_GREY},
    {"XMP beside the pixels", GREY, .app1 = BYTES("http://ns.adobe.com/xap/1.0/\0<x/>"), IS_GREY},
    /* damage */
    {"no bytes at all", GREY, .damage = become_nothing, .fate = REFUSED,
     .words = "is an empty file"},
    {"the signature alone", GREY, .damage = cut_to_signature, .fate = REFUSED,
     .words = "damaged JPEG"},
    {"cut amid its header", GREY, .damage = cut_amid_header, .fate = REFUSED,
     .words = "damaged JPEG"},
    {"cut amid its pixels", GREY, .damage = cut_amid_scan, .fate = REFUSED,
     .words = "damaged JPEG"},
    {"cut before its end", GREY, .damage = cut_end, .fate = REFUSED, .words = "damaged JPEG"},
    {"progressive, cut amid its pixels", GREY, .progressive = true, .damage = cut_amid_scan,
     .fate = REFUSED, .words = "damaged JPEG"},
    {"bytes behind its end", GREY, .damage = add_rest, IS_GREY},
    {"two pictures in one file", GREY, .damage = add_itself, IS_GREY},
    {"bytes before its beginning", GREY, .damage = add_rubbish_before, .fate = REFUSED,
     .words = "damaged JPEG"},
    {"12 bits", GREY, .damage = set_12_bits, .fate = REFUSED, .words = "of a kind"},
    {"lossless", GREY, .damage = set_lossless, .fate = REFUSED, .words = "JPEG image"},
    {"hierarchical", GREY, .damage = set_hierarchical, .fate = REFUSED, .words = "of a kind"},
    {"height 0", GREY, .damage = set_no_height, .fate = REFUSED, .words = "JPEG image"},
    {"width 0", GREY, .damage = set_no_width, .fate = REFUSED, .words = "JPEG image"},
    {"65535 x 65535 pixels", GREY, .damage = set_huge, .fate = REFUSED, .words = "JPEG image"},
    {"two components", COLOUR, .stored = JCS_YCbCr, .damage = set_two_components, .fate = REFUSED,
     .words = "damaged JPEG"},
    {"no table of quotients", GREY, .damage = lose_table, .fate = REFUSED, .words = "damaged JPEG"},
    {"no table of codes, as in Motion-JPEG: the standard's", GREY, .damage = lose_code, IS_GREY},
    /* names and other kinds */
    {"upper-case ending", GREY, .name = "A.JPG", IS_GREY},
    {"ending jpe", GREY, .name = "a.jpe", IS_GREY},
    {"ending jfif", GREY, .name = "a.JFIF", IS_GREY},
    {"no ending", GREY, .name = "a", IS_GREY},
    {"another picture's ending", GREY, .name = "a.png", IS_GREY},
    {"JPEG 2000", GREY, .damage = become_2000, .name = "a.jp2", .fate = LEFT_OUT,
     .words = "JPEG 2000"},
    {"JPEG 2000 called JPEG", GREY, .damage = become_2000, .fate = LEFT_OUT, .words = "JPEG 2000"},
    {"JPEG XL", GREY, .damage = become_xl, .name = "a.jxl", .fate = LEFT_OUT, .words = "JPEG XL"},
};

enum { PICTURES = sizeof pictures / sizeof pictures[0] };

/* False where this libjpeg has no arithmetic coding. */
static bool set_up_encoder(struct jpeg_compress_struct *encoder, const odd_jpeg *odd) {
    encoder->image_width = WIDTH;
    encoder->image_height = HEIGHT;
    encoder->input_components = odd->given == JCS_GRAYSCALE ? 1 : odd->given == JCS_CMYK ? 4 : 3;
    encoder->in_color_space = odd->given;
    jpeg_set_defaults(encoder);
    jpeg_set_colorspace(encoder, odd->stored);
    jpeg_set_quality(encoder, 100, TRUE);
    for (int i = 0; !odd->subsampled && i < encoder->num_components; i++)
        encoder->comp_info[i].h_samp_factor = encoder->comp_info[i].v_samp_factor = 1;
    encoder->restart_interval = (unsigned)odd->restart;
    if (odd->progressive)
        jpeg_simple_progression(encoder);
#ifdef C_ARITH_CODING_SUPPORTED
    encoder->arith_code = odd->arithmetic;
#else
    if (odd->arithmetic)
        return false;
#endif
    return true;
}

static bool write_jpeg(const odd_jpeg *odd, odd_file *file) {
    struct jpeg_compress_struct encoder;
    struct jpeg_error_mgr errors;
    unsigned char *buffer = NULL;
    unsigned long bytes = 0;
    uint8_t row[4 * WIDTH];
    encoder.err = jpeg_std_error(&errors);
    jpeg_create_compress(&encoder);
    jpeg_mem_dest(&encoder, &buffer, &bytes);
    const bool is_known = set_up_encoder(&encoder, odd);
    const size_t channels = (size_t)encoder.input_components;
    for (size_t i = 0; i < WIDTH; i++)
        memcpy(row + channels * i, i < SIDE ? odd->left : odd->right, channels);
    if (is_known) {
        jpeg_start_compress(&encoder, TRUE);
        if (odd->app1.count > 0)
            jpeg_write_marker(&encoder, JPEG_APP0 + 1, odd->app1.at, (unsigned)odd->app1.count);
        for (int i = 0; i < HEIGHT; i++)
            jpeg_write_scanlines(&encoder, &(JSAMPROW){row}, 1);
        jpeg_finish_compress(&encoder);
    }
    jpeg_destroy_compress(&encoder);
    file->count = 0;
    odd_add(file, buffer, bytes);
    free(buffer);
    return is_known;
}

static void expect_pixels(const odd_jpeg *odd, int channels) {
    uint8_t x[3 * 3 * PIXELS];
    const int64_t height = odd->stands ? WIDTH : HEIGHT;
    const bool is_exact = odd->given == JCS_GRAYSCALE;
    open_shard("train-00000-of-00001.h5");
    read_shard("x", DLT_H5_U8, &(dlt_shape){4, {3, height, PIXELS / height, channels}}, x);
    for (int i = 0; i < 2 * channels; i++) {
        const int last = channels * (PIXELS - 1);
        const uint8_t *found = x + channels * PIXELS + (i < channels ? i : last + i - channels);
        if (abs(*found - odd->expected[i]) > (is_exact ? 0 : ROUNDING))
            fail_msg("%s: value %d is %d, not %d", odd->flaw, i, *found, odd->expected[i]);
    }
}

/* ant/ has a plain picture and the odd one, bee/ another plain one. */
static void try_picture(const odd_jpeg *odd) {
    static odd_file file;
    char path[100], told[2000], description[200], left_out[200];
    const int channels = odd->channels == 0 ? 1 : odd->channels;
    odd_begin();
    odd_make_folder("ant");
    odd_make_folder("bee");
    odd_flat_png(odd->stands ? HEIGHT : WIDTH, odd->stands ? WIDTH : HEIGHT, 9, &file);
    odd_put("ant/!.png", &file);
    odd_put("bee/!.png", &file);
    if (!write_jpeg(odd, &file))
        return;
    if (odd->damage != NULL)
        odd->damage(&file);
    snprintf(path, sizeof path, "ant/%s", odd->name == NULL ? "a.jpg" : odd->name);
    odd_put(path, &file);
    snprintf(description, sizeof description,
             "name: p\nformat: {images: {train: {path: .}, channels: %d}}\n", channels);
    const dlt_status status = odd_import(description, told, sizeof told);
    if (odd->fate == REFUSED) {
        odd_expect_refusal(odd->flaw, status, odd->words);
        return;
    }
    odd_expect_success(odd->flaw, status);
    if (odd->fate == LEFT_OUT) {
        snprintf(left_out, sizeof left_out, "left out 1 file: %s (1): %s\n", odd->words, path);
        odd_expect_told(odd->flaw, told, left_out);
        return;
    }
    odd_expect_nothing_told(odd->flaw, told);
    expect_pixels(odd, channels);
}

static void data_import_images_tells_the_fate_of_odd_jpeg_files(void **state) {
    (void)state;
    for (int i = 0; i < PICTURES; i++)
        try_picture(&pictures[i]);
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup_teardown(data_import_images_tells_the_fate_of_odd_jpeg_files, set_up,
                                        tear_down),
    };
    return cmocka_run_group_tests_name("data_odd_jpeg", tests, NULL, NULL);
}
