#include "report/format.h"

#include <math.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>

#include <cmocka.h>

static void report_format_bytes_has_three_digits(void **state) {
    (void)state;
    char out[DLT_FORMAT_BYTES];
    assert_string_equal(dlt_format_bytes(0, out), "0 B");
    assert_string_equal(dlt_format_bytes(999, out), "999 B");
    assert_string_equal(dlt_format_bytes(1000, out), "1.00 kB");
    assert_string_equal(dlt_format_bytes(12345678, out), "12.3 MB");
    assert_string_equal(dlt_format_bytes(999499, out), "999 kB");
    assert_string_equal(dlt_format_bytes(999500, out), "1.00 MB");
    assert_string_equal(dlt_format_bytes(INT64_MAX, out), "9.22 EB");
}

static void report_format_count_separates_thousands(void **state) {
    (void)state;
    char out[DLT_FORMAT_BYTES];
    assert_string_equal(dlt_format_count(0, out), "0");
    assert_string_equal(dlt_format_count(999, out), "999");
    assert_string_equal(dlt_format_count(1000, out), "1,000");
    assert_string_equal(dlt_format_count(-123456, out), "-123,456");
    assert_string_equal(dlt_format_count(INT64_MIN, out), "-9,223,372,036,854,775,808");
}

static void report_format_duration_changes_units(void **state) {
    (void)state;
    char out[DLT_FORMAT_BYTES];
    assert_string_equal(dlt_format_duration(0.424, out), "0.42 s");
    assert_string_equal(dlt_format_duration(8.31, out), "8.3 s");
    assert_string_equal(dlt_format_duration(59.96, out), "1 min 00 s");
    assert_string_equal(dlt_format_duration(192, out), "3 min 12 s");
    assert_string_equal(dlt_format_duration(3599.6, out), "1 h 00 min");
    assert_string_equal(dlt_format_duration(7500, out), "2 h 05 min");
    assert_string_equal(dlt_format_duration(86399, out), "1 d 0 h");
    assert_string_equal(dlt_format_duration(76 * 3600.0, out), "3 d 4 h");
    assert_string_equal(dlt_format_duration(NAN, out), "?");
    assert_string_equal(dlt_format_duration(-1, out), "?");
    assert_string_equal(dlt_format_duration(INFINITY, out), "?");
}

static void report_format_rate_names_the_unit(void **state) {
    (void)state;
    char out[DLT_FORMAT_BYTES];
    assert_string_equal(dlt_format_rate(3.214, "samples", out), "3.21 samples/s");
    assert_string_equal(dlt_format_rate(99.96, "samples", out), "100 samples/s");
    assert_string_equal(dlt_format_rate(12345.4, "samples", out), "12,345 samples/s");
    assert_string_equal(dlt_format_rate(INFINITY, "rows", out), "? rows/s");
    assert_string_equal(dlt_format_rate(NAN, "rows", out), "? rows/s");
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(report_format_bytes_has_three_digits),
        cmocka_unit_test(report_format_count_separates_thousands),
        cmocka_unit_test(report_format_duration_changes_units),
        cmocka_unit_test(report_format_rate_names_the_unit),
    };
    return cmocka_run_group_tests_name("report_format", tests, NULL, NULL);
}
