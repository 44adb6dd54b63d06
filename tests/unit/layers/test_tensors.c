#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "base/philox.h"
#include "fixture.h"

#include <math.h>
#include <string.h>

enum { SAMPLES = 3, ELEMENTS_MAX = 600, WORKSPACE_MAX = 1 << 16 };

/* A layer with memory for SAMPLES samples. */
typedef struct trial {
    layer_fixture fixture;
    int64_t counts[2]; /* elements of a sample of each input */
    int64_t outputs;
    dlt_real x[2][ELEMENTS_MAX], dx[2][ELEMENTS_MAX];
    dlt_real y[ELEMENTS_MAX], dy[ELEMENTS_MAX];
    dlt_real params[2][ELEMENTS_MAX], dparams[2][ELEMENTS_MAX];
    int64_t saved[ELEMENTS_MAX];
    _Alignas(64) char workspace[WORKSPACE_MAX];
} trial;

static void fill(int64_t count, uint64_t seed, dlt_real *out) {
    dlt_stream stream = dlt_stream_make(seed, DLT_PURPOSE_TEST, 0, 0, 0);
    for (int64_t i = 0; i < count; i++)
        out[i] = (dlt_real)(2 * dlt_stream_uniform(&stream, (uint64_t)i) - 1);
}

static void open_trial(const char *text, const char *table, int input_count,
                       const dlt_shape *inputs, trial *out) {
    const int64_t sizes[] = {SAMPLES, 1};
    layer_fixture *fixture = &out->fixture;
    assert_int_equal(fixture_infer(text, SAMPLES, input_count, inputs, fixture), DLT_OK);
    assert_int_equal(dlt_kernels_select(table, &fixture->kernels), DLT_OK);
    if (fixture->layer.ops->create != NULL)
        assert_int_equal(fixture->layer.ops->create(&fixture->layer, sizes, 2), DLT_OK);
    assert_true(fixture->layer.spec.workspace_bytes <= WORKSPACE_MAX);
    for (int i = 0; i < input_count; i++) {
        out->counts[i] = dlt_shape_count(&inputs[i]);
        fill(SAMPLES * out->counts[i], (uint64_t)i + 1, out->x[i]);
    }
    out->outputs = dlt_shape_count(&fixture->layer.spec.outputs[0].shape);
    fill(SAMPLES * out->outputs, 5, out->dy);
    for (uint64_t i = 0; i < 2; i++)
        fill(ELEMENTS_MAX, 10 + i, out->params[i]);
}

/* Forward and backward of the samples from `first` on. */
static void compute(trial *self, int64_t first, int64_t n) {
    const dlt_layer *layer = &self->fixture.layer;
    dlt_layer_call call = {.n = n,
                           .training = true,
                           .y = {self->y + first * self->outputs},
                           .dy = {self->dy + first * self->outputs},
                           .saved = self->saved,
                           .workspace = self->workspace};
    for (int i = 0; i < 2; i++) {
        call.x[i] = self->x[i] + first * self->counts[i];
        call.dx[i] = self->dx[i] + first * self->counts[i];
        call.params[i] = self->params[i];
        call.dparams[i] = self->dparams[i];
    }
    layer->ops->forward(layer, &call);
    layer->ops->backward(layer, &call);
}

typedef struct layer_case {
    const char *text;
    int input_count;
    dlt_shape inputs[2];
} layer_case;

static const layer_case cases[] = {
    {"mul", 2, {{3, {3, 4, 5}}, {1, {5}}}},
    {"mul", 2, {{2, {7, 1}}, {2, {1, 9}}}},
    {"reduce: {op: sum, axes: [0, 2]}", 1, {{3, {5, 3, 7}}}},
    {"reduce: {op: mean, axes: 1}", 1, {{2, {6, 17}}}},
    {"reduce: {op: max, axes: 0}", 1, {{2, {6, 17}}}},
    {"slice: {axis: 1, start: 5, step: -2}", 1, {{2, {4, 9}}}},
    {"transpose: [2, 0, 1]", 1, {{3, {3, 4, 5}}}},
    {"matmul", 2, {{2, {7, 5}}, {2, {5, 6}}}},
    {"matmul", 2, {{3, {3, 1, 5}}, {4, {2, 1, 5, 6}}}},
    {"conv2d_transpose: {filters: 2, kernel: 3, stride: 2, padding: 1}", 1, {{3, {4, 3, 5}}}},
};

static void layers_compute_each_sample_by_itself(void **state) {
    (void)state;
    static trial together;
    static trial single;
    /* The convolutions of the libraries may add up in another order for another number. */
    const char *const tables[] = {"ref", "blas", "auto"};
    for (size_t t = 0; t < sizeof tables / sizeof tables[0]; t++)
        for (size_t c = 0; c < sizeof cases / sizeof cases[0]; c++) {
            const layer_case *each = &cases[c];
            if (t > 0 && strncmp(each->text, "conv2d", 6) == 0)
                continue;
            open_trial(each->text, tables[t], each->input_count, each->inputs, &together);
            open_trial(each->text, tables[t], each->input_count, each->inputs, &single);
            compute(&together, 0, SAMPLES);
            for (int64_t i = SAMPLES - 1; i >= 0; i--)
                compute(&single, i, 1);
            assert_memory_equal(together.y, single.y, sizeof together.y);
            assert_memory_equal(together.dx, single.dx, sizeof together.dx);
            fixture_destroy(&together.fixture);
            fixture_destroy(&single.fixture);
        }
}

/* What is no matrix product nor convolution does not ask the libraries. */
static void layers_of_tensors_have_the_same_bits_with_any_kernels(void **state) {
    (void)state;
    static trial plain;
    static trial fast;
    for (size_t c = 0; c < sizeof cases / sizeof cases[0]; c++) {
        const layer_case *each = &cases[c];
        if (strncmp(each->text, "matmul", 6) == 0 || strncmp(each->text, "conv2d", 6) == 0)
            continue;
        open_trial(each->text, "ref", each->input_count, each->inputs, &plain);
        open_trial(each->text, "auto", each->input_count, each->inputs, &fast);
        compute(&plain, 0, SAMPLES);
        compute(&fast, 0, SAMPLES);
        assert_memory_equal(plain.y, fast.y, sizeof plain.y);
        assert_memory_equal(plain.dx, fast.dx, sizeof plain.dx);
        fixture_destroy(&plain.fixture);
        fixture_destroy(&fast.fixture);
    }
}

/* A row of four, its maximum, and where the gradient 7 goes. */
typedef struct maximum_case {
    dlt_real x[4];
    int place;
} maximum_case;

static void layers_reduce_max_takes_the_first_maximum_and_shows_nan(void **state) {
    (void)state;
    static trial one;
    const dlt_shape row = {.rank = 1, .dim = {4}};
    const dlt_real nan = (dlt_real)NAN;
    const dlt_real inf = (dlt_real)INFINITY;
    const maximum_case rows[] = {
        {{1, 3, 3, 2}, 1},     {{-2, -2, -2, -2}, 0},    {{-inf, -inf, -inf, -inf}, 0},
        {{inf, 1, inf, 2}, 0}, {{5, nan, 9, nan}, 1},    {{nan, inf, 1, 2}, 0},
        {{1, 2, 3, nan}, 3},   {{-inf, -1, -inf, -9}, 1}};
    open_trial("reduce: max", "ref", 1, &row, &one);
    for (size_t i = 0; i < sizeof rows / sizeof rows[0]; i++) {
        memcpy(one.x[0], rows[i].x, sizeof rows[i].x);
        one.dy[0] = 7;
        compute(&one, 0, 1);
        dlt_real expected = rows[i].x[rows[i].place];
        assert_true(one.y[0] == expected || (isnan(one.y[0]) && isnan(expected)));
        for (int k = 0; k < 4; k++)
            assert_true(one.dx[0][k] == (k == rows[i].place ? 7 : 0));
    }
    fixture_destroy(&one.fixture);
}

/* NaN and infinities take their way through sums and products. */
static void layers_sums_and_products_show_nan(void **state) {
    (void)state;
    static trial one;
    const dlt_shape shapes[] = {{.rank = 1, .dim = {4}}, {.rank = 1, .dim = {1}}};
    open_trial("reduce: mean", "ref", 1, shapes, &one);
    one.x[0][2] = (dlt_real)NAN;
    compute(&one, 0, 1);
    assert_true(isnan(one.y[0]));
    fixture_destroy(&one.fixture);
    open_trial("mul", "ref", 2, shapes, &one);
    one.x[0][2] = (dlt_real)INFINITY;
    one.x[1][0] = 0;
    compute(&one, 0, 1);
    assert_true(isnan(one.y[2]) && one.y[1] == 0);
    assert_true(isinf(one.dx[1][0]));
    fixture_destroy(&one.fixture);
}

/* 2^24 + 1 + 1 + ... in float would stay 2^24. */
static void layers_sums_are_rounded_once(void **state) {
    (void)state;
    static trial one;
    const dlt_shape shapes[] = {{.rank = 1, .dim = {101}}, {0}};
    open_trial("reduce: sum", "ref", 1, shapes, &one);
    for (int i = 0; i < 101; i++)
        one.x[0][i] = i == 0 ? 16777216 : 1;
    compute(&one, 0, 1);
    assert_true(one.y[0] == 16777316);
    fixture_destroy(&one.fixture);
    open_trial("mul", "ref", 2, shapes, &one);
    for (int i = 0; i < 101; i++) {
        one.x[0][i] = i == 0 ? 16777216 : 1;
        one.dy[i] = 1;
    }
    compute(&one, 0, 1);
    assert_true(one.dx[1][0] == 16777316);
    fixture_destroy(&one.fixture);
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(layers_compute_each_sample_by_itself),
        cmocka_unit_test(layers_of_tensors_have_the_same_bits_with_any_kernels),
        cmocka_unit_test(layers_reduce_max_takes_the_first_maximum_and_shows_nan),
        cmocka_unit_test(layers_sums_and_products_show_nan),
        cmocka_unit_test(layers_sums_are_rounded_once),
    };
    return cmocka_run_group_tests_name("layers_tensors", tests, NULL, NULL);
}
