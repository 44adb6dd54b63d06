#include "fixture.h"

/* Every activation behind one pair of signatures, with its definition in double. */
typedef struct activation {
    const char *name;
    double (*define)(double x);
    double (*slope)(double x);
    void (*forward)(const dlt_kernels *kernels, int64_t n, const dlt_real *x, dlt_real *y);
    void (*backward)(const dlt_kernels *kernels, int64_t n, const dlt_real *x, const dlt_real *y,
                     const dlt_real *dy, dlt_real *dx);
} activation;

#define SLOPE 0.125 /* exact in float */

static double relu(double x) {
    return x > 0 ? x : 0;
}

static double slope_relu(double x) {
    return x > 0 ? 1 : 0;
}

static void forward_relu(const dlt_kernels *k, int64_t n, const dlt_real *x, dlt_real *y) {
    k->relu_forward(n, x, y);
}

static void backward_relu(const dlt_kernels *k, int64_t n, const dlt_real *x, const dlt_real *y,
                          const dlt_real *dy, dlt_real *dx) {
    (void)x;
    k->relu_backward(n, y, dy, dx);
}

static double leaky_relu(double x) {
    return x > 0 ? x : SLOPE * x;
}

static double slope_leaky_relu(double x) {
    return x > 0 ? 1 : SLOPE;
}

static void forward_leaky_relu(const dlt_kernels *k, int64_t n, const dlt_real *x, dlt_real *y) {
    k->leaky_relu_forward(n, (dlt_real)SLOPE, x, y);
}

static void backward_leaky_relu(const dlt_kernels *k, int64_t n, const dlt_real *x,
                                const dlt_real *y, const dlt_real *dy, dlt_real *dx) {
    (void)y;
    k->leaky_relu_backward(n, (dlt_real)SLOPE, x, dy, dx);
}

static double elu(double x) {
    return x > 0 ? x : 1.5 * expm1(x);
}

static double slope_elu(double x) {
    return x > 0 ? 1 : 1.5 * exp(x);
}

static void forward_elu(const dlt_kernels *k, int64_t n, const dlt_real *x, dlt_real *y) {
    k->elu_forward(n, (dlt_real)1.5, x, y);
}

static void backward_elu(const dlt_kernels *k, int64_t n, const dlt_real *x, const dlt_real *y,
                         const dlt_real *dy, dlt_real *dx) {
    k->elu_backward(n, (dlt_real)1.5, x, y, dy, dx);
}

static double sigmoid(double x) {
    return 1 / (1 + exp(-x));
}

static double slope_sigmoid(double x) {
    return sigmoid(x) * (1 - sigmoid(x));
}

static void forward_sigmoid(const dlt_kernels *k, int64_t n, const dlt_real *x, dlt_real *y) {
    k->sigmoid_forward(n, x, y);
}

static void backward_sigmoid(const dlt_kernels *k, int64_t n, const dlt_real *x, const dlt_real *y,
                             const dlt_real *dy, dlt_real *dx) {
    (void)x;
    k->sigmoid_backward(n, y, dy, dx);
}

static double slope_tanh(double x) {
    return 1 - tanh(x) * tanh(x);
}

static void forward_tanh(const dlt_kernels *k, int64_t n, const dlt_real *x, dlt_real *y) {
    k->tanh_forward(n, x, y);
}

static void backward_tanh(const dlt_kernels *k, int64_t n, const dlt_real *x, const dlt_real *y,
                          const dlt_real *dy, dlt_real *dx) {
    (void)x;
    k->tanh_backward(n, y, dy, dx);
}

static double gelu(double x) {
    return 0.5 * x * (1 + erf(x * 0.70710678118654752440));
}

static double slope_gelu(double x) {
    return 0.5 * (1 + erf(x * 0.70710678118654752440)) +
           x * 0.39894228040143267794 * exp(-0.5 * x * x);
}

static void forward_gelu(const dlt_kernels *k, int64_t n, const dlt_real *x, dlt_real *y) {
    k->gelu_forward(n, false, x, y);
}

static void backward_gelu(const dlt_kernels *k, int64_t n, const dlt_real *x, const dlt_real *y,
                          const dlt_real *dy, dlt_real *dx) {
    (void)y;
    k->gelu_backward(n, false, x, dy, dx);
}

static double inner_gelu(double x) {
    return 0.79788456080286535588 * (x + 0.044715 * x * x * x);
}

static double approximate_gelu(double x) {
    return 0.5 * x * (1 + tanh(inner_gelu(x)));
}

static double slope_approximate_gelu(double x) {
    double t = tanh(inner_gelu(x));
    double inner_slope = 0.79788456080286535588 * (1 + 3 * 0.044715 * x * x);
    return 0.5 * (1 + t) + 0.5 * x * (1 - t * t) * inner_slope;
}

static void forward_approximate_gelu(const dlt_kernels *k, int64_t n, const dlt_real *x,
                                     dlt_real *y) {
    k->gelu_forward(n, true, x, y);
}

static void backward_approximate_gelu(const dlt_kernels *k, int64_t n, const dlt_real *x,
                                      const dlt_real *y, const dlt_real *dy, dlt_real *dx) {
    (void)y;
    k->gelu_backward(n, true, x, dy, dx);
}

static const activation activations[] = {
    {"relu", relu, slope_relu, forward_relu, backward_relu},
    {"leaky_relu", leaky_relu, slope_leaky_relu, forward_leaky_relu, backward_leaky_relu},
    {"elu", elu, slope_elu, forward_elu, backward_elu},
    {"sigmoid", sigmoid, slope_sigmoid, forward_sigmoid, backward_sigmoid},
    {"tanh", tanh, slope_tanh, forward_tanh, backward_tanh},
    {"gelu", gelu, slope_gelu, forward_gelu, backward_gelu},
    {"approximate_gelu", approximate_gelu, slope_approximate_gelu, forward_approximate_gelu,
     backward_approximate_gelu},
};
enum { ACTIVATIONS = sizeof activations / sizeof activations[0] };

static const int64_t counts[] = {1, 3, 16, 100, 1001};
enum { COUNTS = sizeof counts / sizeof counts[0] };

/* A function of a rounded argument of size |x| differs by up to |x| |slope| eps, all slopes here
 * are below 2, and at most ten operations round; so the error is a few eps of 1 + |x|, times x^2
 * where the approximation cubes it. */
static void check_activation(const dlt_kernels *kernels, const activation *of, int64_t n) {
    dlt_real *x = fixture_normal(n, 1);
    dlt_real *dy = fixture_normal(n, 2);
    dlt_real *y = fixture_zeros(n);
    dlt_real *dx = fixture_zeros(n);
    for (int64_t i = 0; i < n; i++)
        x[i] *= 3;
    of->forward(kernels, n, x, y);
    of->backward(kernels, n, x, y, dy, dx);
    for (int64_t i = 0; i < n; i++) {
        double at = (double)x[i];
        double expected = of->define(at);
        double size = (1 + fabs(at)) * (1 + at * at);
        fixture_expect_near(1, 10, size, &expected, &y[i]);
        expected = (double)dy[i] * of->slope(at);
        fixture_expect_near(1, 10, fabs((double)dy[i]) * size, &expected, &dx[i]);
    }
    dlt_free(x);
    dlt_free(dy);
    dlt_free(y);
    dlt_free(dx);
}

static void kernels_activations_agree_with_their_definitions(void **state) {
    (void)state;
    dlt_kernels kernels;
    assert_true(fixture_select("ref", &kernels));
    for (int i = 0; i < ACTIVATIONS; i++)
        for (int j = 0; j < COUNTS; j++)
            check_activation(&kernels, &activations[i], counts[j]);
}

static void kernels_activations_pass_nan_on_and_stand_infinity(void **state) {
    (void)state;
    dlt_kernels kernels;
    assert_true(fixture_select("ref", &kernels));
    for (int i = 0; i < ACTIVATIONS; i++) {
        /* Enough elements for the vector loop and for its rest. */
        dlt_real *x = fixture_zeros(37);
        dlt_real *y = fixture_zeros(37);
        dlt_real *dx = fixture_zeros(37);
        for (int j = 0; j < 37; j++)
            x[j] = (dlt_real)NAN;
        activations[i].forward(&kernels, 37, x, y);
        activations[i].backward(&kernels, 37, x, y, x, dx);
        for (int j = 0; j < 37; j++)
            if (!isnan(y[j]) || !isnan(dx[j]))
                fail_msg("%s hides NaN", activations[i].name);
        x[0] = 1000;
        x[1] = -1000;
        activations[i].forward(&kernels, 2, x, y);
        for (int j = 0; j < 2; j++) {
            double expected = activations[i].define((double)x[j]);
            fixture_expect_near(1, 2, 0, &expected, &y[j]);
        }
        dlt_free(x);
        dlt_free(y);
        dlt_free(dx);
    }
}

static void kernels_add_and_bias_add_add(void **state) {
    (void)state;
    dlt_kernels kernels;
    assert_true(fixture_select("ref", &kernels));
    enum { N = 7, D = 19 };
    dlt_real *x = fixture_normal(N * D, 1);
    dlt_real *z = fixture_normal(N * D, 2);
    dlt_real *y = fixture_zeros(N * D);
    kernels.add(N * D, x, z, y);
    for (int i = 0; i < N * D; i++)
        assert_true(y[i] == x[i] + z[i]);
    kernels.add(N * D, x, z, x);
    assert_memory_equal(x, y, N * D * sizeof *x);
    kernels.bias_add(N, D, z, y);
    for (int i = 0; i < N * D; i++)
        assert_true(y[i] == x[i] + z[i % D]);
    dlt_free(x);
    dlt_free(y);
    dlt_free(z);
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(kernels_activations_agree_with_their_definitions),
        cmocka_unit_test(kernels_activations_pass_nan_on_and_stand_infinity),
        cmocka_unit_test(kernels_add_and_bias_add_add),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
