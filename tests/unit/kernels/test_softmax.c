#include "fixture.h"

static const int64_t widths[] = {1, 2, 10, 16, 33, 1000};
enum { WIDTHS = sizeof widths / sizeof widths[0], N = 5 };

/* Normal numbers times 5, about the spread of a trained network's logits. */
static dlt_real *make_logits(int64_t d) {
    dlt_real *z = fixture_normal(N * d, 1);
    for (int64_t i = 0; i < N * d; i++)
        z[i] *= 5;
    return z;
}

/* p = softmax(z) of one row, and -log p, in double. */
static void define_softmax(int64_t d, const dlt_real *z, double *p, double *nll) {
    double max = -INFINITY;
    for (int64_t j = 0; j < d; j++)
        max = fmax(max, (double)z[j]);
    double sum = 0;
    for (int64_t j = 0; j < d; j++)
        sum += exp((double)z[j] - max);
    for (int64_t j = 0; j < d; j++) {
        p[j] = exp((double)z[j] - max) / sum;
        nll[j] = log(sum) - ((double)z[j] - max);
    }
}

/* exp(z - max): the difference is rounded by up to eps |z - max| / 2, which exp makes relative. */
static double roundings_of(int64_t d, const double *nll) {
    double largest = 0;
    for (int64_t j = 0; j < d; j++)
        largest = fmax(largest, nll[j]);
    return 4 + largest;
}

static void kernels_softmax_agrees_with_its_definition(void **state) {
    (void)state;
    static double p[1000];
    static double nll[1000];
    dlt_kernels kernels;
    assert_true(fixture_select("ref", &kernels));
    for (int i = 0; i < WIDTHS; i++) {
        int64_t d = widths[i];
        dlt_real *z = make_logits(d);
        dlt_real *y = fixture_zeros(N * d);
        kernels.softmax_forward(N, d, z, y);
        for (int64_t row = 0; row < N; row++) {
            define_softmax(d, z + row * d, p, nll);
            fixture_expect_near(d, roundings_of(d, nll), 0, p, y + row * d);
        }
        kernels.softmax_forward(N, d, z, z);
        assert_memory_equal(y, z, (size_t)(N * d) * sizeof *y);
        dlt_free(z);
        dlt_free(y);
    }
}

static void kernels_softmax_backward_agrees_with_its_definition(void **state) {
    (void)state;
    dlt_kernels kernels;
    assert_true(fixture_select("ref", &kernels));
    for (int i = 0; i < WIDTHS; i++) {
        int64_t d = widths[i];
        dlt_real *y = make_logits(d);
        dlt_real *dy = fixture_normal(N * d, 2);
        dlt_real *dx = fixture_zeros(N * d);
        kernels.softmax_forward(N, d, y, y);
        kernels.softmax_backward(N, d, y, dy, dx);
        for (int64_t row = 0; row < N; row++) {
            double sum = 0;
            double size = 0;
            for (int64_t j = row * d; j < (row + 1) * d; j++) {
                sum += (double)dy[j] * (double)y[j];
                size += fabs((double)dy[j] * (double)y[j]);
            }
            for (int64_t j = row * d; j < (row + 1) * d; j++) {
                double expected = (double)y[j] * ((double)dy[j] - sum);
                double scale = (double)y[j] * (fabs((double)dy[j]) + size);
                fixture_expect_near(1, 3, scale, &expected, &dx[j]);
            }
        }
        dlt_free(y);
        dlt_free(dy);
        dlt_free(dx);
    }
}

static void kernels_softmax_stands_large_logits_and_shows_nan(void **state) {
    (void)state;
    dlt_kernels kernels;
    assert_true(fixture_select("ref", &kernels));
    dlt_real x[6] = {1000, 999, -1000, 1, (dlt_real)NAN, 2};
    dlt_real y[6];
    static const double expected[] = {0.7310585786300049, 0.2689414213699951, 0};
    kernels.softmax_forward(2, 3, x, y);
    fixture_expect_near(3, 6, 0, expected, y);
    for (int j = 3; j < 6; j++)
        assert_true(isnan(y[j]));
}

/* log(e + e^2 + e^3) - 3 = 0.40760596; with smoothing 0.1, 0.9 of it and 0.1 of the mean of
 * 2.40760596, 1.40760596 and 0.40760596. */
static void kernels_cross_entropy_gives_known_answers(void **state) {
    (void)state;
    dlt_kernels kernels;
    assert_true(fixture_select("ref", &kernels));
    const dlt_real z[3] = {1, 2, 3};
    const int32_t label = 2;
    double weight_sum = 0.5;
    double loss = kernels.cross_entropy(1, 3, z, &label, NULL, NULL, 0, NULL, &weight_sum);
    assert_true(fabs(loss - 0.4076059644443804) <= 4 * (double)FLT_EPSILON);
    assert_true(weight_sum == 1.5);
    loss = kernels.cross_entropy(1, 3, z, &label, NULL, NULL, (dlt_real)0.1, NULL, &weight_sum);
    assert_true(fabs(loss - 0.5076059644443804) <= 4 * (double)FLT_EPSILON);
}

/* One row: loss = sum of q_j (-log p_j), gradient = (sum of q) p - q. */
static double expect_row(int64_t d, const dlt_real *z, int32_t label, const double *weight,
                         double smoothing, const dlt_real *dz, double *size) {
    static double p[1000];
    static double nll[1000];
    define_softmax(d, z, p, nll);
    double loss = 0;
    double sum = 0;
    for (int64_t j = 0; j < d; j++) {
        double w = weight != NULL ? weight[j] : 1;
        double q = smoothing / (double)d * w + (j == label ? (1 - smoothing) * w : 0);
        loss += q * nll[j];
        sum += q;
    }
    *size += loss + sum;
    for (int64_t j = 0; j < d; j++) {
        double w = weight != NULL ? weight[j] : 1;
        double q = smoothing / (double)d * w + (j == label ? (1 - smoothing) * w : 0);
        double expected = sum * p[j] - q;
        fixture_expect_near(1, roundings_of(d, nll), sum * p[j] + q, &expected, &dz[j]);
    }
    return loss;
}

static void check_cross_entropy(const dlt_kernels *kernels, int64_t d, const double *weight,
                                double smoothing) {
    dlt_real *z = make_logits(d);
    dlt_real *dz = fixture_normal(N * d, 2);
    int32_t labels[N];
    double weights = 0;
    for (int32_t row = 0; row < N; row++) {
        labels[row] = (int32_t)((row * 7 + 3) % d);
        weights += weight != NULL ? weight[labels[row]] : 1;
    }
    double weight_sum = 0;
    /* The same smoothing as the kernel gets, rounded. */
    dlt_real s = (dlt_real)smoothing;
    double loss = kernels->cross_entropy(N, d, z, labels, weight, NULL, s, dz, &weight_sum);
    double expected = 0;
    double size = 0;
    for (int64_t row = 0; row < N; row++)
        expected += expect_row(d, z + row * d, labels[row], weight, (double)s, dz + row * d, &size);
    assert_true(fabs(loss - expected) <= 4 * (double)FLT_EPSILON * size);
    assert_true(fabs(weight_sum - weights) <= 4 * DBL_EPSILON * weights);
    double alone = kernels->cross_entropy(N, d, z, labels, weight, NULL, s, NULL, &weight_sum);
    assert_true(alone == loss);
    dlt_free(z);
    dlt_free(dz);
}

static void kernels_cross_entropy_agrees_with_its_definition(void **state) {
    (void)state;
    static double weight[1000];
    dlt_kernels kernels;
    assert_true(fixture_select("ref", &kernels));
    for (int j = 0; j < 1000; j++)
        weight[j] = 0.25 + j % 7;
    for (int i = 0; i < WIDTHS; i++) {
        check_cross_entropy(&kernels, widths[i], NULL, 0);
        check_cross_entropy(&kernels, widths[i], weight, 0);
        check_cross_entropy(&kernels, widths[i], NULL, 0.1);
        check_cross_entropy(&kernels, widths[i], weight, 0.3);
    }
}

/* A row of weight w counts as the same row w times; of weight 0 nothing is read. */
static void kernels_cross_entropy_weights_rows(void **state) {
    (void)state;
    dlt_kernels kernels;
    assert_true(fixture_select("ref", &kernels));
    const dlt_real z[] = {1, 2, 3, (dlt_real)NAN, 0, 1, 0.5F, -1, 0};
    const int32_t labels[] = {2, 255, 0};
    const dlt_real weights[] = {2, 0, 0.5F};
    const double classes[] = {1, 2, 4};
    double parts[2] = {0}, weight_sum = 0, part_sum = 0;
    dlt_real dz[9], part[6];
    double loss =
        kernels.cross_entropy(3, 3, z, labels, classes, weights, (dlt_real)0.1, dz, &weight_sum);
    for (int i = 0; i < 2; i++)
        parts[i] = kernels.cross_entropy(1, 3, z + i * 6, labels + i * 2, classes, NULL,
                                         (dlt_real)0.1, part + i * 3, &part_sum);
    assert_true(fabs(loss - 2 * parts[0] - 0.5 * parts[1]) <= 4 * DBL_EPSILON * loss);
    assert_true(weight_sum == 8.5 && part_sum == 5);
    for (int j = 0; j < 3; j++) {
        assert_true(dz[j] == 2 * part[j] && dz[3 + j] == 0 && dz[6 + j] == part[3 + j] / 2);
    }
    double again = 0;
    assert_true(kernels.cross_entropy(3, 3, z, labels, classes, weights, (dlt_real)0.1, NULL,
                                      &again) == loss);
    assert_true(again == weight_sum);
}

static void kernels_cross_entropy_shows_nan(void **state) {
    (void)state;
    dlt_kernels kernels;
    assert_true(fixture_select("ref", &kernels));
    const dlt_real z[3] = {1, (dlt_real)NAN, 3};
    const int32_t label = 2;
    double weight_sum = 0;
    dlt_real dz[3];
    assert_true(isnan(kernels.cross_entropy(1, 3, z, &label, NULL, NULL, 0, dz, &weight_sum)));
    assert_true(isnan(dz[0]));
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(kernels_softmax_agrees_with_its_definition),
        cmocka_unit_test(kernels_softmax_backward_agrees_with_its_definition),
        cmocka_unit_test(kernels_softmax_stands_large_logits_and_shows_nan),
        cmocka_unit_test(kernels_cross_entropy_gives_known_answers),
        cmocka_unit_test(kernels_cross_entropy_agrees_with_its_definition),
        cmocka_unit_test(kernels_cross_entropy_weights_rows),
        cmocka_unit_test(kernels_cross_entropy_shows_nan),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
