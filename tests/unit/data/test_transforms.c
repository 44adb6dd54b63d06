#include "data/transform_plan.h"

#include "support/document.h"

#include <string.h>

static void expect_refusal(const char *settings, dlt_shape shape, dlt_status code,
                           const char *text) {
    dlt_config *config = document_of("{}");
    dlt_transform_plan plan;
    const dlt_transform_context context = {.shape = shape};
    dlt_selection selection = document_choose(config, settings, dlt_transforms);
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
    dlt_config *config = document_of("{}");
    dlt_selection selection[2];
    dlt_transform_plan plan;
    dlt_real x[2] = {1, 2};
    const dlt_transform_context context = {.shape = {2, {1, 2}}};
    selection[0] = document_choose(config, "horizontal_flip: 1", dlt_transforms);
    selection[1] = document_choose(config, "scale: 2", dlt_transforms);
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
    dlt_config *config = document_of("{}");
    dlt_transform_plan plan;
    int met[9] = {0};
    const dlt_transform_context context = {.shape = {2, {3, 3}}};
    dlt_selection selection = document_choose(config, "random_crop: 1", dlt_transforms);
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
        cmocka_unit_test(data_transforms_refuse_what_does_not_fit),
        cmocka_unit_test(data_transform_plan_leaves_random_ones_out_of_evaluation),
        cmocka_unit_test(data_random_crop_reaches_every_place_alike),
    };
    return cmocka_run_group_tests_name("data_transforms", tests, NULL, NULL);
}
