#include "base/alloc.h"
#include "base/json.h"
#include "base/text.h"

#include <math.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

static void base_text_grows_and_clears(void **state) {
    (void)state;
    dlt_text text = DLT_TEXT_EMPTY;
    assert_string_equal(dlt_text_of(&text), "");
    for (int i = 0; i < 1000; i++)
        dlt_text_add(&text, "%d,", i % 10);
    assert_int_equal(dlt_text_check(&text), DLT_OK);
    assert_int_equal(text.used, 2000);
    assert_int_equal(strlen(dlt_text_of(&text)), 2000);
    assert_memory_equal(dlt_text_of(&text) + 1980, "0,1,2,3,4,5,6,7,8,9,", 20);
    dlt_text_clear(&text);
    dlt_text_add_bytes(&text, "abcdef", 3);
    assert_string_equal(dlt_text_of(&text), "abc");
    dlt_text_destroy(&text);
    assert_string_equal(dlt_text_of(&text), "");
}

static void base_text_remembers_a_failed_addition(void **state) {
    (void)state;
    int64_t balance = dlt_alloc_balance();
    dlt_text text = DLT_TEXT_EMPTY;
    dlt_alloc_fail_at(1);
    dlt_text_add(&text, "lost");
    dlt_alloc_fail_at(0);
    dlt_text_add(&text, "not taken any more");
    assert_int_equal(dlt_text_check(&text), DLT_ERR_MEM);
    assert_string_equal(dlt_text_of(&text), "");
    dlt_text_destroy(&text);
    assert_int_equal(dlt_alloc_balance(), balance);
}

static void base_json_writes_nested_values(void **state) {
    (void)state;
    dlt_text text = DLT_TEXT_EMPTY;
    dlt_json json = {.text = &text};
    dlt_json_open(&json, NULL, '{');
    dlt_json_int(&json, "big", INT64_MIN);
    dlt_json_open(&json, "list", '[');
    dlt_json_real(&json, NULL, 0.1);
    dlt_json_bool(&json, NULL, true);
    dlt_json_open(&json, NULL, '{');
    dlt_json_close(&json, '}');
    dlt_json_close(&json, ']');
    dlt_json_text(&json, "quote \"", "back\\slash\n\x01 \xc3\xa9");
    dlt_json_close(&json, '}');
    assert_int_equal(dlt_text_check(&text), DLT_OK);
    assert_string_equal(dlt_text_of(&text),
                        "{\"big\": -9223372036854775808, \"list\": [0.1, true, {}], "
                        "\"quote \\\"\": \"back\\\\slash\\u000a\\u0001 \xc3\xa9\"}");
    dlt_text_destroy(&text);
}

static void base_json_writes_null_for_what_json_lacks(void **state) {
    (void)state;
    const double values[] = {NAN, INFINITY, -INFINITY};
    dlt_text text = DLT_TEXT_EMPTY;
    dlt_json json = {.text = &text};
    dlt_json_open(&json, NULL, '[');
    for (int i = 0; i < 3; i++)
        dlt_json_real(&json, NULL, values[i]);
    dlt_json_close(&json, ']');
    assert_string_equal(dlt_text_of(&text), "[null, null, null]");
    dlt_text_destroy(&text);
}

static void base_format_real_is_short_and_reads_back(void **state) {
    (void)state;
    static const struct {
        double value;
        const char *text;
    } known[] = {{0, "0"},       {1, "1"},          {0.1, "0.1"},
                 {-2.5, "-2.5"}, {1e300, "1e+300"}, {0.1 + 0.2, "0.30000000000000004"}};
    char text[32];
    for (size_t i = 0; i < sizeof known / sizeof known[0]; i++) {
        dlt_format_real(known[i].value, text, sizeof text);
        assert_string_equal(text, known[i].text);
        assert_true(strtod(text, NULL) == known[i].value);
    }
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(base_text_grows_and_clears),
        cmocka_unit_test(base_text_remembers_a_failed_addition),
        cmocka_unit_test(base_json_writes_nested_values),
        cmocka_unit_test(base_json_writes_null_for_what_json_lacks),
        cmocka_unit_test(base_format_real_is_short_and_reads_back),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
