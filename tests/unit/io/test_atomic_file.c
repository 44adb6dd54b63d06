#include "io/atomic_file.h"

#include "base/alloc.h"
#include "io/scratch.h"
#include "support/scratch.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <sys/stat.h>

#include <cmocka.h>

typedef struct fixture {
    scratch files;
    int64_t balance;
} fixture;

static fixture it;

static int set_up(void **state) {
    (void)state;
    it.balance = dlt_alloc_balance();
    return scratch_make(&it.files);
}

static int tear_down(void **state) {
    (void)state;
    return scratch_remove(&it.files) != 0 || dlt_alloc_balance() != it.balance;
}

static void io_file_write_reads_back(void **state) {
    (void)state;
    const char *path = scratch_path(&it.files, "a.bin");
    char *data = NULL;
    size_t bytes = 0;
    assert_int_equal(dlt_file_write(path, "ab\0cd", 5), DLT_OK);
    assert_int_equal(dlt_file_read(path, 5, &data, &bytes), DLT_OK);
    assert_int_equal(bytes, 5);
    assert_memory_equal(data, "ab\0cd", 6);
    dlt_free(data);
    assert_int_equal(scratch_count(&it.files), 1);
}

static void io_file_write_replaces(void **state) {
    (void)state;
    const char *path = scratch_path(&it.files, "a.bin");
    char *data = NULL;
    size_t bytes = 9;
    assert_int_equal(dlt_file_write(path, "longer", 6), DLT_OK);
    assert_int_equal(dlt_file_write(path, "", 0), DLT_OK);
    assert_int_equal(dlt_file_read(path, 100, &data, &bytes), DLT_OK);
    assert_int_equal(bytes, 0);
    assert_string_equal(data, "");
    dlt_free(data);
}

static void io_file_read_refuses_more_than_the_limit(void **state) {
    (void)state;
    const char *path = scratch_path(&it.files, "a.bin");
    char *data = NULL;
    size_t bytes = 0;
    assert_int_equal(dlt_file_write(path, "12345", 5), DLT_OK);
    assert_int_equal(dlt_file_read(path, 4, &data, &bytes), DLT_ERR_IO);
    assert_non_null(strstr(dlt_error_message(), "limit of 4 bytes"));
}

static void io_file_write_names_a_missing_directory(void **state) {
    (void)state;
    const char *path = scratch_path(&it.files, "none/a.bin");
    assert_int_equal(dlt_file_write(path, "x", 1), DLT_ERR_IO);
    assert_non_null(strstr(dlt_error_message(), "No such file or directory"));
}

static void io_file_commit_removes_the_temporary_on_failure(void **state) {
    (void)state;
    const char *temporary = scratch_path(&it.files, ".d.tmp");
    const char *path = scratch_path(&it.files, "d");
    scratch_write(temporary, "x", 1);
    assert_int_equal(dlt_directory_make(scratch_path(&it.files, "d/inner")), DLT_OK);
    assert_int_equal(dlt_file_commit(temporary, path), DLT_ERR_IO);
    assert_false(dlt_path_exists(temporary));
}

static void io_file_write_leaves_what_is_no_regular_file(void **state) {
    (void)state;
    struct stat there;
    const char *path = scratch_path(&it.files, "pipe");
    assert_int_equal(mkfifo(path, 0600), 0);
    assert_int_equal(dlt_file_write(path, "x", 1), DLT_ERR_IO);
    assert_int_equal(stat(path, &there), 0);
    assert_true(S_ISFIFO(there.st_mode));
}

static void io_temporary_path_stays_in_the_directory(void **state) {
    (void)state;
    char *deep = dlt_temporary_path("runs/a/last.h5");
    char *bare = dlt_temporary_path("last.h5");
    assert_string_equal(deep, "runs/a/.last.h5.tmp");
    assert_string_equal(bare, ".last.h5.tmp");
    dlt_free(deep);
    dlt_free(bare);
}

static void io_directory_make_makes_parents_and_accepts_existing(void **state) {
    (void)state;
    const char *path = scratch_path(&it.files, "a/b//c/");
    assert_int_equal(dlt_directory_make(path), DLT_OK);
    assert_int_equal(dlt_directory_make(path), DLT_OK);
    assert_true(dlt_path_exists(scratch_path(&it.files, "a/b/c")));
}

static void io_directory_make_refuses_a_file_in_the_way(void **state) {
    (void)state;
    scratch_write(scratch_path(&it.files, "a"), "x", 1);
    assert_int_equal(dlt_directory_make(scratch_path(&it.files, "a")), DLT_ERR_IO);
    assert_int_equal(dlt_directory_make(scratch_path(&it.files, "a/b")), DLT_ERR_IO);
    assert_non_null(strstr(dlt_error_message(), "Not a directory"));
}

static void io_scratch_has_a_new_name_and_needs_its_parent(void **state) {
    (void)state;
    char one[256];
    char two[256];
    assert_int_equal(dlt_scratch_make(it.files.directory, "a", one, sizeof one), DLT_OK);
    assert_int_equal(dlt_scratch_make(it.files.directory, "a", two, sizeof two), DLT_OK);
    assert_string_not_equal(one, two);
    assert_int_equal(dlt_scratch_make(it.files.directory, "a", two, 8), DLT_ERR_ARG);
    assert_int_equal(dlt_scratch_make(scratch_path(&it.files, "absent"), "a", two, sizeof two),
                     DLT_ERR_IO);
    assert_string_equal(two, "");
    assert_int_equal(scratch_count(&it.files), 2);
}

static void io_scratch_remove_leaves_nothing(void **state) {
    (void)state;
    char folder[256];
    char path[300];
    assert_int_equal(dlt_scratch_make(it.files.directory, "a", folder, sizeof folder), DLT_OK);
    for (int i = 0; i < 3; i++) {
        snprintf(path, sizeof path, "%s/%s%d", folder, i == 0 ? "." : "", i);
        assert_int_equal(dlt_file_write(path, "x", 1), DLT_OK);
    }
    dlt_scratch_remove(folder);
    dlt_scratch_remove(folder);
    assert_int_equal(scratch_count(&it.files), 0);
}

static void io_free_bytes_of_a_path_yet_to_be_made_is_that_of_its_parent(void **state) {
    (void)state;
    assert_true(dlt_free_bytes(it.files.directory) > 0);
    assert_true(dlt_free_bytes(scratch_path(&it.files, "x/y/z.h5")) > 0);
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup_teardown(io_file_write_reads_back, set_up, tear_down),
        cmocka_unit_test_setup_teardown(io_file_write_replaces, set_up, tear_down),
        cmocka_unit_test_setup_teardown(io_file_read_refuses_more_than_the_limit, set_up,
                                        tear_down),
        cmocka_unit_test_setup_teardown(io_file_write_names_a_missing_directory, set_up, tear_down),
        cmocka_unit_test_setup_teardown(io_file_commit_removes_the_temporary_on_failure, set_up,
                                        tear_down),
        cmocka_unit_test_setup_teardown(io_file_write_leaves_what_is_no_regular_file, set_up,
                                        tear_down),
        cmocka_unit_test_setup_teardown(io_temporary_path_stays_in_the_directory, set_up,
                                        tear_down),
        cmocka_unit_test_setup_teardown(io_directory_make_makes_parents_and_accepts_existing,
                                        set_up, tear_down),
        cmocka_unit_test_setup_teardown(io_directory_make_refuses_a_file_in_the_way, set_up,
                                        tear_down),
        cmocka_unit_test_setup_teardown(io_scratch_has_a_new_name_and_needs_its_parent, set_up,
                                        tear_down),
        cmocka_unit_test_setup_teardown(io_scratch_remove_leaves_nothing, set_up, tear_down),
        cmocka_unit_test_setup_teardown(
            io_free_bytes_of_a_path_yet_to_be_made_is_that_of_its_parent, set_up, tear_down),
    };
    return cmocka_run_group_tests_name("io_atomic_file", tests, NULL, NULL);
}
