#include "fixture.h"

/* Sizes below, at and above the 64 columns that are reduced together, and rows that do not fill. */
static const int64_t sizes[][2] = {{1, 1},  {2, 3},   {7, 16},  {33, 10}, {64, 64},
                                   {5, 65}, {9, 200}, {130, 1}, {31, 32}, {1, 70}};
enum { SIZES = sizeof sizes / sizeof sizes[0] };
static const double EPSILON = 1e-5;

/* Everything that a normalisation reads and writes. */
typedef struct sample {
    int64_t n, d;
    dlt_real *x, *dy, *weight, *bias, *y, *dx, *mean, *variance, *inv_std, *dweight, *dbias;
    dlt_real *addend, *daddend;
} sample;

static sample make_sample(int64_t n, int64_t d) {
    int64_t most = n > d ? n : d;
    sample of = {.n = n, .d = d};
    of.x = fixture_normal(n * d, 1);
    for (int64_t i = 0; i < n * d; i++)
        of.x[i] += 3;
    of.dy = fixture_normal(n * d, 2);
    of.weight = fixture_normal(d, 3);
    of.bias = fixture_normal(d, 4);
    of.y = fixture_zeros(n * d);
    of.dx = fixture_zeros(n * d);
    of.mean = fixture_zeros(most);
    of.variance = fixture_zeros(most);
    of.inv_std = fixture_zeros(most);
    of.dweight = fixture_zeros(d);
    of.dbias = fixture_zeros(d);
    of.addend = fixture_normal(n * d, 5);
    of.daddend = fixture_zeros(n * d);
    return of;
}

static void free_sample(sample *of) {
    dlt_real *arrays[] = {of->x,       of->dy,    of->weight,  of->bias,   of->y,
                          of->dx,      of->mean,  of->inv_std, of->addend, of->daddend,
                          of->dweight, of->dbias, of->variance};
    for (size_t i = 0; i < sizeof arrays / sizeof arrays[0]; i++)
        dlt_free(arrays[i]);
}

/* A group of elements that are normalised together: start + i * stride for i < length. */
typedef struct group {
    int64_t start, stride, length;
    double mean, variance, inv_std;
} group;

static group group_of(const sample *of, bool columns, int64_t index) {
    group it =
        columns ? (group){index, of->d, of->n, 0, 0, 0} : (group){index * of->d, 1, of->d, 0, 0, 0};
    for (int64_t i = 0; i < it.length; i++)
        it.mean += (double)of->x[it.start + i * it.stride] / (double)it.length;
    for (int64_t i = 0; i < it.length; i++) {
        double centred = (double)of->x[it.start + i * it.stride] - it.mean;
        it.variance += centred * centred / (double)it.length;
    }
    it.inv_std = 1 / sqrt(it.variance + EPSILON);
    return it;
}

/* Roundings: the mean is off by eps |mean|, which inv_std magnifies; a handful of operations. */
static double roundings_of(const group *it) {
    return 8 * (1 + fabs(it->mean) * it->inv_std);
}

/* Batch norm adds 16 rows before it goes on in double: as many roundings more, of the mean, which
 * is near 3, and of the sum of squares. */
static double roundings_of_sums(bool columns) {
    return columns ? 16 : 0;
}

static void check_forward(const sample *of, bool columns) {
    for (int64_t index = 0; index < (columns ? of->d : of->n); index++) {
        group it = group_of(of, columns, index);
        double more = roundings_of_sums(columns);
        fixture_expect_near(1, 1 + more, 0, &it.mean, &of->mean[index]);
        fixture_expect_near(1, 2 + more, 0, &it.inv_std, &of->inv_std[index]);
        for (int64_t i = 0; i < it.length; i++) {
            int64_t at = it.start + i * it.stride;
            double weight = (double)of->weight[at % of->d];
            double bias = (double)of->bias[at % of->d];
            double normal = ((double)of->x[at] - it.mean) * it.inv_std;
            double expected = normal * weight + bias;
            fixture_expect_near(1, roundings_of(&it) + more,
                                fabs(normal * weight) + fabs(weight) + fabs(bias), &expected,
                                &of->y[at]);
        }
    }
}

/* dx = inv_std (g - mean(g) - normal mean(g normal)), g = dy weight, over the group. */
static void check_backward_data(const sample *of, bool columns) {
    for (int64_t index = 0; index < (columns ? of->d : of->n); index++) {
        group it = group_of(of, columns, index);
        double mean_g = 0;
        double mean_product = 0;
        double size = 0;
        for (int64_t i = 0; i < it.length; i++) {
            int64_t at = it.start + i * it.stride;
            double g = (double)of->dy[at] * (double)of->weight[at % of->d];
            double normal = ((double)of->x[at] - it.mean) * it.inv_std;
            mean_g += g / (double)it.length;
            mean_product += g * normal / (double)it.length;
            size += fabs(g) * (1 + fabs(normal)) / (double)it.length;
        }
        for (int64_t i = 0; i < it.length; i++) {
            int64_t at = it.start + i * it.stride;
            double g = (double)of->dy[at] * (double)of->weight[at % of->d];
            double normal = ((double)of->x[at] - it.mean) * it.inv_std;
            double expected = it.inv_std * (g - mean_g - normal * mean_product);
            double scale = it.inv_std * (fabs(g) + size * (2 + fabs(normal)));
            fixture_expect_near(1, roundings_of(&it) + roundings_of_sums(columns), scale, &expected,
                                &of->dx[at]);
        }
    }
}

static void check_backward_params(const sample *of, bool columns) {
    for (int64_t j = 0; j < of->d; j++) {
        double dweight = 0;
        double dbias = 0;
        double size = 0;
        double roundings = 0;
        for (int64_t i = 0; i < of->n; i++) {
            group it = group_of(of, columns, columns ? j : i);
            double dy = (double)of->dy[i * of->d + j];
            double normal = ((double)of->x[i * of->d + j] - it.mean) * it.inv_std;
            dweight += dy * normal;
            dbias += dy;
            size += fabs(dy) * (1 + fabs(normal));
            roundings = fmax(roundings, roundings_of(&it));
        }
        roundings += roundings_of_sums(columns);
        fixture_expect_near(1, roundings, size, &dweight, &of->dweight[j]);
        fixture_expect_near(1, roundings, size, &dbias, &of->dbias[j]);
    }
}

static dlt_batch_norm norm_of(const sample *of) {
    return (dlt_batch_norm){.n = of->n,
                            .d = of->d,
                            .epsilon = (dlt_real)EPSILON,
                            .weight = of->weight,
                            .bias = of->bias};
}

static void kernels_batch_norm_agrees_with_its_definition(void **state) {
    (void)state;
    dlt_kernels kernels;
    assert_true(fixture_select("ref", &kernels));
    for (int i = 0; i < SIZES; i++) {
        sample of = make_sample(sizes[i][0], sizes[i][1]);
        dlt_batch_norm norm = norm_of(&of);
        kernels.batch_norm_forward(&norm, of.x, of.y, of.mean, of.variance, of.inv_std);
        check_forward(&of, true);
        for (int64_t j = 0; j < of.d; j++) {
            group it = group_of(&of, true, j);
            fixture_expect_near(1, 2 + roundings_of_sums(true), 0, &it.variance, &of.variance[j]);
        }
        kernels.batch_norm_backward(&norm, of.x, NULL, of.dy, of.mean, of.inv_std, of.dx, NULL,
                                    of.dweight, of.dbias);
        check_backward_data(&of, true);
        check_backward_params(&of, true);
        free_sample(&of);
    }
}

static void kernels_batch_norm_apply_repeats_forward(void **state) {
    (void)state;
    dlt_kernels kernels;
    assert_true(fixture_select("ref", &kernels));
    for (int i = 0; i < SIZES; i++) {
        sample of = make_sample(sizes[i][0], sizes[i][1]);
        dlt_batch_norm norm = {.n = of.n, .d = of.d, .epsilon = (dlt_real)EPSILON};
        kernels.batch_norm_forward(&norm, of.x, of.y, of.mean, of.variance, of.inv_std);
        kernels.batch_norm_inference(&norm, of.x, of.mean, of.variance, of.dx);
        for (int64_t j = 0; j < of.n * of.d; j++) {
            /* inv_std comes from the rounded variance here. */
            double expected = (double)of.y[j];
            fixture_expect_near(1, 4, 0, &expected, &of.dx[j]);
        }
        free_sample(&of);
    }
}

/* What follows the batch norm in its passes gives the bits that it gives in passes of its own. */
static void check_followed(const dlt_kernels *kernels, sample *of, bool add, bool relu) {
    int64_t count = of->n * of->d;
    dlt_batch_norm norm = norm_of(of);
    dlt_real *y = fixture_zeros(count);
    dlt_real *dx = fixture_zeros(count);
    dlt_real *dy = fixture_zeros(count);
    kernels->batch_norm_forward(&norm, of->x, of->y, of->mean, of->variance, of->inv_std);
    if (add)
        kernels->add(count, of->y, of->addend, of->y);
    if (relu)
        kernels->relu_forward(count, of->y, of->y);
    memcpy(dy, of->dy, (size_t)count * sizeof *dy);
    if (relu)
        kernels->relu_backward(count, of->y, dy, dy);
    kernels->batch_norm_backward(&norm, of->x, NULL, dy, of->mean, of->inv_std, of->dx, NULL,
                                 of->dweight, of->dbias);

    norm.addend = add ? of->addend : NULL;
    norm.relu = relu;
    kernels->batch_norm_forward(&norm, of->x, y, of->mean, of->variance, of->inv_std);
    assert_memory_equal(y, of->y, (size_t)count * sizeof *y);
    kernels->batch_norm_backward(&norm, of->x, of->y, of->dy, of->mean, of->inv_std, dx,
                                 add ? of->daddend : NULL, of->dweight, of->dbias);
    assert_memory_equal(dx, of->dx, (size_t)count * sizeof *dx);
    if (add)
        assert_memory_equal(of->daddend, dy, (size_t)count * sizeof *dy);
    kernels->batch_norm_inference(&norm, of->x, of->mean, of->variance, dx);
    for (int64_t i = 0; i < count; i++) {
        double expected = (double)y[i];
        /* inv_std comes from the rounded variance here. */
        fixture_expect_near(1, 4, 8, &expected, &dx[i]);
    }
    dlt_free(y);
    dlt_free(dx);
    dlt_free(dy);
}

static void kernels_batch_norm_does_what_follows(void **state) {
    (void)state;
    dlt_kernels kernels;
    assert_true(fixture_select("ref", &kernels));
    for (int i = 0; i < SIZES; i++)
        for (int what = 1; what < 4; what++) {
            sample of = make_sample(sizes[i][0], sizes[i][1]);
            check_followed(&kernels, &of, (what & 1) != 0, (what & 2) != 0);
            free_sample(&of);
        }
}

static void kernels_layer_norm_agrees_with_its_definition(void **state) {
    (void)state;
    dlt_kernels kernels;
    assert_true(fixture_select("ref", &kernels));
    for (int i = 0; i < SIZES; i++) {
        sample of = make_sample(sizes[i][0], sizes[i][1]);
        kernels.layer_norm_forward(of.n, of.d, of.x, of.weight, of.bias, (dlt_real)EPSILON, of.y,
                                   of.mean, of.inv_std);
        check_forward(&of, false);
        kernels.layer_norm_backward(of.n, of.d, of.x, of.dy, of.weight, of.mean, of.inv_std, of.dx,
                                    of.dweight, of.dbias);
        check_backward_data(&of, false);
        check_backward_params(&of, false);
        free_sample(&of);
    }
}

static void kernels_column_sum_agrees_with_its_definition(void **state) {
    (void)state;
    dlt_kernels kernels;
    assert_true(fixture_select("ref", &kernels));
    for (int i = 0; i < SIZES; i++) {
        sample of = make_sample(sizes[i][0], sizes[i][1]);
        kernels.column_sum(of.n, of.d, of.dy, of.dbias);
        for (int64_t j = 0; j < of.d; j++) {
            double expected = 0;
            for (int64_t row = 0; row < of.n; row++)
                expected += (double)of.dy[row * of.d + j];
            fixture_expect_near(1, 1, 0, &expected, &of.dbias[j]);
        }
        free_sample(&of);
    }
}

/* A NaN in one element reaches its group and no other. */
static void kernels_batch_norm_shows_nan_in_its_column_only(void **state) {
    (void)state;
    dlt_kernels kernels;
    assert_true(fixture_select("ref", &kernels));
    sample of = make_sample(9, 20);
    of.x[3 * 20 + 7] = (dlt_real)NAN;
    dlt_batch_norm norm = norm_of(&of);
    kernels.batch_norm_forward(&norm, of.x, of.y, of.mean, of.variance, of.inv_std);
    for (int64_t i = 0; i < of.n * of.d; i++)
        assert_int_equal(isnan(of.y[i]) != 0, i % of.d == 7);
    free_sample(&of);
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(kernels_batch_norm_agrees_with_its_definition),
        cmocka_unit_test(kernels_batch_norm_apply_repeats_forward),
        cmocka_unit_test(kernels_batch_norm_does_what_follows),
        cmocka_unit_test(kernels_layer_norm_agrees_with_its_definition),
        cmocka_unit_test(kernels_column_sum_agrees_with_its_definition),
        cmocka_unit_test(kernels_batch_norm_shows_nan_in_its_column_only),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
