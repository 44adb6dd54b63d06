/* Class folders of images become samples: order, labels, colours, sizes, splits, and what is left
 * out. */
#include "unit/ingest/image_fixture.h"

static void data_import_images_reads_a_directory_sorted(void **state) {
    (void)state;
    uint8_t x[3 * PIXELS];
    int32_t y[3];
    put_two_classes();
    put_image("train/ant/0.jpg", flat_jpeg(50));
    assert_int_equal(import(FROM_DIRECTORY), DLT_OK);
    read_part("train", 3, x, y);
    assert_in_range(x[0], 49, 51);
    assert_int_equal(x[PIXELS], 100);
    assert_int_equal(x[3 * PIXELS - 1], 200);
    assert_true(y[0] == 0 && y[1] == 0 && y[2] == 1);
    assert_text_attribute("class_names", "ant\nbee");
}

static void data_import_images_passes_over_other_files(void **state) {
    (void)state;
    uint8_t x[2 * PIXELS];
    int32_t y[2];
    put_two_classes();
    put_text("train/ant/notes.txt", "not an image");
    put_text("train/README", "not an image");
    put_text("train/ant/.hidden.png", "not an image");
    assert_int_equal(import(FROM_DIRECTORY), DLT_OK);
    read_part("train", 2, x, y);
}

static void data_import_images_converts_colour(void **state) {
    (void)state;
    uint8_t colours[4 * PIXELS];
    uint8_t x[3 * PIXELS];
    for (int i = 0; i < PIXELS; i++)
        memcpy(colours + 4 * i, (const uint8_t[]){10, 20, 30, 255}, 4);
    make_folder("a");
    put_image("a/1.png", encode_png(PNG_FORMAT_RGBA, SIDE, colours));
    put_image("a/2.png", flat_png(SIDE, 77));
    assert_int_equal(import("name: p\nformat: {images: {train: {path: .}, channels: 3}}"), DLT_OK);
    open_shard("train-00000-of-00001.h5");
    uint8_t both[2 * 3 * PIXELS];
    read_shard("x", DLT_H5_U8, &(dlt_shape){4, {2, SIDE, SIDE, 3}}, both);
    memcpy(x, both, sizeof x);
    assert_memory_equal(x, ((const uint8_t[]){10, 20, 30}), 3);
    assert_memory_equal(both + sizeof x, ((const uint8_t[]){77, 77, 77}), 3);
    double mean[3];
    read_attribute("mean", 3, mean);
    assert_true(mean[0] == 43.5 && mean[1] == 48.5 && mean[2] == 53.5);
}

/* Nothing has been loaded yet when an empty file comes first. */
static void data_import_images_leaves_out_empty_files(void **state) {
    (void)state;
    uint8_t x[2 * PIXELS];
    int32_t y[2];
    put_two_classes();
    put("train/ant/0", "", 0);
    put("train/ant/0.txt", "", 0);
    assert_int_equal(import(FROM_DIRECTORY), DLT_OK);
    read_part("train", 2, x, y);
    assert_text_attribute("left_out", "2 files: empty (2): ant/0, ant/0.txt");
}

/* A PNG of 16 bits per sample, grey; 257 v + 100 is nearest to v. */
static void data_import_images_divides_16_bits_by_257(void **state) {
    (void)state;
    uint16_t values[PIXELS];
    uint8_t x[PIXELS];
    int32_t y[1];
    for (int i = 0; i < PIXELS; i++)
        values[i] = (uint16_t)(257 * (4 * i) + (i % 2 == 0 ? 100 : 0));
    make_folder("train");
    make_folder("train/ant");
    FILE *file = fopen(scratch_path(&it.files, "in/train/ant/1.png"), "wb");
    png_structp png = png_create_write_struct(PNG_LIBPNG_VER_STRING, NULL, NULL, NULL);
    png_infop info = png_create_info_struct(png);
    png_init_io(png, file);
    png_set_IHDR(png, info, SIDE, SIDE, 16, PNG_COLOR_TYPE_GRAY, PNG_INTERLACE_ADAM7,
                 PNG_COMPRESSION_TYPE_DEFAULT, PNG_FILTER_TYPE_DEFAULT);
    png_set_gAMA(png, info, 0.45455);
    png_write_info(png, info);
    png_set_swap(png);
    png_bytep rows[SIDE];
    for (int r = 0; r < SIDE; r++)
        rows[r] = (png_bytep)(values + r * SIDE);
    png_write_image(png, rows);
    png_write_end(png, NULL);
    png_destroy_write_struct(&png, &info);
    fclose(file);
    assert_int_equal(import(FROM_DIRECTORY), DLT_OK);
    read_part("train", 1, x, y);
    for (int i = 0; i < PIXELS; i++)
        assert_int_equal(x[i], 4 * i);
}

static void data_import_images_sorts_classes_that_are_numbers(void **state) {
    (void)state;
    uint8_t x[3 * PIXELS];
    int32_t y[3];
    make_folder("train");
    make_folder("train/10");
    make_folder("train/2");
    make_folder("train/-1");
    put_image("train/10/a.jfif", flat_png(SIDE, 10));
    put_image("train/2/a", flat_png(SIDE, 2));
    put_image("train/-1/a.txt", flat_png(SIDE, 1));
    assert_int_equal(import(FROM_DIRECTORY), DLT_OK);
    assert_text_attribute_of_train("class_names", "-1\n2\n10");
    read_part("train", 3, x, y);
    for (int i = 0; i < 3; i++)
        assert_int_equal(x[i * PIXELS], y[i] == 0 ? 1 : y[i] == 1 ? 2 : 10);
}

static void data_import_images_says_what_it_leaves_out(void **state) {
    (void)state;
    put_two_classes();
    put_text("train/ant/a.gif", "GIF89a and so on");
    put_text("train/ant/.DS_Store", "x");
    put_text("train/notes", "x");
    assert_int_equal(symlink("nowhere", scratch_path(&it.files, "in/train/bee/l.png")), 0);
    assert_int_equal(mkfifo(scratch_path(&it.files, "in/train/bee/f.png"), 0600), 0);
    assert_int_equal(import(FROM_DIRECTORY), DLT_OK);
    assert_text_attribute_of_train(
        "left_out", "5 files: hidden (1): ant/.DS_Store; GIF (1): ant/a.gif; not a regular file "
                    "(1): bee/f.png; broken link (1): bee/l.png; not a picture (1): notes");
}

static void data_import_images_resizes_as_pillow(void **state) {
    (void)state;
    /* Pillow: Image.fromarray(ramp of 4 x 4 values 0, 16, 32 ...).resize((3, 2), BILINEAR). */
    uint8_t ramp[16];
    uint8_t x[6];
    for (int i = 0; i < 16; i++)
        ramp[i] = (uint8_t)(16 * i);
    make_folder("train");
    make_folder("train/ant");
    put_image("train/ant/1.png", encode_png(PNG_FORMAT_GRAY, 4, ramp));
    assert_int_equal(import("name: p\nformat: {images: {train: {path: train}, channels: 1, "
                            "resize: [2, 3]}}"),
                     DLT_OK);
    open_shard("train-00000-of-00001.h5");
    read_shard("x", DLT_H5_U8, &(dlt_shape){4, {1, 2, 3, 1}}, x);
    assert_memory_equal(x, ((const uint8_t[]){51, 70, 89, 151, 170, 189}), 6);
}

static void data_import_images_splits_each_class(void **state) {
    (void)state;
    char name[64];
    uint8_t x[16 * PIXELS];
    int32_t y[16];
    put_two_classes();
    for (int i = 2; i <= 10; i++) {
        snprintf(name, sizeof name, "train/ant/%d.png", i);
        put_image(name, flat_png(SIDE, 100));
        snprintf(name, sizeof name, "train/bee/%d.png", i);
        put_image(name, flat_png(SIDE, 200));
    }
    assert_int_equal(import("name: p\nformat: {images: {train: {path: train}, channels: 1, split: "
                            "[0.8, 0.1, 0.1]}}"),
                     DLT_OK);
    const char *const splits[] = {"train", "test", "validation"};
    const int64_t samples[] = {16, 2, 2};
    for (int p = 0; p < 3; p++) {
        int64_t bees = 0;
        read_part(splits[p], samples[p], x, y);
        for (int64_t i = 0; i < samples[p]; i++) {
            bees += y[i];
            assert_int_equal(x[i * PIXELS], y[i] == 0 ? 100 : 200);
        }
        assert_int_equal(bees, samples[p] / 2);
    }
}

static void data_import_images_survives_each_allocation_failing(void **state) {
    (void)state;
    dlt_status status = DLT_ERR_MEM;
    int64_t nth = 0;
    put_two_classes();
    while (status == DLT_ERR_MEM) {
        dlt_alloc_fail_at(++nth);
        status = import(FROM_DIRECTORY);
        dlt_alloc_fail_at(0);
        if (status == DLT_ERR_MEM)
            assert_int_equal(files_out(), 0);
    }
    assert_int_equal(status, DLT_OK);
    assert_true(nth > 30);
}

int main(void) {
    const struct CMUnitTest tests[] = {
        TEST(data_import_images_reads_a_directory_sorted),
        TEST(data_import_images_passes_over_other_files),
        TEST(data_import_images_converts_colour),
        TEST(data_import_images_leaves_out_empty_files),
        TEST(data_import_images_divides_16_bits_by_257),
        TEST(data_import_images_sorts_classes_that_are_numbers),
        TEST(data_import_images_says_what_it_leaves_out),
        TEST(data_import_images_resizes_as_pillow),
        TEST(data_import_images_splits_each_class),
        TEST(data_import_images_survives_each_allocation_failing),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
