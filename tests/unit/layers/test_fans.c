#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "fixture.h"
#include "support/document.h"

#include <math.h>

/* PyTorch's _calculate_fan_in_and_fan_out of a weight [K, C/groups, R, S] and Keras' compute_fans
 * of a kernel [R, S, C/groups, K] give these fans; transposed, of [C, K/groups, R, S] and
 * [R, S, K/groups, C]. `glorot` and `he_out` are the standard deviations
 * of xavier_normal_ and of kaiming_normal_(mode="fan_out"), to six digits. */
typedef struct fan_case {
    const char *layer;
    dlt_shape input;
    int64_t fan_in;
    int64_t fan_out;
    double glorot;
    double he_out;
} fan_case;

static const fan_case cases[] = {
    {"conv2d: {filters: 32, kernel: 3}", {3, {8, 8, 16}}, 144, 288, 0.0680414, 0.0833333},
    {"conv2d: {filters: 32, kernel: 3, groups: 4}", {3, {8, 8, 16}}, 36, 288, 0.0785674, 0.0833333},
    {"conv2d: {filters: 100, kernel: 3, groups: 100}",
     {3, {8, 8, 100}},
     9,
     900,
     0.0469058,
     0.0471405},
    {"conv2d: {filters: 12, kernel: [5, 1], groups: 6}", {3, {8, 8, 6}}, 5, 60, 0.175412, 0.182574},
    {"conv2d_transpose: {filters: 32, kernel: 3}", {3, {8, 8, 16}}, 288, 144, 0.0680414, 0.117851},
    {"conv2d_transpose: {filters: 32, kernel: 3, groups: 4}",
     {3, {8, 8, 16}},
     72,
     144,
     0.096225,
     0.117851},
    {"conv2d_transpose: {filters: 12, kernel: [5, 1], groups: 6}",
     {3, {8, 8, 6}},
     10,
     30,
     0.223607,
     0.258199},
    {"dense: {units: 50}", {1, {30}}, 30, 50, 0.158114, 0.2},
    {"lstm: {units: 8, init: zeros}", {2, {3, 5}}, 5, 32, 0.232495, 0.25},
};
enum { CASES = sizeof cases / sizeof cases[0] };

static void layers_fans_are_those_of_pytorch_and_keras(void **state) {
    (void)state;
    for (int i = 0; i < CASES; i++) {
        layer_fixture fixture;
        assert_int_equal(fixture_infer(cases[i].layer, 2, 1, &cases[i].input, &fixture), DLT_OK);
        const dlt_param_spec *weight = &fixture.layer.spec.params[0];
        assert_string_equal(weight->name, "weight");
        assert_int_equal(weight->fan_in, cases[i].fan_in);
        assert_int_equal(weight->fan_out, cases[i].fan_out);
        fixture_destroy(&fixture);
    }
}

static double deviation_of(const dlt_param_spec *like, const char *initializer, double *bound) {
    enum { COUNT = 20000 };
    static dlt_real values[COUNT];
    dlt_config *config = document_of("{}");
    dlt_selection selection = document_choose(config, initializer, dlt_initializers);
    dlt_param_spec spec = *like;
    spec.shape = (dlt_shape){.rank = 1, .dim = {COUNT}};
    spec.init = &selection;
    dlt_param_init(&spec, 5, 1, 0, values);
    dlt_config_destroy(&config);
    double squares = 0;
    for (int i = 0; i < COUNT; i++)
        squares += (double)values[i] * (double)values[i];
    /* Five standard errors of a deviation, which is sigma / sqrt(2 N) for a normal. */
    *bound = 5 / sqrt(2.0 * COUNT);
    return sqrt(squares / COUNT);
}

static void layers_init_has_the_deviation_of_pytorch_and_keras(void **state) {
    (void)state;
    for (int i = 0; i < CASES; i++) {
        layer_fixture fixture;
        assert_int_equal(fixture_infer(cases[i].layer, 2, 1, &cases[i].input, &fixture), DLT_OK);
        const dlt_param_spec *weight = &fixture.layer.spec.params[0];
        double bound = 0;
        double glorot = deviation_of(weight, "glorot_normal", &bound);
        assert_true(fabs(glorot / cases[i].glorot - 1) <= bound);
        double he = deviation_of(weight, "he_normal: fan_out", &bound);
        assert_true(fabs(he / cases[i].he_out - 1) <= bound);
        fixture_destroy(&fixture);
    }
}

/* Uniform in +-1 / sqrt(units), whatever the features are. */
static void layers_lstm_begins_as_in_pytorch(void **state) {
    (void)state;
    const dlt_shape input = {2, {3, 5}};
    layer_fixture fixture;
    dlt_real values[4 * 25 * 25];
    assert_int_equal(
        fixture_infer("lstm: {units: 25, recurrent_bias: true}", 2, 1, &input, &fixture), DLT_OK);
    assert_int_equal(fixture.layer.spec.param_count, 4);
    for (int p = 0; p < 4; p++) {
        const dlt_param_spec *spec = &fixture.layer.spec.params[p];
        double most = 0;
        dlt_param_init(spec, 5, 1, (uint32_t)p, values);
        for (int64_t i = 0; i < dlt_shape_count(&spec->shape); i++)
            most = fmax(most, fabs((double)values[i]));
        assert_true(most <= 0.2 && most > 0.18);
        assert_int_equal(spec->role, p < 2 ? DLT_PARAM_WEIGHT : DLT_PARAM_BIAS);
    }
    fixture_destroy(&fixture);
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(layers_lstm_begins_as_in_pytorch),
        cmocka_unit_test(layers_fans_are_those_of_pytorch_and_keras),
        cmocka_unit_test(layers_init_has_the_deviation_of_pytorch_and_keras),
    };
    return cmocka_run_group_tests_name("layers_fans", tests, NULL, NULL);
}
