#include "fixture.h"

#include "base/log.h"

#include <math.h>

static const dlt_shape weight_shape = {2, {INPUTS, UNITS}};
static const dlt_shape bias_shape = {1, {UNITS}};

/* An HDF5 file as another program would write it: other types, no checksums, surplus datasets. */
static const char *write_plain(const dlt_shape *shape_of_weight) {
    const char *path = scratch_path(&it.files, "plain.h5");
    const int32_t bias[UNITS] = {-1, 0, 7};
    const dlt_shape seven = {1, {7}};
    double weight[64];
    dlt_h5_file *file = NULL;
    for (int i = 0; i < 64; i++)
        weight[i] = 0.5 * i;
    assert_int_equal(dlt_h5_create(it.h5_lock, path, &file), DLT_OK);
    assert_int_equal(dlt_h5_write(file, "/params/fc/weight", DLT_H5_F64, shape_of_weight, weight),
                     DLT_OK);
    assert_int_equal(dlt_h5_write(file, "/params/fc/bias", DLT_H5_I32, &bias_shape, bias), DLT_OK);
    assert_int_equal(dlt_h5_write(file, "/params/head/weight", DLT_H5_F64, &seven, weight), DLT_OK);
    assert_int_equal(dlt_h5_finish(&file), DLT_OK);
    return path;
}

static char warning[1024];

static void keep_warning(void *context, dlt_log_level level, const char *message) {
    (void)context;
    if (level == DLT_LOG_WARNING)
        snprintf(warning, sizeof warning, "%s", message);
}

static dlt_status read_params(const char *path, run_memory *memory) {
    dlt_snapshot *snapshot = view(memory);
    warning[0] = '\0';
    dlt_log_set_sink(keep_warning, NULL);
    dlt_init_report report = {0};
    dlt_status status = dlt_checkpoint_read_params(it.h5_lock, path, true, snapshot, &report);
    dlt_init_report_destroy(&report);
    dlt_log_set_sink(NULL, NULL);
    dlt_snapshot_destroy(&snapshot);
    return status;
}

static void checkpoint_read_params_converts_numbers_of_a_plain_file(void **state) {
    (void)state;
    const char *path = write_plain(&weight_shape);
    const run_memory before = make_memory(3);
    run_memory memory = before;
    assert_int_equal(read_params(path, &memory), DLT_OK);
    for (int i = 0; i < INPUTS * UNITS; i++)
        assert_true(memory.weight[i] == 0.5f * (float)i);
    assert_true(memory.bias[0] == -1 && memory.bias[1] == 0 && memory.bias[2] == 7);
    assert_memory_equal(memory.momentum, before.momentum, sizeof memory.momentum);
    assert_memory_equal(memory.running_mean, before.running_mean, sizeof memory.running_mean);
    assert_non_null(strstr(warning, "plain.h5 has /params/head/weight [7], which this model "
                                    "lacks; it is ignored"));
}

static void checkpoint_read_params_takes_those_of_a_checkpoint(void **state) {
    (void)state;
    const char *path = scratch_path(&it.files, "a.h5");
    const run_memory saved = make_memory(1);
    const run_memory before = make_memory(3);
    run_memory memory = before;
    assert_int_equal(save_run(path, 1, 1), DLT_OK);
    assert_int_equal(read_params(path, &memory), DLT_OK);
    assert_memory_equal(memory.weight, saved.weight, sizeof memory.weight);
    assert_memory_equal(memory.bias, saved.bias, sizeof memory.bias);
    assert_memory_equal(memory.running_mean, saved.running_mean, sizeof memory.running_mean);
    assert_memory_equal(memory.momentum, before.momentum, sizeof memory.momentum);
    assert_string_equal(warning, "");
}

static void checkpoint_read_params_names_both_shapes(void **state) {
    (void)state;
    const dlt_shape transposed = {2, {UNITS, INPUTS}};
    const char *path = write_plain(&transposed);
    const run_memory before = make_memory(3);
    run_memory memory = before;
    assert_int_equal(read_params(path, &memory), DLT_ERR_MISMATCH);
    assert_non_null(strstr(dlt_error_message(), "plain.h5 does not fit this model: it has "
                                                "/params/fc/weight [3, 5], this run needs [5, 3]"));
    assert_memory_equal(&memory, &before, sizeof memory);
}

static void checkpoint_read_params_names_what_is_missing(void **state) {
    (void)state;
    const char *path = write_plain(&weight_shape);
    run_memory memory = make_memory(3);
    dlt_snapshot *snapshot = view(&memory);
    assert_int_equal(
        dlt_snapshot_add(snapshot, DLT_H5_F32, &bias_shape, memory.bias, "/params/gain"), DLT_OK);
    dlt_init_report report = {0};
    assert_int_equal(dlt_checkpoint_read_params(it.h5_lock, path, true, snapshot, &report),
                     DLT_ERR_MISMATCH);
    assert_non_null(strstr(dlt_error_message(), "plain.h5 does not fit this model: it has no "
                                                "/params/gain, which must be of shape [3]"));
    dlt_init_report_destroy(&report);
    dlt_snapshot_destroy(&snapshot);
}

static void checkpoint_read_params_takes_what_fits_unless_strict(void **state) {
    (void)state;
    const dlt_shape transposed = {2, {UNITS, INPUTS}};
    const char *path = write_plain(&transposed);
    const run_memory before = make_memory(3);
    run_memory memory = before;
    dlt_snapshot *snapshot = view(&memory);
    dlt_init_report report = {0};
    assert_int_equal(dlt_checkpoint_read_params(it.h5_lock, path, false, snapshot, &report),
                     DLT_OK);
    assert_memory_equal(memory.weight, before.weight, sizeof memory.weight);
    assert_true(memory.bias[0] == -1 && memory.bias[1] == 0 && memory.bias[2] == 7);
    assert_int_equal(report.count, 2);
    assert_int_equal(report.taken_count, 1);
    assert_true(report.statistics == 1 && report.taken_statistics == 0);
    assert_string_equal(dlt_text_of(&report.taken), "/params/fc/bias");
    assert_string_equal(dlt_text_of(&report.left),
                        "/params/fc/weight [3, 5], this run needs [5, 3]");
    dlt_init_report_destroy(&report);
    dlt_snapshot_destroy(&snapshot);
}

static void checkpoint_read_params_refuses_a_file_of_which_nothing_fits(void **state) {
    (void)state;
    const char *path = scratch_path(&it.files, "other.h5");
    const double one = 1;
    const dlt_shape single = {1, {1}};
    run_memory memory = make_memory(3);
    dlt_h5_file *file = NULL;
    assert_int_equal(dlt_h5_create(it.h5_lock, path, &file), DLT_OK);
    assert_int_equal(dlt_h5_write(file, "/params/else/weight", DLT_H5_F64, &single, &one), DLT_OK);
    assert_int_equal(dlt_h5_finish(&file), DLT_OK);
    dlt_snapshot *snapshot = view(&memory);
    dlt_init_report report = {0};
    assert_int_equal(dlt_checkpoint_read_params(it.h5_lock, path, false, snapshot, &report),
                     DLT_ERR_MISMATCH);
    assert_non_null(strstr(dlt_error_message(), "no parameter that fits"));
    dlt_init_report_destroy(&report);
    dlt_snapshot_destroy(&snapshot);
}

static void checkpoint_read_params_names_a_tensor_that_is_not_finite(void **state) {
    (void)state;
    const double spoilt[] = {NAN, INFINITY, 1e300};
    for (int i = 0; i < 3; i++) {
        const char *path = scratch_path(&it.files, "spoilt.h5");
        double weight[INPUTS * UNITS] = {0};
        const double bias[UNITS] = {0, 0, spoilt[i]};
        run_memory memory = make_memory(3);
        dlt_h5_file *file = NULL;
        assert_int_equal(dlt_h5_create(it.h5_lock, path, &file), DLT_OK);
        assert_int_equal(dlt_h5_write(file, "/params/fc/weight", DLT_H5_F64, &weight_shape, weight),
                         DLT_OK);
        assert_int_equal(dlt_h5_write(file, "/params/fc/bias", DLT_H5_F64, &bias_shape, bias),
                         DLT_OK);
        assert_int_equal(dlt_h5_finish(&file), DLT_OK);
        assert_int_equal(read_params(path, &memory), DLT_ERR_FORMAT);
        assert_non_null(strstr(dlt_error_message(), "/params/fc/bias: element 2"));
    }
}

static void checkpoint_read_params_refuses_a_damaged_checkpoint(void **state) {
    (void)state;
    const char *path = scratch_path(&it.files, "a.h5");
    const run_memory before = make_memory(3);
    run_memory memory = before;
    size_t bytes = 0;
    assert_int_equal(save_run(path, 1, 1), DLT_OK);
    unsigned char *content = read_bytes(path, &bytes);
    content[bytes / 2] ^= 4;
    scratch_write(path, content, bytes);
    free(content);
    assert_int_equal(read_params(path, &memory), DLT_ERR_FORMAT);
    assert_non_null(strstr(dlt_error_message(), "is damaged: the checksum of "));
    assert_memory_equal(&memory, &before, sizeof memory);
}

static void checkpoint_read_params_refuses_what_is_not_hdf5(void **state) {
    (void)state;
    const char *path = scratch_path(&it.files, "text.h5");
    run_memory memory = make_memory(3);
    scratch_write(path, "weights, but as a letter", 24);
    assert_int_equal(read_params(path, &memory), DLT_ERR_FORMAT);
    assert_non_null(strstr(dlt_error_message(), "text.h5 is not an HDF5 file"));
}

int main(void) {
#define ROW(name) cmocka_unit_test_setup_teardown(name, set_up, tear_down)
    const struct CMUnitTest tests[] = {
        ROW(checkpoint_read_params_converts_numbers_of_a_plain_file),
        ROW(checkpoint_read_params_takes_those_of_a_checkpoint),
        ROW(checkpoint_read_params_names_both_shapes),
        ROW(checkpoint_read_params_names_what_is_missing),
        ROW(checkpoint_read_params_names_a_tensor_that_is_not_finite),
        ROW(checkpoint_read_params_refuses_a_file_of_which_nothing_fits),
        ROW(checkpoint_read_params_takes_what_fits_unless_strict),
        ROW(checkpoint_read_params_refuses_a_damaged_checkpoint),
        ROW(checkpoint_read_params_refuses_what_is_not_hdf5),
    };
#undef ROW
    return cmocka_run_group_tests_name("checkpoint_init_from", tests, NULL, NULL);
}
