/* Files as other programs write them: what only HDF5's own calls can make. */
#include "data/dataset.h"

#include "base/alloc.h"
#include "support/fields.h"
#include "support/scratch.h"

#include <hdf5.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>

typedef struct fixture {
    scratch files;
    int64_t balance;
    dlt_h5_lock *h5_lock;
    dlt_dataset *dataset;
    hid_t file;
} fixture;

static fixture it;

static int set_up(void **state) {
    (void)state;
    it.balance = dlt_alloc_balance();
    it.dataset = NULL;
    if (scratch_make(&it.files) != 0 || dlt_h5_lock_create(&it.h5_lock) != DLT_OK)
        return 1;
    it.file = H5Fcreate(scratch_path(&it.files, "a.h5"), H5F_ACC_TRUNC, H5P_DEFAULT, H5P_DEFAULT);
    return it.file < 0;
}

static int tear_down(void **state) {
    (void)state;
    dlt_dataset_close(&it.dataset);
    dlt_h5_lock_destroy(&it.h5_lock);
    return scratch_remove(&it.files) != 0 || dlt_alloc_balance() != it.balance;
}

/* Writes count values of memory_type as a dataset of file_type. */
static void put(const char *name, hid_t file_type, hid_t memory_type, hsize_t count, hid_t creation,
                const void *values) {
    hid_t space = H5Screate_simple(1, &count, NULL);
    hid_t dataset = H5Dcreate2(it.file, name, file_type, space, H5P_DEFAULT, creation, H5P_DEFAULT);
    assert_true(dataset >= 0);
    assert_true(H5Dwrite(dataset, memory_type, H5S_ALL, H5S_ALL, H5P_DEFAULT, values) >= 0);
    H5Dclose(dataset);
    H5Sclose(space);
}

static void close_and_open(const char *x, const char *y) {
    H5Fclose(it.file);
    assert_int_equal(open_x_y(it.h5_lock, scratch_path(&it.files, "a.h5"), x, y, true, &it.dataset),
                     DLT_OK);
}

static const int64_t samples[3] = {2, 0, 1};

static void data_dataset_reads_foreign_byte_order(void **state) {
    (void)state;
    const float x[3] = {1.5f, -2, 1e30f};
    const int32_t y[3] = {7, 0, 3};
    dlt_real out[3];
    int32_t labels[3];
    put("x", H5T_IEEE_F32BE, H5T_NATIVE_FLOAT, 3, H5P_DEFAULT, x);
    put("y", H5T_STD_U16BE, H5T_NATIVE_INT32, 3, H5P_DEFAULT, y);
    close_and_open("x", "y");
    assert_int_equal(dlt_dataset_x(it.dataset)->type, DLT_H5_F32);
    assert_int_equal(read_x(it.dataset, samples, 3, out), DLT_OK);
    assert_true(out[0] == 1e30f && out[1] == 1.5f && out[2] == -2);
    assert_int_equal(read_labels(it.dataset, samples, 3, 8, labels), DLT_OK);
    assert_true(labels[0] == 3 && labels[1] == 7 && labels[2] == 0);
}

/* How h5py stores numpy's bool. */
static void data_dataset_reads_booleans(void **state) {
    (void)state;
    const int8_t values[3] = {1, 0, 1};
    int32_t labels[3];
    hid_t boolean = H5Tenum_create(H5T_STD_I8LE);
    assert_true(H5Tenum_insert(boolean, "FALSE", (const int8_t[]){0}) >= 0);
    assert_true(H5Tenum_insert(boolean, "TRUE", (const int8_t[]){1}) >= 0);
    put("images", boolean, boolean, 3, H5P_DEFAULT, values);
    put("labels", boolean, boolean, 3, H5P_DEFAULT, values);
    H5Tclose(boolean);
    close_and_open("images", "labels");
    assert_int_equal(read_labels(it.dataset, samples, 3, 2, labels), DLT_OK);
    assert_true(labels[0] == 1 && labels[1] == 1 && labels[2] == 0);
}

static void data_dataset_reads_compact_and_half_precision(void **state) {
    (void)state;
    const float x[3] = {0.5f, -2, 3};
    const double y[3] = {1, 2, 3};
    dlt_real out[3];
    hid_t compact = H5Pcreate(H5P_DATASET_CREATE);
    H5Pset_layout(compact, H5D_COMPACT);
    hid_t half = H5Tcopy(H5T_IEEE_F32LE);
    assert_true(H5Tset_fields(half, 15, 10, 5, 0, 10) >= 0);
    assert_true(H5Tset_size(half, 2) >= 0 && H5Tset_ebias(half, 15) >= 0);
    put("x", half, H5T_NATIVE_FLOAT, 3, H5P_DEFAULT, x);
    put("y", H5T_IEEE_F64LE, H5T_NATIVE_DOUBLE, 3, compact, y);
    H5Tclose(half);
    H5Pclose(compact);
    close_and_open("x", "y");
    assert_int_equal(read_x(it.dataset, samples, 3, out), DLT_OK);
    assert_true(out[0] == 3 && out[1] == 0.5f && out[2] == -2);
    assert_int_equal(read_values(it.dataset, samples, 3, 1, out), DLT_OK);
    assert_true(out[0] == 3 && out[1] == 1 && out[2] == 2);
}

/* How h5py stores a list of str. */
static void data_dataset_reads_class_names_as_a_list(void **state) {
    (void)state;
    const int32_t y[3] = {0, 1, 1};
    const char *names[2] = {"cat", "dög"};
    const hsize_t two = 2;
    put("x", H5T_NATIVE_INT32, H5T_NATIVE_INT32, 3, H5P_DEFAULT, y);
    put("y", H5T_NATIVE_INT32, H5T_NATIVE_INT32, 3, H5P_DEFAULT, y);
    hid_t text = H5Tcopy(H5T_C_S1);
    H5Tset_size(text, H5T_VARIABLE);
    H5Tset_cset(text, H5T_CSET_UTF8);
    hid_t space = H5Screate_simple(1, &two, NULL);
    hid_t attribute = H5Acreate2(it.file, "class_names", text, space, H5P_DEFAULT, H5P_DEFAULT);
    assert_true(H5Awrite(attribute, text, names) >= 0);
    H5Aclose(attribute);
    H5Sclose(space);
    H5Tclose(text);
    close_and_open(NULL, NULL);
    assert_int_equal(dlt_dataset_facts_of(it.dataset)->classes, 2);
    assert_string_equal(dlt_dataset_facts_of(it.dataset)->class_names, "cat\ndög");
}

static void data_dataset_open_refuses_text(void **state) {
    (void)state;
    hid_t text = H5Tcopy(H5T_C_S1);
    H5Tset_size(text, 4);
    put("x", text, text, 2, H5P_DEFAULT, "abc\0def");
    H5Tclose(text);
    H5Fclose(it.file);
    assert_int_equal(
        open_x_y(it.h5_lock, scratch_path(&it.files, "a.h5"), NULL, NULL, false, &it.dataset),
        DLT_ERR_FORMAT);
    assert_non_null(strstr(dlt_error_message(), "dataset 'x' of "));
    assert_non_null(strstr(dlt_error_message(), "does not hold numbers"));
}

/* Makes a dataset of bytes and writes nothing to it. */
static void claim(const char *name, int rank, const hsize_t *extent, hid_t creation) {
    hid_t space = H5Screate_simple(rank, extent, NULL);
    hid_t dataset =
        H5Dcreate2(it.file, name, H5T_STD_U8LE, space, H5P_DEFAULT, creation, H5P_DEFAULT);
    assert_true(dataset >= 0);
    H5Dclose(dataset);
    H5Sclose(space);
}

static void expect_refusal(const char *words) {
    H5Fclose(it.file);
    const char *path = scratch_path(&it.files, "a.h5");
    assert_int_equal(open_x_y(it.h5_lock, path, "x", "y", false, &it.dataset), DLT_ERR_FORMAT);
    if (strstr(dlt_error_message(), words) == NULL)
        fail_msg("'%s' lacks '%s'", dlt_error_message(), words);
}

/* HDF5 would make up what was never written. */
static void data_dataset_refuses_what_was_never_written(void **state) {
    (void)state;
    const hsize_t many = (hsize_t)1 << 58;
    claim("x", 1, &many, H5P_DEFAULT);
    expect_refusal("incomplete");
}

static void data_dataset_refuses_chunks_that_were_never_written(void **state) {
    (void)state;
    const uint8_t values[4] = {1, 2, 3, 4};
    const hsize_t extent = 6;
    const hsize_t written = 4;
    hid_t chunked = H5Pcreate(H5P_DATASET_CREATE);
    H5Pset_chunk(chunked, 1, (const hsize_t[]){2});
    claim("x", 1, &extent, chunked);
    hid_t dataset = H5Dopen2(it.file, "x", H5P_DEFAULT);
    hid_t rows = H5Dget_space(dataset);
    hid_t memory = H5Screate_simple(1, &written, NULL);
    H5Sselect_hyperslab(rows, H5S_SELECT_SET, (const hsize_t[]){0}, NULL, &written, NULL);
    assert_true(H5Dwrite(dataset, H5T_NATIVE_UINT8, memory, rows, H5P_DEFAULT, values) >= 0);
    H5Sclose(memory);
    H5Sclose(rows);
    H5Dclose(dataset);
    H5Pclose(chunked);
    expect_refusal("its shape is [6], but not all of it was ever written");
}

static void data_dataset_refuses_more_elements_than_can_be(void **state) {
    (void)state;
    const hsize_t extent[2] = {(hsize_t)1 << 40, (hsize_t)1 << 20};
    hid_t chunked = H5Pcreate(H5P_DATASET_CREATE);
    H5Pset_chunk(chunked, 2, (const hsize_t[]){2, 2});
    claim("x", 2, extent, chunked);
    H5Pclose(chunked);
    expect_refusal("more elements than any file can hold");
}

/* Places of a sparse file cost nothing, but a sample must fit in memory. */
static void data_dataset_refuses_enormous_samples(void **state) {
    (void)state;
    const hsize_t extent[2] = {1, (hsize_t)1 << 31};
    hid_t sparse = H5Pcreate(H5P_DATASET_CREATE);
    H5Pset_alloc_time(sparse, H5D_ALLOC_TIME_EARLY);
    H5Pset_fill_time(sparse, H5D_FILL_TIME_NEVER);
    claim("x", 2, extent, sparse);
    H5Pclose(sparse);
    expect_refusal("too large");
}

static void add_number(const char *object, const char *name, hid_t type, const void *value) {
    hid_t space = H5Screate(H5S_SCALAR);
    hid_t attribute = H5Acreate_by_name(it.file, object, name, type, space, H5P_DEFAULT,
                                        H5P_DEFAULT, H5P_DEFAULT);
    assert_true(attribute >= 0 && H5Awrite(attribute, type, value) >= 0);
    H5Aclose(attribute);
    H5Sclose(space);
}

static void expect_missing(const char *words) {
    dlt_real out[3];
    int32_t labels[3];
    H5Fclose(it.file);
    dlt_status status =
        open_x_y(it.h5_lock, scratch_path(&it.files, "a.h5"), "x", "y", true, &it.dataset);
    if (status == DLT_OK)
        status = read_x(it.dataset, samples, 3, out);
    if (status == DLT_OK)
        status = read_labels(it.dataset, samples, 3, 8, labels);
    assert_int_equal(status, DLT_ERR_FORMAT);
    if (strstr(dlt_error_message(), words) == NULL)
        fail_msg("'%s' lacks '%s'", dlt_error_message(), words);
}

static void data_dataset_refuses_numbers_marked_as_missing(void **state) {
    (void)state;
    const double x[3] = {1, -999.9, 3};
    const double mark = -999.9; /* not a float32 itself */
    const int32_t y[3] = {0, 1, 2};
    put("x", H5T_NATIVE_FLOAT, H5T_NATIVE_DOUBLE, 3, H5P_DEFAULT, x);
    put("y", H5T_NATIVE_INT32, H5T_NATIVE_INT32, 3, H5P_DEFAULT, y);
    add_number("x", "missing_value", H5T_NATIVE_DOUBLE, &mark);
    expect_missing("row 1 of 'x' in ");
}

static void data_dataset_refuses_labels_marked_as_missing(void **state) {
    (void)state;
    const float x[3] = {1, 2, 3};
    const int32_t y[3] = {0, 1, 7};
    put("x", H5T_NATIVE_FLOAT, H5T_NATIVE_FLOAT, 3, H5P_DEFAULT, x);
    put("y", H5T_NATIVE_INT32, H5T_NATIVE_INT32, 3, H5P_DEFAULT, y);
    add_number("y", "_FillValue", H5T_NATIVE_INT32, &y[2]);
    expect_missing("7 is its _FillValue");
}

/* What netCDF writes where nothing was written is in the creation properties alone. */
static void data_dataset_refuses_what_netcdf_fills_in(void **state) {
    (void)state;
    const float x[3] = {9.9692099683868690e+36f, 2, 3};
    const int32_t y[3] = {0, 1, 2};
    hid_t creation = H5Pcreate(H5P_DATASET_CREATE);
    H5Pset_fill_value(creation, H5T_NATIVE_FLOAT, &x[0]);
    put("x", H5T_NATIVE_FLOAT, H5T_NATIVE_FLOAT, 3, creation, x);
    H5Pclose(creation);
    put("y", H5T_NATIVE_INT32, H5T_NATIVE_INT32, 3, H5P_DEFAULT, y);
    expect_missing("row 0 of 'x'");
}

static void data_dataset_refuses_packed_numbers(void **state) {
    (void)state;
    const float x[3] = {1, 2, 3};
    const double factor = 0.01;
    put("x", H5T_STD_I16LE, H5T_NATIVE_FLOAT, 3, H5P_DEFAULT, x);
    add_number("x", "scale_factor", H5T_NATIVE_DOUBLE, &factor);
    expect_refusal("is packed: its attribute 'scale_factor' is 0.01");
}

static void data_dataset_passes_over_foreign_attributes(void **state) {
    (void)state;
    const float x[3] = {1, 2, 3};
    const int32_t y[3] = {0, 2, 1};
    const double half = 0.5;
    put("x", H5T_NATIVE_FLOAT, H5T_NATIVE_FLOAT, 3, H5P_DEFAULT, x);
    put("y", H5T_NATIVE_INT32, H5T_NATIVE_INT32, 3, H5P_DEFAULT, y);
    add_number("/", "mean", H5T_NATIVE_DOUBLE, &half);
    add_number("/", "class_names", H5T_NATIVE_DOUBLE, &half);
    add_number("/", "fingerprint", H5T_NATIVE_DOUBLE, &half);
    close_and_open("x", "y");
    assert_int_equal(dlt_dataset_facts_of(it.dataset)->feature_count, 0);
    assert_null(dlt_dataset_facts_of(it.dataset)->class_names);
    assert_false(dlt_dataset_has_fingerprints(it.dataset));
}

int main(void) {
#define ROW(name) cmocka_unit_test_setup_teardown(name, set_up, tear_down)
    const struct CMUnitTest tests[] = {
        ROW(data_dataset_reads_foreign_byte_order),
        ROW(data_dataset_reads_booleans),
        ROW(data_dataset_reads_compact_and_half_precision),
        ROW(data_dataset_reads_class_names_as_a_list),
        ROW(data_dataset_open_refuses_text),
        ROW(data_dataset_refuses_what_was_never_written),
        ROW(data_dataset_refuses_chunks_that_were_never_written),
        ROW(data_dataset_refuses_more_elements_than_can_be),
        ROW(data_dataset_refuses_enormous_samples),
        ROW(data_dataset_refuses_numbers_marked_as_missing),
        ROW(data_dataset_refuses_labels_marked_as_missing),
        ROW(data_dataset_refuses_what_netcdf_fills_in),
        ROW(data_dataset_refuses_packed_numbers),
        ROW(data_dataset_passes_over_foreign_attributes),
    };
#undef ROW
    return cmocka_run_group_tests_name("data_foreign_files", tests, NULL, NULL);
}
