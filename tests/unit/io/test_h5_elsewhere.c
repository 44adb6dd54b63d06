/* Datasets whose elements lie in other files than the one that was asked, or nowhere. */
#include "io/h5.h"

#include "base/alloc.h"
#include "support/scratch.h"

#include <hdf5.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include <cmocka.h>

enum { ROWS = 6, COLUMNS = 4 };

typedef struct fixture {
    scratch files;
    int64_t balance;
    dlt_h5_lock *h5_lock;
    dlt_h5_file *file;
    dlt_h5_dataset *dataset;
} fixture;

static fixture it;
static const dlt_shape shape = {2, {ROWS, COLUMNS}};

static int set_up(void **state) {
    (void)state;
    it = (fixture){.balance = dlt_alloc_balance()};
    return scratch_make(&it.files) != 0 || dlt_h5_lock_create(&it.h5_lock) != DLT_OK;
}

static int tear_down(void **state) {
    (void)state;
    dlt_h5_dataset_close(&it.dataset);
    dlt_h5_close(&it.file);
    dlt_h5_lock_destroy(&it.h5_lock);
    return scratch_remove(&it.files) != 0 || dlt_alloc_balance() != it.balance;
}

static hid_t create(const char *name) {
    hid_t file = H5Fcreate(scratch_path(&it.files, name), H5F_ACC_TRUNC, H5P_DEFAULT, H5P_DEFAULT);
    assert_true(file >= 0);
    return file;
}

/* x [rows, COLUMNS] of float32: first, first + 1, … */
static void put(hid_t file, const char *name, hsize_t rows, float first) {
    const hsize_t extent[2] = {rows, COLUMNS};
    float values[ROWS * COLUMNS];
    for (int i = 0; i < ROWS * COLUMNS; i++)
        values[i] = first + (float)i;
    hid_t space = H5Screate_simple(2, extent, NULL);
    hid_t dataset =
        H5Dcreate2(file, name, H5T_NATIVE_FLOAT, space, H5P_DEFAULT, H5P_DEFAULT, H5P_DEFAULT);
    assert_true(H5Dwrite(dataset, H5T_NATIVE_FLOAT, H5S_ALL, H5S_ALL, H5P_DEFAULT, values) >= 0);
    H5Dclose(dataset);
    H5Sclose(space);
}

static void put_file(const char *path, hsize_t rows, float first) {
    hid_t file = create(path);
    put(file, "x", rows, first);
    H5Fclose(file);
}

/* Maps a block of v [ROWS, COLUMNS] to the whole of a source. */
static void map(hid_t layout, hsize_t row, hsize_t rows, hsize_t column, hsize_t columns,
                const char *file, const char *name) {
    const hsize_t all[2] = {ROWS, COLUMNS};
    const hsize_t start[2] = {row, column};
    const hsize_t extent[2] = {rows, columns};
    const hsize_t zero[2] = {0, column};
    const hsize_t theirs[2] = {rows, COLUMNS};
    hid_t here = H5Screate_simple(2, all, NULL);
    hid_t there = H5Screate_simple(2, theirs, NULL);
    H5Sselect_hyperslab(here, H5S_SELECT_SET, start, NULL, extent, NULL);
    H5Sselect_hyperslab(there, H5S_SELECT_SET, zero, NULL, extent, NULL);
    assert_true(H5Pset_virtual(layout, here, file, name, there) >= 0);
    H5Sclose(here);
    H5Sclose(there);
}

static void put_virtual(hid_t file, hid_t layout, const char *name) {
    const hsize_t all[2] = {ROWS, COLUMNS};
    hid_t space = H5Screate_simple(2, all, NULL);
    hid_t dataset =
        H5Dcreate2(file, name, H5T_NATIVE_FLOAT, space, H5P_DEFAULT, layout, H5P_DEFAULT);
    assert_true(dataset >= 0);
    H5Dclose(dataset);
    H5Sclose(space);
    H5Pclose(layout);
    H5Fclose(file);
}

static dlt_status open_dataset(const char *file, const char *name) {
    dlt_status status = dlt_h5_open(it.h5_lock, scratch_path(&it.files, file), &it.file);
    return status == DLT_OK ? dlt_h5_dataset_open(it.file, name, &it.dataset) : status;
}

static void expect_refusal(const char *file, const char *name, const char *words) {
    assert_int_not_equal(open_dataset(file, name), DLT_OK);
    if (strstr(dlt_error_message(), words) == NULL)
        fail_msg("'%s' lacks '%s'", dlt_error_message(), words);
}

/* Rows 1 to 4 through HDF5, and where the bytes are plain, past it. */
static void expect_rows(float first) {
    float rows[4 * COLUMNS];
    const dlt_h5_info *info = dlt_h5_dataset_info(it.dataset);
    assert_int_equal(dlt_h5_read_rows(it.dataset, 1, 4, rows), DLT_OK);
    for (int i = 0; i < 4 * COLUMNS; i++)
        assert_true(rows[i] == first + (float)(COLUMNS + i));
    if (!info->contiguous)
        return;
    int fd = -1;
    assert_int_equal(dlt_h5_dataset_descriptor(it.dataset, &fd), DLT_OK);
    assert_int_equal(pread(fd, rows, sizeof rows, (off_t)info->offset), sizeof rows);
    close(fd);
    assert_true(rows[0] == first && rows[5] == first + 5);
}

static void io_h5_follows_an_external_link(void **state) {
    (void)state;
    put_file("raw.h5", ROWS, 100);
    hid_t file = create("index.h5");
    put(file, "pedestal", ROWS, 0);
    H5Lcreate_external("raw.h5", "/x", file, "x", H5P_DEFAULT, H5P_DEFAULT);
    H5Fclose(file);
    assert_int_equal(open_dataset("index.h5", "x"), DLT_OK);
    assert_true(dlt_h5_dataset_info(it.dataset)->contiguous);
    expect_rows(100);
}

/* A soft link to an external link to a file whose group is a link again. */
static void io_h5_follows_links_of_all_kinds(void **state) {
    (void)state;
    put_file("raw.h5", ROWS, 7);
    hid_t file = create("middle.h5");
    H5Lcreate_external("raw.h5", "/", file, "group", H5P_DEFAULT, H5P_DEFAULT);
    H5Fclose(file);
    file = create("index.h5");
    H5Lcreate_external("middle.h5", "/group", file, "there", H5P_DEFAULT, H5P_DEFAULT);
    H5Lcreate_soft("there/./x", file, "x", H5P_DEFAULT, H5P_DEFAULT);
    H5Fclose(file);
    assert_int_equal(open_dataset("index.h5", "/x"), DLT_OK);
    expect_rows(7);
}

static void io_h5_names_a_link_that_leads_nowhere(void **state) {
    (void)state;
    put_file("raw.h5", ROWS, 0);
    hid_t file = create("index.h5");
    H5Lcreate_external("gone.h5", "/x", file, "gone", H5P_DEFAULT, H5P_DEFAULT);
    H5Lcreate_external("raw.h5", "/y", file, "other", H5P_DEFAULT, H5P_DEFAULT);
    H5Lcreate_soft("/loop", file, "loop", H5P_DEFAULT, H5P_DEFAULT);
    H5Fclose(file);
    expect_refusal("index.h5", "gone", "gone.h5: No such file");
    dlt_h5_close(&it.file);
    expect_refusal("index.h5", "other", "raw.h5 has no 'y'");
    dlt_h5_close(&it.file);
    expect_refusal("index.h5", "loop", "leads back to itself");
    dlt_h5_close(&it.file);
    expect_refusal("index.h5", "absent", "has no dataset 'absent'");
}

/* To open a pipe is to wait for somebody who writes. */
static void io_h5_does_not_open_a_pipe_behind_a_link(void **state) {
    (void)state;
    assert_int_equal(mkfifo(scratch_path(&it.files, "pipe.h5"), 0600), 0);
    hid_t file = create("index.h5");
    H5Lcreate_external("pipe.h5", "/x", file, "x", H5P_DEFAULT, H5P_DEFAULT);
    H5Fclose(file);
    expect_refusal("index.h5", "x", "pipe.h5");
}

static void io_h5_does_not_read_raw_files(void **state) {
    (void)state;
    const hsize_t extent[2] = {ROWS, COLUMNS};
    hid_t file = create("raw.h5");
    hid_t creation = H5Pcreate(H5P_DATASET_CREATE);
    H5Pset_external(creation, "/etc/passwd", 0, ROWS * COLUMNS * sizeof(float));
    hid_t space = H5Screate_simple(2, extent, NULL);
    hid_t dataset =
        H5Dcreate2(file, "x", H5T_NATIVE_FLOAT, space, H5P_DEFAULT, creation, H5P_DEFAULT);
    H5Dclose(dataset);
    H5Sclose(space);
    H5Pclose(creation);
    H5Fclose(file);
    expect_refusal("raw.h5", "x", "'/etc/passwd', which is not read");
}

static void io_h5_reads_behind_a_user_block(void **state) {
    (void)state;
    hid_t creation = H5Pcreate(H5P_FILE_CREATE);
    H5Pset_userblock(creation, 512);
    hid_t file = H5Fcreate(scratch_path(&it.files, "m.mat"), H5F_ACC_TRUNC, creation, H5P_DEFAULT);
    H5Pclose(creation);
    put(file, "x", ROWS, 3);
    H5Fclose(file);
    assert_int_equal(open_dataset("m.mat", "x"), DLT_OK);
    expect_rows(3);
}

/* Rows from two files, and columns of one of them from the file itself. */
static void io_h5_reads_a_virtual_dataset(void **state) {
    (void)state;
    put_file("a.h5", 2, 0);
    put_file("b.h5", 4, 8);
    hid_t file = create("v.h5");
    put(file, "own", 4, 8);
    hid_t layout = H5Pcreate(H5P_DATASET_CREATE);
    map(layout, 0, 2, 0, COLUMNS, "a.h5", "x");
    map(layout, 2, 4, 0, 3, "b.h5", "x");
    map(layout, 2, 4, 3, 1, ".", "own");
    put_virtual(file, layout, "x");
    float part[5];
    assert_int_equal(open_dataset("v.h5", "x"), DLT_OK);
    expect_rows(0);
    assert_int_equal(dlt_h5_read_range(it.file, "x", DLT_H5_F32, &shape, 6, 5, part), DLT_OK);
    assert_true(part[0] == 6 && part[1] == 7 && part[2] == 8 && part[4] == 10);
    double all[ROWS * COLUMNS];
    assert_int_equal(dlt_h5_read(it.file, "x", DLT_H5_F64, &shape, all), DLT_OK);
    assert_true(all[0] == 0 && all[23] == 23);
}

static void io_h5_reads_nested_virtual_datasets(void **state) {
    (void)state;
    put_file("a.h5", ROWS, 50);
    hid_t file = create("inner.h5");
    hid_t layout = H5Pcreate(H5P_DATASET_CREATE);
    map(layout, 0, ROWS, 0, COLUMNS, "a.h5", "x");
    put_virtual(file, layout, "x");
    file = create("outer.h5");
    layout = H5Pcreate(H5P_DATASET_CREATE);
    map(layout, 0, ROWS, 0, COLUMNS, "inner.h5", "x");
    put_virtual(file, layout, "x");
    assert_int_equal(open_dataset("outer.h5", "x"), DLT_OK);
    expect_rows(50);
}

/* More sources than stay open; one that goes missing after the first look is noticed when it is
 * needed. */
static void io_h5_notices_a_source_that_vanishes(void **state) {
    (void)state;
    enum { SOURCES = 40 };
    const hsize_t extent[2] = {SOURCES, COLUMNS};
    const hsize_t one[2] = {1, COLUMNS};
    char name[32];
    float rows[SOURCES * COLUMNS];
    hid_t file = create("v.h5");
    hid_t layout = H5Pcreate(H5P_DATASET_CREATE);
    hid_t here = H5Screate_simple(2, extent, NULL);
    hid_t there = H5Screate_simple(2, one, NULL);
    for (hsize_t k = 0; k < SOURCES; k++) {
        const hsize_t start[2] = {k, 0};
        snprintf(name, sizeof name, "s%d.h5", (int)k);
        put_file(name, 1, (float)(COLUMNS * k));
        H5Sselect_hyperslab(here, H5S_SELECT_SET, start, NULL, one, NULL);
        assert_true(H5Pset_virtual(layout, here, name, "x", there) >= 0);
    }
    hid_t dataset = H5Dcreate2(file, "x", H5T_NATIVE_FLOAT, here, H5P_DEFAULT, layout, H5P_DEFAULT);
    H5Dclose(dataset);
    H5Sclose(here);
    H5Sclose(there);
    H5Pclose(layout);
    H5Fclose(file);
    assert_int_equal(open_dataset("v.h5", "x"), DLT_OK);
    assert_int_equal(dlt_h5_read_rows(it.dataset, 0, SOURCES, rows), DLT_OK);
    assert_true(rows[0] == 0 && rows[SOURCES * COLUMNS - 1] == SOURCES * COLUMNS - 1);
    assert_int_equal(unlink(scratch_path(&it.files, "s0.h5")), 0);
    assert_int_equal(dlt_h5_read_rows(it.dataset, 0, 1, rows), DLT_ERR_IO);
    assert_non_null(strstr(dlt_error_message(), "s0.h5"));
}

static void expect_virtual_refusal(hid_t layout, const char *words) {
    put_virtual(create("v.h5"), layout, "x");
    expect_refusal("v.h5", "x", words);
}

static void io_h5_refuses_unmapped_elements(void **state) {
    (void)state;
    put_file("a.h5", 4, 0);
    hid_t layout = H5Pcreate(H5P_DATASET_CREATE);
    map(layout, 1, 4, 0, COLUMNS, "a.h5", "x");
    expect_virtual_refusal(layout, "16 of its 24 elements are mapped");
}

static void io_h5_refuses_missing_and_small_sources(void **state) {
    (void)state;
    put_file("a.h5", 2, 0);
    hid_t layout = H5Pcreate(H5P_DATASET_CREATE);
    map(layout, 0, 2, 0, COLUMNS, "a.h5", "x");
    map(layout, 2, 4, 0, COLUMNS, "gone.h5", "x");
    expect_virtual_refusal(layout, "gone.h5: No such file");
    dlt_h5_close(&it.file);
    layout = H5Pcreate(H5P_DATASET_CREATE);
    map(layout, 0, ROWS, 0, COLUMNS, "a.h5", "x");
    expect_virtual_refusal(layout, "its shape is [2, 4]");
    dlt_h5_close(&it.file);
    layout = H5Pcreate(H5P_DATASET_CREATE);
    map(layout, 0, ROWS, 0, COLUMNS, "a.h5", "other");
    expect_virtual_refusal(layout, "has no such dataset");
}

static void io_h5_refuses_circles(void **state) {
    (void)state;
    hid_t layout = H5Pcreate(H5P_DATASET_CREATE);
    map(layout, 0, ROWS, 0, COLUMNS, ".", "x");
    expect_virtual_refusal(layout, "in a circle");
}

static void io_h5_refuses_endless_mappings(void **state) {
    (void)state;
    const hsize_t extent[2] = {ROWS, COLUMNS};
    const hsize_t most[2] = {H5S_UNLIMITED, COLUMNS};
    const hsize_t start[2] = {0, 0};
    const hsize_t stride[2] = {1, 1};
    const hsize_t count[2] = {H5S_UNLIMITED, 1};
    const hsize_t block[2] = {1, COLUMNS};
    hid_t file = create("v.h5");
    hid_t layout = H5Pcreate(H5P_DATASET_CREATE);
    hid_t space = H5Screate_simple(2, extent, most);
    hid_t one = H5Screate_simple(2, block, NULL);
    H5Sselect_hyperslab(space, H5S_SELECT_SET, start, stride, count, block);
    assert_true(H5Pset_virtual(layout, space, "part%b.h5", "x", one) >= 0);
    hid_t dataset =
        H5Dcreate2(file, "x", H5T_NATIVE_FLOAT, space, H5P_DEFAULT, layout, H5P_DEFAULT);
    assert_true(dataset >= 0);
    H5Dclose(dataset);
    H5Sclose(space);
    H5Sclose(one);
    H5Pclose(layout);
    H5Fclose(file);
    expect_refusal("v.h5", "x", "without an end");
}

int main(void) {
#define ROW(name) cmocka_unit_test_setup_teardown(name, set_up, tear_down)
    const struct CMUnitTest tests[] = {
        ROW(io_h5_follows_an_external_link),          ROW(io_h5_follows_links_of_all_kinds),
        ROW(io_h5_names_a_link_that_leads_nowhere),   ROW(io_h5_does_not_open_a_pipe_behind_a_link),
        ROW(io_h5_does_not_read_raw_files),           ROW(io_h5_reads_behind_a_user_block),
        ROW(io_h5_reads_a_virtual_dataset),           ROW(io_h5_reads_nested_virtual_datasets),
        ROW(io_h5_notices_a_source_that_vanishes),    ROW(io_h5_refuses_unmapped_elements),
        ROW(io_h5_refuses_missing_and_small_sources), ROW(io_h5_refuses_circles),
        ROW(io_h5_refuses_endless_mappings),
    };
#undef ROW
    return cmocka_run_group_tests_name("h5_elsewhere", tests, NULL, NULL);
}
