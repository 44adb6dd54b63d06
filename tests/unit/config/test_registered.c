/* Entries added at run time: found behind the library's own, refused where a name is taken. */
#include "base/error.h"
#include "config/config.h"
#include "config/registered.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <string.h>

#include <cmocka.h>

static const dlt_registry_entry first = {.name = "first", .summary = "The first."};
static const dlt_registry_entry second = {.name = "second", .summary = "The second."};
static const dlt_registry_entry *const own[] = {&first, &second, NULL};
static const dlt_registry_entry *const others[] = {&first, NULL};

static int tear_down(void **state) {
    (void)state;
    dlt_registered_withdraw(0);
    return 0;
}

static void registry_add_puts_entries_behind_its_own(void **state) {
    (void)state;
    static const dlt_registry_entry third = {.name = "third", .summary = "The third."};
    static const dlt_registry_entry fourth = {.name = "fourth_4", .summary = "The fourth."};
    assert_int_equal(dlt_registry_add(own, &third, "thing", true), DLT_OK);
    assert_int_equal(dlt_registry_add(others, &third, "other", true), DLT_OK);
    assert_int_equal(dlt_registry_add(own, &fourth, "thing", true), DLT_OK);
    assert_ptr_equal(dlt_registry_at(own, 1), &second);
    assert_ptr_equal(dlt_registry_at(own, 2), &third);
    assert_ptr_equal(dlt_registry_at(own, 3), &fourth);
    assert_null(dlt_registry_at(own, 4));
    assert_ptr_equal(dlt_registry_find(own, "fourth_4"), &fourth);
    assert_null(dlt_registry_find(others, "fourth_4"));
    assert_string_equal(dlt_nearest_entry(own, "thrid"), "third");
    dlt_registered_withdraw(1);
    assert_null(dlt_registry_at(own, 3));
    assert_null(dlt_registry_find(others, "third"));
    assert_int_equal(dlt_registered_count(), 1);
}

static void registry_add_refuses_names_and_halves(void **state) {
    (void)state;
    static const dlt_key keys[] = {{0}};
    static const struct {
        dlt_registry_entry entry;
        bool is_whole;
        const char *sentence;
    } rows[] = {
        {{.name = "second", .summary = "s"}, true, "there already is a thing 'second'"},
        {{.name = NULL, .summary = "s"}, true, "the name of a thing must begin with a small"},
        {{.name = "", .summary = "s"}, true, "found ''"},
        {{.name = "Third", .summary = "s"}, true, "found 'Third'"},
        {{.name = "a.b", .summary = "s"}, true, "found 'a.b'"},
        {{.name = "third", .summary = "s"}, false, "the thing 'third' lacks something"},
        {{.name = "third"}, true, "the thing 'third' lacks something"},
        {{.name = "third", .summary = "s", .keys = keys},
         true,
         "the thing 'third' lacks something"},
    };
    for (size_t i = 0; i < sizeof rows / sizeof rows[0]; i++) {
        assert_int_equal(dlt_registry_add(own, &rows[i].entry, "thing", rows[i].is_whole),
                         DLT_ERR_CONFIG);
        assert_non_null(strstr(dlt_error_message(), rows[i].sentence));
    }
    assert_int_equal(dlt_registered_count(), 0);
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_teardown(registry_add_puts_entries_behind_its_own, tear_down),
        cmocka_unit_test_teardown(registry_add_refuses_names_and_halves, tear_down),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
