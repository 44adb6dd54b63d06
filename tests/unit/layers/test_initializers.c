#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "base/philox.h"
#include "config/config.h"
#include "dltrain/extend/layer.h"
#include "support/document.h"

#include <math.h>
#include <string.h>

enum { COUNT = 40000, FAN_IN = 30, FAN_OUT = 50 };

/* What a distribution must show: its mean and standard deviation, and a bound of all values. */
typedef struct moments_case {
    const char *text;
    double mean;
    double std;
    double limit; /* of |value - mean| */
} moments_case;

static void fill(const char *text, uint64_t seed, uint32_t node, uint32_t param, int64_t count,
                 dlt_real *values) {
    dlt_config *config = document_of("{}");
    dlt_selection selection = document_choose(config, text, dlt_initializers);
    const dlt_param_spec spec = {.name = "weight",
                                 .shape = {.rank = 1, .dim = {count}},
                                 .init = &selection,
                                 .fan_in = FAN_IN,
                                 .fan_out = FAN_OUT};
    dlt_param_init(&spec, seed, node, param, values);
    dlt_config_destroy(&config);
}

/* Five standard errors: of the mean, std / sqrt(N); of the variance, at most variance * sqrt(2 /
 * N), which is that of a normal (fourth moment 3 variance^2; cut and uniform ones have less). */
static void check_moments(const moments_case *expected) {
    static dlt_real values[COUNT];
    fill(expected->text, 11, 3, 0, COUNT, values);
    double sum = 0;
    for (int i = 0; i < COUNT; i++)
        sum += (double)values[i];
    double mean = sum / COUNT;
    double squares = 0;
    for (int i = 0; i < COUNT; i++) {
        double deviation = (double)values[i] - expected->mean;
        assert_true(fabs(deviation) <= expected->limit * (1 + 1e-6));
        squares += deviation * deviation;
    }
    double variance = expected->std * expected->std;
    assert_true(fabs(mean - expected->mean) <= 5 * expected->std / sqrt(COUNT));
    assert_true(fabs(squares / COUNT - variance) <= 5 * variance * sqrt(2.0 / COUNT));
}

static void layers_init_has_the_moments_of_its_distribution(void **state) {
    (void)state;
    const double in = FAN_IN;
    const double both = FAN_IN + FAN_OUT;
    /* Standard deviation of a normal cut at two: 1 - 4 pdf(2) / (cdf(2) - cdf(-2)), square root. */
    const double cut = sqrt(1 - 4 * 0.05399096651318806 / 0.9544997361036416);
    const moments_case cases[] = {
        {"glorot_uniform", 0, sqrt(2 / both), sqrt(6 / both)},
        {"glorot_normal", 0, sqrt(2 / both), INFINITY},
        {"xavier_uniform: 2", 0, 2 * sqrt(2 / both), 2 * sqrt(6 / both)},
        {"xavier_normal: {gain: 0.5}", 0, 0.5 * sqrt(2 / both), INFINITY},
        {"he_uniform", 0, sqrt(2 / in), sqrt(6 / in)},
        {"he_normal", 0, sqrt(2 / in), INFINITY},
        {"he_normal: fan_out", 0, sqrt(2.0 / FAN_OUT), INFINITY},
        {"lecun_uniform", 0, sqrt(1 / in), sqrt(3 / in)},
        {"lecun_normal", 0, sqrt(1 / in), INFINITY},
        {"pytorch_uniform", 0, sqrt(1 / (3 * in)), sqrt(1 / in)},
        {"normal", 0, 0.05, INFINITY},
        {"normal: {mean: 2, std: 3}", 2, 3, INFINITY},
        {"truncated_normal: {mean: -1, std: 2}", -1, 2 * cut, 4},
        {"uniform: {low: -1, high: 3}", 1, sqrt(16.0 / 12), 2},
        {"constant: 0.25", 0.25, 0, 0},
        {"zeros", 0, 0, 0},
        {"ones", 1, 0, 0},
    };
    for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++)
        check_moments(&cases[i]);
}

static void layers_init_repeats_for_the_same_seed_only(void **state) {
    (void)state;
    dlt_real first[64];
    dlt_real same[64];
    dlt_real other[3][64];
    fill("he_normal", 1, 2, 3, 64, first);
    fill("he_normal", 1, 2, 3, 64, same);
    fill("he_normal", 9, 2, 3, 64, other[0]);
    fill("he_normal", 1, 9, 3, 64, other[1]);
    fill("he_normal", 1, 2, 9, 64, other[2]);
    assert_memory_equal(first, same, sizeof first);
    for (int i = 0; i < 3; i++)
        assert_memory_not_equal(first, other[i], sizeof first);
}

static void layers_init_element_depends_on_its_position_only(void **state) {
    (void)state;
    const char *const texts[] = {"glorot_uniform", "lecun_normal", "truncated_normal"};
    for (size_t i = 0; i < sizeof texts / sizeof texts[0]; i++) {
        dlt_real few[10];
        dlt_real many[100];
        fill(texts[i], 5, 0, 1, 10, few);
        fill(texts[i], 5, 0, 1, 100, many);
        assert_memory_equal(few, many, sizeof few);
    }
}

static void layers_init_draws_from_the_stream_of_node_and_param(void **state) {
    (void)state;
    dlt_real values[3];
    fill("uniform: {low: 0, high: 1}", 7, 4, 1, 3, values);
    dlt_stream stream = dlt_stream_make(7, DLT_PURPOSE_INIT, 4, 1, 0);
    for (uint64_t i = 0; i < 3; i++)
        assert_true(values[i] == (dlt_real)dlt_stream_uniform(&stream, i));
}

static void layers_param_init_without_initialiser_is_constant(void **state) {
    (void)state;
    const dlt_param_spec spec = {
        .name = "weight", .shape = {.rank = 1, .dim = {2}}, .constant = 1.5};
    dlt_real values[2] = {0};
    dlt_param_init(&spec, 1, 2, 3, values);
    assert_true(values[0] == (dlt_real)1.5 && values[1] == (dlt_real)1.5);
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(layers_init_has_the_moments_of_its_distribution),
        cmocka_unit_test(layers_init_repeats_for_the_same_seed_only),
        cmocka_unit_test(layers_init_element_depends_on_its_position_only),
        cmocka_unit_test(layers_init_draws_from_the_stream_of_node_and_param),
        cmocka_unit_test(layers_param_init_without_initialiser_is_constant),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
