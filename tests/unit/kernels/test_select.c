#include "fixture.h"

static void kernels_select_fills_every_entry(void **state) {
    (void)state;
    dlt_kernels kernels;
    for (int t = 0; t <= FIXTURE_TABLES; t++) {
        const char *name = t < FIXTURE_TABLES ? fixture_tables[t] : "onednn-bf16";
        if (!fixture_select(name, &kernels))
            continue;
        assert_string_equal(kernels.name, name);
        /* The table is a name and pointers to functions: as many words, none of them zero. */
        uintptr_t words[sizeof kernels / sizeof(uintptr_t)];
        memcpy(words, &kernels, sizeof words);
        for (size_t i = 0; i < sizeof words / sizeof words[0]; i++)
            assert_true(words[i] != 0);
    }
}

/* bf16 is never chosen unasked. */
static void kernels_select_auto_takes_the_highest_table_of_float(void **state) {
    (void)state;
    dlt_kernels kernels;
    dlt_kernels highest;
    assert_true(fixture_select("auto", &kernels));
    const char *expected = fixture_select("onednn", &highest) ? "onednn" : "blas";
    assert_string_equal(kernels.name, expected);
}

static void kernels_select_refuses_an_unknown_name(void **state) {
    (void)state;
    dlt_kernels kernels;
    assert_int_equal(dlt_kernels_select("mkl", &kernels), DLT_ERR_UNSUPPORTED);
    assert_non_null(strstr(dlt_error_message(), "'mkl'"));
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(kernels_select_fills_every_entry),
        cmocka_unit_test(kernels_select_auto_takes_the_highest_table_of_float),
        cmocka_unit_test(kernels_select_refuses_an_unknown_name),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
