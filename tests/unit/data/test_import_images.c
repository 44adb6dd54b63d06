#include "unit/data/import_fixture.h"

#include <archive.h>
#include <archive_entry.h>
#include <stdio.h>

#include <jpeglib.h>
#include <png.h>

enum { SIDE = 8, PIXELS = SIDE * SIDE };

static const char from_directory[] =
    "name: pictures\n"
    "format: {images: {train: {path: ., folder: train}, channels: 1}}\n";
static const char from_tar[] =
    "name: pictures\n"
    "format: {images: {train: {path: all.tar, folder: train}, test: {path: all.tar, folder: test}, "
    "channels: 1}}\n";

/* An encoded image. */
typedef struct encoded {
    unsigned char data[16384];
    size_t bytes;
} encoded;

static encoded encode_png(png_uint_32 format, unsigned side, const void *pixels) {
    encoded out = {.bytes = sizeof out.data};
    png_image image = {
        .version = PNG_IMAGE_VERSION, .width = side, .height = side, .format = format};
    assert_int_not_equal(
        png_image_write_to_memory(&image, out.data, &out.bytes, 0, pixels, 0, NULL), 0);
    return out;
}

/* A grey PNG all of one value. */
static encoded flat_png(unsigned side, uint8_t value) {
    uint8_t pixels[4 * PIXELS];
    memset(pixels, value, sizeof pixels);
    return encode_png(PNG_FORMAT_GRAY, side, pixels);
}

/* A grey JPEG all of one value, which the format keeps to within one level; progressive with a script of scans. */
static encoded jpeg_in_scans(uint8_t value, const jpeg_scan_info *script, int scans) {
    encoded out = {.bytes = 0};
    struct jpeg_compress_struct encoder;
    struct jpeg_error_mgr errors;
    unsigned char *buffer = NULL;
    unsigned long bytes = 0;
    uint8_t row[SIDE];
    memset(row, value, sizeof row);
    encoder.err = jpeg_std_error(&errors);
    jpeg_create_compress(&encoder);
    jpeg_mem_dest(&encoder, &buffer, &bytes);
    encoder.image_width = SIDE;
    encoder.image_height = SIDE;
    encoder.input_components = 1;
    encoder.in_color_space = JCS_GRAYSCALE;
    jpeg_set_defaults(&encoder);
    encoder.scan_info = script;
    encoder.num_scans = scans;
    jpeg_start_compress(&encoder, TRUE);
    for (int i = 0; i < SIDE; i++)
        jpeg_write_scanlines(&encoder, &(JSAMPROW){row}, 1);
    jpeg_finish_compress(&encoder);
    jpeg_destroy_compress(&encoder);
    assert_true(bytes <= sizeof out.data);
    memcpy(out.data, buffer, bytes);
    out.bytes = bytes;
    free(buffer);
    return out;
}

static encoded flat_jpeg(uint8_t value) {
    return jpeg_in_scans(value, NULL, 0);
}

static void make_folder(const char *name) {
    char inside[100];
    snprintf(inside, sizeof inside, "in/%s", name);
    assert_int_equal(mkdir(scratch_path(&it.files, inside), 0700), 0);
}

static void put_image(const char *name, encoded image) {
    put(name, image.data, image.bytes);
}

/* train/ant and train/bee with one image each. */
static void put_two_classes(void) {
    make_folder("train");
    make_folder("train/bee");
    make_folder("train/ant");
    put_image("train/bee/1.png", flat_png(SIDE, 200));
    put_image("train/ant/1.png", flat_png(SIDE, 100));
}

/* Writes entries of one tar archive in/all.tar. */
static struct archive *open_tar(void) {
    struct archive *tar = archive_write_new();
    archive_write_set_format_ustar(tar);
    assert_int_equal(archive_write_open_filename(tar, scratch_path(&it.files, "in/all.tar")),
                     ARCHIVE_OK);
    return tar;
}

static void add_entry(struct archive *tar, const char *name, unsigned type, const void *data,
                      size_t bytes) {
    struct archive_entry *entry = archive_entry_new();
    archive_entry_set_pathname(entry, name);
    archive_entry_set_filetype(entry, type);
    archive_entry_set_perm(entry, 0644);
    archive_entry_set_size(entry, (int64_t)bytes);
    if (type == AE_IFLNK)
        archive_entry_set_symlink(entry, "/etc/passwd");
    assert_int_equal(archive_write_header(tar, entry), ARCHIVE_OK);
    archive_write_data(tar, data, bytes);
    archive_entry_free(entry);
}

static void add_image(struct archive *tar, const char *name, encoded image) {
    add_entry(tar, name, AE_IFREG, image.data, image.bytes);
}

static void close_tar(struct archive *tar) {
    assert_int_equal(archive_write_free(tar), ARCHIVE_OK);
}

static void read_part(const char *part, int64_t samples, uint8_t *x, int32_t *y) {
    char name[64];
    snprintf(name, sizeof name, "%s-00000-of-00001.h5", part);
    open_shard(name);
    read_shard("x", DLT_H5_U8, &(dlt_shape){4, {samples, SIDE, SIDE, 1}}, x);
    read_shard("y", DLT_H5_I32, &(dlt_shape){1, {samples}}, y);
}

static void assert_text_attribute_of_train(const char *name, const char *expected) {
    open_shard("train-00000-of-00001.h5");
    assert_text_attribute(name, expected);
}

static void data_import_images_reads_a_directory_sorted(void **state) {
    (void)state;
    uint8_t x[3 * PIXELS];
    int32_t y[3];
    put_two_classes();
    put_image("train/ant/0.jpg", flat_jpeg(50));
    assert_int_equal(import(from_directory), DLT_OK);
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
    assert_int_equal(import(from_directory), DLT_OK);
    read_part("train", 2, x, y);
}

static void data_import_images_reads_a_tar_with_both_parts(void **state) {
    (void)state;
    uint8_t x[2 * PIXELS];
    int32_t y[2];
    struct archive *tar = open_tar();
    add_image(tar, "test/bee/9.png", flat_png(SIDE, 9));
    add_image(tar, "./train/bee/1.png", flat_png(SIDE, 1));
    add_image(tar, "train/ant/2.png", flat_png(SIDE, 2));
    close_tar(tar);
    assert_int_equal(import(from_tar), DLT_OK);
    read_part("train", 2, x, y);
    assert_true(x[0] == 1 && x[PIXELS] == 2);
    assert_true(y[0] == 1 && y[1] == 0);
    read_part("test", 1, x, y);
    assert_true(x[0] == 9 && y[0] == 1);
}

static void data_import_images_ignores_odd_tar_entries(void **state) {
    (void)state;
    uint8_t x[2 * PIXELS];
    int32_t y[2];
    struct archive *tar = open_tar();
    add_entry(tar, "train/", AE_IFDIR, NULL, 0);
    add_entry(tar, "train/ant/link.png", AE_IFLNK, NULL, 0);
    add_entry(tar, "../../train/ant/up.png", AE_IFREG, "x", 1);
    add_entry(tar, "/etc/ant/absolute.png", AE_IFREG, "x", 1);
    add_entry(tar, "training/ant/1.png", AE_IFREG, "x", 1);
    add_image(tar, "train/ant/1.png", flat_png(SIDE, 1));
    add_image(tar, "test/ant/2.png", flat_png(SIDE, 2));
    close_tar(tar);
    assert_int_equal(import(from_tar), DLT_OK);
    read_part("train", 1, x, y);
    assert_int_equal(files_out(), 2);
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

static void data_import_images_refuses_mixed_sizes(void **state) {
    (void)state;
    put_two_classes();
    put_image("train/bee/2.png", flat_png(2 * SIDE, 1));
    assert_refused(from_directory, DLT_ERR_FORMAT,
                   "bee/2.png has 16 x 16 pixels where all images before it have 8 x 8");
}

static void data_import_images_refuses_a_damaged_png(void **state) {
    (void)state;
    encoded image = flat_png(SIDE, 3);
    put_two_classes();
    put("train/bee/2.png", image.data, image.bytes - 20);
    assert_refused(from_directory, DLT_ERR_FORMAT, "bee/2.png is a damaged PNG image");
}

static void data_import_images_refuses_a_png_with_a_broken_header(void **state) {
    (void)state;
    encoded image = flat_png(SIDE, 3);
    image.data[20] ^= 0xFF;
    put_two_classes();
    put_image("train/bee/2.png", image);
    assert_refused(from_directory, DLT_ERR_FORMAT, "bee/2.png is a damaged PNG image");
}

static void data_import_images_refuses_a_damaged_jpeg(void **state) {
    (void)state;
    encoded image = flat_jpeg(3);
    put_two_classes();
    put("train/bee/2.jpg", image.data, image.bytes - 8);
    assert_refused(from_directory, DLT_ERR_FORMAT, "bee/2.jpg is a damaged JPEG image");
}

/* One scan for the mean, then one for each frequency: for the upper bits, and again for the lowest. */
static int fill_script(jpeg_scan_info *script) {
    int scans = 0;
    script[scans++] = (jpeg_scan_info){.comps_in_scan = 1};
    for (int low = 1; low >= 0; low--)
        for (int frequency = 1; frequency < 64; frequency++)
            script[scans++] = (jpeg_scan_info){.comps_in_scan = 1,
                                               .Ss = frequency,
                                               .Se = frequency,
                                               .Ah = low == 1 ? 0 : 1,
                                               .Al = low};
    return scans;
}

static void data_import_images_refuses_a_jpeg_of_too_many_scans(void **state) {
    (void)state;
    jpeg_scan_info script[127];
    int scans = fill_script(script);
    put_two_classes();
    put_image("train/bee/2.jpg", jpeg_in_scans(3, script, 50));
    assert_int_equal(import(from_directory), DLT_OK);
    put_image("train/bee/2.jpg", jpeg_in_scans(3, script, scans));
    assert_int_equal(import_to(from_directory, 1, true), DLT_ERR_FORMAT);
    assert_non_null(strstr(dlt_error_message(), "2.jpg is a JPEG image of more than 100 scans"));
}

static void data_import_images_refuses_a_jpeg_of_nothing(void **state) {
    (void)state;
    put_two_classes();
    put("train/bee/2.jpg", "\xFF\xD8\xFF\xE0 nonsense", 13);
    assert_refused(from_directory, DLT_ERR_FORMAT, "bee/2.jpg is a damaged JPEG image");
}

static void data_import_images_refuses_what_only_looks_like_an_image(void **state) {
    (void)state;
    put_two_classes();
    put_text("train/bee/2.png", "plain text");
    assert_refused(from_directory, DLT_ERR_FORMAT, "bee/2.png' is neither a PNG nor a JPEG image");
}

static void data_import_images_refuses_an_image_outside_a_class_folder(void **state) {
    (void)state;
    put_two_classes();
    put_image("train/lost.png", flat_png(SIDE, 1));
    assert_refused(from_directory, DLT_ERR_FORMAT, "'train/lost.png' is not in a class folder");
}

static void data_import_images_refuses_a_deeper_image(void **state) {
    (void)state;
    struct archive *tar = open_tar();
    add_image(tar, "train/ant/small/1.png", flat_png(SIDE, 1));
    close_tar(tar);
    assert_refused(from_tar, DLT_ERR_FORMAT, "'train/ant/small/1.png' is not in a class folder");
}

static void data_import_images_refuses_an_unknown_test_class(void **state) {
    (void)state;
    struct archive *tar = open_tar();
    add_image(tar, "train/ant/1.png", flat_png(SIDE, 1));
    add_image(tar, "test/wasp/1.png", flat_png(SIDE, 1));
    close_tar(tar);
    assert_refused(from_tar, DLT_ERR_FORMAT,
                   "class folder 'wasp' belongs to none of the 1 classes");
}

static void data_import_images_refuses_other_classes_than_described(void **state) {
    (void)state;
    put_two_classes();
    assert_refused("name: p\nclasses: [ant, fly]\n"
                   "format: {images: {train: {path: train}, channels: 1}}",
                   DLT_ERR_FORMAT, "has other class folders (2) than the description names (2)");
}

static void data_import_images_refuses_a_folder_without_images(void **state) {
    (void)state;
    make_folder("train");
    assert_refused(from_directory, DLT_ERR_FORMAT, "has no images (.png, .jpg) in class folders");
}

static void data_import_images_refuses_a_truncated_tar(void **state) {
    (void)state;
    encoded image = flat_png(SIDE, 1);
    struct archive *tar = open_tar();
    add_image(tar, "train/ant/1.png", image);
    close_tar(tar);
    assert_int_equal(truncate(scratch_path(&it.files, "in/all.tar"), 512 + 20), 0);
    assert_refused(from_tar, DLT_ERR_FORMAT, "all.tar is not a readable tar archive");
}

static void data_import_images_refuses_what_is_no_tar(void **state) {
    (void)state;
    put_text("all.tar", "This is not an archive at all.");
    assert_refused(from_tar, DLT_ERR_FORMAT, "all.tar is not a readable tar archive");
}

/* Nothing has been loaded yet when an empty file comes first. */
static void data_import_images_leaves_out_empty_files(void **state) {
    (void)state;
    uint8_t x[2 * PIXELS];
    int32_t y[2];
    put_two_classes();
    put("train/ant/0", "", 0);
    put("train/ant/0.txt", "", 0);
    assert_int_equal(import(from_directory), DLT_OK);
    read_part("train", 2, x, y);
    assert_text_attribute("left_out", "2 files: empty (2): ant/0, ant/0.txt");
}

static void data_import_images_leaves_out_empty_members(void **state) {
    (void)state;
    uint8_t x[PIXELS];
    int32_t y[1];
    struct archive *tar = open_tar();
    add_entry(tar, "train/ant/0", AE_IFREG, NULL, 0);
    add_image(tar, "train/ant/1.png", flat_png(SIDE, 1));
    add_image(tar, "test/ant/2.png", flat_png(SIDE, 2));
    close_tar(tar);
    assert_int_equal(import(from_tar), DLT_OK);
    read_part("train", 1, x, y);
    assert_text_attribute("left_out", "1 file: empty (1): ant/0");
}

static void data_import_images_refuses_an_empty_picture(void **state) {
    (void)state;
    put_two_classes();
    put("train/ant/0.png", "", 0);
    assert_refused(from_directory, DLT_ERR_FORMAT, "'train/ant/0.png' is an empty file");
    struct archive *tar = open_tar();
    add_entry(tar, "train/ant/0.JPG", AE_IFREG, NULL, 0);
    close_tar(tar);
    assert_refused(from_tar, DLT_ERR_FORMAT, "'train/ant/0.JPG' is an empty file");
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
    assert_int_equal(import(from_directory), DLT_OK);
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
    assert_int_equal(import(from_directory), DLT_OK);
    assert_text_attribute_of_train("class_names", "-1\n2\n10");
    read_part("train", 3, x, y);
    for (int i = 0; i < 3; i++)
        assert_int_equal(x[i * PIXELS], y[i] == 0 ? 1 : y[i] == 1 ? 2 : 10);
}

static void data_import_images_refuses_a_class_of_unread_pictures(void **state) {
    (void)state;
    put_two_classes();
    make_folder("train/cat");
    put_text("train/cat/1.gif", "GIF89a and so on");
    put_text("train/cat/2.png", "GIF89a and so on");
    assert_refused(from_directory, DLT_ERR_FORMAT,
                   "class folder 'cat' has no picture that can be read: 2 left out (GIF)");
}

static void data_import_images_says_what_it_leaves_out(void **state) {
    (void)state;
    put_two_classes();
    put_text("train/ant/a.gif", "GIF89a and so on");
    put_text("train/ant/.DS_Store", "x");
    put_text("train/notes", "x");
    assert_int_equal(symlink("nowhere", scratch_path(&it.files, "in/train/bee/l.png")), 0);
    assert_int_equal(mkfifo(scratch_path(&it.files, "in/train/bee/f.png"), 0600), 0);
    assert_int_equal(import(from_directory), DLT_OK);
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
    const char *const parts[] = {"train", "test", "validation"};
    const int64_t samples[] = {16, 2, 2};
    for (int p = 0; p < 3; p++) {
        int64_t bees = 0;
        read_part(parts[p], samples[p], x, y);
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
        status = import(from_directory);
        dlt_alloc_fail_at(0);
        if (status == DLT_ERR_MEM)
            assert_int_equal(files_out(), 0);
    }
    assert_int_equal(status, DLT_OK);
    assert_true(nth > 30);
}

#define TEST(name) cmocka_unit_test_setup_teardown(name, set_up, tear_down)

int main(void) {
    const struct CMUnitTest tests[] = {
        TEST(data_import_images_reads_a_directory_sorted),
        TEST(data_import_images_passes_over_other_files),
        TEST(data_import_images_reads_a_tar_with_both_parts),
        TEST(data_import_images_ignores_odd_tar_entries),
        TEST(data_import_images_converts_colour),
        TEST(data_import_images_refuses_mixed_sizes),
        TEST(data_import_images_refuses_a_damaged_png),
        TEST(data_import_images_refuses_a_png_with_a_broken_header),
        TEST(data_import_images_refuses_a_damaged_jpeg),
        TEST(data_import_images_refuses_a_jpeg_of_too_many_scans),
        TEST(data_import_images_refuses_a_jpeg_of_nothing),
        TEST(data_import_images_refuses_what_only_looks_like_an_image),
        TEST(data_import_images_refuses_an_image_outside_a_class_folder),
        TEST(data_import_images_refuses_a_deeper_image),
        TEST(data_import_images_refuses_an_unknown_test_class),
        TEST(data_import_images_refuses_other_classes_than_described),
        TEST(data_import_images_refuses_a_folder_without_images),
        TEST(data_import_images_refuses_a_truncated_tar),
        TEST(data_import_images_refuses_what_is_no_tar),
        TEST(data_import_images_leaves_out_empty_files),
        TEST(data_import_images_leaves_out_empty_members),
        TEST(data_import_images_refuses_an_empty_picture),
        TEST(data_import_images_divides_16_bits_by_257),
        TEST(data_import_images_sorts_classes_that_are_numbers),
        TEST(data_import_images_refuses_a_class_of_unread_pictures),
        TEST(data_import_images_says_what_it_leaves_out),
        TEST(data_import_images_resizes_as_pillow),
        TEST(data_import_images_splits_each_class),
        TEST(data_import_images_survives_each_allocation_failing),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
