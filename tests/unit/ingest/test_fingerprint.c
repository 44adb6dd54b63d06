/* Whether the samples of a dataset are those that its importer left, by the fingerprints. */
#include "data/dataset.h"
#include "support/fields.h"
#include "unit/ingest/import_fixture.h"

#include <fcntl.h>
#include <hdf5.h>

enum { ROWS = 9000, SHARDS = 3 };

/* More samples than a block of a fingerprint has, in SHARDS shards. */
static void make_set(void) {
    const char *settings[] = {"samples=9000", "test_samples=0", "features=1"};
    const dlt_synth_options options = {
        .kind = "blobs",
        .settings = settings,
        .setting_count = 3,
        .output = {.folder = scratch_path(&it.files, "out"), .shards = SHARDS}};
    assert_int_equal(dlt_synthesize(&options, NULL), DLT_OK);
}

static void open_set(dlt_dataset **set) {
    assert_int_equal(
        open_x_y(it.h5_lock, scratch_path(&it.files, "out/train"), NULL, NULL, true, set), DLT_OK);
}

/* Flips a bit of row `row` of a dataset in a shard. */
static void damage(const char *shard, const char *name, int64_t row) {
    dlt_h5_dataset *dataset = NULL;
    char byte = 0;
    open_shard(shard);
    assert_int_equal(dlt_h5_dataset_open(it.shard, name, &dataset), DLT_OK);
    int64_t at = dlt_h5_dataset_info(dataset)->offset + 4 * row;
    dlt_h5_dataset_close(&dataset);
    char path[600];
    snprintf(path, sizeof path, "%s", dlt_h5_path(it.shard));
    int fd = open(path, O_RDWR);
    assert_int_equal(pread(fd, &byte, 1, at), 1);
    byte ^= 4;
    assert_int_equal(pwrite(fd, &byte, 1, at), 1);
    close(fd);
}

static void data_dataset_verify_accepts_what_was_imported(void **state) {
    (void)state;
    dlt_dataset *set = NULL;
    make_set();
    open_set(&set);
    assert_true(dlt_dataset_has_fingerprints(set));
    assert_int_equal(dlt_dataset_bytes(set), ROWS * 8);
    assert_int_equal(dlt_dataset_verify(set, 0, 1, NULL), DLT_OK);
    dlt_dataset_close(&set);
}

/* Each part looks at its own shards: the second shard is of part 1 of 2, the third of part 0. */
static void data_dataset_verify_names_the_damaged_shard(void **state) {
    (void)state;
    static const struct {
        const char *shard;
        const char *name;
        int64_t row;
        int split;
    } flips[] = {{"train-00001-of-00003.h5", "x", 0, 1},
                 {"train-00001-of-00003.h5", "y", ROWS / SHARDS - 1, 1},
                 {"train-00002-of-00003.h5", "x", ROWS / SHARDS - 1, 0}};
    make_set();
    for (size_t i = 0; i < sizeof flips / sizeof flips[0]; i++) {
        dlt_dataset *set = NULL;
        damage(flips[i].shard, flips[i].name, flips[i].row);
        open_set(&set);
        assert_int_equal(dlt_dataset_verify(set, 1 - flips[i].split, 2, NULL), DLT_OK);
        assert_int_equal(dlt_dataset_verify(set, flips[i].split, 2, NULL), DLT_ERR_FORMAT);
        assert_non_null(strstr(dlt_error_message(), flips[i].shard));
        assert_non_null(strstr(dlt_error_message(), "is damaged"));
        dlt_dataset_close(&set);
        damage(flips[i].shard, flips[i].name, flips[i].row);
    }
}

/* A run that reads other fields of the file than those that were hashed. */
static void data_dataset_verify_judges_whichever_fields_are_read(void **state) {
    (void)state;
    dlt_dataset *set = NULL;
    make_set();
    assert_int_equal(
        open_x_y(it.h5_lock, scratch_path(&it.files, "out/train"), "y", "x", true, &set), DLT_OK);
    assert_true(dlt_dataset_has_fingerprints(set));
    assert_int_equal(dlt_dataset_verify(set, 0, 1, NULL), DLT_OK);
    damage("train-00002-of-00003.h5", "x", 5);
    assert_int_equal(dlt_dataset_verify(set, 0, 1, NULL), DLT_ERR_FORMAT);
    dlt_dataset_close(&set);
}

/* A shard without a fingerprint passes; it does not vouch for the others. */
static void data_dataset_verify_looks_behind_a_shard_without_fingerprint(void **state) {
    (void)state;
    dlt_dataset *set = NULL;
    make_set();
    hid_t file =
        H5Fopen(scratch_path(&it.files, "out/train-00000-of-00003.h5"), H5F_ACC_RDWR, H5P_DEFAULT);
    assert_true(file >= 0 && H5Adelete(file, "fingerprint") >= 0);
    H5Fclose(file);
    damage("train-00002-of-00003.h5", "x", 5);
    open_set(&set);
    assert_int_equal(dlt_dataset_verify(set, 0, 1, NULL), DLT_ERR_FORMAT);
    assert_non_null(strstr(dlt_error_message(), "train-00002-of-00003.h5"));
    dlt_dataset_close(&set);
}

int main(void) {
#define ROW(name) cmocka_unit_test_setup_teardown(name, set_up, tear_down)
    const struct CMUnitTest tests[] = {
        ROW(data_dataset_verify_accepts_what_was_imported),
        ROW(data_dataset_verify_names_the_damaged_shard),
        ROW(data_dataset_verify_judges_whichever_fields_are_read),
        ROW(data_dataset_verify_looks_behind_a_shard_without_fingerprint),
    };
#undef ROW
    return cmocka_run_group_tests_name("data_fingerprint", tests, NULL, NULL);
}
