#include "fixture.h"

#include "kernels/real_math.h"

/* Compares with the C library in double at evenly spaced numbers from low to high. Below the normal
 * numbers the spacing of floats is absolute. */
static void expect_ulps(dlt_real (*function)(dlt_real), double (*define)(double), float low,
                        float high, double ulps) {
    enum { STEPS = 200000 };
    for (int i = 0; i <= STEPS; i++) {
        dlt_real x = (dlt_real)(low + (high - low) * (float)i / STEPS);
        double expected = define((double)x);
        double bound = ulps * (fabs(expected) * (double)FLT_EPSILON + (double)FLT_TRUE_MIN);
        if (!(fabs((double)function(x) - expected) <= bound))
            fail_msg("at %.9g: %.9g, expected %.9g", (double)x, (double)function(x), expected);
    }
}

static dlt_real call_exp(dlt_real x) {
    return dlt_k_exp(x);
}

static dlt_real call_tanh(dlt_real x) {
    return dlt_k_tanh(x);
}

static void kernels_exp_is_accurate_everywhere(void **state) {
    (void)state;
    expect_ulps(call_exp, exp, -103.9f, 88.7f, 2);
    expect_ulps(call_exp, exp, -1, 1, 2);
    expect_ulps(call_exp, exp, -1e-6f, 1e-6f, 2);
    assert_true(dlt_k_exp(0) == 1);
    assert_true(dlt_k_exp(-1e30f) == 0);
    assert_true(dlt_k_exp(-(dlt_real)INFINITY) == 0);
    assert_true(isinf(dlt_k_exp(89)));
    assert_true(isinf(dlt_k_exp((dlt_real)INFINITY)));
    assert_true(isnan(dlt_k_exp((dlt_real)NAN)));
}

static void kernels_tanh_is_accurate_everywhere(void **state) {
    (void)state;
    expect_ulps(call_tanh, tanh, -10, 10, 3);
    expect_ulps(call_tanh, tanh, -1, 1, 3);
    expect_ulps(call_tanh, tanh, -1e-6f, 1e-6f, 3);
    assert_true(dlt_k_tanh((dlt_real)INFINITY) == 1);
    assert_true(dlt_k_tanh(-1e30f) == -1);
    assert_true(isnan(dlt_k_tanh((dlt_real)NAN)));
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(kernels_exp_is_accurate_everywhere),
        cmocka_unit_test(kernels_tanh_is_accurate_everywhere),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
