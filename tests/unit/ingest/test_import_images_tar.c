/* Class folders of images in a tar archive. */
#include "unit/ingest/image_fixture.h"

static void data_import_images_reads_a_tar_with_both_parts(void **state) {
    (void)state;
    uint8_t x[2 * PIXELS];
    int32_t y[2];
    struct archive *tar = open_tar();
    add_image(tar, "test/bee/9.png", flat_png(SIDE, 9));
    add_image(tar, "./train/bee/1.png", flat_png(SIDE, 1));
    add_image(tar, "train/ant/2.png", flat_png(SIDE, 2));
    close_tar(tar);
    assert_int_equal(import(FROM_TAR), DLT_OK);
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
    assert_int_equal(import(FROM_TAR), DLT_OK);
    read_part("train", 1, x, y);
    assert_int_equal(files_out(), 2);
}

static void data_import_images_refuses_a_deeper_image(void **state) {
    (void)state;
    struct archive *tar = open_tar();
    add_image(tar, "train/ant/small/1.png", flat_png(SIDE, 1));
    close_tar(tar);
    assert_refused(FROM_TAR, DLT_ERR_FORMAT, "'train/ant/small/1.png' is not in a class folder");
}

static void data_import_images_refuses_an_unknown_test_class(void **state) {
    (void)state;
    struct archive *tar = open_tar();
    add_image(tar, "train/ant/1.png", flat_png(SIDE, 1));
    add_image(tar, "test/wasp/1.png", flat_png(SIDE, 1));
    close_tar(tar);
    assert_refused(FROM_TAR, DLT_ERR_FORMAT,
                   "class folder 'wasp' belongs to none of the 1 classes");
}

static void data_import_images_refuses_a_truncated_tar(void **state) {
    (void)state;
    encoded image = flat_png(SIDE, 1);
    struct archive *tar = open_tar();
    add_image(tar, "train/ant/1.png", image);
    close_tar(tar);
    assert_int_equal(truncate(scratch_path(&it.files, "in/all.tar"), 512 + 20), 0);
    assert_refused(FROM_TAR, DLT_ERR_FORMAT, "all.tar is not a readable tar archive");
}

static void data_import_images_refuses_what_is_no_tar(void **state) {
    (void)state;
    put_text("all.tar", "This is not an archive at all.");
    assert_refused(FROM_TAR, DLT_ERR_FORMAT, "all.tar is not a readable tar archive");
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
    assert_int_equal(import(FROM_TAR), DLT_OK);
    read_part("train", 1, x, y);
    assert_text_attribute("left_out", "1 file: empty (1): ant/0");
}

int main(void) {
    const struct CMUnitTest tests[] = {
        TEST(data_import_images_reads_a_tar_with_both_parts),
        TEST(data_import_images_ignores_odd_tar_entries),
        TEST(data_import_images_refuses_a_deeper_image),
        TEST(data_import_images_refuses_an_unknown_test_class),
        TEST(data_import_images_refuses_a_truncated_tar),
        TEST(data_import_images_refuses_what_is_no_tar),
        TEST(data_import_images_leaves_out_empty_members),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
