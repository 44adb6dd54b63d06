/* Images with label maps: which maps are taken, with exact values, and which are refused. */
#include "unit/ingest/image_fixture.h"
#include "unit/ingest/odd_png.h"

#define MAPS(settings)                                                                             \
    "name: street\nclasses: [sky, road, car]\n"                                                    \
    "format:\n  label_maps: {train: {path: .}, channels: 1" settings "}\n"

static void make_folders(void) {
    make_folder("images");
    make_folder("labels");
}

static void put_pair(const char *stem, uint8_t value, encoded label) {
    char name[64];
    snprintf(name, sizeof name, "images/%s.png", stem);
    put_image(name, flat_png(SIDE, value));
    snprintf(name, sizeof name, "labels/%s.png", stem);
    put_image(name, label);
}

/* A label map whose pixel i has the class i % 3. */
static encoded striped(void) {
    uint8_t pixels[PIXELS];
    for (int i = 0; i < PIXELS; i++)
        pixels[i] = (uint8_t)(i % 3);
    return encode_png(PNG_FORMAT_GRAY, SIDE, pixels);
}

static void put_odd(const char *name, const odd_png *png) {
    static odd_file file;
    odd_write_png(png, &file);
    put(name, file.at, file.count);
}

static void read_maps(const char *shard, int64_t samples, int64_t height, int64_t width,
                      uint8_t *images, uint8_t *labels) {
    open_shard(shard);
    read_shard("image", DLT_H5_U8, &(dlt_shape){4, {samples, height, width, 1}}, images);
    read_shard("labels", DLT_H5_U8, &(dlt_shape){3, {samples, height, width}}, labels);
}

static void import_label_maps_reads_pairs_in_order(void **state) {
    (void)state;
    uint8_t images[2 * PIXELS], labels[2 * PIXELS];
    make_folders();
    put_pair("b", 7, flat_png(SIDE, 255));
    put_pair("a", 9, striped());
    assert_int_equal(import(MAPS(", ignored: 255")), DLT_OK);
    read_maps("train-00000-of-00001.h5", 2, SIDE, SIDE, images, labels);
    for (int i = 0; i < PIXELS; i++) {
        assert_int_equal(images[i], 9);
        assert_int_equal(labels[i], i % 3);
        assert_int_equal(images[PIXELS + i], 7);
        assert_int_equal(labels[PIXELS + i], 255);
    }
    assert_text_attribute("class_names", "sky\nroad\ncar");
}

static void import_label_maps_reads_archives(void **state) {
    (void)state;
    uint8_t images[2 * PIXELS], labels[2 * PIXELS];
    struct archive *tar = open_tar();
    add_image(tar, "images/2.png", flat_png(SIDE, 20));
    add_image(tar, "labels/2_L.png", flat_png(SIDE, 2));
    add_image(tar, "labels/1_L.png", flat_png(SIDE, 1));
    add_entry(tar, "images/notes.txt", AE_IFREG, "x", 1);
    add_image(tar, "images/1.png", flat_png(SIDE, 10));
    close_tar(tar);
    assert_int_equal(import("name: street\nclasses: [sky, road, car]\nformat:\n  label_maps: "
                            "{train: {path: all.tar}, channels: 1, suffix: _L}\n"),
                     DLT_OK);
    read_maps("train-00000-of-00001.h5", 2, SIDE, SIDE, images, labels);
    assert_true(images[0] == 20 && labels[0] == 2 && images[PIXELS] == 10 && labels[PIXELS] == 1);
    assert_text_attribute("left_out", "1 file: not a picture (1): notes.txt");
}

/* 2 x 2 pixels of 1 bit, 2 bits, a palette of 4 bits, grey and alpha. */
static void import_label_maps_takes_numbers_as_stored(void **state) {
    (void)state;
    static const odd_png maps[] = {
        {.width = 2, .height = 2, .depth = 1, .rows = BYTES("\0\x40\0\x80")},
        {.width = 2, .height = 2, .depth = 2, .rows = BYTES("\0\x10\0\x40")},
        {.width = 2,
         .height = 2,
         .depth = 4,
         .colour = 3,
         .before = {{"PLTE", BYTES("\x80\x80\x80\5\5\5")}},
         .rows = BYTES("\0\x01\0\x10")},
        {.width = 2, .height = 2, .depth = 8, .colour = 4, .rows = BYTES("\0\0\0\1\1\0\1\7\0\0")},
    };
    make_folders();
    for (size_t i = 0; i < sizeof maps / sizeof maps[0]; i++) {
        uint8_t image[4], labels[4];
        put_image("images/a.png", flat_png(2, 3));
        put_odd("labels/a.png", &maps[i]);
        if (import_to(MAPS(""), 1, true) != DLT_OK)
            fail_msg("%zu: %s", i, dlt_error_message());
        read_maps("train-00000-of-00001.h5", 1, 2, 2, image, labels);
        assert_memory_equal(labels, ((uint8_t[]){0, 1, 1, 0}), 4);
    }
}

static void import_label_maps_takes_colours(void **state) {
    (void)state;
    static const char settings[] =
        MAPS(", colours: [\"#010203\", \"#0a0B0c\", \"#FFFFFF\", \"#000000\"], ignored: 3");
    uint8_t image[4], labels[4];
    make_folders();
    put_image("images/a.png", flat_png(2, 3));
    put_odd("labels/a.png", &(odd_png){.width = 2,
                                       .height = 2,
                                       .depth = 8,
                                       .colour = 2,
                                       .rows = BYTES("\0\1\2\3\x0A\x0B\x0C\0\xFF\xFF\xFF\0\0\0")});
    assert_int_equal(import(settings), DLT_OK);
    read_maps("train-00000-of-00001.h5", 1, 2, 2, image, labels);
    assert_memory_equal(labels, ((uint8_t[]){0, 1, 2, 3}), 4);
    scratch_remove_tree(scratch_path(&it.files, "out"));
    put_odd("labels/a.png", &(odd_png){.width = 2,
                                       .height = 2,
                                       .depth = 8,
                                       .colour = 2,
                                       .rows = BYTES("\0\1\2\3\1\2\3\0\1\2\3\1\2\4")});
    assert_refused(settings, DLT_ERR_FORMAT, "has the colour #010204 at row 1, column 1");
}

static void import_label_maps_resizes_both(void **state) {
    (void)state;
    uint8_t images[PIXELS], labels[PIXELS];
    make_folders();
    put_pair("a", 9, striped());
    assert_int_equal(import(MAPS(", resize: [2, 4]")), DLT_OK);
    read_maps("train-00000-of-00001.h5", 1, 2, 4, images, labels);
    for (int r = 0; r < 2; r++)
        for (int s = 0; s < 4; s++) {
            assert_int_equal(images[r * 4 + s], 9);
            assert_int_equal(labels[r * 4 + s], ((2 + 4 * r) * SIDE + 1 + 2 * s) % 3);
        }
}

static void import_label_maps_refuses_wrong_maps(void **state) {
    (void)state;
    static const uint8_t colours[3 * PIXELS];
    static const uint16_t deep[PIXELS];
    make_folders();
    put_pair("a", 9, striped());
    put_pair("b", 9, flat_png(SIDE, 3));
    assert_refused(MAPS(""), DLT_ERR_FORMAT,
                   "labels/b.png has the number 3 at row 0, column 0, which is none of the 3");
    put_pair("b", 9, flat_png(SIDE / 2, 1));
    assert_refused(MAPS(""), DLT_ERR_FORMAT,
                   "labels/b.png has 4 x 4 pixels, but its image has 8 x 8");
    put_pair("b", 9, encode_png(PNG_FORMAT_RGB, SIDE, colours));
    assert_refused(MAPS(""), DLT_ERR_FORMAT, "labels/b.png has colours, where numbers");
    put_pair("b", 9, encode_png(PNG_FORMAT_LINEAR_Y, SIDE, deep));
    assert_refused(MAPS(""), DLT_ERR_FORMAT, "labels/b.png has 16 bits per value");
    put_image("labels/b.png", flat_jpeg(1));
    assert_refused(MAPS(""), DLT_ERR_FORMAT, "labels/b.png is a JPEG image, which changes values");
    put("labels/b.png", "PNG", 3);
    assert_refused(MAPS(""), DLT_ERR_FORMAT, "is neither a PNG nor a JPEG image");
    put_pair("b", 9, striped());
    put_image("images/b.png", flat_png(2 * SIDE, 9));
    assert_refused(MAPS(""), DLT_ERR_FORMAT, "images/b.png has 16 x 16 pixels where all images");
}

static void import_label_maps_refuses_images_without_maps(void **state) {
    (void)state;
    make_folders();
    assert_refused(MAPS(""), DLT_ERR_FORMAT, "has no images (.png, .jpg) in the folder 'images'");
    put_pair("a", 9, striped());
    put_image("images/b.png", flat_png(SIDE, 9));
    assert_refused(MAPS(""), DLT_ERR_FORMAT, "'images/b.png' comes with nothing");
    put_image("labels/c.png", striped());
    assert_refused(MAPS(""), DLT_ERR_FORMAT, "'images/b.png' comes with 'labels/c.png'");
    assert_refused(MAPS(", suffix: _L"), DLT_ERR_FORMAT,
                   "'images/a.png' comes with 'labels/a.png'");
}

static void import_label_maps_refuses_bad_settings(void **state) {
    (void)state;
    make_folders();
    put_pair("a", 9, striped());
    assert_refused("name: street\nformat: {label_maps: {train: {path: .}}}\n", DLT_ERR_CONFIG,
                   "need the names of 2 to 256 classes");
    assert_refused(MAPS(", colours: [\"#010203\"]"), DLT_ERR_CONFIG,
                   "lists 1 colours, but there are 3 classes");
    assert_refused(MAPS(", colours: [\"#010203\", red, \"#020304\"]"), DLT_ERR_CONFIG,
                   "'red' is no colour");
    assert_refused(MAPS(", colours: [\"#0a0a0a\", \"#010203\", \"#0A0A0A\"]"), DLT_ERR_CONFIG,
                   "lists #0A0A0A twice");
    assert_refused("name: street\nclasses: [a, b]\nformat: {label_maps: {train: {path: ., labels: "
                   "images}}}\n",
                   DLT_ERR_CONFIG, "are the same folder 'images'");
    assert_refused("name: street\nclasses: [a, b, c]\nformat: {label_maps: {train: {path: .}, "
                   "test: {path: .}}}\n",
                   DLT_ERR_CONFIG, "is named twice");
}

static void import_label_maps_survives_each_allocation_failing(void **state) {
    (void)state;
    dlt_status status = DLT_ERR_MEM;
    make_folders();
    put_pair("a", 9, striped());
    put_pair("b", 9, striped());
    for (int64_t nth = 1; status == DLT_ERR_MEM; nth++) {
        dlt_alloc_fail_at(nth);
        status = import(MAPS(", resize: 4"));
        dlt_alloc_fail_at(0);
        if (status == DLT_ERR_MEM)
            assert_int_equal(files_out(), 0);
    }
    assert_int_equal(status, DLT_OK);
}

#define TEST(name) cmocka_unit_test_setup_teardown(name, set_up, tear_down)

int main(void) {
    const struct CMUnitTest tests[] = {
        TEST(import_label_maps_reads_pairs_in_order),
        TEST(import_label_maps_reads_archives),
        TEST(import_label_maps_takes_numbers_as_stored),
        TEST(import_label_maps_takes_colours),
        TEST(import_label_maps_resizes_both),
        TEST(import_label_maps_refuses_wrong_maps),
        TEST(import_label_maps_refuses_images_without_maps),
        TEST(import_label_maps_refuses_bad_settings),
        TEST(import_label_maps_survives_each_allocation_failing),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
