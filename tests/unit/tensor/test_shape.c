#include "dltrain/shape.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>

static void tensor_shape_count_multiplies_dimensions(void **state) {
    (void)state;
    const dlt_shape scalar = {.rank = 0};
    const dlt_shape image = {.rank = 3, .dim = {28, 30, 3}};
    const dlt_shape large = {.rank = 2, .dim = {(int64_t)1 << 20, (int64_t)1 << 20}};
    assert_int_equal(dlt_shape_count(&scalar), 1);
    assert_int_equal(dlt_shape_count(&image), 2520);
    assert_true(dlt_shape_count(&large) == (int64_t)1 << 40);
}

static void tensor_shape_equal_compares_rank_and_used_dimensions(void **state) {
    (void)state;
    const dlt_shape a = {.rank = 2, .dim = {2, 3, 9}};
    const dlt_shape b = {.rank = 2, .dim = {2, 3, 8}};
    const dlt_shape c = {.rank = 3, .dim = {2, 3, 9}};
    const dlt_shape d = {.rank = 2, .dim = {2, 4}};
    assert_true(dlt_shape_equal(&a, &b));
    assert_false(dlt_shape_equal(&a, &c));
    assert_false(dlt_shape_equal(&a, &d));
}

static void tensor_shape_text_fits_the_largest_shape(void **state) {
    (void)state;
    char text[DLT_SHAPE_TEXT_BYTES];
    const dlt_shape image = {.rank = 3, .dim = {28, 28, 1}};
    const dlt_shape scalar = {.rank = 0};
    dlt_shape large = {.rank = DLT_SHAPE_MAX};
    for (int i = 0; i < DLT_SHAPE_MAX; i++)
        large.dim[i] = INT64_MAX;
    assert_string_equal(dlt_shape_text(&image, text), "[28, 28, 1]");
    assert_string_equal(dlt_shape_text(&scalar, text), "[]");
    dlt_shape_text(&large, text);
    assert_int_equal(text[strlen(text) - 1], ']');
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(tensor_shape_count_multiplies_dimensions),
        cmocka_unit_test(tensor_shape_equal_compares_rank_and_used_dimensions),
        cmocka_unit_test(tensor_shape_text_fits_the_largest_shape),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
