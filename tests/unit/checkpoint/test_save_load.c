#include "fixture.h"

#include <signal.h>
#include <sys/resource.h>

static void checkpoint_load_restores_what_was_saved(void **state) {
    (void)state;
    const char *path = scratch_path(&it.files, "a.h5");
    run_memory saved = make_memory(1);
    run_memory memory = make_memory(9);
    dlt_snapshot *snapshot = view(&memory);
    int64_t step = 0;
    double loss = 0;
    const char *text = NULL;
    assert_int_equal(save_run(path, 1, 42), DLT_OK);
    assert_int_equal(dlt_checkpoint_load(it.h5_lock, path, snapshot), DLT_OK);
    assert_memory_equal(&memory, &saved, sizeof memory);
    assert_int_equal(dlt_snapshot_get_int(snapshot, "step", &step), DLT_OK);
    assert_int_equal(step, 42);
    assert_int_equal(dlt_snapshot_get_real(snapshot, "val_loss", &loss), DLT_OK);
    assert_true(loss == 0.125);
    assert_int_equal(dlt_snapshot_get_text(snapshot, "dataset", &text), DLT_OK);
    assert_string_equal(text, "mnist");
    assert_int_equal(dlt_snapshot_get_text(snapshot, "empty", &text), DLT_OK);
    assert_string_equal(text, "");
    assert_string_equal(snapshot->run_file, "name: test\nseed: 7\n");
    assert_string_equal(snapshot->model, "00000000deadbeef");
    assert_int_equal(scratch_count(&it.files), 1);
    dlt_snapshot_destroy(&snapshot);
}

/* What a rank does not keep stays as it is, though it is in the file. */
static void checkpoint_load_fills_only_the_parts_that_are_asked_for(void **state) {
    (void)state;
    const char *path = scratch_path(&it.files, "a.h5");
    const run_memory saved = make_memory(1);
    const run_memory before = make_memory(9);
    run_memory memory = before;
    dlt_snapshot *snapshot = view(&memory);
    assert_int_equal(save_run(path, 1, 42), DLT_OK);
    assert_int_equal(dlt_snapshot_limit(snapshot, &(dlt_snapshot_part){1, 2}), DLT_OK);
    assert_int_equal(dlt_checkpoint_load(it.h5_lock, path, snapshot), DLT_OK);
    assert_true(memory.running_mean[0] == before.running_mean[0]);
    assert_memory_equal(&memory.running_mean[1], &saved.running_mean[1], 2 * sizeof(double));
    assert_memory_equal(memory.momentum, saved.momentum, sizeof saved.momentum);
    dlt_snapshot_destroy(&snapshot);
    /* Two parts, and none. */
    snapshot = view(&memory);
    dlt_snapshot_tensor *momentum = &snapshot->tensors[2];
    int64_t others = snapshot->tensor_count;
    memcpy(memory.momentum, before.momentum, sizeof memory.momentum);
    snapshot->tensor_count = 3;
    assert_int_equal(dlt_snapshot_limit(snapshot, &(dlt_snapshot_part){0, 4}), DLT_OK);
    assert_int_equal(dlt_snapshot_limit(snapshot, &(dlt_snapshot_part){8, 0}), DLT_OK);
    assert_int_equal(dlt_snapshot_limit(snapshot, &(dlt_snapshot_part){10, 5}), DLT_OK);
    snapshot->tensor_count = others;
    assert_int_equal(momentum->part_count, 2);
    assert_int_equal(dlt_checkpoint_load(it.h5_lock, path, snapshot), DLT_OK);
    for (int i = 0; i < INPUTS * UNITS; i++)
        assert_true(memory.momentum[i] ==
                    (i < 4 || i >= 10 ? saved.momentum[i] : before.momentum[i]));
    dlt_snapshot_destroy(&snapshot);
}

static void checkpoint_save_of_the_same_state_gives_the_same_bytes(void **state) {
    (void)state;
    size_t bytes[2];
    unsigned char *content[2];
    const char *names[] = {"a.h5", "b.h5"};
    for (int i = 0; i < 2; i++) {
        const char *path = scratch_path(&it.files, names[i]);
        assert_int_equal(save_run(path, 1, 1), DLT_OK);
        content[i] = read_bytes(path, &bytes[i]);
    }
    assert_int_equal(bytes[0], bytes[1]);
    assert_memory_equal(content[0], content[1], bytes[0]);
    free(content[0]);
    free(content[1]);
}

static void checkpoint_save_restores_a_tensor_of_several_blocks(void **state) {
    (void)state;
    enum { COUNT = 700001 }; /* 2.8 MB, checksums go in blocks of 1 MiB */
    const dlt_shape shape = {1, {COUNT}};
    const char *path = scratch_path(&it.files, "large.h5");
    float *saved = malloc(COUNT * sizeof *saved);
    float *loaded = calloc(COUNT, sizeof *loaded);
    dlt_snapshot *snapshot = NULL;
    for (int i = 0; i < COUNT; i++)
        saved[i] = (float)i;
    assert_int_equal(dlt_snapshot_create(&snapshot), DLT_OK);
    assert_int_equal(dlt_snapshot_add(snapshot, DLT_H5_F32, &shape, saved, "/params/w"), DLT_OK);
    assert_int_equal(dlt_checkpoint_save(it.h5_lock, path, snapshot), DLT_OK);
    snapshot->tensors[0].data = loaded;
    assert_int_equal(dlt_checkpoint_load(it.h5_lock, path, snapshot), DLT_OK);
    assert_memory_equal(saved, loaded, COUNT * sizeof *saved);
    dlt_snapshot_destroy(&snapshot);
    free(saved);
    free(loaded);
}

static void checkpoint_read_state_needs_no_tensors(void **state) {
    (void)state;
    const char *path = scratch_path(&it.files, "a.h5");
    dlt_snapshot *snapshot = NULL;
    int64_t step = 0;
    assert_int_equal(save_run(path, 1, 42), DLT_OK);
    assert_int_equal(dlt_snapshot_create(&snapshot), DLT_OK);
    assert_int_equal(dlt_checkpoint_read_state(it.h5_lock, path, snapshot), DLT_OK);
    assert_int_equal(dlt_snapshot_get_int(snapshot, "step", &step), DLT_OK);
    assert_int_equal(step, 42);
    assert_string_equal(snapshot->run_file, "name: test\nseed: 7\n");
    dlt_snapshot_destroy(&snapshot);
}

static void expect_mismatch(dlt_snapshot *snapshot, const char *path, const char *expected) {
    char message[1024];
    assert_int_equal(dlt_checkpoint_load(it.h5_lock, path, snapshot), DLT_ERR_MISMATCH);
    snprintf(message, sizeof message, "checkpoint %s is of another %s", path, expected);
    assert_string_equal(dlt_error_message(), message);
}

static void checkpoint_load_names_both_shapes_of_another_model(void **state) {
    (void)state;
    const char *path = scratch_path(&it.files, "a.h5");
    run_memory before = make_memory(9);
    run_memory memory = before;
    dlt_snapshot *snapshot = view(&memory);
    assert_int_equal(save_run(path, 1, 1), DLT_OK);
    snapshot->tensors[0].shape.dim[1] = 256;
    expect_mismatch(snapshot, path,
                    "model: it has /params/fc/weight [5, 3], this run needs [5, 256]");
    snapshot->tensors[0].shape.dim[1] = UNITS;
    snapshot->tensors[2].type = DLT_H5_F64;
    expect_mismatch(snapshot, path,
                    "optimizer: it has /optim/momentum/fc/weight in float32, this run needs "
                    "float64");
    assert_memory_equal(&memory, &before, sizeof memory);
    dlt_snapshot_destroy(&snapshot);
}

static void checkpoint_load_names_a_tensor_that_only_one_side_has(void **state) {
    (void)state;
    const char *path = scratch_path(&it.files, "a.h5");
    const dlt_shape shape = {1, {UNITS}};
    run_memory memory = make_memory(9);
    dlt_snapshot *snapshot = view(&memory);
    assert_int_equal(save_run(path, 1, 1), DLT_OK);
    assert_int_equal(dlt_snapshot_add(snapshot, DLT_H5_F32, &shape, memory.bias, "/params/gain"),
                     DLT_OK);
    expect_mismatch(snapshot, path, "model: it lacks /params/gain [3], which this run needs");
    snapshot->tensor_count -= 1;
    dlt_free(snapshot->tensors[snapshot->tensor_count].name);
    snapshot->tensors[1].name[9] = 'd';
    expect_mismatch(snapshot, path, "model: it has /params/fc/bias [3], which this run lacks");
    dlt_snapshot_destroy(&snapshot);
}

/* A rank reads those of its micro-batches, and who evaluates none. */
static void checkpoint_load_takes_of_the_residuals_what_it_is_asked_for(void **state) {
    (void)state;
    const char *path = scratch_path(&it.files, "a.h5");
    const dlt_shape shape = {1, {UNITS}};
    run_memory memory = make_memory(9);
    float residuals[3][UNITS] = {{1, 2, 3}, {4, 5, 6}, {7, 8, 9}};
    float loaded[UNITS] = {0};
    dlt_snapshot *snapshot = view(&memory);
    for (int i = 0; i < 3; i++)
        assert_int_equal(
            dlt_snapshot_add(snapshot, DLT_H5_F32, &shape, residuals[i], "/error_feedback/%d", i),
            DLT_OK);
    assert_int_equal(dlt_checkpoint_save(it.h5_lock, path, snapshot), DLT_OK);
    dlt_snapshot_destroy(&snapshot);
    assert_int_equal(load_run(path, &memory), DLT_OK);
    snapshot = view(&memory);
    assert_int_equal(dlt_snapshot_add(snapshot, DLT_H5_F32, &shape, loaded, "/error_feedback/1"),
                     DLT_OK);
    assert_int_equal(dlt_checkpoint_load(it.h5_lock, path, snapshot), DLT_OK);
    assert_memory_equal(loaded, residuals[1], sizeof loaded);
    assert_int_equal(dlt_snapshot_add(snapshot, DLT_H5_F32, &shape, loaded, "/error_feedback/3"),
                     DLT_OK);
    expect_mismatch(
        snapshot, path,
        "compression or number of micro-batches: it lacks /error_feedback/3 [3], which this "
        "run needs");
    dlt_snapshot_destroy(&snapshot);
}

static void checkpoint_load_compares_the_models_fingerprints(void **state) {
    (void)state;
    const char *path = scratch_path(&it.files, "a.h5");
    run_memory memory = make_memory(9);
    dlt_snapshot *snapshot = view(&memory);
    assert_int_equal(save_run(path, 1, 1), DLT_OK);
    assert_int_equal(dlt_snapshot_set_model(snapshot, "0000000000000bad"), DLT_OK);
    expect_mismatch(snapshot, path,
                    "model: names and shapes agree, but its fingerprint is 00000000deadbeef and "
                    "that of this run is 0000000000000bad");
    dlt_snapshot_destroy(&snapshot);
}

static void checkpoint_load_names_a_missing_file(void **state) {
    (void)state;
    run_memory memory = make_memory(9);
    assert_int_equal(load_run(scratch_path(&it.files, "no.h5"), &memory), DLT_ERR_IO);
    assert_non_null(strstr(dlt_error_message(), "no.h5: No such file or directory"));
}

/* Files may not grow beyond `bytes` until the limit is lifted: a full disk, as far as one process
 * can make one. */
static void limit_files(rlim_t bytes) {
    struct rlimit limit;
    getrlimit(RLIMIT_FSIZE, &limit);
    limit.rlim_cur = bytes < limit.rlim_max ? bytes : limit.rlim_max;
    setrlimit(RLIMIT_FSIZE, &limit);
}

static void checkpoint_save_without_space_leaves_the_previous_one(void **state) {
    (void)state;
    const char *path = scratch_path(&it.files, "a.h5");
    run_memory saved = make_memory(1);
    run_memory memory = make_memory(9);
    size_t bytes = 0;
    assert_int_equal(save_run(path, 1, 1), DLT_OK);
    free(read_bytes(path, &bytes));
    signal(SIGXFSZ, SIG_IGN);
    for (size_t limit = 0; limit < bytes; limit += 97) {
        limit_files(limit);
        dlt_status status = save_run(path, 2, 2);
        limit_files(RLIM_INFINITY);
        assert_int_equal(status, DLT_ERR_IO);
        assert_int_equal(scratch_count(&it.files), 1);
    }
    assert_int_equal(load_run(path, &memory), DLT_OK);
    assert_memory_equal(&memory, &saved, sizeof memory);
}

static void checkpoint_save_names_the_bytes_needed_and_free(void **state) {
    (void)state;
    const dlt_shape huge = {2, {INT64_C(1) << 30, INT64_C(1) << 28}};
    const char *path = scratch_path(&it.files, "a.h5");
    float never_read = 0;
    dlt_snapshot *snapshot = NULL;
    assert_int_equal(dlt_snapshot_create(&snapshot), DLT_OK);
    assert_int_equal(dlt_snapshot_add(snapshot, DLT_H5_F32, &huge, &never_read, "/params/w"),
                     DLT_OK);
    assert_int_equal(dlt_checkpoint_save(it.h5_lock, path, snapshot), DLT_ERR_IO);
    assert_non_null(strstr(dlt_error_message(), "a.h5: it needs 1.15 EB (1152921504606914"));
    assert_non_null(strstr(dlt_error_message(), " bytes) are free"));
    assert_int_equal(scratch_count(&it.files), 0);
    dlt_snapshot_destroy(&snapshot);
}

static void checkpoint_save_names_a_missing_directory(void **state) {
    (void)state;
    assert_int_equal(save_run(scratch_path(&it.files, "no/a.h5"), 1, 1), DLT_ERR_IO);
    assert_non_null(strstr(dlt_error_message(), "a.h5"));
    assert_non_null(strstr(dlt_error_message(), "No such file or directory"));
}

static void checkpoint_save_survives_each_failing_allocation(void **state) {
    (void)state;
    const char *path = scratch_path(&it.files, "a.h5");
    const run_memory first = make_memory(1);
    run_memory second = make_memory(2);
    run_memory memory = make_memory(9);
    dlt_snapshot *snapshot = view_all(&second, 2);
    dlt_status status = DLT_ERR_MEM;
    int failures = 0;
    assert_int_equal(save_run(path, 1, 1), DLT_OK);
    for (int64_t nth = 1; status != DLT_OK; nth++, failures++) {
        int64_t balance = dlt_alloc_balance();
        dlt_alloc_fail_at(nth);
        status = dlt_checkpoint_save(it.h5_lock, path, snapshot);
        dlt_alloc_fail_at(0);
        assert_true(status == DLT_OK || status == DLT_ERR_MEM);
        assert_int_equal(dlt_alloc_balance(), balance);
        assert_int_equal(scratch_count(&it.files), 1);
        /* Whole in any case: the one before, or the new one if only the directory's sync failed. */
        assert_int_equal(load_run(path, &memory), DLT_OK);
        assert_true(memcmp(&memory, &first, sizeof memory) == 0 ||
                    memcmp(&memory, &second, sizeof memory) == 0);
    }
    assert_true(failures > 10);
    dlt_snapshot_destroy(&snapshot);
}

static void checkpoint_load_survives_each_failing_allocation(void **state) {
    (void)state;
    const char *path = scratch_path(&it.files, "a.h5");
    run_memory memory = make_memory(9);
    dlt_snapshot *snapshot = view(&memory);
    dlt_status status = DLT_ERR_MEM;
    int failures = 0;
    assert_int_equal(save_run(path, 1, 1), DLT_OK);
    for (int64_t nth = 1; status != DLT_OK; nth++, failures++) {
        int64_t balance = dlt_alloc_balance();
        dlt_alloc_fail_at(nth);
        status = dlt_checkpoint_load(it.h5_lock, path, snapshot);
        dlt_alloc_fail_at(0);
        assert_true(status == DLT_OK || status == DLT_ERR_MEM);
        if (status != DLT_OK)
            assert_int_equal(dlt_alloc_balance(), balance);
    }
    assert_true(failures > 10);
    dlt_snapshot_destroy(&snapshot);
}

int main(void) {
#define ROW(name) cmocka_unit_test_setup_teardown(name, set_up, tear_down)
    const struct CMUnitTest tests[] = {
        ROW(checkpoint_load_restores_what_was_saved),
        ROW(checkpoint_load_fills_only_the_parts_that_are_asked_for),
        ROW(checkpoint_save_of_the_same_state_gives_the_same_bytes),
        ROW(checkpoint_save_restores_a_tensor_of_several_blocks),
        ROW(checkpoint_read_state_needs_no_tensors),
        ROW(checkpoint_load_names_both_shapes_of_another_model),
        ROW(checkpoint_load_names_a_tensor_that_only_one_side_has),
        ROW(checkpoint_load_takes_of_the_residuals_what_it_is_asked_for),
        ROW(checkpoint_load_compares_the_models_fingerprints),
        ROW(checkpoint_load_names_a_missing_file),
        ROW(checkpoint_save_without_space_leaves_the_previous_one),
        ROW(checkpoint_save_names_the_bytes_needed_and_free),
        ROW(checkpoint_save_names_a_missing_directory),
        ROW(checkpoint_save_survives_each_failing_allocation),
        ROW(checkpoint_load_survives_each_failing_allocation),
    };
#undef ROW
    return cmocka_run_group_tests_name("checkpoint_save_load", tests, NULL, NULL);
}
