/* Odd PNG files, one beside a plain one in a class. The values expected are those of the PNG
 * specification: samples of fewer bits times 255 / (2^bits - 1), of 16 bits divided by 257 to the
 * nearest, colour management ignored, grey by BT.601, alpha as the description says. */
#include "unit/ingest/odd_png.h"

enum { WIDTH = 4, HEIGHT = 2, PIXELS = WIDTH * HEIGHT };

typedef struct odd_picture {
    const char *flaw;
    odd_png png;
    void (*damage)(odd_file *file); /* afterwards; NULL for none */
    const char *name;               /* NULL: a.png */
    int channels;                   /* wanted; 0: 1 */
    const char *alpha;              /* setting; NULL for none */
    odd_fate fate;
    odd_bytes expected; /* of TAKEN */
    const char *words;  /* of a refusal, or the reason for leaving it out */
} odd_picture;

#define GREY_ROWS      BYTES("\0\x00\x01\x7F\xFF\0\x80\x10\xC8\x05")
#define GREY_PIXELS    BYTES("\x00\x01\x7F\xFF\x80\x10\xC8\x05")
#define GREY           .png = {WIDTH, HEIGHT, 8, 0, 0, {{0}}, GREY_ROWS, {{0}}}
#define GREY_WITH(...) .png = {WIDTH, HEIGHT, 8, 0, 0, {__VA_ARGS__}, GREY_ROWS, {{0}}}
#define PNG_OF(depth, colour, rows)                                                                \
    .png = {WIDTH, HEIGHT, depth, colour, 0, {{0}}, BYTES(rows), {{0}}}
#define PNG_WITH(depth, colour, rows, ...)                                                         \
    .png = {WIDTH, HEIGHT, depth, colour, 0, {__VA_ARGS__}, BYTES(rows), {{0}}}
#define IS_GREY    .expected = GREY_PIXELS
#define IS(pixels) .expected = BYTES(pixels)
#define COLOURS    "\x0A\x14\x1E\xFF\x00\x00\x00\xFF\x00\x00\x00\xFF"

/* The place of a chunk's type. */
static size_t find_chunk(const odd_file *file, const char *type) {
    for (size_t i = 8; i + 4 <= file->count; i++)
        if (memcmp(file->at + i, type, 4) == 0)
            return i;
    fail_msg("no chunk %s", type);
    return 0;
}

static void cut_amid_pixels(odd_file *file) {
    file->count = find_chunk(file, "IDAT") + 8;
}

static void cut_end(odd_file *file) {
    file->count = find_chunk(file, "IEND") - 4;
}

static void cut_to_signature(odd_file *file) {
    file->count = 8;
}

static void cut_amid_header(odd_file *file) {
    file->count = 20;
}

static void spoil_header(odd_file *file) {
    file->at[find_chunk(file, "IHDR") + 20] ^= 1; /* its checksum */
}

static void spoil_pixels(odd_file *file) {
    file->at[find_chunk(file, "IDAT") + 12] ^= 1; /* the checksum then differs */
}

static void spoil_text(odd_file *file) {
    file->at[find_chunk(file, "tEXt") + 5] ^= 1;
}

static void add_rest(odd_file *file) {
    odd_add(file, "and more that belongs to no chunk", 33);
}

static void lose_pixels(odd_file *file) {
    memcpy(file->at + find_chunk(file, "IDAT"), "iDAT", 4); /* its checksum is then wrong, too */
}

static void set_header_byte(odd_file *file, int byte, int value) {
    const size_t at = find_chunk(file, "IHDR");
    odd_file checksum = {.count = 0};
    file->at[at + 4 + byte] = (unsigned char)value;
    odd_add_big_endian(&checksum, (uint32_t)crc32(0, file->at + at, 17));
    memcpy(file->at + at + 17, checksum.at, 4);
}

static void set_compression(odd_file *file) {
    set_header_byte(file, 10, 1);
}

static void set_filter_method(odd_file *file) {
    set_header_byte(file, 11, 64);
}

static void replace(odd_file *file, const void *bytes, size_t count) {
    file->count = 0;
    odd_add(file, bytes, count);
}

static void become_nothing(odd_file *file) {
    replace(file, "", 0);
}

static void become_bmp(odd_file *file) {
    replace(file, "BM\x46\0\0\0\0\0\0\0\x36\0\0\0\x28\0\0\0\x01\0\0\0\x01\0\0\0\x01\0\x18\0", 30);
}

static void become_gif(odd_file *file) {
    replace(file, "GIF87a\x01\0\x01\0\x80\0\0\0\0\0\xFF\xFF\xFF,\0\0\0\0\x01\0\x01\0\0\x02", 30);
}

static void become_webp(odd_file *file) {
    replace(file, "RIFF\x1A\0\0\0WEBPVP8L\x0D\0\0\0\x2F\0\0\0\x10\x07\x10\x11\x11\x88\x88", 29);
}

static void become_tiff(odd_file *file) {
    replace(file, "II*\0\x08\0\0\0\0\0\0\0\0\0", 14);
}

static void become_big_endian_tiff(odd_file *file) {
    replace(file, "MM\0*\0\0\0\x08\0\0\0\0\0\0", 14);
}

static void become_avif(odd_file *file) {
    replace(file,
            "\0\0\0\x1C"
            "ftypavif\0\0\0\0avifmif1miaf",
            28);
}

static void become_netpbm(odd_file *file) {
    replace(file, "P5\n4 2\n255\n12345678", 19);
}

static void become_text(odd_file *file) {
    replace(file, "PNG, but in words\n", 18);
}

static const odd_picture pictures[] = {
    /* depths and colours */
    {"1 bit", PNG_OF(1, 0, "\0\xA0\0\x60"), IS("\xFF\0\xFF\0\0\xFF\xFF\0")},
    {"2 bits", PNG_OF(2, 0, "\0\x1B\0\xE4"), IS("\x00\x55\xAA\xFF\xFF\xAA\x55\x00")},
    {"4 bits", PNG_OF(4, 0, "\0\x01\x8F\0\x23\x45"), IS("\x00\x11\x88\xFF\x22\x33\x44\x55")},
    {"8 bits", GREY, IS_GREY},
    {"16 bits",
     PNG_OF(16, 0, "\0\x00\x00\x01\x01\x7F\xFF\xFF\xFF\0\x00\x80\x00\x81\xFF\x7E\xFF\x7F"),
     IS("\x00\x01\x7F\xFF\x00\x01\xFE\xFF")},
    {"colour", PNG_OF(8, 2, "\0" COLOURS "\0" COLOURS), .channels = 3, IS(COLOURS COLOURS)},
    {"colour made grey by BT.601", PNG_OF(8, 2, "\0" COLOURS "\0" COLOURS),
     IS("\x12\x4C\x96\x1D\x12\x4C\x96\x1D")},
    {"grey made colour", PNG_OF(2, 0, "\0\x1B\0\x00"), .channels = 3,
     IS("\x00\x00\x00\x55\x55\x55\xAA\xAA\xAA\xFF\xFF\xFF\0\0\0\0\0\0\0\0\0\0\0\0")},
    {"colour of 16 bits",
     PNG_OF(16, 2,
            "\0\x0A\x0A\x14\x14\x1E\x1E\xFF\xFF\0\0\0\x7F\0\0\xFF\xFF\0\x81\0\0\0\0\xFF\xFF"
            "\0\x0A\x0A\x14\x14\x1E\x1E\xFF\xFF\0\0\0\x7F\0\0\xFF\xFF\0\x81\0\0\0\0\xFF\xFF"),
     .channels = 3,
     IS("\x0A\x14\x1E\xFF\x00\x00\x00\xFF\x01\x00\x00\xFF"
        "\x0A\x14\x1E\xFF\x00\x00\x00\xFF\x01\x00\x00\xFF")},
    {"palette of 1 bit", PNG_WITH(1, 3, "\0\xA0\0\x60", {"PLTE", BYTES("\1\1\1\2\2\2")}),
     IS("\2\1\2\1\1\2\2\1")},
    {"palette of 2 bits",
     PNG_WITH(2, 3, "\0\x1B\0\xE4", {"PLTE", BYTES("\x0A\x14\x1E\xFF\0\0\0\xFF\0\0\0\xFF")}),
     .channels = 3, IS(COLOURS "\0\0\xFF\0\xFF\0\xFF\0\0\x0A\x14\x1E")},
    {"palette of 8 bits",
     PNG_WITH(8, 3, "\0\0\1\2\1\0\2\2\0\0", {"PLTE", BYTES("\5\5\5\6\6\6\7\7\7")}),
     IS("\5\6\7\6\7\7\5\5")},
    {"palette with a pixel beyond its end",
     PNG_WITH(8, 3, "\0\0\1\2\3\0\2\2\0\0", {"PLTE", BYTES("\5\5\5\6\6\6\7\7\7")}), .fate = REFUSED,
     .words = "beyond the end of its palette"},
    {"palette that is not there", PNG_OF(8, 3, "\0\0\1\2\1\0\2\2\0\0"), .fate = REFUSED,
     .words = "damaged PNG"},
    {"palette of part of a colour", PNG_WITH(8, 3, "\0\0\0\0\0\0\0\0\0\0", {"PLTE", BYTES("\5\5")}),
     .fate = REFUSED, .words = "damaged PNG"},
    /* alpha */
    {"grey and alpha, opaque",
     PNG_OF(8, 4, "\0\1\xFF\2\xFF\3\xFF\4\xFF\0\5\xFF\6\xFF\7\xFF\x08\xFF"),
     IS("\1\2\3\4\5\6\7\x08")},
    {"grey and alpha, transparent",
     PNG_OF(8, 4, "\0\1\xFF\2\xFF\3\xFF\4\xFF\0\5\xFF\6\x80\7\xFF\x08\xFF"), .fate = REFUSED,
     .words = "is transparent at row 1, column 1"},
    {"grey and alpha over white: v a / 255 + 255 - a",
     PNG_OF(8, 4, "\0\x64\xFF\x64\x00\x64\x33\x64\xCC\0\0\xFF\0\0\0\x33\0\xCC"), .alpha = "white",
     IS("\x64\xFF\xE0\x83\x00\xFF\xCC\x33")},
    {"grey and alpha over black: v a / 255",
     PNG_OF(8, 4, "\0\x64\xFF\x64\x00\x64\x33\x64\xCC\0\xFF\xFF\xFF\0\xFF\x33\xFF\xCC"),
     .alpha = "black", IS("\x64\x00\x14\x50\xFF\x00\x33\xCC")},
    {"grey and alpha dropped",
     PNG_OF(8, 4, "\0\x64\xFF\x64\x00\x64\x33\x64\xCC\0\xFF\xFF\xFF\0\xFF\x33\xFF\xCC"),
     .alpha = "drop", IS("\x64\x64\x64\x64\xFF\xFF\xFF\xFF")},
    {"grey and alpha of 16 bits, opaque",
     PNG_OF(16, 4,
            "\0\1\1\xFF\xFF\2\2\xFF\xFF\3\3\xFF\xFF\4\4\xFF\xFF"
            "\0\5\5\xFF\xFF\6\6\xFF\xFF\7\7\xFF\xFF\x08\x08\xFF\xFF"),
     IS("\1\2\3\4\5\6\7\x08")},
    {"colour and alpha over white",
     PNG_OF(8, 6,
            "\0\x0A\x14\x1E\xFF\xFF\0\0\0\0\xFF\0\x33\0\0\xFF\xCC"
            "\0\x0A\x14\x1E\xFF\xFF\0\0\0\0\xFF\0\x33\0\0\xFF\xCC"),
     .channels = 3, .alpha = "white",
     IS("\x0A\x14\x1E\xFF\xFF\xFF\xCC\xFF\xCC\x33\x33\xFF"
        "\x0A\x14\x1E\xFF\xFF\xFF\xCC\xFF\xCC\x33\x33\xFF")},
    {"colour and alpha of 16 bits, transparent by one step",
     PNG_OF(16, 6,
            "\0\1\1\1\1\1\1\xFF\xFF\1\1\1\1\1\1\xFF\xFF\1\1\1\1\1\1\xFF\xFF\1\1\1\1\1\1\xFE\x00"
            "\0\1\1\1\1\1\1\xFF\xFF\1\1\1\1\1\1\xFF\xFF\1\1\1\1\1\1\xFF\xFF\1\1\1\1\1\1\xFF\xFF"),
     .channels = 3, .fate = REFUSED, .words = "is transparent at row 0, column 3"},
    {"transparent colour that no pixel has", GREY_WITH({"tRNS", BYTES("\0\x63")}), IS_GREY},
    {"transparent colour that a pixel has", GREY_WITH({"tRNS", BYTES("\0\x10")}), .fate = REFUSED,
     .words = "is transparent at row 1, column 1"},
    {"transparent colour of 16 bits that differs in the lower 8",
     PNG_WITH(16, 0, "\0\1\1\1\1\1\1\1\1\0\1\1\1\1\1\1\1\1", {"tRNS", BYTES("\x01\x00")}),
     IS("\1\1\1\1\1\1\1\1")},
    {"palette with alpha, opaque where it is used",
     PNG_WITH(8, 3, "\0\0\1\0\1\0\1\1\0\0", {"PLTE", BYTES("\5\5\5\6\6\6\7\7\7")},
              {"tRNS", BYTES("\xFF\xFF\x00")}),
     IS("\5\6\5\6\6\6\5\5")},
    {"palette with alpha, transparent",
     PNG_WITH(8, 3, "\0\0\1\2\1\0\1\1\0\0", {"PLTE", BYTES("\5\5\5\6\6\6\7\7\7")},
              {"tRNS", BYTES("\xFF\xFF\x00")}),
     .fate = REFUSED, .words = "is transparent at row 0, column 2"},
    {"palette with alpha over black",
     PNG_WITH(8, 3, "\0\0\1\2\1\0\1\1\0\0", {"PLTE", BYTES("\5\5\5\6\6\6\7\7\7")},
              {"tRNS", BYTES("\xFF\xFF\x00")}),
     .alpha = "black", IS("\5\6\0\6\6\6\5\5")},
    /* what says how colours look, which changes no value */
    {"gAMA 1.0", GREY_WITH({"gAMA", BYTES("\0\x01\x86\xA0")}), IS_GREY},
    {"gAMA 1/2.2", GREY_WITH({"gAMA", BYTES("\0\0\xB1\x8F")}), IS_GREY},
    {"gAMA 1.0 with 16 bits",
     PNG_WITH(16, 0, "\0\x40\x40\x40\x40\x40\x40\x40\x40\0\x80\x80\x80\x80\x80\x80\x80\x80",
              {"gAMA", BYTES("\0\x01\x86\xA0")}),
     IS("\x40\x40\x40\x40\x80\x80\x80\x80")},
    {"gAMA of 0", GREY_WITH({"gAMA", BYTES("\0\0\0\0")}), IS_GREY},
    {"sRGB", GREY_WITH({"sRGB", BYTES("\0")}), IS_GREY},
    {"cHRM",
     GREY_WITH({"cHRM", BYTES("\0\0\x7A\x26\0\0\x80\x84\0\0\xFA\0\0\0\x80\xE8"
                              "\0\0\x75\x30\0\0\xEA\x60\0\0\x3A\x98\0\0\x17\x70")}),
     IS_GREY},
    {"iCCP that is no profile", GREY_WITH({"iCCP", BYTES("name\0\0not deflated")}), IS_GREY},
    {"cICP", GREY_WITH({"cICP", BYTES("\x09\x10\0\x01")}), IS_GREY},
    {"bKGD and sBIT", GREY_WITH({"sBIT", BYTES("\5")}, {"bKGD", BYTES("\0\x10")}), IS_GREY},
    {"pixels that are not square", GREY_WITH({"pHYs", BYTES("\0\0\0\1\0\0\0\2\0")}), IS_GREY},
    {"EXIF, upside down",
     GREY_WITH({"eXIf", BYTES("II*\0\x08\0\0\0\1\0\x12\x01\3\0\1\0\0\0\3\0\0\0\0\0\0\0")}),
     IS("\x05\xC8\x10\x80\xFF\x7F\x01\x00")},
    {"EXIF cut short", GREY_WITH({"eXIf", BYTES("II*\0\x08\0\0\0\1\0\x12\x01")}), IS_GREY},
    /* rows */
    {"interlaced by Adam7",
     .png = {WIDTH,
             HEIGHT,
             8,
             0,
             1,
             {{0}},
             BYTES("\0\x00"
                   "\0\x7F"
                   "\0\x01\xFF"
                   "\0\x80\x10\xC8\x05"),
             {{0}}},
     IS_GREY},
    {"filters sub and up", PNG_OF(8, 0, "\1\x01\x01\x01\x01\2\x01\x02\x03\xFF"),
     IS("\1\2\3\4\2\4\6\3")},
    {"filters average and Paeth", PNG_OF(8, 0, "\3\x0A\x0A\x0A\x0A\4\x01\x00\x00\x00"),
     IS("\x0A\x0F\x11\x12\x0B\x0F\x11\x12")},
    {"filter 5", PNG_OF(8, 0, "\5\x01\x01\x01\x01\2\x01\x02\x03\xFF"), .fate = REFUSED,
     .words = "damaged PNG"},
    {"too few rows", PNG_OF(8, 0, "\0\1\2\3\4"), .fate = REFUSED, .words = "damaged PNG"},
    {"too many rows", PNG_OF(8, 0, "\0\1\2\3\4\0\1\2\3\4\0\1\2\3\4"), .fate = REFUSED,
     .words = "damaged PNG"},
    {"animation: its default image",
     GREY_WITH({"acTL", BYTES("\0\0\0\2\0\0\0\0")},
               {"fcTL", BYTES("\0\0\0\0\0\0\0\4\0\0\0\2\0\0\0\0\0\0\0\0\0\1\0\x0A\0\0")}),
     .name = "a.apng", IS_GREY},
    /* damage */
    {"no bytes at all", GREY, become_nothing, .fate = REFUSED, .words = "is an empty file"},
    {"the signature alone", GREY, cut_to_signature, .fate = REFUSED, .words = "damaged PNG"},
    {"cut amid its header", GREY, cut_amid_header, .fate = REFUSED, .words = "damaged PNG"},
    {"cut amid its pixels", GREY, cut_amid_pixels, .fate = REFUSED, .words = "damaged PNG"},
    {"cut before its end", GREY, cut_end, .fate = REFUSED, .words = "damaged PNG"},
    {"wrong checksum of the header", GREY, spoil_header, .fate = REFUSED, .words = "damaged PNG"},
    {"wrong checksum of the pixels", GREY, spoil_pixels, .fate = REFUSED, .words = "damaged PNG"},
    {"wrong checksum of a remark", GREY_WITH({"tEXt", BYTES("Title\0me")}), spoil_text,
     .fate = REFUSED, .words = "damaged PNG"},
    {"no pixels", GREY, lose_pixels, .fate = REFUSED, .words = "damaged PNG"},
    {"bytes behind its end", GREY, add_rest, IS_GREY},
    {"a chunk that must be understood", GREY_WITH({"ABCD", BYTES("1234")}), .fate = REFUSED,
     .words = "damaged PNG"},
    {"compression 1", GREY, set_compression, .fate = REFUSED, .words = "damaged PNG"},
    {"filter method 64", GREY, set_filter_method, .fate = REFUSED, .words = "damaged PNG"},
    {"depth 3", PNG_OF(3, 0, "\0\1\2\3\4\0\1\2\3\4"), .fate = REFUSED, .words = "damaged PNG"},
    {"colour 1", PNG_OF(8, 1, "\0\1\2\3\4\0\1\2\3\4"), .fate = REFUSED, .words = "damaged PNG"},
    {"palette of 16 bits", PNG_WITH(16, 3, "\0", {"PLTE", BYTES("\5\5\5")}), .fate = REFUSED,
     .words = "damaged PNG"},
    {"interlacing 2", .png = {WIDTH, HEIGHT, 8, 0, 2, {{0}}, GREY_ROWS, {{0}}}, .fate = REFUSED,
     .words = "damaged PNG"},
    {"width 0", .png = {0, HEIGHT, 8, 0, 0, {{0}}, GREY_ROWS, {{0}}}, .fate = REFUSED,
     .words = "damaged PNG"},
    {"height 0", .png = {WIDTH, 0, 8, 0, 0, {{0}}, GREY_ROWS, {{0}}}, .fate = REFUSED,
     .words = "damaged PNG"},
    {"2^31 columns", .png = {UINT32_C(1) << 31, 1, 8, 0, 0, {{0}}, GREY_ROWS, {{0}}},
     .fate = REFUSED, .words = "damaged PNG"},
    {"10^9 x 10^9 pixels", .png = {1000000000, 1000000000, 8, 6, 0, {{0}}, GREY_ROWS, {{0}}},
     .fate = REFUSED, .words = "1000000000"},
    {"another size", .png = {2, 4, 8, 0, 0, {{0}}, BYTES("\0\0\0\0\0\0\0\0\0\0\0\0"), {{0}}},
     .fate = REFUSED, .words = "where all images before it have"},
    /* names and other kinds */
    {"upper-case ending", GREY, .name = "A.PNG", IS_GREY},
    {"no ending", GREY, .name = "a", IS_GREY},
    {"another picture's ending", GREY, .name = "a.jpg", IS_GREY},
    {"an ending of no picture", GREY, .name = "a.txt", IS_GREY},
    {"blanks and quotes in its name", GREY, .name = "a 'b' \"c\".png", IS_GREY},
    {"text called a picture", GREY, become_text, .fate = REFUSED,
     .words = "is neither a PNG nor a JPEG image"},
    {"text", GREY, become_text, .name = "a.txt", .fate = LEFT_OUT, .words = "not a picture"},
    {"nothing", GREY, become_nothing, .name = "a.txt", .fate = LEFT_OUT, .words = "empty"},
    {"hidden", GREY, .name = ".a.png", .fate = LEFT_OUT, .words = "hidden"},
    {"hidden by macOS", GREY, .name = "._a.png", .fate = LEFT_OUT, .words = "hidden"},
    {"BMP", GREY, become_bmp, .name = "a.bmp", .fate = LEFT_OUT, .words = "BMP"},
    {"BMP called PNG", GREY, become_bmp, .fate = LEFT_OUT, .words = "BMP"},
    {"GIF", GREY, become_gif, .name = "a.gif", .fate = LEFT_OUT, .words = "GIF"},
    {"WebP", GREY, become_webp, .name = "a.webp", .fate = LEFT_OUT, .words = "WebP"},
    {"TIFF", GREY, become_tiff, .name = "a.tif", .fate = LEFT_OUT, .words = "TIFF"},
    {"TIFF, big-endian", GREY, become_big_endian_tiff, .name = "a.tiff", .fate = LEFT_OUT,
     .words = "TIFF"},
    {"AVIF", GREY, become_avif, .name = "a.avif", .fate = LEFT_OUT, .words = "AVIF"},
    {"Netpbm", GREY, become_netpbm, .name = "a.pgm", .fate = LEFT_OUT, .words = "Netpbm"},
};

enum { PICTURES = sizeof pictures / sizeof pictures[0] };

static const char *name_of(const odd_picture *odd) {
    return odd->name == NULL ? "a.png" : odd->name;
}

static void expect_pixels(const odd_picture *odd, int channels) {
    uint8_t x[3 * 3 * PIXELS];
    const size_t bytes = (size_t)(channels * PIXELS);
    assert_int_equal(odd->expected.count, bytes);
    open_shard("train-00000-of-00001.h5");
    read_shard("x", DLT_H5_U8, &(dlt_shape){4, {3, HEIGHT, WIDTH, channels}}, x);
    const uint8_t *found = x + bytes; /* behind that of class 0's plain one */
    for (size_t i = 0; i < bytes; i++)
        if (found[i] != ((const uint8_t *)odd->expected.at)[i])
            fail_msg("%s: value %zu is %d, not %d", odd->flaw, i, found[i],
                     ((const uint8_t *)odd->expected.at)[i]);
    assert_true(x[0] == 9 && x[3 * bytes - 1] == 9);
}

/* ant/ has a plain picture and the odd one, bee/ another plain one. */
static void try_picture(const odd_picture *odd) {
    static odd_file file;
    char path[100], told[2000], description[200], left_out[200];
    const int channels = odd->channels == 0 ? 1 : odd->channels;
    odd_begin();
    odd_make_folder("ant");
    odd_make_folder("bee");
    odd_flat_png(WIDTH, HEIGHT, 9, &file);
    odd_put("ant/!.png", &file);
    odd_put("bee/!.png", &file);
    odd_write_png(&odd->png, &file);
    if (odd->damage != NULL)
        odd->damage(&file);
    snprintf(path, sizeof path, "ant/%s", name_of(odd));
    odd_put(path, &file);
    snprintf(description, sizeof description,
             "name: p\nformat: {images: {train: {path: .}, channels: %d, alpha: %s}}\n", channels,
             odd->alpha == NULL ? "refuse" : odd->alpha);
    const dlt_status status = odd_import(description, told, sizeof told);
    if (odd->fate == REFUSED) {
        odd_expect_refusal(odd->flaw, status, odd->words);
        return;
    }
    odd_expect_success(odd->flaw, status);
    if (odd->fate == LEFT_OUT) {
        snprintf(left_out, sizeof left_out, "left out 1 file: %s (1): %s\n", odd->words, path);
        odd_expect_told(odd->flaw, told, left_out);
        odd_expect_told(odd->flaw, told, "2 samples");
        return;
    }
    odd_expect_nothing_told(odd->flaw, told);
    expect_pixels(odd, channels);
}

static void data_import_images_tells_the_fate_of_odd_png_files(void **state) {
    (void)state;
    for (int i = 0; i < PICTURES; i++)
        try_picture(&pictures[i]);
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup_teardown(data_import_images_tells_the_fate_of_odd_png_files, set_up,
                                        tear_down),
    };
    return cmocka_run_group_tests_name("data_odd_png", tests, NULL, NULL);
}
