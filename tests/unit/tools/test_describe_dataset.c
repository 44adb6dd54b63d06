/* What `data describe` prints of a data set that another program has written. */
#include "dltrain/inspect.h"

#include "support/scratch.h"

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

int main(void) {
    const struct CMUnitTest tests[] = {cmocka_unit_test(tools_dataset_describe_counts_labels)};
    return cmocka_run_group_tests(tests, NULL, NULL);
}
