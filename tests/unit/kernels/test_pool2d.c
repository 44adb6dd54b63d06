#include "fixture.h"

static const dlt_kernel_geometry two_by_two = {.h = 4,
                                               .w = 4,
                                               .c = 1,
                                               .r = 2,
                                               .s = 2,
                                               .stride_h = 2,
                                               .stride_w = 2,
                                               .dilation_h = 1,
                                               .dilation_w = 1,
                                               .out_h = 2,
                                               .out_w = 2};

/* 3x3 windows, stride 2, padding 1 at the top and left only: 5x4 gives 3x2. */
static const dlt_kernel_geometry padded = {.h = 5,
                                           .w = 4,
                                           .c = 3,
                                           .r = 3,
                                           .s = 3,
                                           .stride_h = 2,
                                           .stride_w = 2,
                                           .dilation_h = 1,
                                           .dilation_w = 1,
                                           .pad_top = 1,
                                           .pad_left = 1,
                                           .out_h = 2,
                                           .out_w = 2};

/* 2x2 windows with gaps, 40 channels for vector code and its rest. */
static const dlt_kernel_geometry dilated = {.h = 6,
                                            .w = 7,
                                            .c = 40,
                                            .r = 2,
                                            .s = 2,
                                            .stride_h = 1,
                                            .stride_w = 2,
                                            .dilation_h = 3,
                                            .dilation_w = 2,
                                            .pad_top = 1,
                                            .pad_bottom = 1,
                                            .pad_left = 2,
                                            .pad_right = 1,
                                            .out_h = 5,
                                            .out_w = 4};

/* Two by two without overlap, 70 channels. */
static const dlt_kernel_geometry tiled = {.h = 4,
                                          .w = 6,
                                          .c = 70,
                                          .r = 2,
                                          .s = 2,
                                          .stride_h = 2,
                                          .stride_w = 2,
                                          .dilation_h = 1,
                                          .dilation_w = 1,
                                          .out_h = 2,
                                          .out_w = 3};

static const dlt_kernel_geometry *const windows[] = {&two_by_two, &padded, &dilated, &tiled};
enum { WINDOWS = sizeof windows / sizeof windows[0], N = 3 };

static int64_t x_count(const dlt_kernel_geometry *geometry) {
    return N * geometry->h * geometry->w * geometry->c;
}

static int64_t y_count(const dlt_kernel_geometry *geometry) {
    return N * geometry->out_h * geometry->out_w * geometry->c;
}

static void kernels_max_pool2d_gives_known_answers(void **state) {
    (void)state;
    dlt_kernels kernels;
    assert_true(fixture_select("ref", &kernels));
    const dlt_real x[16] = {1, 2, 9, 9, 4, 3, 9, 9, -1, -2, 0, 5, -3, -4, 7, 6};
    static const double expected[] = {4, 9, -1, 7};
    static const int32_t positions[] = {4, 2, 8, 14}; /* of equal ones, the first */
    dlt_real y[4];
    int32_t argmax[4];
    kernels.max_pool2d_forward(1, &two_by_two, false, x, y, argmax);
    fixture_expect_near(4, 0, 0, expected, y);
    assert_memory_equal(argmax, positions, sizeof positions);
    const dlt_real dy[4] = {10, 20, 30, 40};
    static const double expected_dx[16] = {0, 0, 20, 0, 10, 0, 0, 0, 30, 0, 0, 0, 0, 0, 40, 0};
    dlt_real dx[16];
    kernels.max_pool2d_backward(1, &two_by_two, dy, argmax, dx);
    fixture_expect_near(16, 0, 0, expected_dx, dx);
}

static void kernels_max_pool2d_lets_nan_win_at_every_tap(void **state) {
    (void)state;
    dlt_kernels kernels;
    assert_true(fixture_select("ref", &kernels));
    for (int tap = 0; tap < 4; tap++) {
        dlt_real x[16] = {1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 12, 13, 14, 15, 16};
        int32_t position = (int32_t)(tap / 2 * 4 + tap % 2);
        x[position] = (dlt_real)NAN;
        dlt_real y[4];
        int32_t argmax[4];
        kernels.max_pool2d_forward(1, &two_by_two, false, x, y, NULL);
        assert_true(isnan(y[0]));
        kernels.max_pool2d_forward(1, &two_by_two, false, x, y, argmax);
        assert_true(isnan(y[0]));
        assert_int_equal(argmax[0], position);
    }
}

static void kernels_max_pool2d_of_minus_infinity_takes_the_first(void **state) {
    (void)state;
    dlt_kernels kernels;
    assert_true(fixture_select("ref", &kernels));
    dlt_real x[16];
    for (int i = 0; i < 16; i++)
        x[i] = -(dlt_real)INFINITY;
    dlt_real y[4];
    int32_t argmax[4];
    static const int32_t positions[] = {0, 2, 8, 10};
    kernels.max_pool2d_forward(1, &two_by_two, false, x, y, argmax);
    assert_memory_equal(argmax, positions, sizeof positions);
    assert_true(isinf(y[0]) && y[0] < 0);
}

/* y is x at argmax, no element under the window is larger, with and without argmax. */
static void kernels_max_pool2d_argmax_points_at_the_maximum(void **state) {
    (void)state;
    dlt_kernels kernels;
    assert_true(fixture_select("ref", &kernels));
    for (int i = 0; i < WINDOWS; i++) {
        const dlt_kernel_geometry *geometry = windows[i];
        dlt_real *x = fixture_normal(x_count(geometry), 1);
        dlt_real *y = fixture_zeros(y_count(geometry));
        dlt_real *again = fixture_zeros(y_count(geometry));
        int32_t *argmax = dlt_alloc(y_count(geometry), sizeof *argmax);
        assert_non_null(argmax);
        kernels.max_pool2d_forward(N, geometry, false, x, y, argmax);
        kernels.max_pool2d_forward(N, geometry, false, x, again, NULL);
        assert_memory_equal(y, again, (size_t)y_count(geometry) * sizeof *y);
        int64_t out_pixels = geometry->out_h * geometry->out_w;
        for (int64_t j = 0; j < y_count(geometry); j++) {
            int64_t image = j / geometry->c / out_pixels * geometry->h * geometry->w;
            assert_in_range(argmax[j], 0, geometry->h * geometry->w - 1);
            assert_true(y[j] == x[(image + argmax[j]) * geometry->c + j % geometry->c]);
        }
        dlt_free(x);
        dlt_free(y);
        dlt_free(again);
        dlt_free(argmax);
    }
}

/* The maximum by the definition, tap by tap. */
static double define_maximum(const dlt_kernel_geometry *geometry, const dlt_real *x, int64_t out) {
    int64_t c = out % geometry->c;
    int64_t ow = out / geometry->c % geometry->out_w;
    int64_t oh = out / geometry->c / geometry->out_w % geometry->out_h;
    int64_t image = out / geometry->c / geometry->out_w / geometry->out_h;
    double best = -INFINITY;
    for (int64_t tap = 0; tap < geometry->r * geometry->s; tap++) {
        int64_t h =
            oh * geometry->stride_h - geometry->pad_top + tap / geometry->s * geometry->dilation_h;
        int64_t w =
            ow * geometry->stride_w - geometry->pad_left + tap % geometry->s * geometry->dilation_w;
        if (h < 0 || h >= geometry->h || w < 0 || w >= geometry->w)
            continue;
        best =
            fmax(best, (double)x[((image * geometry->h + h) * geometry->w + w) * geometry->c + c]);
    }
    return best;
}

static void kernels_max_pool2d_agrees_with_its_definition(void **state) {
    (void)state;
    dlt_kernels kernels;
    assert_true(fixture_select("ref", &kernels));
    for (int i = 0; i < WINDOWS; i++) {
        dlt_real *x = fixture_normal(x_count(windows[i]), 1);
        dlt_real *y = fixture_zeros(y_count(windows[i]));
        kernels.max_pool2d_forward(N, windows[i], false, x, y, NULL);
        for (int64_t j = 0; j < y_count(windows[i]); j++)
            assert_true((double)y[j] == define_maximum(windows[i], x, j));
        dlt_free(x);
        dlt_free(y);
    }
}

/* A relu behind the maximum gives the bits of one before it, gradients included. */
static void kernels_max_pool2d_does_the_relu_before_it(void **state) {
    (void)state;
    dlt_kernels kernels;
    assert_true(fixture_select("ref", &kernels));
    for (int i = 0; i < WINDOWS; i++) {
        const dlt_kernel_geometry *geometry = windows[i];
        int64_t inputs = x_count(geometry), outputs = y_count(geometry);
        dlt_real *x = fixture_normal(inputs, 1), *dy = fixture_normal(outputs, 2);
        dlt_real *rectified = fixture_zeros(inputs);
        dlt_real *y[2] = {fixture_zeros(outputs), fixture_zeros(outputs)};
        dlt_real *dx[2] = {fixture_zeros(inputs), fixture_zeros(inputs)};
        int32_t *argmax = dlt_alloc(outputs, sizeof *argmax);
        assert_non_null(argmax);
        kernels.relu_forward(inputs, x, rectified);
        kernels.max_pool2d_forward(N, geometry, false, rectified, y[0], argmax);
        kernels.max_pool2d_backward(N, geometry, dy, argmax, dx[0]);
        kernels.relu_backward(inputs, rectified, dx[0], dx[0]);
        kernels.max_pool2d_forward(N, geometry, true, x, y[1], argmax);
        kernels.max_pool2d_backward(N, geometry, dy, argmax, dx[1]);
        assert_memory_equal(y[1], y[0], (size_t)outputs * sizeof(dlt_real));
        for (int64_t j = 0; j < inputs; j++)
            assert_true(dx[1][j] == dx[0][j]);
        dlt_free(x);
        dlt_free(dy);
        dlt_free(rectified);
        dlt_free(argmax);
        for (int k = 0; k < 2; k++) {
            dlt_free(y[k]);
            dlt_free(dx[k]);
        }
    }
}

static void kernels_avg_pool2d_divides_as_told(void **state) {
    (void)state;
    dlt_kernels kernels;
    assert_true(fixture_select("ref", &kernels));
    dlt_real *x = fixture_zeros(x_count(&padded));
    dlt_real *y = fixture_zeros(y_count(&padded));
    for (int64_t i = 0; i < x_count(&padded); i++)
        x[i] = 1;
    /* Elements of the image under the four windows: 2x2, 2x3, 3x2, 3x3. */
    static const double inside[] = {4, 6, 6, 9};
    kernels.avg_pool2d_forward(N, &padded, true, x, y);
    for (int64_t j = 0; j < y_count(&padded); j++) {
        double expected = inside[j / padded.c % 4] / 9;
        fixture_expect_near(1, 10, 0, &expected, &y[j]);
    }
    kernels.avg_pool2d_forward(N, &padded, false, x, y);
    for (int64_t j = 0; j < y_count(&padded); j++) {
        double expected = 1;
        fixture_expect_near(1, 10, 0, &expected, &y[j]);
    }
    dlt_free(x);
    dlt_free(y);
}

static double inner_product(int64_t count, const dlt_real *a, const dlt_real *b, double *size) {
    double sum = 0;
    for (int64_t i = 0; i < count; i++) {
        sum += (double)a[i] * (double)b[i];
        *size += fabs((double)a[i] * (double)b[i]);
    }
    return sum;
}

/* Linear maps: <dy, pool(x)> = <backward(dy), x>. */
static void kernels_avg_pool2d_backward_is_the_adjoint(void **state) {
    (void)state;
    dlt_kernels kernels;
    assert_true(fixture_select("ref", &kernels));
    for (int i = 0; i < 2 * WINDOWS; i++) {
        const dlt_kernel_geometry *geometry = windows[i / 2];
        dlt_real *x = fixture_normal(x_count(geometry), 1);
        dlt_real *dy = fixture_normal(y_count(geometry), 2);
        dlt_real *y = fixture_zeros(y_count(geometry));
        dlt_real *dx = fixture_normal(x_count(geometry), 3);
        kernels.avg_pool2d_forward(N, geometry, i % 2 == 0, x, y);
        kernels.avg_pool2d_backward(N, geometry, i % 2 == 0, dy, dx);
        double size = 0;
        double by_y = inner_product(y_count(geometry), dy, y, &size);
        double by_x = inner_product(x_count(geometry), dx, x, &size);
        /* R S terms per element, each side, and the factor. */
        double roundings = 2 * (double)(geometry->r * geometry->s + 2);
        assert_true(fabs(by_y - by_x) <= roundings * (double)FLT_EPSILON * size);
        dlt_free(x);
        dlt_free(dy);
        dlt_free(y);
        dlt_free(dx);
    }
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(kernels_max_pool2d_gives_known_answers),
        cmocka_unit_test(kernels_max_pool2d_lets_nan_win_at_every_tap),
        cmocka_unit_test(kernels_max_pool2d_of_minus_infinity_takes_the_first),
        cmocka_unit_test(kernels_max_pool2d_argmax_points_at_the_maximum),
        cmocka_unit_test(kernels_max_pool2d_agrees_with_its_definition),
        cmocka_unit_test(kernels_max_pool2d_does_the_relu_before_it),
        cmocka_unit_test(kernels_avg_pool2d_divides_as_told),
        cmocka_unit_test(kernels_avg_pool2d_backward_is_the_adjoint),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
