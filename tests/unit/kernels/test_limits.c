#include "kernels/limits/limits.h"

#include "unit/kernels/fixture.h"

static void kernels_triad_adds_scaled(void **state) {
    (void)state;
    enum { COUNT = 37 };
    dlt_real *b = fixture_normal(COUNT, 1);
    dlt_real *c = fixture_normal(COUNT, 2);
    dlt_real *a = fixture_zeros(COUNT);
    dlt_k_triad(COUNT, (dlt_real)0.5, b, c, a);
    for (int i = 0; i < COUNT; i++)
        assert_true(a[i] == b[i] + (dlt_real)0.5 * c[i]);
    dlt_free(a);
    dlt_free(b);
    dlt_free(c);
}

/* x <- x / 2 + 1/2 has the fixed point 1, which all chains reach: the loop did run on all of them.
 */
static void kernels_multiply_add_computes_every_chain(void **state) {
    (void)state;
    const dlt_real chains = 12;
    dlt_real sink = 0;
    int64_t once = dlt_k_multiply_add(1, &sink);
    assert_true(sink == chains);
    assert_true(once > 0 && dlt_k_multiply_add(10, &sink) == 10 * once);
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(kernels_triad_adds_scaled),
        cmocka_unit_test(kernels_multiply_add_computes_every_chain),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
