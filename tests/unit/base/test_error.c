#include "base/cast.h"
#include "base/error.h"
#include "base/hash.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>

static dlt_status fail_inside(void) {
    return dlt_fail(DLT_ERR_SHAPE, "width %d does not fit", 3);
}

static dlt_status try_inside(int *reached) {
    DLT_TRY(fail_inside());
    *reached = 1;
    return DLT_OK;
}

static dlt_status try_out_inside(int *released) {
    dlt_status status = DLT_OK;
    DLT_TRY_OUT(fail_inside());
    *released = -1;
out:
    *released += 1;
    return status;
}

static void base_fail_records_sentence_and_place(void **state) {
    (void)state;
    assert_int_equal(fail_inside(), DLT_ERR_SHAPE);
    assert_string_equal(dlt_error_message(), "width 3 does not fit");
    assert_non_null(strstr(dlt_error_trace(), "test_error.c:"));
    assert_non_null(strstr(dlt_error_trace(), "(shape)"));
    dlt_error_clear();
    assert_string_equal(dlt_error_message(), "");
    assert_string_equal(dlt_error_trace(), "");
}

/* What a file holds is quoted in sentences. */
static void base_fail_makes_one_printable_line(void **state) {
    (void)state;
    assert_int_equal(dlt_fail(DLT_ERR_FORMAT, "no column '%s'", "a\r\nb\x1b[2J\x7f\xc3\xa9"),
                     DLT_ERR_FORMAT);
    assert_string_equal(dlt_error_message(), "no column 'a  b [2J \xc3\xa9'");
}

static void base_error_frame_adds_and_never_rewrites(void **state) {
    (void)state;
    (void)fail_inside();
    dlt_error_frame("while reading %s", "a file");
    assert_string_equal(dlt_error_message(), "width 3 does not fit");
    assert_non_null(strstr(dlt_error_trace(), "\nwhile reading a file"));
    for (int i = 0; i < 1000; i++)
        dlt_error_frame("a frame that will not fit for ever");
    assert_true(strlen(dlt_error_trace()) < DLT_ERROR_TRACE_BYTES);
}

static void base_fail_may_quote_the_last_message(void **state) {
    (void)state;
    (void)fail_inside();
    (void)dlt_fail(DLT_ERR_IO, "rank 3: %s", dlt_error_message());
    assert_string_equal(dlt_error_message(), "rank 3: width 3 does not fit");
}

static void base_try_returns_and_try_out_releases(void **state) {
    (void)state;
    int reached = 0;
    int released = 0;
    assert_int_equal(try_inside(&reached), DLT_ERR_SHAPE);
    assert_int_equal(reached, 0);
    assert_int_equal(try_out_inside(&released), DLT_ERR_SHAPE);
    assert_int_equal(released, 1);
}

static void base_status_name_covers_every_code(void **state) {
    (void)state;
    for (int code = 0; code < DLT_STATUS_COUNT; code++)
        assert_string_not_equal(dlt_status_name((dlt_status)code), "unknown");
    assert_string_equal(dlt_status_name(DLT_STATUS_COUNT), "unknown");
}

static void base_cast_int_names_what_does_not_fit(void **state) {
    (void)state;
    int out = 0;
    assert_int_equal(dlt_cast_int(2147483647, "rows", &out), DLT_OK);
    assert_int_equal(out, 2147483647);
    assert_int_equal(dlt_cast_int(2147483648, "rows", &out), DLT_ERR_ARG);
    assert_non_null(strstr(dlt_error_message(), "rows is 2147483648"));
}

static void base_hash_depends_on_every_byte_and_the_seed(void **state) {
    (void)state;
    char text[17];
    assert_true(dlt_hash(0, "abc", 3) == dlt_hash_text(0, "abc"));
    assert_true(dlt_hash_text(0, "abc") != dlt_hash_text(0, "abd"));
    assert_true(dlt_hash_text(0, "abc") != dlt_hash_text(1, "abc"));
    dlt_hash_format(0xabcdef, text);
    assert_string_equal(text, "0000000000abcdef");
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(base_fail_records_sentence_and_place),
        cmocka_unit_test(base_fail_makes_one_printable_line),
        cmocka_unit_test(base_error_frame_adds_and_never_rewrites),
        cmocka_unit_test(base_fail_may_quote_the_last_message),
        cmocka_unit_test(base_try_returns_and_try_out_releases),
        cmocka_unit_test(base_status_name_covers_every_code),
        cmocka_unit_test(base_cast_int_names_what_does_not_fit),
        cmocka_unit_test(base_hash_depends_on_every_byte_and_the_seed),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
