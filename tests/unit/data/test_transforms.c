#include "data/transform_plan.h"

#include "base/alloc.h"
#include "config/config.h"

#include <float.h>
#include <math.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <string.h>

#include <cmocka.h>

enum { ELEMENTS_MOST = 64 };

static const dlt_transform_ops *ops_at(int row) {
    return (const dlt_transform_ops *)(const void *)dlt_transforms[row];
}

static dlt_config *empty_config(void) {
    dlt_config *config = NULL;
    assert_int_equal(dlt_config_parse("{}", "test", NULL, 0, &config), DLT_OK);
    return config;
}

static dlt_transform_context context_of(const dlt_transform_selftest *test) {
    return (dlt_transform_context){.shape = test->shape,
                                   .feature_count = test->feature_count,
                                   .mean = test->mean,
                                   .std = test->std};
}

static void transform(const dlt_transform_plan *plan, const dlt_transform_selftest *test,
                      int64_t epoch, dlt_real *x) {
    for (int64_t i = 0; i < dlt_shape_count(&test->shape); i++)
        x[i] = (dlt_real)test->input[i];
    dlt_transform_plan_apply(plan, 1, epoch, 5, x);
}

/* A few operations on numbers of about the size of the result. */
static void check_known_answer(const dlt_transform_plan *plan, const dlt_transform_selftest *test) {
    dlt_real x[ELEMENTS_MOST];
    for (int64_t epoch = 0; epoch < 10; epoch++) {
        transform(plan, test, epoch, x);
        for (int64_t i = 0; i < dlt_shape_count(&test->shape); i++)
            assert_true(fabs((double)x[i] - test->output[i]) <=
                        8 * (double)FLT_EPSILON * (1 + fabs(test->output[i])));
    }
}

static void check_pure_and_not_identity(const dlt_transform_plan *plan,
                                        const dlt_transform_selftest *test) {
    dlt_real x[ELEMENTS_MOST];
    dlt_real again[ELEMENTS_MOST];
    const size_t bytes = (size_t)dlt_shape_count(&test->shape) * sizeof x[0];
    bool changes = false;
    bool varies = false;
    transform(plan, test, 0, again);
    for (int64_t epoch = 0; epoch < 50; epoch++) {
        transform(plan, test, epoch, x);
        varies = varies || memcmp(x, again, bytes) != 0;
        transform(plan, test, epoch, again);
        assert_memory_equal(x, again, bytes);
        for (int64_t i = 0; i < dlt_shape_count(&test->shape); i++)
            changes = changes || (double)x[i] != test->input[i];
    }
    assert_true(changes);
    assert_true(varies);
}

static void run_selftest(const dlt_transform_selftest *test) {
    dlt_config *config = empty_config();
    dlt_selection selection;
    dlt_transform_plan plan;
    const dlt_transform_context context = context_of(test);
    assert_in_range(dlt_shape_count(&test->shape), 1, ELEMENTS_MOST);
    assert_int_equal(dlt_config_choose(config, test->settings, dlt_transforms, &selection), DLT_OK);
    const dlt_selection_list list = {1, &selection};
    assert_int_equal(dlt_transform_plan_make(&list, &context, true, &plan), DLT_OK);
    if (test->output != NULL)
        check_known_answer(&plan, test);
    else
        check_pure_and_not_identity(&plan, test);
    dlt_transform_plan_destroy(&plan);
    dlt_config_destroy(&config);
}

static void data_transforms_pass_their_selftests(void **state) {
    (void)state;
    for (int row = 0; dlt_transforms[row] != NULL; row++)
        for (int i = 0; i < ops_at(row)->selftest_count; i++)
            run_selftest(&ops_at(row)->selftests[i]);
}

static void data_transforms_are_complete_rows_with_unique_names(void **state) {
    (void)state;
    for (int row = 0; dlt_transforms[row] != NULL; row++) {
        const dlt_transform_ops *ops = ops_at(row);
        assert_non_null(ops->entry.name);
        assert_non_null(ops->entry.summary);
        assert_non_null(ops->apply);
        assert_true(ops->selftest_count > 0);
        assert_ptr_equal(dlt_registry_find(dlt_transforms, ops->entry.name), &ops->entry);
        for (const dlt_key *key = ops->entry.keys; key != NULL && key->name != NULL; key++)
            assert_non_null(key->help);
    }
}

static void expect_refusal(const char *settings, dlt_shape shape, dlt_status code,
                           const char *text) {
    dlt_config *config = empty_config();
    dlt_selection selection;
    dlt_transform_plan plan;
    const dlt_transform_context context = {.shape = shape};
    assert_int_equal(dlt_config_choose(config, settings, dlt_transforms, &selection), DLT_OK);
    const dlt_selection_list list = {1, &selection};
    assert_int_equal(dlt_transform_plan_make(&list, &context, true, &plan), code);
    if (strstr(dlt_error_message(), text) == NULL)
        fail_msg("expected '%s' in '%s'", text, dlt_error_message());
    dlt_config_destroy(&config);
}

static void data_transforms_refuse_what_does_not_fit(void **state) {
    (void)state;
    const dlt_shape flat = {1, {6}};
    const dlt_shape image = {3, {2, 2, 3}};
    expect_refusal("horizontal_flip", flat, DLT_ERR_SHAPE,
                   "transform 'horizontal_flip': samples of shape [6] are not images");
    expect_refusal("cutout: 3", flat, DLT_ERR_SHAPE, "not images");
    expect_refusal("normalize: {mean: [1, 2], std: [1, 2]}", image, DLT_ERR_SHAPE,
                   "2 values of mean and std do not fit samples of shape [2, 2, 3]");
    expect_refusal("normalize: {mean: [1, 2], std: 1}", image, DLT_ERR_CONFIG,
                   "mean has 2 values but std has 1");
    expect_refusal("normalize: {mean: 0, std: 0}", image, DLT_ERR_CONFIG, "positive");
    expect_refusal("standardize", image, DLT_ERR_CONFIG, "no attributes mean and std");
    expect_refusal("affine: {scale: [1.2, 0.8]}", image, DLT_ERR_CONFIG, "smaller value");
}

static void data_transform_plan_leaves_random_ones_out_of_evaluation(void **state) {
    (void)state;
    dlt_config *config = empty_config();
    dlt_selection selection[2];
    dlt_transform_plan plan;
    dlt_real x[2] = {1, 2};
    const dlt_transform_context context = {.shape = {2, {1, 2}}};
    assert_int_equal(dlt_config_choose(config, "horizontal_flip: 1", dlt_transforms, &selection[0]),
                     DLT_OK);
    assert_int_equal(dlt_config_choose(config, "scale: 2", dlt_transforms, &selection[1]), DLT_OK);
    const dlt_selection_list list = {2, selection};
    assert_int_equal(dlt_transform_plan_make(&list, &context, false, &plan), DLT_OK);
    dlt_transform_plan_apply(&plan, 1, 0, 0, x);
    assert_true(x[0] == 2 && x[1] == 4);
    dlt_transform_plan_destroy(&plan);
    dlt_config_destroy(&config);
}

/* 2000 draws of a 3x3 image moved by up to 1: each of the 9 places has probability 1/9, so its
 * count has standard deviation 14; six of them are allowed. */
static void data_random_crop_reaches_every_place_alike(void **state) {
    (void)state;
    enum { DRAWS = 2000 };
    dlt_config *config = empty_config();
    dlt_selection selection;
    dlt_transform_plan plan;
    int met[9] = {0};
    const dlt_transform_context context = {.shape = {2, {3, 3}}};
    assert_int_equal(dlt_config_choose(config, "random_crop: 1", dlt_transforms, &selection),
                     DLT_OK);
    const dlt_selection_list list = {1, &selection};
    assert_int_equal(dlt_transform_plan_make(&list, &context, true, &plan), DLT_OK);
    for (int64_t sample = 0; sample < DRAWS; sample++) {
        dlt_real x[9] = {[4] = 1};
        dlt_transform_plan_apply(&plan, 1, 0, sample, x);
        for (int i = 0; i < 9; i++)
            met[i] += x[i] == 1;
    }
    for (int i = 0; i < 9; i++)
        assert_in_range(met[i], DRAWS / 9 - 84, DRAWS / 9 + 84);
    dlt_transform_plan_destroy(&plan);
    dlt_config_destroy(&config);
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(data_transforms_pass_their_selftests),
        cmocka_unit_test(data_transforms_are_complete_rows_with_unique_names),
        cmocka_unit_test(data_transforms_refuse_what_does_not_fit),
        cmocka_unit_test(data_transform_plan_leaves_random_ones_out_of_evaluation),
        cmocka_unit_test(data_random_crop_reaches_every_place_alike),
    };
    return cmocka_run_group_tests_name("data_transforms", tests, NULL, NULL);
}
