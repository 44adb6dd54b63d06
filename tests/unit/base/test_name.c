/* Names that become those of files and HDF5 objects. */
#include "base/name.h"
#include "base/utf8.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

static void base_name_is_plain_takes_members_of_a_folder(void **state) {
    (void)state;
    static const char *const names[] = {"a",   "my run",   "...", ".hidden",
                                        "a.b", "\xC3\xA4", "-",   "~"};
    for (size_t i = 0; i < sizeof names / sizeof names[0]; i++)
        assert_true(dlt_name_is_plain(names[i]));
}

static void base_name_is_plain_refuses_paths_and_controls(void **state) {
    (void)state;
    static const char *const names[] = {"",     ".",    "..",   "/",     "a/b", "a/",
                                        "../a", "a\nb", "\x1B", "a\x7F", "\t"};
    for (size_t i = 0; i < sizeof names / sizeof names[0]; i++)
        assert_false(dlt_name_is_plain(names[i]));
}

static void base_utf8_takes_well_formed_sequences_only(void **state) {
    (void)state;
    static const char *const good[] = {"",
                                       "plain",
                                       "\t\n\x7F",
                                       "\xC2\x80\xDF\xBF",
                                       "\xE0\xA0\x80\xED\x9F\xBF\xEE\x80\x80\xEF\xBF\xBF",
                                       "\xF0\x90\x80\x80\xF4\x8F\xBF\xBF"};
    static const char *const bad[] = {"\x80",
                                      "\xC2",
                                      "\xC0\xAF",
                                      "\xC1\xBF",
                                      "\xE0\x9F\xBF",
                                      "\xED\xA0\x80",
                                      "\xED\xBF\xBF",
                                      "\xE2\x82",
                                      "\xF0\x8F\xBF\xBF",
                                      "\xF4\x90\x80\x80",
                                      "\xF5\x80\x80\x80",
                                      "\xC2\xC2\x80"};
    for (size_t i = 0; i < sizeof good / sizeof good[0]; i++)
        assert_true(dlt_utf8_is_valid(good[i]));
    for (size_t i = 0; i < sizeof bad / sizeof bad[0]; i++)
        assert_false(dlt_utf8_is_valid(bad[i]));
    assert_int_equal(dlt_utf8_bytes(""), 0);
    assert_int_equal(dlt_utf8_bytes("a\xE9"), 1);
    assert_int_equal(dlt_utf8_bytes("\xE2\x82\xAC"), 3);
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(base_name_is_plain_takes_members_of_a_folder),
        cmocka_unit_test(base_name_is_plain_refuses_paths_and_controls),
        cmocka_unit_test(base_utf8_takes_well_formed_sequences_only),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
