/* Images that cannot be samples, and folders that cannot be classes, are refused with a sentence.
 */
#include "unit/ingest/image_fixture.h"

static void data_import_images_refuses_mixed_sizes(void **state) {
    (void)state;
    put_two_classes();
    put_image("train/bee/2.png", flat_png(2 * SIDE, 1));
    assert_refused(FROM_DIRECTORY, DLT_ERR_FORMAT,
                   "bee/2.png has 16 x 16 pixels where all images before it have 8 x 8");
}

static void data_import_images_refuses_a_damaged_png(void **state) {
    (void)state;
    encoded image = flat_png(SIDE, 3);
    put_two_classes();
    put("train/bee/2.png", image.data, image.bytes - 20);
    assert_refused(FROM_DIRECTORY, DLT_ERR_FORMAT, "bee/2.png is a damaged PNG image");
}

static void data_import_images_refuses_a_png_with_a_broken_header(void **state) {
    (void)state;
    encoded image = flat_png(SIDE, 3);
    image.data[20] ^= 0xFF;
    put_two_classes();
    put_image("train/bee/2.png", image);
    assert_refused(FROM_DIRECTORY, DLT_ERR_FORMAT, "bee/2.png is a damaged PNG image");
}

static void data_import_images_refuses_a_damaged_jpeg(void **state) {
    (void)state;
    encoded image = flat_jpeg(3);
    put_two_classes();
    put("train/bee/2.jpg", image.data, image.bytes - 8);
    assert_refused(FROM_DIRECTORY, DLT_ERR_FORMAT, "bee/2.jpg is a damaged JPEG image");
}

/* One scan for the mean, then one for each frequency: for the upper bits, and again for the lowest.
 */
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
    assert_int_equal(import(FROM_DIRECTORY), DLT_OK);
    put_image("train/bee/2.jpg", jpeg_in_scans(3, script, scans));
    assert_int_equal(import_to(FROM_DIRECTORY, 1, true), DLT_ERR_FORMAT);
    assert_non_null(strstr(dlt_error_message(), "2.jpg is a JPEG image of more than 100 scans"));
}

static void data_import_images_refuses_a_jpeg_of_nothing(void **state) {
    (void)state;
    put_two_classes();
    put("train/bee/2.jpg", "\xFF\xD8\xFF\xE0 nonsense", 13);
    assert_refused(FROM_DIRECTORY, DLT_ERR_FORMAT, "bee/2.jpg is a damaged JPEG image");
}

static void data_import_images_refuses_what_only_looks_like_an_image(void **state) {
    (void)state;
    put_two_classes();
    put_text("train/bee/2.png", "plain text");
    assert_refused(FROM_DIRECTORY, DLT_ERR_FORMAT, "bee/2.png' is neither a PNG nor a JPEG image");
}

static void data_import_images_refuses_an_image_outside_a_class_folder(void **state) {
    (void)state;
    put_two_classes();
    put_image("train/lost.png", flat_png(SIDE, 1));
    assert_refused(FROM_DIRECTORY, DLT_ERR_FORMAT, "'train/lost.png' is not in a class folder");
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
    assert_refused(FROM_DIRECTORY, DLT_ERR_FORMAT, "has no images (.png, .jpg) in class folders");
}

static void data_import_images_refuses_an_empty_picture(void **state) {
    (void)state;
    put_two_classes();
    put("train/ant/0.png", "", 0);
    assert_refused(FROM_DIRECTORY, DLT_ERR_FORMAT, "'train/ant/0.png' is an empty file");
    struct archive *tar = open_tar();
    add_entry(tar, "train/ant/0.JPG", AE_IFREG, NULL, 0);
    close_tar(tar);
    assert_refused(FROM_TAR, DLT_ERR_FORMAT, "'train/ant/0.JPG' is an empty file");
}

static void data_import_images_refuses_a_class_of_unread_pictures(void **state) {
    (void)state;
    put_two_classes();
    make_folder("train/cat");
    put_text("train/cat/1.gif", "GIF89a and so on");
    put_text("train/cat/2.png", "GIF89a and so on");
    assert_refused(FROM_DIRECTORY, DLT_ERR_FORMAT,
                   "class folder 'cat' has no picture that can be read: 2 left out (GIF)");
}

/* Pictures of one split are in no other, whatever their folder is called. */
static void data_import_images_refuses_pictures_in_two_parts(void **state) {
    (void)state;
    static const char *const places[][3] = {
        {"{path: ., folder: train}", "{path: ., folder: train}", ""},
        {"{path: train}", "{path: ./train}", ""},
        {"{path: train}", "{path: ., folder: train/}", ""},
        {"{path: linked}", "{path: ., folder: train}", ""},
        {"{path: [train, test]}", "{path: test}", ""},
        {"{path: all.tar, folder: train}", "{path: [all.tar], folder: train}", ""},
        {"{path: train}", "{path: test}", "fits"},
        {"{path: all.tar, folder: train}", "{path: all.tar, folder: test}", "fits"},
    };
    char text[300];
    put_two_classes();
    make_folder("test");
    make_folder("test/ant");
    put_image("test/ant/1.png", flat_png(SIDE, 9));
    assert_int_equal(symlink("train", scratch_path(&it.files, "in/linked")), 0);
    struct archive *tar = open_tar();
    add_image(tar, "train/ant/1.png", flat_png(SIDE, 1));
    add_image(tar, "test/ant/1.png", flat_png(SIDE, 2));
    close_tar(tar);
    for (size_t i = 0; i < 2 * sizeof places / sizeof places[0]; i++) {
        const char *const *it_is = places[i / 2];
        snprintf(text, sizeof text, "{name: p, format: {images: {train: %s, %s: %s, channels: 1}}}",
                 it_is[0], i % 2 == 0 ? "test" : "validation", it_is[1]);
        if (it_is[2][0] == '\0')
            assert_refused(text, DLT_ERR_CONFIG, "have the same pictures, of ");
        else
            assert_int_equal(import_to(text, 1, true), DLT_OK);
    }
}

int main(void) {
    const struct CMUnitTest tests[] = {
        TEST(data_import_images_refuses_mixed_sizes),
        TEST(data_import_images_refuses_a_damaged_png),
        TEST(data_import_images_refuses_a_png_with_a_broken_header),
        TEST(data_import_images_refuses_a_damaged_jpeg),
        TEST(data_import_images_refuses_a_jpeg_of_too_many_scans),
        TEST(data_import_images_refuses_a_jpeg_of_nothing),
        TEST(data_import_images_refuses_what_only_looks_like_an_image),
        TEST(data_import_images_refuses_an_image_outside_a_class_folder),
        TEST(data_import_images_refuses_other_classes_than_described),
        TEST(data_import_images_refuses_a_folder_without_images),
        TEST(data_import_images_refuses_an_empty_picture),
        TEST(data_import_images_refuses_a_class_of_unread_pictures),
        TEST(data_import_images_refuses_pictures_in_two_parts),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
