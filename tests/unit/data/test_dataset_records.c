/* The numbers that samples have among the records of their table. */
#include "unit/data/dataset_fixture.h"

/* Adds to a shard what an importer would: a fingerprint, and numbers of records. */
static void number_records(const char *path, bool is_own, dlt_h5_type type, int64_t count,
                           const void *numbers) {
    dlt_h5_file *file = NULL;
    shard_file records = {.samples = count};
    assert_int_equal(dlt_h5_create(it.h5_lock, path, &file), DLT_OK);
    assert_int_equal(shard_file_put(file, &it.shard, "x", &it.shard.x_shape, DLT_H5_U8, it.x),
                     DLT_OK);
    assert_int_equal(shard_file_put(file, &it.shard, "y", &it.shard.y_shape, DLT_H5_I32, it.y),
                     DLT_OK);
    if (numbers != NULL)
        assert_int_equal(
            shard_file_put(file, &records, DLT_RECORD_NAME, &records.x_shape, type, numbers),
            DLT_OK);
    if (is_own)
        assert_int_equal(dlt_h5_write_text(file, "/", "fingerprint", "0123456789abcdef"), DLT_OK);
    dlt_h5_close(&file);
}

static void data_dataset_reads_records_across_shards(void **state) {
    (void)state;
    int64_t numbers[SAMPLES];
    int64_t found[2 * SAMPLES];
    for (int64_t i = 0; i < SAMPLES; i++)
        numbers[i] = 3 * i + 1;
    number_records(scratch_path(&it.files, "a-00000-of-00002.h5"), true, DLT_H5_I64, SAMPLES,
                   numbers);
    number_records(scratch_path(&it.files, "a-00001-of-00002.h5"), true, DLT_H5_I64, SAMPLES,
                   numbers);
    open_set(scratch_path(&it.files, "a"));
    assert_true(dlt_dataset_facts_of(it.dataset)->has_records);
    assert_int_equal(dlt_dataset_read_records(it.dataset, 7, 10, found), DLT_OK);
    for (int64_t i = 0; i < 10; i++)
        assert_int_equal(found[i], numbers[(7 + i) % SAMPLES]);
    assert_int_equal(dlt_dataset_read_records(it.dataset, 11, 10, found), DLT_ERR_ARG);
}

static void data_dataset_takes_records_only_of_an_importer(void **state) {
    (void)state;
    const int64_t numbers[SAMPLES + 1] = {0};
    const char *path = scratch_path(&it.files, "a-00000-of-00002.h5");
    number_records(path, false, DLT_H5_I64, SAMPLES, numbers);
    open_set(path);
    assert_false(dlt_dataset_facts_of(it.dataset)->has_records);
    dlt_dataset_close(&it.dataset);
    number_records(path, true, DLT_H5_I64, SAMPLES + 1, numbers);
    expect_refusal(path, DLT_ERR_FORMAT, "does not hold an int64 per sample");
    number_records(path, true, DLT_H5_I32, SAMPLES, numbers);
    expect_refusal(path, DLT_ERR_FORMAT, "does not hold an int64 per sample");
    number_records(path, true, DLT_H5_I64, SAMPLES, numbers);
    number_records(scratch_path(&it.files, "a-00001-of-00002.h5"), true, DLT_H5_I64, 0, NULL);
    expect_refusal(scratch_path(&it.files, "a"), DLT_ERR_FORMAT,
                   "has the numbers of its records and");
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup_teardown(data_dataset_reads_records_across_shards, set_up,
                                        tear_down),
        cmocka_unit_test_setup_teardown(data_dataset_takes_records_only_of_an_importer, set_up,
                                        tear_down),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
