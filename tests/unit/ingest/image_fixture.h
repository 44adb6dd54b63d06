/* What the tests of importing images share: encoders of small images, class folders and tar
 * archives. */
#ifndef DLT_TESTS_IMAGE_FIXTURE_H
#define DLT_TESTS_IMAGE_FIXTURE_H

#include "unit/ingest/import_fixture.h"

#include <archive.h>
#include <archive_entry.h>
#include <stdio.h>

#include <jpeglib.h>
#include <png.h>

enum { SIDE = 8, PIXELS = SIDE * SIDE };

#define FROM_DIRECTORY                                                                             \
    "name: pictures\n"                                                                             \
    "format: {images: {train: {path: ., folder: train}, channels: 1}}\n"
#define FROM_TAR                                                                                   \
    "name: pictures\n"                                                                             \
    "format: {images: {train: {path: all.tar, folder: train}, test: {path: all.tar, folder: "      \
    "test}, channels: 1}}\n"

/* An encoded image. */
typedef struct encoded {
    unsigned char data[16384];
    size_t bytes;
} encoded;

static inline encoded encode_png(png_uint_32 format, unsigned side, const void *pixels) {
    encoded out = {.bytes = sizeof out.data};
    png_image image = {
        .version = PNG_IMAGE_VERSION, .width = side, .height = side, .format = format};
    assert_int_not_equal(
        png_image_write_to_memory(&image, out.data, &out.bytes, 0, pixels, 0, NULL), 0);
    return out;
}

/* A grey PNG all of one value. */
static inline encoded flat_png(unsigned side, uint8_t value) {
    uint8_t pixels[4 * PIXELS];
    memset(pixels, value, sizeof pixels);
    return encode_png(PNG_FORMAT_GRAY, side, pixels);
}

/* A grey JPEG all of one value, which the format keeps to within one level; progressive with a
 * script of scans. */
static inline encoded jpeg_in_scans(uint8_t value, const jpeg_scan_info *script, int scans) {
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

static inline encoded flat_jpeg(uint8_t value) {
    return jpeg_in_scans(value, NULL, 0);
}

static inline void make_folder(const char *name) {
    char inside[300];
    snprintf(inside, sizeof inside, "in/%s", name);
    assert_int_equal(mkdir(scratch_path(&it.files, inside), 0700), 0);
}

static inline void put_image(const char *name, encoded image) {
    put(name, image.data, image.bytes);
}

/* train/ant and train/bee with one image each. */
static inline void put_two_classes(void) {
    make_folder("train");
    make_folder("train/bee");
    make_folder("train/ant");
    put_image("train/bee/1.png", flat_png(SIDE, 200));
    put_image("train/ant/1.png", flat_png(SIDE, 100));
}

/* Writes entries of one tar archive in/all.tar. */
static inline struct archive *open_tar(void) {
    struct archive *tar = archive_write_new();
    archive_write_set_format_ustar(tar);
    assert_int_equal(archive_write_open_filename(tar, scratch_path(&it.files, "in/all.tar")),
                     ARCHIVE_OK);
    return tar;
}

static inline void add_entry(struct archive *tar, const char *name, unsigned type, const void *data,
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

static inline void add_image(struct archive *tar, const char *name, encoded image) {
    add_entry(tar, name, AE_IFREG, image.data, image.bytes);
}

static inline void close_tar(struct archive *tar) {
    assert_int_equal(archive_write_free(tar), ARCHIVE_OK);
}

static inline void read_part(const char *split, int64_t samples, uint8_t *x, int32_t *y) {
    char name[64];
    snprintf(name, sizeof name, "%s-00000-of-00001.h5", split);
    open_shard(name);
    read_shard("x", DLT_H5_U8, &(dlt_shape){4, {samples, SIDE, SIDE, 1}}, x);
    read_shard("y", DLT_H5_I32, &(dlt_shape){1, {samples}}, y);
}

static inline void assert_text_attribute_of_train(const char *name, const char *expected) {
    open_shard("train-00000-of-00001.h5");
    assert_text_attribute(name, expected);
}

#define TEST(name) cmocka_unit_test_setup_teardown(name, set_up, tear_down)

#endif
