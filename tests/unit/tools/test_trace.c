#include "tools/trace.h"

#include "base/alloc.h"
#include "io/atomic_file.h"
#include "support/scratch.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>

enum { COLUMNS = 3, ROWS = 4 };

static const char *const names[COLUMNS] = {"/gradients/fc/weight", "/params/fc/weight", "loss"};

static void make_trace(dlt_trace *out) {
    assert_int_equal(dlt_trace_create(COLUMNS, ROWS, out), DLT_OK);
    for (int64_t c = 0; c < COLUMNS; c++)
        assert_non_null(out->names[c] = dlt_alloc_text(names[c]));
    out->rows = ROWS;
    for (int64_t i = 0; i < COLUMNS * ROWS; i++)
        out->hashes[i] = (uint64_t)i * UINT64_C(0x9e3779b97f4a7c15);
}

static scratch directory;

static int set_up(void **state) {
    (void)state;
    return scratch_make(&directory);
}

static int tear_down(void **state) {
    (void)state;
    return scratch_remove(&directory) != 0 || dlt_alloc_balance() != 0;
}

static void train_trace_read_gives_back_what_was_written(void **state) {
    (void)state;
    const char *path = scratch_path(&directory, "trace.txt");
    dlt_trace written;
    dlt_trace read;
    make_trace(&written);
    assert_int_equal(dlt_trace_write(&written, path), DLT_OK);
    assert_int_equal(dlt_trace_read(path, &read), DLT_OK);
    assert_int_equal(read.columns, COLUMNS);
    assert_int_equal(read.rows, ROWS);
    for (int64_t c = 0; c < COLUMNS; c++)
        assert_string_equal(read.names[c], names[c]);
    assert_memory_equal(read.hashes, written.hashes, COLUMNS * ROWS * sizeof *read.hashes);
    dlt_trace_destroy(&written);
    dlt_trace_destroy(&read);
}

static void train_trace_read_refuses_every_truncation(void **state) {
    (void)state;
    const char *path = scratch_path(&directory, "trace.txt");
    dlt_trace written;
    char *text = NULL;
    size_t bytes = 0;
    make_trace(&written);
    assert_int_equal(dlt_trace_write(&written, path), DLT_OK);
    dlt_trace_destroy(&written);
    assert_int_equal(dlt_file_read(path, 1 << 20, &text, &bytes), DLT_OK);
    for (size_t length = 0; length < bytes; length++) {
        dlt_trace read;
        assert_int_equal(dlt_file_write(path, text, length), DLT_OK);
        assert_int_equal(dlt_trace_read(path, &read), DLT_ERR_FORMAT);
        dlt_trace_destroy(&read);
    }
    dlt_free(text);
}

static void train_trace_read_refuses_counts_beyond_the_file(void **state) {
    (void)state;
    const char *path = scratch_path(&directory, "trace.txt");
    const char *text = "dltrain-trace 1\ncolumns 1000000000\nrows 1000000000\nloss\n";
    dlt_trace read;
    assert_int_equal(dlt_file_write(path, text, strlen(text)), DLT_OK);
    assert_int_equal(dlt_trace_read(path, &read), DLT_ERR_FORMAT);
    dlt_trace_destroy(&read);
}

static void train_trace_compare_finds_the_first_difference(void **state) {
    (void)state;
    dlt_trace first;
    dlt_trace second;
    dlt_trace_parting parting;
    make_trace(&first);
    make_trace(&second);
    assert_int_equal(dlt_trace_compare(&first, &second, &parting), DLT_OK);
    assert_int_equal(parting.row, -1);
    dlt_trace_row(&second, 3)[0]++;
    dlt_trace_row(&second, 2)[1]++;
    dlt_trace_row(&second, 2)[2]++;
    assert_int_equal(dlt_trace_compare(&first, &second, &parting), DLT_OK);
    assert_int_equal(parting.row, 2);
    assert_int_equal(parting.column, 1);
    assert_int_equal(parting.differ, 2);
    /* Rows that only one has are not compared. */
    second.rows = 2;
    assert_int_equal(dlt_trace_compare(&first, &second, &parting), DLT_OK);
    assert_int_equal(parting.row, -1);
    dlt_trace_destroy(&first);
    dlt_trace_destroy(&second);
}

static void train_trace_compare_refuses_other_tensors(void **state) {
    (void)state;
    dlt_trace first;
    dlt_trace second;
    dlt_trace_parting parting;
    make_trace(&first);
    make_trace(&second);
    second.names[1][1] = 'q';
    assert_int_equal(dlt_trace_compare(&first, &second, &parting), DLT_ERR_MISMATCH);
    dlt_trace_destroy(&first);
    dlt_trace_destroy(&second);
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup_teardown(train_trace_read_gives_back_what_was_written, set_up,
                                        tear_down),
        cmocka_unit_test_setup_teardown(train_trace_read_refuses_every_truncation, set_up,
                                        tear_down),
        cmocka_unit_test_setup_teardown(train_trace_read_refuses_counts_beyond_the_file, set_up,
                                        tear_down),
        cmocka_unit_test_setup_teardown(train_trace_compare_finds_the_first_difference, set_up,
                                        tear_down),
        cmocka_unit_test_setup_teardown(train_trace_compare_refuses_other_tensors, set_up,
                                        tear_down),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
