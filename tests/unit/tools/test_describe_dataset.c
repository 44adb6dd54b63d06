/* What `data describe` prints of a data set that another program has written. */
#include "dltrain/import.h"
#include "dltrain/inspect.h"

#include "base/error.h"
#include "unit/data/ragged_fixture.h"

#include <hdf5.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>

static void put(hid_t file, const char *name, hid_t file_type, hid_t memory_type, hsize_t count,
                const void *values) {
    hid_t space = H5Screate_simple(1, &count, NULL);
    hid_t dataset = H5Dcreate2(file, name, file_type, space, H5P_DEFAULT, H5P_DEFAULT, H5P_DEFAULT);
    assert_true(dataset >= 0);
    assert_true(H5Dwrite(dataset, memory_type, H5S_ALL, H5S_ALL, H5P_DEFAULT, values) >= 0);
    H5Dclose(dataset);
    H5Sclose(space);
}

static void tools_dataset_describe_counts_labels(void **state) {
    (void)state;
    scratch files;
    char text[2000] = {0};
    const float x[3] = {0.5f, -2, 3};
    const int32_t y[3] = {0, 2, 2};
    assert_int_equal(scratch_make(&files), 0);
    hid_t file = H5Fcreate(scratch_path(&files, "a.h5"), H5F_ACC_TRUNC, H5P_DEFAULT, H5P_DEFAULT);
    put(file, "x", H5T_IEEE_F32BE, H5T_NATIVE_FLOAT, 3, x);
    put(file, "y", H5T_NATIVE_INT32, H5T_NATIVE_INT32, 3, y);
    H5Fclose(file);
    FILE *out = fmemopen(text, sizeof text - 1, "w");
    assert_int_equal(dlt_dataset_describe(scratch_path(&files, "a.h5"), NULL, NULL, out), DLT_OK);
    fclose(out);
    assert_non_null(strstr(text, "samples      3\n"));
    assert_non_null(strstr(text, "x            [1] float32, "));
    assert_non_null(strstr(text, "classes      3\n"));
    assert_non_null(strstr(text, "     0           1\n     1           0\n     2           2\n"));
    assert_int_equal(scratch_remove(&files), 0);
}

/* One byte in the middle of the samples. */
static void damage(const char *path) {
    FILE *file = fopen(path, "r+b");
    assert_non_null(file);
    assert_int_equal(fseek(file, 0, SEEK_END), 0);
    assert_int_equal(fseek(file, ftell(file) / 2, SEEK_SET), 0);
    const int byte = fgetc(file);
    assert_int_equal(fseek(file, -1, SEEK_CUR), 0);
    assert_int_equal(fputc(byte ^ 1, file), byte ^ 1);
    fclose(file);
}

static void expect_described(const char *source, const char *const *lines) {
    char text[4000] = {0};
    FILE *out = fmemopen(text, sizeof text - 1, "w");
    const dlt_status status = dlt_inspect(source, out);
    fclose(out);
    if (status != DLT_OK)
        fail_msg("%s", dlt_error_message());
    for (; *lines != NULL; lines++)
        if (strstr(text, *lines) == NULL)
            fail_msg("no '%s' in:\n%s", *lines, text);
}

static void tools_inspect_shows_every_field(void **state) {
    static const char *const lines[] = {
        "samples      141\n",
        "tokens       ragged, up to 10 of 703 elements, one number, int32, ",
        "points       ragged, up to 10 of 703 elements, [2] float32, ",
        "label        one number, int64, 0.0 MiB, contiguous\n",
        "content      matches the fingerprint\n",
        NULL};
    (void)state;
    expect_described(write_ragged(), lines);
}

/* Of a file of another program those that have as many samples as x. */
static void tools_inspect_shows_fields_beside_x(void **state) {
    static const char *const lines[] = {"x            [3] uint8, ",
                                        "weight       one number, int32", "classes      4\n", NULL};
    (void)state;
    const char *path = write_shard("b.h5", &it.shard);
    const shard_file short_one = {.samples = SAMPLES - 1};
    const dlt_shape none = {.rank = 0};
    dlt_h5_file *file = NULL;
    assert_int_equal(dlt_h5_create(it.h5_lock, path, &file), DLT_OK);
    assert_int_equal(shard_file_put(file, &it.shard, "x", &it.shard.x_shape, DLT_H5_U8, it.x),
                     DLT_OK);
    assert_int_equal(shard_file_put(file, &it.shard, "y", &none, DLT_H5_I32, it.y), DLT_OK);
    assert_int_equal(shard_file_put(file, &it.shard, "weight", &none, DLT_H5_I32, it.y), DLT_OK);
    assert_int_equal(shard_file_put(file, &short_one, "other", &none, DLT_H5_I32, it.y), DLT_OK);
    dlt_h5_close(&file);
    expect_described(path, lines);
}

/* It is refused by its name, and not listed as a file of something else. */
static void tools_inspect_refuses_a_damaged_dataset(void **state) {
    (void)state;
    scratch files;
    char text[4000] = {0};
    char path[512];
    const char *const settings[] = {"samples=2000"};
    assert_int_equal(scratch_make(&files), 0);
    const dlt_synth_options options = {.kind = "blobs",
                                       .settings = settings,
                                       .setting_count = 1,
                                       .output = {.folder = scratch_path(&files, "set")}};
    assert_int_equal(dlt_synthesize(&options, NULL), DLT_OK);
    snprintf(path, sizeof path, "%s/train-00000-of-00001.h5", scratch_path(&files, "set"));
    for (int damaged = 0; damaged < 2; damaged++) {
        if (damaged == 1)
            damage(path);
        FILE *out = fmemopen(text, sizeof text - 1, "w");
        const dlt_status status = dlt_inspect(path, out);
        fclose(out);
        assert_int_equal(status, damaged == 1 ? DLT_ERR_FORMAT : DLT_OK);
    }
    assert_non_null(strstr(dlt_error_message(), "is damaged"));
    assert_int_equal(scratch_remove(&files), 0);
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(tools_dataset_describe_counts_labels),
        cmocka_unit_test(tools_inspect_refuses_a_damaged_dataset),
        cmocka_unit_test_setup_teardown(tools_inspect_shows_every_field, set_up, tear_down),
        cmocka_unit_test_setup_teardown(tools_inspect_shows_fields_beside_x, set_up, tear_down)};
    return cmocka_run_group_tests(tests, NULL, NULL);
}
