/* Datasets of one shard and of several: reading in any order, facts, and files that are none. */
#include "unit/data/dataset_fixture.h"

static void data_dataset_reads_samples_in_any_order_from_any_layout(void **state) {
    (void)state;
    const dlt_h5_layout layouts[] = {
        {0}, {.chunk_rows = 3}, {.chunk_rows = 4, .gzip_level = 6}, {.chunk_rows = 100}};
    for (size_t i = 0; i < sizeof layouts / sizeof layouts[0]; i++) {
        it.shard.layout = layouts[i];
        open_set(write_shard("a.h5", &it.shard));
        check_orders_of_reading();
        dlt_dataset_close(&it.dataset);
    }
}

static void data_dataset_reads_across_shards(void **state) {
    (void)state;
    write_part("a-00000-of-00004.h5", 0, 4);
    write_part("a-00001-of-00004.h5", 4, 0);
    write_part("a-00002-of-00004.h5", 4, 1);
    write_part("a-00003-of-00004.h5", 5, 5);
    open_set(scratch_path(&it.files, "a"));
    assert_int_equal(dlt_dataset_facts_of(it.dataset)->shards, 4);
    assert_int_equal(dlt_dataset_facts_of(it.dataset)->samples, SAMPLES);
    check_orders_of_reading();
}

/* More rows than the staging buffer holds. */
static void data_dataset_reads_runs_longer_than_its_buffer(void **state) {
    (void)state;
    enum { ROWS = 70000, BYTES_PER_ROW = 8 };
    uint8_t *raw = NULL;
    int64_t *samples = NULL;
    dlt_real *x = NULL;
    assert_int_equal(DLT_NEW(raw, ROWS * BYTES_PER_ROW), DLT_OK);
    assert_int_equal(DLT_NEW(samples, ROWS), DLT_OK);
    assert_int_equal(DLT_NEW(x, ROWS * BYTES_PER_ROW), DLT_OK);
    for (int64_t i = 0; i < ROWS * BYTES_PER_ROW; i++)
        raw[i] = (uint8_t)(i * 31 >> 3);
    for (int64_t i = 0; i < ROWS; i++)
        samples[i] = i;
    const shard_file shard = {
        .samples = ROWS, .x_shape = {1, {BYTES_PER_ROW}}, .x_type = DLT_H5_U8, .x = raw};
    const char *path = write_shard("a.h5", &shard);
    assert_int_equal(open_x_y(it.h5_lock, path, NULL, NULL, false, &it.dataset), DLT_OK);
    assert_int_equal(read_x(it.dataset, samples, ROWS, x), DLT_OK);
    for (int64_t i = 0; i < ROWS * BYTES_PER_ROW; i++)
        assert_true(x[i] == raw[i]);
    dlt_free(raw);
    dlt_free(samples);
    dlt_free(x);
}

/* Pages of either column, in an order that comes back to them, of a set that is not kept: each row
 * right, and also where a page ends inside of a shard's last chunk. */
static void data_dataset_reads_sets_too_large_to_keep_with_shuffle_buffer(void **state) {
    (void)state;
    enum { ROWS = 70000, BYTES = 1000, READ = 50, READS = 40 };
    uint8_t *raw = NULL;
    dlt_real *x = NULL;
    uint8_t *stored = NULL;
    int64_t samples[READ];
    assert_int_equal(DLT_NEW(raw, ROWS * BYTES), DLT_OK);
    assert_int_equal(DLT_NEW(x, READ * BYTES), DLT_OK);
    assert_int_equal(DLT_NEW(stored, READ * BYTES), DLT_OK);
    for (int64_t i = 0; i < ROWS * BYTES; i++)
        raw[i] = (uint8_t)(i * 31 >> 4);
    for (int chunked = 0; chunked < 2; chunked++) {
        const shard_file shard = {.samples = ROWS,
                                  .x_shape = {1, {BYTES}},
                                  .x_type = DLT_H5_U8,
                                  .x = raw,
                                  .layout = {.chunk_rows = chunked * 300}};
        const char *path = write_shard("a.h5", &shard);
        assert_int_equal(open_x_y(it.h5_lock, path, NULL, NULL, false, &it.dataset), DLT_OK);
        assert_int_equal(dlt_dataset_reserve(it.dataset, READ, 4000), DLT_OK);
        const int64_t made = dlt_alloc_made();
        for (int64_t read = 0; read < READS; read++) {
            for (int64_t i = 0; i < READ; i++)
                samples[i] = (i * (ROWS / READ) + read * 7919) % ROWS;
            assert_int_equal(read_x(it.dataset, samples, READ, x), DLT_OK);
            assert_int_equal(dlt_dataset_read_stored(it.dataset, 0, samples, READ, stored), DLT_OK);
            for (int64_t i = 0; i < READ * BYTES; i++) {
                uint8_t expected = raw[samples[i / BYTES] * BYTES + i % BYTES];
                assert_true(x[i] == expected && stored[i] == expected);
            }
        }
        assert_int_equal(dlt_alloc_made(), made);
        dlt_dataset_close(&it.dataset);
    }
    dlt_free(raw);
    dlt_free(x);
    dlt_free(stored);
}

static void data_dataset_finds_one_file_by_prefix(void **state) {
    (void)state;
    (void)write_shard("a.h5", &it.shard);
    open_set(scratch_path(&it.files, "a"));
    check_orders_of_reading();
}

static void data_dataset_facts_tell_shapes_types_and_classes(void **state) {
    (void)state;
    it.shard.class_names = "zero\none\ntwo\nthree";
    open_set(write_shard("a.h5", &it.shard));
    const dlt_dataset_facts *facts = dlt_dataset_facts_of(it.dataset);
    const dlt_shape x_shape = {1, {WIDTH}};
    const dlt_shape scalar = {0};
    assert_true(dlt_shape_equal(&dlt_dataset_x(it.dataset)->shape, &x_shape));
    assert_true(dlt_shape_equal(&dlt_dataset_y(it.dataset)->shape, &scalar));
    assert_int_equal(dlt_dataset_x(it.dataset)->type, DLT_H5_U8);
    assert_int_equal(dlt_dataset_y(it.dataset)->type, DLT_H5_I32);
    assert_int_equal(facts->classes, 4);
    assert_int_equal(facts->feature_count, 0);
}

static void data_dataset_of_one_number_per_sample_has_one_feature(void **state) {
    (void)state;
    const double x[4] = {1, 2, 3, 4};
    const shard_file shard = {
        .samples = 4, .x_type = DLT_H5_F64, .x = x, .y_type = DLT_H5_F64, .y = x};
    const int64_t samples[2] = {3, 1};
    dlt_real out[2];
    const dlt_shape one = {1, {1}};
    open_set(write_shard("a.h5", &shard));
    assert_true(dlt_shape_equal(&dlt_dataset_x(it.dataset)->shape, &one));
    assert_int_equal(read_x(it.dataset, samples, 2, out), DLT_OK);
    assert_true(out[0] == 4 && out[1] == 2);
    assert_int_equal(read_values(it.dataset, samples, 2, 1, out), DLT_OK);
    assert_true(out[0] == 4 && out[1] == 2);
}

static uint64_t fingerprint_of(const char *name) {
    open_set(write_shard(name, &it.shard));
    uint64_t fingerprint = dlt_dataset_facts_of(it.dataset)->fingerprint;
    dlt_dataset_close(&it.dataset);
    return fingerprint;
}

static void data_dataset_fingerprint_follows_content_not_place(void **state) {
    (void)state;
    uint64_t first = fingerprint_of("a.h5");
    assert_true(fingerprint_of("b.h5") == first);
    it.x[SAMPLES * WIDTH - 1] ^= 1;
    assert_true(fingerprint_of("a.h5") != first);
}

static void data_dataset_open_says_what_it_looked_for(void **state) {
    (void)state;
    expect_refusal(scratch_path(&it.files, "a"), DLT_ERR_IO, "no data set '");
    expect_message("a-00000-of-*.h5 exists");
    expect_refusal(scratch_path(&it.files, "none/a"), DLT_ERR_IO, "no data set '");
    expect_refusal(scratch_path(&it.files, "a.h5"), DLT_ERR_IO, "No such file or directory");
}

static void data_dataset_open_names_a_missing_shard(void **state) {
    (void)state;
    write_part("a-00000-of-00003.h5", 0, 4);
    write_part("a-00002-of-00003.h5", 4, 6);
    expect_refusal(scratch_path(&it.files, "a"), DLT_ERR_IO, "a-00001-of-00003.h5 is missing");
}

static void data_dataset_open_refuses_shards_of_two_sets(void **state) {
    (void)state;
    write_part("a-00000-of-00001.h5", 0, 4);
    write_part("a-00001-of-00002.h5", 4, 6);
    expect_refusal(scratch_path(&it.files, "a"), DLT_ERR_FORMAT, "some of 1 and some of 2 files");
}

static void data_dataset_open_refuses_broken_files(void **state) {
    (void)state;
    const char *path = scratch_path(&it.files, "a.h5");
    scratch_write(path, "", 0);
    expect_refusal(path, DLT_ERR_FORMAT, "a.h5 is empty");
    scratch_write(path, "x,y\n1,2\n", 8);
    expect_refusal(path, DLT_ERR_FORMAT, "a.h5 is not an HDF5 file");
    (void)write_shard("a.h5", &it.shard);
    struct stat facts;
    assert_int_equal(stat(path, &facts), 0);
    assert_int_equal(truncate(path, facts.st_size - 1), 0);
    expect_refusal(path, DLT_ERR_FORMAT, "a.h5 is truncated");
}

static void data_dataset_read_notices_a_file_cut_after_opening(void **state) {
    (void)state;
    const int64_t last = SAMPLES - 1;
    dlt_real x[WIDTH];
    const char *path = write_shard("a.h5", &it.shard);
    open_set(path);
    assert_int_equal(truncate(path, 100), 0);
    assert_int_equal(read_x(it.dataset, &last, 1, x), DLT_ERR_FORMAT);
    expect_message("a.h5 is truncated");
}

static void data_dataset_open_refuses_missing_and_uneven_datasets(void **state) {
    (void)state;
    it.shard.y = NULL;
    expect_refusal(write_shard("a.h5", &it.shard), DLT_ERR_FORMAT,
                   "a.h5 has no dataset 'y'; it has: x");
    dlt_h5_file *file = NULL;
    const dlt_shape nine = {1, {9}};
    assert_int_equal(dlt_h5_create(it.h5_lock, scratch_path(&it.files, "b.h5"), &file), DLT_OK);
    assert_int_equal(shard_file_put(file, &it.shard, "x", &it.shard.x_shape, DLT_H5_U8, it.x),
                     DLT_OK);
    assert_int_equal(dlt_h5_write(file, "y", DLT_H5_I32, &nine, it.y), DLT_OK);
    dlt_h5_close(&file);
    expect_refusal(scratch_path(&it.files, "b.h5"), DLT_ERR_FORMAT,
                   "has 10 samples in 'x' but 9 in 'y'");
}

static void data_dataset_open_refuses_no_samples(void **state) {
    (void)state;
    write_part("a.h5", 0, 0);
    expect_refusal(scratch_path(&it.files, "a"), DLT_ERR_FORMAT, "a.h5 has no samples");
}

static void data_dataset_open_refuses_shards_that_disagree(void **state) {
    (void)state;
    write_part("a-00000-of-00002.h5", 0, 4);
    it.shard.x_type = DLT_H5_I8;
    write_part("a-00001-of-00002.h5", 4, 6);
    expect_refusal(scratch_path(&it.files, "a"), DLT_ERR_FORMAT,
                   "shards disagree: 'x' has samples of [3] int8 in ");
    expect_message("a-00000-of-00002.h5");
    expect_message("a-00001-of-00002.h5");
    it.shard.x_type = DLT_H5_U8;
    it.shard.class_names = "a\nb";
    write_part("a-00001-of-00002.h5", 4, 6);
    expect_refusal(scratch_path(&it.files, "a"), DLT_ERR_FORMAT, "different class names");
}

/* Shard 0 as made by one import, shard 1 by another: the same shapes, other meanings. words NULL:
 * they agree. */
static void expect_mixture_refused(const shard_file *other, const char *words) {
    const shard_file plain = it.shard;
    const double mean[WIDTH] = {0.5};
    const double deviation[WIDTH] = {2};
    it.shard.recipe = "a";
    it.shard.target_scale = 1;
    it.shard.raw_count = WIDTH;
    it.shard.raw_mean = mean;
    it.shard.raw_std = deviation;
    write_part("m-00000-of-00002.h5", 0, 4);
    it.shard.recipe = other->recipe;
    it.shard.target_scale = other->target_scale;
    it.shard.raw_count = other->raw_count;
    it.shard.raw_std = other->raw_std != NULL ? other->raw_std : deviation;
    write_part("m-00001-of-00002.h5", 4, 6);
    it.shard = plain;
    if (words != NULL)
        expect_refusal(scratch_path(&it.files, "m"), DLT_ERR_FORMAT, words);
    else
        open_set(scratch_path(&it.files, "m"));
    dlt_dataset_close(&it.dataset);
}

static void data_dataset_open_refuses_shards_of_another_meaning(void **state) {
    (void)state;
    const double wider[WIDTH] = {3};
    shard_file other = {.recipe = "a", .target_scale = 1, .raw_count = WIDTH};
    expect_mixture_refused(&other, NULL);
    other.recipe = "b";
    expect_mixture_refused(&other, "different recipes");
    other.recipe = "a";
    other.target_scale = 1000;
    expect_mixture_refused(&other, "different divisors of targets");
    other.target_scale = 1;
    other.raw_std = wider;
    expect_mixture_refused(&other, "different statistics of columns");
    other.raw_count = 0;
    expect_mixture_refused(&other, "different statistics of columns");
}

/* More than the 64 KiB that an attribute of an old HDF5 file holds. */
static void data_dataset_keeps_long_names(void **state) {
    (void)state;
    enum { CLASSES = 4000, BYTES = 24 };
    static char names[CLASSES * BYTES + 1];
    for (int i = 0; i < CLASSES; i++)
        snprintf(names + (size_t)i * BYTES, BYTES + 1, "class with the no. %04d\n", i);
    names[CLASSES * BYTES - 1] = '\0';
    it.shard.class_names = names;
    write_part("a.h5", 0, 10);
    open_set(scratch_path(&it.files, "a"));
    assert_string_equal(dlt_dataset_facts_of(it.dataset)->class_names, names);
}

static void data_dataset_read_labels_refuses_what_is_no_class(void **state) {
    (void)state;
    const int64_t samples[2] = {4, 3};
    int32_t labels[2];
    open_set(write_shard("a.h5", &it.shard));
    assert_int_equal(read_labels(it.dataset, samples, 2, 3, labels), DLT_ERR_FORMAT);
    expect_message("label 3 at sample 3 of ");
    expect_message("a.h5 is outside 0..2");
    dlt_dataset_close(&it.dataset);
    const float halves[SAMPLES] = {0, 0.5f};
    const int64_t second = 1;
    it.shard.y = halves;
    it.shard.y_type = DLT_H5_F32;
    open_set(write_shard("b.h5", &it.shard));
    assert_int_equal(read_labels(it.dataset, &second, 1, 3, labels), DLT_ERR_FORMAT);
    expect_message("label 0.5 at sample 1 of ");
    expect_message("is not a whole number");
}

static void data_dataset_read_refuses_values_that_are_not_finite(void **state) {
    (void)state;
    const double bad[] = {NAN, INFINITY, -INFINITY, 1e300};
    const int64_t samples[3] = {4, 2, 3};
    const int64_t neighbours[3] = {1, 2, 3};
    dlt_real out[3];
    for (size_t i = 0; i < sizeof bad / sizeof bad[0]; i++) {
        const double x[5] = {1, 2, 3, bad[i], 5};
        const shard_file shard = {
            .samples = 5, .x_type = DLT_H5_F64, .x = x, .y_type = DLT_H5_F64, .y = x};
        open_set(write_shard("a.h5", &shard));
        assert_int_equal(read_x(it.dataset, samples, 3, out), DLT_ERR_FORMAT);
        expect_message(isfinite(bad[i])
                           ? "a.h5 has a value in row 3, 1e+300, that is too large for float32"
                           : "a.h5 has a value that is NaN or infinite in row 3");
        assert_int_equal(read_values(it.dataset, neighbours, 3, 1, out), DLT_ERR_FORMAT);
        expect_message("'y' of ");
        expect_message("in row 3");
        dlt_dataset_close(&it.dataset);
    }
}

static void data_dataset_read_values_refuses_another_width(void **state) {
    (void)state;
    const int64_t sample = 0;
    dlt_real out[2];
    open_set(write_shard("a.h5", &it.shard));
    assert_int_equal(read_values(it.dataset, &sample, 1, 2, out), DLT_ERR_SHAPE);
    expect_message("where 2 numbers each are expected");
}

static void data_dataset_open_survives_each_failing_allocation(void **state) {
    (void)state;
    write_part("a-00000-of-00002.h5", 0, 4);
    it.shard.layout.chunk_rows = 2;
    write_part("a-00001-of-00002.h5", 4, 6);
    const char *source = scratch_path(&it.files, "a");
    const int64_t balance = dlt_alloc_balance();
    dlt_status status = DLT_ERR_MEM;
    for (int64_t nth = 1; status != DLT_OK; nth++) {
        dlt_alloc_fail_at(nth);
        status = open_x_y(it.h5_lock, source, NULL, NULL, true, &it.dataset);
        assert_true(status == DLT_OK || status == DLT_ERR_MEM);
        assert_true(status == DLT_OK || dlt_alloc_balance() == balance);
        assert_in_range(nth, 1, 1000);
    }
    dlt_alloc_fail_at(0);
    check_orders_of_reading();
}

int main(void) {
#define ROW(name) cmocka_unit_test_setup_teardown(name, set_up, tear_down)
    const struct CMUnitTest tests[] = {
        ROW(data_dataset_reads_samples_in_any_order_from_any_layout),
        ROW(data_dataset_reads_across_shards),
        ROW(data_dataset_reads_runs_longer_than_its_buffer),
        ROW(data_dataset_reads_sets_too_large_to_keep_with_shuffle_buffer),
        ROW(data_dataset_finds_one_file_by_prefix),
        ROW(data_dataset_facts_tell_shapes_types_and_classes),
        ROW(data_dataset_of_one_number_per_sample_has_one_feature),
        ROW(data_dataset_fingerprint_follows_content_not_place),
        ROW(data_dataset_open_says_what_it_looked_for),
        ROW(data_dataset_open_names_a_missing_shard),
        ROW(data_dataset_open_refuses_shards_of_two_sets),
        ROW(data_dataset_open_refuses_broken_files),
        ROW(data_dataset_read_notices_a_file_cut_after_opening),
        ROW(data_dataset_open_refuses_missing_and_uneven_datasets),
        ROW(data_dataset_open_refuses_no_samples),
        ROW(data_dataset_open_refuses_shards_that_disagree),
        ROW(data_dataset_open_refuses_shards_of_another_meaning),
        ROW(data_dataset_keeps_long_names),
        ROW(data_dataset_read_labels_refuses_what_is_no_class),
        ROW(data_dataset_read_refuses_values_that_are_not_finite),
        ROW(data_dataset_read_values_refuses_another_width),
        ROW(data_dataset_open_survives_each_failing_allocation),
    };
#undef ROW
    return cmocka_run_group_tests_name("data_dataset", tests, NULL, NULL);
}
