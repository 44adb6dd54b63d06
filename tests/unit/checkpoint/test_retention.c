#include "fixture.h"

#include "base/log.h"
#include "checkpoint/retention.h"

static dlt_status store(int64_t step, int64_t keep) {
    run_memory memory = make_memory((float)step);
    dlt_snapshot *snapshot = view_all(&memory, step);
    dlt_status status = dlt_checkpoint_store(it.h5_lock, it.files.directory, step, keep, snapshot);
    dlt_snapshot_destroy(&snapshot);
    return status;
}

static void expect_steps(const int64_t *expected, int64_t count) {
    dlt_checkpoint_steps steps = {0};
    assert_int_equal(dlt_checkpoint_list(it.files.directory, &steps), DLT_OK);
    assert_int_equal(steps.count, count);
    assert_memory_equal(steps.at, expected, (size_t)count * sizeof *expected);
    dlt_free(steps.at);
}

static void damage(const char *path) {
    size_t bytes = 0;
    unsigned char *content = read_bytes(path, &bytes);
    content[bytes / 3] ^= 1;
    scratch_write(path, content, bytes);
    free(content);
}

static const char *path_of(int64_t step) {
    char name[64];
    snprintf(name, sizeof name, "step-%09lld.h5", (long long)step);
    return scratch_path(&it.files, name);
}

static void checkpoint_store_keeps_the_last_ones(void **state) {
    (void)state;
    for (int64_t step = 10; step <= 50; step += 10)
        assert_int_equal(store(step, 2), DLT_OK);
    expect_steps((const int64_t[]){40, 50}, 2);
    assert_int_equal(access(path_of(50), R_OK), 0);
}

static void checkpoint_store_never_removes_what_it_wrote(void **state) {
    (void)state;
    assert_int_equal(store(100, 3), DLT_OK);
    assert_int_equal(store(200, 3), DLT_OK);
    assert_int_equal(store(300, 3), DLT_OK);
    assert_int_equal(store(150, 1), DLT_OK);
    expect_steps((const int64_t[]){150}, 1);
}

static void checkpoint_store_that_fails_removes_nothing(void **state) {
    (void)state;
    run_memory memory = make_memory(1);
    dlt_snapshot *snapshot = view_all(&memory, 3);
    assert_int_equal(store(1, 2), DLT_OK);
    assert_int_equal(store(2, 2), DLT_OK);
    dlt_alloc_fail_at(5);
    assert_int_equal(dlt_checkpoint_store(it.h5_lock, it.files.directory, 3, 2, snapshot),
                     DLT_ERR_MEM);
    expect_steps((const int64_t[]){1, 2}, 2);
    dlt_snapshot_destroy(&snapshot);
}

static void checkpoint_store_best_is_a_file_of_its_own(void **state) {
    (void)state;
    run_memory memory = make_memory(1);
    run_memory saved = memory;
    dlt_snapshot *snapshot = view_all(&memory, 1);
    assert_int_equal(store(1, 1), DLT_OK);
    assert_int_equal(dlt_checkpoint_store_best(it.h5_lock, it.files.directory, snapshot), DLT_OK);
    damage(path_of(1));
    memory = make_memory(9);
    char *best = dlt_checkpoint_best_path(it.files.directory);
    assert_int_equal(dlt_checkpoint_load(it.h5_lock, best, snapshot), DLT_OK);
    assert_memory_equal(&memory, &saved, sizeof memory);
    dlt_free(best);
    dlt_snapshot_destroy(&snapshot);
}

static void checkpoint_list_ignores_other_names(void **state) {
    (void)state;
    static const char *const others[] = {
        "step-12.h5", "step-000000012.h5x", ".step-000000012.h5.tmp",
        "best.h5",    "step--00000012.h5",  "notes.txt"};
    for (size_t i = 0; i < sizeof others / sizeof others[0]; i++)
        scratch_write(scratch_path(&it.files, others[i]), "x", 1);
    scratch_write(scratch_path(&it.files, "step-000000012.h5"), "x", 1);
    scratch_write(scratch_path(&it.files, "step-1234567890123.h5"), "x", 1);
    expect_steps((const int64_t[]){12, 1234567890123}, 2);
}

static void checkpoint_folder_prepare_removes_leftover_temporaries(void **state) {
    (void)state;
    char *folder = NULL;
    scratch_write(scratch_path(&it.files, ".step-000000012.h5.tmp"), "x", 1);
    scratch_write(scratch_path(&it.files, ".best.h5.tmp"), "x", 1);
    scratch_write(scratch_path(&it.files, "step-000000001.h5"), "x", 1);
    scratch_write(scratch_path(&it.files, ".hidden"), "x", 1);
    assert_int_equal(dlt_checkpoint_folder_prepare(it.files.directory), DLT_OK);
    assert_int_equal(scratch_count(&it.files), 2);
    folder = dlt_alloc_text(scratch_path(&it.files, "run/checkpoints"));
    assert_int_equal(dlt_checkpoint_folder_prepare(folder), DLT_OK);
    assert_int_equal(access(folder, W_OK), 0);
    dlt_free(folder);
}

/* The warnings of the log, one per line. */
static char warnings[2048];

static void collect_warning(void *context, dlt_log_level level, const char *message) {
    (void)context;
    size_t used = strlen(warnings);
    if (level == DLT_LOG_WARNING)
        snprintf(warnings + used, sizeof warnings - used, "%s\n", message);
}

static dlt_status find_latest(char **path) {
    warnings[0] = '\0';
    dlt_log_set_sink(collect_warning, NULL);
    dlt_status status = dlt_checkpoint_latest(it.files.directory, path);
    dlt_log_set_sink(NULL, NULL);
    return status;
}

static void checkpoint_latest_is_the_newest(void **state) {
    (void)state;
    char *path = NULL;
    assert_int_equal(store(9, 2), DLT_OK);
    assert_int_equal(store(10, 2), DLT_OK);
    assert_int_equal(find_latest(&path), DLT_OK);
    assert_string_equal(path, path_of(10));
    assert_string_equal(warnings, "");
    dlt_free(path);
}

static void checkpoint_latest_names_and_skips_damaged_ones(void **state) {
    (void)state;
    char *path = NULL;
    for (int64_t step = 1; step <= 3; step++)
        assert_int_equal(store(step, 3), DLT_OK);
    damage(path_of(2));
    assert_int_equal(truncate(path_of(3), 100), 0);
    assert_int_equal(find_latest(&path), DLT_OK);
    assert_string_equal(path, path_of(1));
    assert_non_null(
        strstr(warnings, "step-000000003.h5 is damaged: the seal at its end is missing"));
    assert_non_null(strstr(warnings, "step-000000002.h5 is damaged: the checksum of "));
    assert_non_null(strstr(warnings, "; the checkpoint before it is used\n"));
    dlt_free(path);
}

static void checkpoint_latest_of_damaged_ones_only_fails(void **state) {
    (void)state;
    char *path = NULL;
    assert_int_equal(store(1, 2), DLT_OK);
    damage(path_of(1));
    assert_int_equal(find_latest(&path), DLT_ERR_FORMAT);
    assert_non_null(strstr(dlt_error_message(), "none of the 1 checkpoints in "));
    assert_null(path);
}

static void checkpoint_latest_of_an_absent_folder_is_none(void **state) {
    (void)state;
    char *path = NULL;
    assert_int_equal(dlt_checkpoint_latest(scratch_path(&it.files, "no"), &path), DLT_OK);
    assert_null(path);
}

int main(void) {
#define ROW(name) cmocka_unit_test_setup_teardown(name, set_up, tear_down)
    const struct CMUnitTest tests[] = {
        ROW(checkpoint_store_keeps_the_last_ones),
        ROW(checkpoint_store_never_removes_what_it_wrote),
        ROW(checkpoint_store_that_fails_removes_nothing),
        ROW(checkpoint_store_best_is_a_file_of_its_own),
        ROW(checkpoint_list_ignores_other_names),
        ROW(checkpoint_folder_prepare_removes_leftover_temporaries),
        ROW(checkpoint_latest_is_the_newest),
        ROW(checkpoint_latest_names_and_skips_damaged_ones),
        ROW(checkpoint_latest_of_damaged_ones_only_fails),
        ROW(checkpoint_latest_of_an_absent_folder_is_none),
    };
#undef ROW
    return cmocka_run_group_tests_name("checkpoint_retention", tests, NULL, NULL);
}
