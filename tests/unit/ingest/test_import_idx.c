/* IDX files of bytes, and what all importers share: shards, statistics, output. */
#include "unit/ingest/import_fixture.h"

#include <math.h>
#include <zlib.h>

enum { IMAGES = 6, PIXELS = 6, X_HEADER = 16, Y_HEADER = 8 };

static const char description[] = "name: tiny\n"
                                  "classes: [no, yes]\n"
                                  "format: {idx: {train: {x: images, y: labels}}}\n";

static unsigned char x_file[X_HEADER + IMAGES * PIXELS];
static unsigned char y_file[Y_HEADER + IMAGES];

/* Six images of 2 x 3 pixels 0, 1, 2 and so on, with labels 0 1 0 1 0 1. */
static void make_files(void) {
    const unsigned char x_start[X_HEADER] = {0, 0, 8, 3, 0, 0, 0, IMAGES, 0, 0, 0, 2, 0, 0, 0, 3};
    const unsigned char y_start[Y_HEADER] = {0, 0, 8, 1, 0, 0, 0, IMAGES};
    memcpy(x_file, x_start, X_HEADER);
    memcpy(y_file, y_start, Y_HEADER);
    for (int i = 0; i < IMAGES * PIXELS; i++)
        x_file[X_HEADER + i] = (unsigned char)i;
    for (int i = 0; i < IMAGES; i++)
        y_file[Y_HEADER + i] = (unsigned char)(i % 2);
}

static void put_files(void) {
    put("images", x_file, sizeof x_file);
    put("labels", y_file, sizeof y_file);
}

static int set_up_files(void **state) {
    make_files();
    return set_up(state);
}

/* Writes in/NAME compressed, without its last `cut` bytes. */
static void put_gzip(const char *name, const void *data, size_t bytes, size_t cut) {
    unsigned char packed[1024];
    z_stream stream = {.next_in = (unsigned char *)(uintptr_t)data,
                       .avail_in = (unsigned)bytes,
                       .next_out = packed,
                       .avail_out = sizeof packed};
    assert_int_equal(deflateInit2(&stream, 9, Z_DEFLATED, 15 + 16, 8, Z_DEFAULT_STRATEGY), Z_OK);
    assert_int_equal(deflate(&stream, Z_FINISH), Z_STREAM_END);
    put(name, packed, sizeof packed - stream.avail_out - cut);
    deflateEnd(&stream);
}

static void assert_imported(void) {
    uint8_t x[IMAGES * PIXELS];
    int32_t y[IMAGES];
    open_shard("train-00000-of-00001.h5");
    read_shard("x", DLT_H5_U8, &(dlt_shape){4, {IMAGES, 2, 3, 1}}, x);
    read_shard("y", DLT_H5_I32, &(dlt_shape){1, {IMAGES}}, y);
    assert_memory_equal(x, x_file + X_HEADER, sizeof x);
    for (int i = 0; i < IMAGES; i++)
        assert_int_equal(y[i], i % 2);
}

static void data_import_idx_reads_images_and_labels(void **state) {
    (void)state;
    put_files();
    assert_int_equal(import(description), DLT_OK);
    assert_int_equal(files_out(), 1);
    assert_imported();
    assert_text_attribute("class_names", "no\nyes");
    assert_text_attribute("source", "tiny");
}

static void data_import_idx_reads_gzip(void **state) {
    (void)state;
    put_gzip("images.gz", x_file, sizeof x_file, 0);
    put_gzip("labels.gz", y_file, sizeof y_file, 0);
    assert_int_equal(import(description), DLT_OK);
    assert_imported();
}

static void data_import_idx_finds_files_in_a_folder_of_the_name(void **state) {
    (void)state;
    assert_int_equal(mkdir(scratch_path(&it.files, "in/tiny"), 0700), 0);
    put("tiny/images", x_file, sizeof x_file);
    put("tiny/labels", y_file, sizeof y_file);
    assert_int_equal(import(description), DLT_OK);
}

static void data_import_idx_stores_mean_and_deviation(void **state) {
    (void)state;
    double mean = 0;
    double std = 0;
    put_files();
    assert_int_equal(import(description), DLT_OK);
    open_shard("train-00000-of-00001.h5");
    read_attribute("mean", 1, &mean);
    read_attribute("std", 1, &std);
    /* 0..n-1: mean (n - 1) / 2, variance (n^2 - 1) / 12; all sums are exact in double. */
    assert_true(fabs(mean - 17.5) < 1e-12);
    assert_true(fabs(std - sqrt((36.0 * 36.0 - 1) / 12)) < 1e-12);
}

static void data_import_cuts_shards_in_order(void **state) {
    (void)state;
    uint8_t x[2 * PIXELS];
    put_files();
    assert_int_equal(import_to(description, 4, false), DLT_OK);
    assert_int_equal(files_out(), 4);
    /* Six samples over four shards: 1, 2, 1, 2. */
    open_shard("train-00001-of-00004.h5");
    read_shard("x", DLT_H5_U8, &(dlt_shape){4, {2, 2, 3, 1}}, x);
    assert_memory_equal(x, x_file + X_HEADER + PIXELS, sizeof x);
}

static void data_import_fingerprints_differ_with_content(void **state) {
    (void)state;
    char *first = NULL;
    char *second = NULL;
    put_files();
    assert_int_equal(import(description), DLT_OK);
    open_shard("train-00000-of-00001.h5");
    assert_int_equal(dlt_h5_read_text(it.shard, "/", "fingerprint", &first), DLT_OK);
    x_file[X_HEADER] ^= 1;
    put_files();
    assert_int_equal(import_to(description, 1, true), DLT_OK);
    open_shard("train-00000-of-00001.h5");
    assert_int_equal(dlt_h5_read_text(it.shard, "/", "fingerprint", &second), DLT_OK);
    assert_int_equal(strlen(first), 16);
    assert_string_not_equal(first, second);
    dlt_free(first);
    dlt_free(second);
}

static void data_import_refuses_existing_output(void **state) {
    (void)state;
    put_files();
    assert_int_equal(import(description), DLT_OK);
    assert_int_equal(import(description), DLT_ERR_IO);
    assert_non_null(strstr(dlt_error_message(), "already holds 1 file(s) of split 'train'"));
    assert_imported();
}

static void data_import_overwrite_leaves_no_shard_of_before(void **state) {
    (void)state;
    put_files();
    assert_int_equal(import_to(description, 3, false), DLT_OK);
    assert_int_equal(import_to(description, 1, true), DLT_OK);
    assert_int_equal(files_out(), 1);
    assert_imported();
}

static void data_import_failed_overwrite_keeps_what_was_there(void **state) {
    (void)state;
    put_files();
    assert_int_equal(import(description), DLT_OK);
    put("images", x_file, sizeof x_file - 1);
    assert_int_equal(import_to(description, 1, true), DLT_ERR_FORMAT);
    assert_int_equal(files_out(), 1);
    assert_imported();
}

static void data_import_refuses_more_shards_than_samples(void **state) {
    (void)state;
    put_files();
    assert_int_equal(import_to(description, IMAGES + 1, false), DLT_ERR_ARG);
    assert_non_null(strstr(dlt_error_message(), "cannot fill 7 shards"));
    assert_int_equal(files_out(), 0);
}

static void data_import_refuses_another_number_of_samples(void **state) {
    (void)state;
    put_files();
    assert_refused("name: tiny\nsamples: {train: 7}\n"
                   "format: {idx: {train: {x: images, y: labels}}}\n",
                   DLT_ERR_FORMAT, "has 6 samples where 7 are expected");
}

static void data_import_refuses_another_shape(void **state) {
    (void)state;
    put_files();
    assert_refused("name: tiny\nshape: [3, 2, 1]\n"
                   "format: {idx: {train: {x: images, y: labels}}}\n",
                   DLT_ERR_FORMAT, "are [2, 3, 1] where [3, 2, 1] is expected");
}

static void data_import_refuses_an_unknown_format(void **state) {
    (void)state;
    assert_refused("name: tiny\nformat: {idy: {}}\n", DLT_ERR_CONFIG, "set.yaml:2:");
}

static void data_import_idx_names_a_missing_file(void **state) {
    (void)state;
    put("images", x_file, sizeof x_file);
    assert_refused(description, DLT_ERR_IO, "labels is neither in");
}

static void data_import_idx_refuses_an_empty_file(void **state) {
    (void)state;
    put_files();
    put("images", x_file, 0);
    assert_refused(description, DLT_ERR_FORMAT, "0 of 4 bytes of the header");
}

static void data_import_idx_refuses_another_type(void **state) {
    (void)state;
    static const unsigned char none[] = {0x00, 0x0A, 0x0F};
    for (size_t i = 0; i < sizeof none; i++) {
        x_file[2] = none[i];
        put_files();
        assert_refused(description, DLT_ERR_FORMAT, "where 00 00 and a type");
    }
}

static void data_import_idx_refuses_too_many_dimensions(void **state) {
    (void)state;
    x_file[3] = 200;
    put_files();
    assert_refused(description, DLT_ERR_FORMAT, "has 200 dimensions");
}

static void data_import_idx_refuses_labels_as_samples(void **state) {
    (void)state;
    put("images", y_file, sizeof y_file);
    put("labels", y_file, sizeof y_file);
    assert_refused(description, DLT_ERR_FORMAT, "has one dimension");
}

static void data_import_idx_refuses_a_claim_beyond_the_file(void **state) {
    (void)state;
    memset(x_file + 4, 0x7F, 4);
    put_files();
    int64_t before = dlt_alloc_bytes();
    assert_refused(description, DLT_ERR_FORMAT, "more than the file can hold");
    assert_int_equal(dlt_alloc_bytes(), before);
}

static void data_import_idx_refuses_a_huge_sample(void **state) {
    (void)state;
    memset(x_file + 8, 0x7F, 8);
    put_files();
    assert_refused(description, DLT_ERR_FORMAT, "dimension 1 of 2139062143");
}

static void data_import_idx_refuses_counts_that_disagree(void **state) {
    (void)state;
    y_file[7] = IMAGES - 1;
    put("images", x_file, sizeof x_file);
    put("labels", y_file, sizeof y_file - 1);
    assert_refused(description, DLT_ERR_FORMAT, "has 6 samples but");
}

static void data_import_idx_refuses_a_truncated_gzip(void **state) {
    (void)state;
    put("labels", y_file, sizeof y_file);
    put_gzip("images.gz", x_file, sizeof x_file, 12);
    assert_refused(description, DLT_ERR_FORMAT, "images.gz is truncated");
}

static void data_import_idx_refuses_a_gzip_without_its_checksum(void **state) {
    (void)state;
    put("labels", y_file, sizeof y_file);
    put_gzip("images.gz", x_file, sizeof x_file, 4);
    assert_refused(description, DLT_ERR_FORMAT, "images.gz is truncated");
}

static void data_import_idx_refuses_trailing_bytes(void **state) {
    (void)state;
    unsigned char longer[sizeof y_file + 1] = {0};
    memcpy(longer, y_file, sizeof y_file);
    put("images", x_file, sizeof x_file);
    put("labels", longer, sizeof longer);
    assert_refused(description, DLT_ERR_FORMAT, "goes on after the 6 samples");
}

static void data_import_idx_refuses_a_label_outside_the_classes(void **state) {
    (void)state;
    y_file[Y_HEADER + 4] = 2;
    put_files();
    assert_refused(description, DLT_ERR_FORMAT, "label 2 of sample 4 is outside 0..1");
}

static void data_import_survives_each_allocation_failing(void **state) {
    (void)state;
    dlt_status status = DLT_ERR_MEM;
    int64_t nth = 0;
    put_files();
    while (status == DLT_ERR_MEM) {
        dlt_alloc_fail_at(++nth);
        status = import(description);
        dlt_alloc_fail_at(0);
        if (status == DLT_ERR_MEM)
            assert_int_equal(files_out(), 0);
    }
    assert_int_equal(status, DLT_OK);
    assert_true(nth > 10);
    assert_imported();
}

#define TEST(name) cmocka_unit_test_setup_teardown(name, set_up_files, tear_down)

int main(void) {
    const struct CMUnitTest tests[] = {
        TEST(data_import_idx_reads_images_and_labels),
        TEST(data_import_idx_reads_gzip),
        TEST(data_import_idx_finds_files_in_a_folder_of_the_name),
        TEST(data_import_idx_stores_mean_and_deviation),
        TEST(data_import_cuts_shards_in_order),
        TEST(data_import_fingerprints_differ_with_content),
        TEST(data_import_refuses_existing_output),
        TEST(data_import_overwrite_leaves_no_shard_of_before),
        TEST(data_import_failed_overwrite_keeps_what_was_there),
        TEST(data_import_refuses_more_shards_than_samples),
        TEST(data_import_refuses_another_number_of_samples),
        TEST(data_import_refuses_another_shape),
        TEST(data_import_refuses_an_unknown_format),
        TEST(data_import_idx_names_a_missing_file),
        TEST(data_import_idx_refuses_an_empty_file),
        TEST(data_import_idx_refuses_another_type),
        TEST(data_import_idx_refuses_too_many_dimensions),
        TEST(data_import_idx_refuses_labels_as_samples),
        TEST(data_import_idx_refuses_a_claim_beyond_the_file),
        TEST(data_import_idx_refuses_a_huge_sample),
        TEST(data_import_idx_refuses_counts_that_disagree),
        TEST(data_import_idx_refuses_a_truncated_gzip),
        TEST(data_import_idx_refuses_a_gzip_without_its_checksum),
        TEST(data_import_idx_refuses_trailing_bytes),
        TEST(data_import_idx_refuses_a_label_outside_the_classes),
        TEST(data_import_survives_each_allocation_failing),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
