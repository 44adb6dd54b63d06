/* An output is compared with inputs as a file, whatever either is called. */
#include "io/output.h"

#include "base/alloc.h"
#include "io/h5.h"
#include "support/scratch.h"
#include "support/shard_file.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

typedef struct fixture {
    scratch files;
    dlt_file_set inputs;
    int64_t balance;
} fixture;

static fixture it;

static int set_up(void **state) {
    (void)state;
    it.balance = dlt_alloc_balance();
    it.inputs = (dlt_file_set){0};
    return scratch_make(&it.files);
}

static int tear_down(void **state) {
    (void)state;
    dlt_file_set_destroy(&it.inputs);
    return scratch_remove(&it.files) != 0 || dlt_alloc_balance() != it.balance;
}

static const char *at(const char *name) {
    return scratch_path(&it.files, name);
}

static const char *make(const char *name) {
    const char *path = at(name);
    scratch_write(path, name, strlen(name));
    return path;
}

static void io_file_set_knows_a_file_by_any_link(void **state) {
    (void)state;
    const char *data = make("data");
    assert_int_equal(symlink("data", at("soft")), 0);
    assert_int_equal(symlink("soft", at("softer")), 0);
    assert_int_equal(link(data, at("hard")), 0);
    assert_int_equal(symlink(it.files.directory, at("folder")), 0);
    assert_int_equal(dlt_file_set_add(&it.inputs, at("softer")), DLT_OK);
    const char *const same[] = {"data", "soft", "softer", "hard", "./data", "folder/data"};
    for (size_t i = 0; i < sizeof same / sizeof *same; i++)
        assert_true(dlt_file_set_has(&it.inputs, at(same[i])));
    (void)make("copy");
    assert_int_equal(symlink("nowhere", at("lost")), 0);
    const char *const others[] = {"copy", "folder", "lost", "nowhere", "data/x"};
    for (size_t i = 0; i < sizeof others / sizeof *others; i++)
        assert_false(dlt_file_set_has(&it.inputs, at(others[i])));
}

static void io_file_set_holds_many_files_once(void **state) {
    (void)state;
    char name[16];
    enum { FILES = 100 };
    for (int round = 0; round < 2; round++) {
        for (int i = 0; i < FILES; i++) {
            snprintf(name, sizeof name, "%d", i);
            assert_int_equal(dlt_file_set_add(&it.inputs, make(name)), DLT_OK);
        }
        assert_int_equal(it.inputs.count, FILES);
    }
    assert_int_equal(dlt_file_set_add(&it.inputs, at("absent")), DLT_OK);
    assert_int_equal(it.inputs.count, FILES);
    for (int i = 0; i < FILES; i++) {
        snprintf(name, sizeof name, "%d", i);
        assert_true(dlt_file_set_has(&it.inputs, at(name)));
    }
    assert_false(dlt_file_set_has(&it.inputs, make("100")));
}

static void expect_refusal(const char *name, bool overwrite, const char *words) {
    assert_int_equal(dlt_output_check(at(name), overwrite, &it.inputs), DLT_ERR_ARG);
    assert_non_null(strstr(dlt_error_message(), words));
}

static void io_output_check_refuses_inputs_even_to_overwrite(void **state) {
    (void)state;
    assert_int_equal(link(make("data"), at("hard")), 0);
    assert_int_equal(symlink("data", at("soft")), 0);
    assert_int_equal(dlt_file_set_add(&it.inputs, at("data")), DLT_OK);
    for (int overwrite = 0; overwrite < 2; overwrite++) {
        expect_refusal("data", overwrite, "is read by this command");
        expect_refusal("hard", overwrite, "is read by this command");
        expect_refusal("soft", overwrite, "is read by this command");
    }
    assert_int_equal(dlt_file_set_add(&it.inputs, make(".new.tmp")), DLT_OK);
    expect_refusal("new", true, "on the way");
}

static void io_output_check_replaces_files_on_demand_alone(void **state) {
    (void)state;
    (void)make("old");
    assert_int_equal(symlink("nowhere", at("lost")), 0);
    expect_refusal("old", false, "exists already");
    expect_refusal("lost", false, "exists already");
    expect_refusal(".", true, "not a regular file");
    assert_int_equal(dlt_output_check("", true, NULL), DLT_ERR_ARG);
    assert_int_equal(dlt_output_check(at("old/new"), true, NULL), DLT_ERR_IO);
    assert_int_equal(dlt_output_check(at("old"), true, NULL), DLT_OK);
    assert_int_equal(dlt_output_check(at("lost"), true, &it.inputs), DLT_OK);
    assert_int_equal(dlt_output_check(at("new"), false, &it.inputs), DLT_OK);
}

static void io_h5_lock_remembers_what_was_read(void **state) {
    (void)state;
    dlt_h5_lock *h5_lock = NULL;
    dlt_h5_file *file = NULL;
    const float x = 1;
    const shard_file contents = {.samples = 1, .x_type = DLT_H5_F32, .x = &x};
    assert_int_equal(dlt_h5_lock_create(&h5_lock), DLT_OK);
    assert_int_equal(shard_file_write(h5_lock, at("a.h5"), &contents), DLT_OK);
    assert_int_equal(shard_file_write(h5_lock, at("b.h5"), &contents), DLT_OK);
    assert_int_equal(dlt_h5_open(h5_lock, at("a.h5"), &file), DLT_OK);
    dlt_h5_close(&file);
    assert_true(dlt_file_set_has(dlt_h5_lock_has_read(h5_lock), at("a.h5")));
    assert_false(dlt_file_set_has(dlt_h5_lock_has_read(h5_lock), at("b.h5")));
    dlt_h5_lock_destroy(&h5_lock);
}

static void io_is_hdf5_looks_at_bytes_not_names(void **state) {
    (void)state;
    dlt_h5_lock *h5_lock = NULL;
    char behind[4096] = {0};
    const float x = 1;
    const shard_file contents = {.samples = 1, .x_type = DLT_H5_F32, .x = &x};
    assert_int_equal(dlt_h5_lock_create(&h5_lock), DLT_OK);
    assert_int_equal(shard_file_write(h5_lock, at("a.csv"), &contents), DLT_OK);
    dlt_h5_lock_destroy(&h5_lock);
    memcpy(behind + 2048, "\211HDF\r\n\032\n", 8);
    scratch_write(at("user_block"), behind, sizeof behind);
    scratch_write(at("elsewhere"), behind + 1, sizeof behind - 1);
    assert_true(dlt_h5_is_hdf5(at("a.csv")));
    assert_true(dlt_h5_is_hdf5(at("user_block")));
    assert_false(dlt_h5_is_hdf5(at("elsewhere")));
    assert_false(dlt_h5_is_hdf5(make("a.h5")));
    assert_false(dlt_h5_is_hdf5(at("absent")));
    assert_false(dlt_h5_is_hdf5(it.files.directory));
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup_teardown(io_file_set_knows_a_file_by_any_link, set_up, tear_down),
        cmocka_unit_test_setup_teardown(io_file_set_holds_many_files_once, set_up, tear_down),
        cmocka_unit_test_setup_teardown(io_output_check_refuses_inputs_even_to_overwrite, set_up,
                                        tear_down),
        cmocka_unit_test_setup_teardown(io_output_check_replaces_files_on_demand_alone, set_up,
                                        tear_down),
        cmocka_unit_test_setup_teardown(io_h5_lock_remembers_what_was_read, set_up, tear_down),
        cmocka_unit_test_setup_teardown(io_is_hdf5_looks_at_bytes_not_names, set_up, tear_down),
    };
    return cmocka_run_group_tests_name("io_output", tests, NULL, NULL);
}
