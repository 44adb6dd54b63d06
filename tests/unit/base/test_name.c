/* Names that become those of files and HDF5 objects. */
#include "base/name.h"

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

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(base_name_is_plain_takes_members_of_a_folder),
        cmocka_unit_test(base_name_is_plain_refuses_paths_and_controls),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
