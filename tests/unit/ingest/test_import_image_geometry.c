/* Where the pixels of an image go: turned as the camera noted, cut to proportions, and labelled by
 * the order of the classes. */
#include "unit/ingest/image_fixture.h"

enum { QUADRANTS = 4, WIDE = 2 * SIDE };

/* A JPEG of four flat blocks, which the format keeps to within two levels, with an EXIF
 * orientation; intel: its numbers begin with the lowest byte. */
static encoded jpeg_of_blocks(const uint8_t value[QUADRANTS], unsigned height, int orientation,
                              bool intel) {
    static const unsigned char motorola_tiff[] = {
        'E', 'x', 'i',  'f',  0, 0, 'M', 'M', 0, 42, 0, 0, 0, 8, /* */
        0,   1,   0x01, 0x12, 0, 3, 0,   0,   0, 1,  0, 0, 0, 0, 0, 0, 0, 0};
    static const unsigned char intel_tiff[] = {
        'E', 'x', 'i',  'f',  0, 0, 'I', 'I', 42, 0, 8, 0, 0, 0, /* */
        1,   0,   0x12, 0x01, 3, 0, 1,   0,   0,  0, 0, 0, 0, 0, 0, 0, 0, 0};
    unsigned char tiff[sizeof motorola_tiff];
    struct jpeg_compress_struct encoder;
    struct jpeg_error_mgr errors;
    encoded out = {.bytes = 0};
    unsigned char *buffer = NULL;
    unsigned long bytes = 0;
    memcpy(tiff, intel ? intel_tiff : motorola_tiff, sizeof tiff);
    tiff[intel ? 24 : 25] = (unsigned char)orientation;
    encoder.err = jpeg_std_error(&errors);
    jpeg_create_compress(&encoder);
    jpeg_mem_dest(&encoder, &buffer, &bytes);
    encoder.image_width = WIDE;
    encoder.image_height = height;
    encoder.input_components = 1;
    encoder.in_color_space = JCS_GRAYSCALE;
    jpeg_set_defaults(&encoder);
    jpeg_set_quality(&encoder, 100, TRUE);
    jpeg_start_compress(&encoder, TRUE);
    jpeg_write_marker(&encoder, JPEG_APP0 + 1, tiff, sizeof tiff);
    for (unsigned r = 0; r < height; r++) {
        uint8_t row[WIDE];
        for (int c = 0; c < WIDE; c++)
            row[c] = value[2 * (r / SIDE) + c / SIDE];
        jpeg_write_scanlines(&encoder, &(JSAMPROW){row}, 1);
    }
    jpeg_finish_compress(&encoder);
    jpeg_destroy_compress(&encoder);
    assert_true(bytes <= sizeof out.data);
    memcpy(out.data, buffer, bytes);
    out.bytes = bytes;
    free(buffer);
    return out;
}

static void import_into(const char *keys) {
    char text[200];
    snprintf(text, sizeof text, "{name: p, format: {images: {train: {path: .}, channels: 1%s}}}",
             keys);
    if (import_to(text, 1, true) != DLT_OK)
        fail_msg("%s", dlt_error_message());
    open_shard("train-00000-of-00001.h5");
}

/* The blocks a b / c d, as each orientation shows them (EXIF 2.3, tag 0x0112). */
static void data_import_images_turns_as_the_camera_noted(void **state) {
    (void)state;
    static const uint8_t stored[QUADRANTS] = {40, 90, 140, 200};
    static const int shown[8][QUADRANTS] = {{0, 1, 2, 3}, {1, 0, 3, 2}, {3, 2, 1, 0}, {2, 3, 0, 1},
                                            {0, 2, 1, 3}, {2, 0, 3, 1}, {3, 1, 2, 0}, {1, 3, 0, 2}};
    make_folder("a");
    for (int orientation = 1; orientation <= 8; orientation++) {
        for (int intel = 0; intel < 2; intel++) {
            uint8_t x[WIDE * WIDE];
            put_image("a/1.jpg", jpeg_of_blocks(stored, WIDE, orientation, intel == 1));
            import_into("");
            read_shard("x", DLT_H5_U8, &(dlt_shape){4, {1, WIDE, WIDE, 1}}, x);
            for (int q = 0; q < QUADRANTS; q++) {
                const int row = q / 2 * SIDE + SIDE / 2;
                const int found = x[row * WIDE + q % 2 * SIDE + SIDE / 2];
                const int expected = stored[shown[orientation - 1][q]];
                assert_in_range(found, expected - 3, expected + 3);
            }
        }
    }
}

/* The size is that of the image as it is shown. */
static void data_import_images_turns_the_size(void **state) {
    (void)state;
    static const uint8_t stored[QUADRANTS] = {40, 200};
    uint8_t x[WIDE * SIDE];
    make_folder("a");
    for (int orientation = 0; orientation <= 9; orientation++) {
        const bool lies = orientation >= 5 && orientation <= 8;
        put_image("a/1.jpg", jpeg_of_blocks(stored, SIDE, orientation, false));
        import_into("");
        read_shard("x", DLT_H5_U8,
                   lies ? &(dlt_shape){4, {1, WIDE, SIDE, 1}} : &(dlt_shape){4, {1, SIDE, WIDE, 1}},
                   x);
    }
}

/* Pillow: ImageOps.fit(Image.fromarray(ramp), (width, height), BILINEAR). */
static void data_import_images_crops_as_pillow(void **state) {
    (void)state;
    static const struct {
        const char *keys;
        int step;
        int64_t height;
        int64_t width;
        uint8_t expected[9];
    } rows[] = {
        {", resize: [2, 4], crop: true", 3, 2, 4, {90, 120, 115, 144, 112, 138, 110, 135}},
        {", resize: [4, 2], crop: true", 5, 4, 2, {109, 174, 157, 144, 179, 76, 117, 94}},
        {", resize: 3, crop: true", 7, 3, 3, {116, 136, 136, 116, 116, 124, 118, 136, 128}}};
    make_folder("a");
    for (size_t i = 0; i < sizeof rows / sizeof rows[0]; i++) {
        uint8_t ramp[PIXELS];
        uint8_t x[9];
        for (int p = 0; p < PIXELS; p++)
            ramp[p] = (uint8_t)(rows[i].step * p * 7 % 251);
        put_image("a/1.png", encode_png(PNG_FORMAT_GRAY, SIDE, ramp));
        import_into(rows[i].keys);
        read_shard("x", DLT_H5_U8, &(dlt_shape){4, {1, rows[i].height, rows[i].width, 1}}, x);
        assert_memory_equal(x, rows[i].expected, (size_t)(rows[i].height * rows[i].width));
    }
    assert_int_equal(
        import_to("{name: p, format: {images: {train: {path: .}, crop: true}}}", 1, true),
        DLT_ERR_CONFIG);
}

/* Labels follow the order given, else that of the numbers, else that of the names. */
static void data_import_images_orders_classes(void **state) {
    (void)state;
    static const struct {
        const char *folders[3];
        const char *given;
        const char *order;
    } rows[] = {{{"a", "b", "c"}, "classes: [c, a, b], ", "c\na\nb"},
                {{"10", "9", "100"}, "", "9\n10\n100"},
                {{"-1", "+2", "03"}, "", "-1\n+2\n03"},
                {{"1", "2", "x"}, "", "1\n2\nx"},
                {{"2", "10", "1"}, "classes: ['10', '1', '2'], ", "10\n1\n2"}};
    for (size_t i = 0; i < sizeof rows / sizeof rows[0]; i++) {
        char name[100];
        char text[200];
        for (int k = 0; k < 3; k++) {
            snprintf(name, sizeof name, "%d", (int)i);
            if (k == 0)
                make_folder(name);
            snprintf(name, sizeof name, "%d/%s", (int)i, rows[i].folders[k]);
            make_folder(name);
            snprintf(name, sizeof name, "%d/%s/1.png", (int)i, rows[i].folders[k]);
            put_image(name, flat_png(SIDE, (uint8_t)k));
        }
        snprintf(text, sizeof text, "{name: p, %sformat: {images: {train: {path: '%d'}}}}",
                 rows[i].given, (int)i);
        assert_int_equal(import_to(text, 1, true), DLT_OK);
        open_shard("train-00000-of-00001.h5");
        assert_text_attribute("class_names", rows[i].order);
    }
}

/* Names and patterns of several containers, in a list or alone. */
static void data_import_images_takes_patterns(void **state) {
    (void)state;
    static const char *const paths[] = {"[one, two, '[3]']", "['one', 't?o', '[[]3]']",
                                        "['[!t3[]*', two, '[3]']"};
    static const char *const folders[] = {"one", "two", "[3]"};
    for (int i = 0; i < 3; i++) {
        char name[100];
        make_folder(folders[i]);
        snprintf(name, sizeof name, "%s/a", folders[i]);
        make_folder(name);
        snprintf(name, sizeof name, "%s/a/1.png", folders[i]);
        put_image(name, flat_png(SIDE, (uint8_t)(i + 1)));
    }
    for (int i = 0; i < 3; i++) {
        char text[200];
        uint8_t x[3 * PIXELS];
        int32_t y[3];
        snprintf(text, sizeof text, "{name: p, format: {images: {train: {path: %s}, channels: 1}}}",
                 paths[i]);
        if (import_to(text, 1, true) != DLT_OK)
            fail_msg("%s: %s", paths[i], dlt_error_message());
        read_part("train", 3, x, y);
        assert_true(x[0] == 1 && x[PIXELS] == 2 && x[2 * PIXELS] == 3);
    }
}

int main(void) {
    const struct CMUnitTest tests[] = {
        TEST(data_import_images_turns_as_the_camera_noted),
        TEST(data_import_images_turns_the_size),
        TEST(data_import_images_crops_as_pillow),
        TEST(data_import_images_orders_classes),
        TEST(data_import_images_takes_patterns),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
