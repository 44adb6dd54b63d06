#include "unit/checkpoint/fixture.h"

#include "dltrain/inspect.h"

#include <math.h>

static char printed[16384];

static dlt_status describe(const char *path) {
    memset(printed, 0, sizeof printed);
    FILE *out = fmemopen(printed, sizeof printed - 1, "w");
    dlt_status status = dlt_checkpoint_describe(path, out);
    fclose(out);
    return status;
}

/* True if some printed line holds all the words, in order, with any space between them. */
static int has_line(const char *words) {
    char wanted[256];
    char line[512];
    snprintf(wanted, sizeof wanted, "%s", words);
    for (const char *at = printed; *at != '\0';) {
        size_t length = strcspn(at, "\n");
        snprintf(line, sizeof line, "%.*s", (int)length, at);
        char squeezed[512] = "";
        size_t used = 0;
        for (const char *c = line; *c != '\0'; c++)
            if (*c != ' ' || (used > 0 && squeezed[used - 1] != ' '))
                squeezed[used++] = *c;
        if (strstr(squeezed, wanted) != NULL)
            return 1;
        at += length + (at[length] == '\n');
    }
    return 0;
}

static void checkpoint_describe_shows_parameters_state_and_run_file(void **state) {
    (void)state;
    const char *path = scratch_path(&it.files, "a.h5");
    assert_int_equal(save_run(path, 0, 42), DLT_OK);
    assert_int_equal(describe(path), DLT_OK);
    assert_true(has_line("parameters: 18 in 2 tensors"));
    /* 0, 0.25, … 3.5: mean 1.75, std 0.25 sqrt((15^2 - 1) / 12) = 1.0801 */
    assert_true(has_line("/params/fc/weight [5, 3] float32 15 1.75 1.08 0 3.5 0 ok"));
    assert_true(has_line("/optim/momentum/fc/weight [5, 3]"));
    assert_true(has_line("/buffers/bn/running_mean [3] float64"));
    assert_true(has_line("step 42"));
    assert_true(has_line("val_loss 0.125"));
    assert_true(has_line("dataset mnist"));
    assert_true(has_line("model fingerprint: 00000000deadbeef"));
    assert_true(has_line("seed: 7"));
    /* Four tensors, four values, two texts, and the structure. */
    assert_true(has_line("checksums: all 11 match"));
}

static void checkpoint_describe_counts_numbers_that_are_not_finite(void **state) {
    (void)state;
    const char *path = scratch_path(&it.files, "a.h5");
    run_memory memory = make_memory(0);
    memory.bias[0] = (float)NAN;
    memory.bias[1] = (float)INFINITY;
    memory.bias[2] = 3;
    dlt_snapshot *snapshot = view(&memory);
    assert_int_equal(dlt_checkpoint_save(it.h5_lock, path, snapshot), DLT_OK);
    assert_int_equal(describe(path), DLT_OK);
    assert_true(has_line("/params/fc/bias [3] float32 3 3 0 3 3 2 ok"));
    dlt_snapshot_destroy(&snapshot);
}

static void checkpoint_describe_marks_the_damaged_tensor(void **state) {
    (void)state;
    const char *path = scratch_path(&it.files, "a.h5");
    const run_memory memory = make_memory(3);
    size_t bytes = 0;
    size_t at = 0;
    assert_int_equal(save_run(path, 3, 42), DLT_OK);
    unsigned char *content = read_bytes(path, &bytes);
    while (memcmp(content + at, memory.momentum, sizeof memory.momentum) != 0)
        at++;
    content[at] ^= 1;
    scratch_write(path, content, bytes);
    free(content);
    assert_int_equal(describe(path), DLT_ERR_FORMAT);
    assert_non_null(strstr(dlt_error_message(), "the checksum of /optim/momentum/fc/weight"));
    assert_non_null(strstr(printed, "DAMAGED"));
    assert_true(has_line("step 42"));
}

static void checkpoint_describe_survives_every_changed_byte(void **state) {
    (void)state;
    const char *path = scratch_path(&it.files, "a.h5");
    size_t bytes = 0;
    assert_int_equal(save_run(path, 1, 42), DLT_OK);
    unsigned char *content = read_bytes(path, &bytes);
    /* Not the footer: without it the file counts as HDF5 of unknown origin. */
    for (size_t at = 0; at + 60 < bytes; at += 3) {
        content[at] ^= 0x20;
        scratch_write(path, content, bytes);
        assert_int_equal(describe(path), DLT_ERR_FORMAT);
        content[at] ^= 0x20;
    }
    free(content);
}

static void checkpoint_describe_lists_the_datasets_of_any_hdf5_file(void **state) {
    (void)state;
    const char *path = scratch_path(&it.files, "data.h5");
    const dlt_shape shape = {2, {2, 3}};
    const uint8_t pixels[6] = {0};
    dlt_h5_file *file = NULL;
    assert_int_equal(dlt_h5_create(it.h5_lock, path, &file), DLT_OK);
    assert_int_equal(dlt_h5_write(file, "x", DLT_H5_U8, &shape, pixels), DLT_OK);
    assert_int_equal(dlt_h5_finish(&file), DLT_OK);
    assert_int_equal(describe(path), DLT_OK);
    assert_true(has_line("data.h5: HDF5 file"));
    assert_true(has_line("/x [2, 3] uint8 contiguous"));
}

static void checkpoint_describe_explains_what_is_not_hdf5(void **state) {
    (void)state;
    const char *path = scratch_path(&it.files, "text");
    scratch_write(path, "hello", 5);
    assert_int_equal(describe(path), DLT_ERR_FORMAT);
    assert_non_null(strstr(dlt_error_message(), "text is not an HDF5 file"));
    assert_int_equal(describe(scratch_path(&it.files, "no")), DLT_ERR_IO);
}

static void checkpoint_describe_reports_a_full_disk(void **state) {
    (void)state;
    const char *path = scratch_path(&it.files, "a.h5");
    FILE *full = fopen("/dev/full", "w");
    assert_int_equal(save_run(path, 1, 42), DLT_OK);
    assert_int_equal(dlt_checkpoint_describe(path, full), DLT_ERR_IO);
    assert_non_null(strstr(dlt_error_message(), "No space left on device"));
    fclose(full);
}

int main(void) {
#define ROW(name) cmocka_unit_test_setup_teardown(name, set_up, tear_down)
    const struct CMUnitTest tests[] = {
        ROW(checkpoint_describe_shows_parameters_state_and_run_file),
        ROW(checkpoint_describe_counts_numbers_that_are_not_finite),
        ROW(checkpoint_describe_marks_the_damaged_tensor),
        ROW(checkpoint_describe_survives_every_changed_byte),
        ROW(checkpoint_describe_lists_the_datasets_of_any_hdf5_file),
        ROW(checkpoint_describe_explains_what_is_not_hdf5),
        ROW(checkpoint_describe_reports_a_full_disk),
    };
#undef ROW
    return cmocka_run_group_tests_name("checkpoint_describe", tests, NULL, NULL);
}
