#include "fixture.h"

/* More than a vector of units and not a multiple of one. */
enum { UNITS = 37 };

/* exp, tanh and quotients each within a few roundings; backward multiplies five such numbers. */
static const double ROUNDINGS = 40;

static double sigmoid(double x) {
    return 1 / (1 + exp(-x));
}

typedef struct step {
    dlt_real *gates, *before, *c, *h, *dh, *dc, *dgates;
    double expected[4][UNITS]; /* c, h, gates: i and g */
    double gradients[5][UNITS];
} step;

static step make_step(void) {
    return (step){.gates = fixture_normal((int64_t)4 * UNITS, 1),
                  .before = fixture_normal(UNITS, 2),
                  .c = fixture_zeros(UNITS),
                  .h = fixture_zeros(UNITS),
                  .dh = fixture_normal(UNITS, 3),
                  .dc = fixture_normal(UNITS, 4),
                  .dgates = fixture_zeros((int64_t)4 * UNITS)};
}

static void free_step(step *of) {
    dlt_real *arrays[] = {of->gates, of->before, of->c, of->h, of->dh, of->dc, of->dgates};
    for (size_t i = 0; i < sizeof arrays / sizeof arrays[0]; i++)
        dlt_free(arrays[i]);
}

/* The formulas in double; backward by the chain rule, gate by gate. */
static void compute_expected(step *of, bool has_before) {
    for (int j = 0; j < UNITS; j++) {
        const double in = sigmoid((double)of->gates[j]);
        const double forget = sigmoid((double)of->gates[UNITS + j]);
        const double change = tanh((double)of->gates[2 * UNITS + j]);
        const double out = sigmoid((double)of->gates[3 * UNITS + j]);
        const double before = has_before ? (double)of->before[j] : 0;
        const double c = forget * before + in * change;
        const double values[] = {c, out * tanh(c), in, change};
        const double slope = (double)of->dc[j] + (double)of->dh[j] * out * (1 - tanh(c) * tanh(c));
        const double gradients[] = {slope * change * in * (1 - in),
                                    slope * before * forget * (1 - forget),
                                    slope * in * (1 - change * change),
                                    (double)of->dh[j] * tanh(c) * out * (1 - out), slope * forget};
        for (int k = 0; k < 4; k++)
            of->expected[k][j] = values[k];
        for (int k = 0; k < 5; k++)
            of->gradients[k][j] = gradients[k];
    }
}

static void lstm_step_is_its_formula(void **state) {
    (void)state;
    for (int i = 0; i < 2 * FIXTURE_TABLES; i++) {
        dlt_kernels kernels;
        if (!fixture_select(fixture_tables[i / 2], &kernels))
            continue;
        step of = make_step();
        const dlt_real *before = i % 2 == 0 ? of.before : NULL;
        compute_expected(&of, before != NULL);
        kernels.lstm_forward(UNITS, of.gates, before, of.c, of.h);
        fixture_expect_near(UNITS, ROUNDINGS, 1, of.expected[0], of.c);
        fixture_expect_near(UNITS, ROUNDINGS, 1, of.expected[1], of.h);
        fixture_expect_near(UNITS, ROUNDINGS, 1, of.expected[2], of.gates);
        fixture_expect_near(UNITS, ROUNDINGS, 1, of.expected[3], of.gates + (ptrdiff_t)2 * UNITS);
        kernels.lstm_backward(UNITS, of.gates, before, of.c, of.dh, of.dc, of.dgates);
        for (ptrdiff_t k = 0; k < 4; k++)
            fixture_expect_near(UNITS, ROUNDINGS, 1, of.gradients[k], of.dgates + k * UNITS);
        fixture_expect_near(UNITS, ROUNDINGS, 1, of.gradients[4], of.dc);
        free_step(&of);
    }
}

static void lstm_step_keeps_nan(void **state) {
    (void)state;
    dlt_kernels kernels;
    assert_true(fixture_select("ref", &kernels));
    step of = make_step();
    of.gates[3] = (dlt_real)NAN;
    kernels.lstm_forward(UNITS, of.gates, of.before, of.c, of.h);
    assert_true(isnan(of.c[3]) && isnan(of.h[3]));
    assert_false(fixture_has_nan(3, of.h) || fixture_has_nan(UNITS - 4, of.h + 4));
    free_step(&of);
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(lstm_step_is_its_formula),
        cmocka_unit_test(lstm_step_keeps_nan),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
