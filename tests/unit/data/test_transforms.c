#include "data/settings.h"
#include "data/transform_plan.h"

#include "support/document.h"

#include <stdio.h>
#include <string.h>

/* One field of reals. */
static dlt_transform_inputs inputs_of(dlt_shape shape) {
    return (dlt_transform_inputs){.count = 1,
                                  .fields = {{.name = "x", .spec = {DLT_DTYPE_REAL, shape}}}};
}

static void apply(const dlt_transform_plan *plan, int64_t sample, dlt_real *x) {
    const void *const in[] = {x};
    void *const out[] = {x};
    dlt_transform_plan_apply(plan, 1, 0, sample, in, out);
}

static void expect_refusal(const char *settings, dlt_shape shape, dlt_status code,
                           const char *text) {
    dlt_config *config = document_of("{}");
    dlt_transform_plan plan;
    const dlt_transform_inputs inputs = inputs_of(shape);
    dlt_selection selection = document_choose(config, settings, dlt_transforms);
    const dlt_selection_list list = {1, &selection};
    assert_int_equal(dlt_transform_plan_make(&list, &inputs, true, &plan), code);
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
    const dlt_transform_inputs inputs = inputs_of((dlt_shape){2, {1, 2}});
    selection[0] = document_choose(config, "horizontal_flip: 1", dlt_transforms);
    selection[1] = document_choose(config, "scale: 2", dlt_transforms);
    const dlt_selection_list list = {2, selection};
    assert_int_equal(dlt_transform_plan_make(&list, &inputs, false, &plan), DLT_OK);
    apply(&plan, 0, x);
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
    const dlt_transform_inputs inputs = inputs_of((dlt_shape){2, {3, 3}});
    dlt_selection selection = document_choose(config, "random_crop: 1", dlt_transforms);
    const dlt_selection_list list = {1, &selection};
    assert_int_equal(dlt_transform_plan_make(&list, &inputs, true, &plan), DLT_OK);
    for (int64_t sample = 0; sample < DRAWS; sample++) {
        dlt_real x[9] = {[4] = 1};
        apply(&plan, sample, x);
        for (int i = 0; i < 9; i++)
            met[i] += x[i] == 1;
    }
    for (int i = 0; i < 9; i++)
        assert_in_range(met[i], DRAWS / 9 - 84, DRAWS / 9 + 84);
    dlt_transform_plan_destroy(&plan);
    dlt_config_destroy(&config);
}

enum { H = 5, W = 4, LABEL_FILL = 255 };

/* An image of two channels, its label map, and a number that belongs to neither. */
static const dlt_transform_inputs image_and_labels = {
    .count = 3,
    .fields = {{.name = "image", .spec = {DLT_DTYPE_REAL, {3, {H, W, 2}}}},
               {.name = "weight", .spec = {DLT_DTYPE_REAL, {0}}},
               {.name = "labels", .spec = {DLT_DTYPE_I32, {2, {H, W}}}, .fill = LABEL_FILL}}};

typedef struct picture {
    dlt_real image[2 * H * 2 * W * 2];
    dlt_real weight;
    int32_t labels[2 * H * 2 * W];
} picture;

/* Channels and label of a pixel say where it was. */
static void draw(picture *out) {
    *out = (picture){.weight = 0.5f};
    for (int p = 0; p < H * W; p++) {
        out->image[2 * p] = (dlt_real)(p + 1);
        out->image[2 * p + 1] = (dlt_real) - (p + 1);
        out->labels[p] = p + 1;
    }
}

/* The list of a run file's `data.transform`. */
static dlt_selection_list list_of(const char *text, dlt_config **config) {
    static dlt_data_settings settings;
    char document[512];
    (void)snprintf(document, sizeof document, "{train: a, transform: %s}", text);
    *config = document_of(document);
    settings = (dlt_data_settings){0};
    if (dlt_config_read(*config, dlt_data_keys, &settings) != DLT_OK)
        fail_msg("%s", dlt_error_message());
    return settings.transform;
}

static void apply_to_picture(const dlt_transform_plan *plan, int64_t sample, picture *to) {
    picture from;
    draw(&from);
    draw(to);
    const void *const in[] = {from.image, &from.weight, from.labels};
    void *const out[] = {to->image, &to->weight, to->labels};
    dlt_transform_plan_apply(plan, 1, 0, sample, in, out);
}

/* Every pixel of the result carries the label that it had, or both are filled. */
static void check_alike(const picture *found, int64_t pixels) {
    for (int64_t p = 0; p < pixels; p++) {
        const bool is_outside = found->image[2 * p] == 0;
        assert_true(found->image[2 * p] == -found->image[2 * p + 1]);
        assert_int_equal(found->labels[p], is_outside ? LABEL_FILL : (int)found->image[2 * p]);
    }
    assert_true(found->weight == (dlt_real)0.5);
}

static void data_transforms_act_on_an_image_and_its_labels_alike(void **state) {
    (void)state;
    static const struct {
        const char *text;
        int64_t h;
        int64_t w;
    } rows[] = {{"[{horizontal_flip: 0.5, fields: [image, labels]}]", H, W},
                {"[{random_crop: 2, fields: [image, labels]}]", H, W},
                {"[{random_crop: {size: [3, 2]}, fields: [labels, image]}]", 3, 2},
                {"[{random_crop: {padding: 1, size: [7, 6]}, fields: [image, labels]}, "
                 "{horizontal_flip: 1, fields: [image, labels]}]",
                 7, 6}};
    for (size_t r = 0; r < sizeof rows / sizeof rows[0]; r++) {
        dlt_config *config = NULL;
        dlt_transform_plan plan;
        picture first;
        int differing = 0;
        const dlt_selection_list list = list_of(rows[r].text, &config);
        if (dlt_transform_plan_make(&list, &image_and_labels, true, &plan) != DLT_OK)
            fail_msg("%s", dlt_error_message());
        assert_int_equal(plan.out[0].shape.dim[0], rows[r].h);
        assert_int_equal(plan.out[0].shape.dim[2], 2);
        assert_int_equal(plan.out[2].shape.dim[1], rows[r].w);
        apply_to_picture(&plan, 0, &first);
        for (int64_t sample = 0; sample < 30; sample++) {
            picture found;
            apply_to_picture(&plan, sample, &found);
            check_alike(&found, rows[r].h * rows[r].w);
            differing += memcmp(found.labels, first.labels, sizeof found.labels) != 0;
        }
        assert_true(r == 3 || differing > 0);
        dlt_transform_plan_destroy(&plan);
        dlt_config_destroy(&config);
    }
}

static void data_random_crop_of_another_size_is_the_middle_in_evaluation(void **state) {
    (void)state;
    dlt_config *config = NULL;
    dlt_transform_plan plan;
    picture found;
    dlt_shape shapes[DLT_FIELDS_MAX];
    const dlt_selection_list list =
        list_of("[{random_crop: {padding: 1, size: [3, 2]}, fields: [image, labels]}]", &config);
    assert_int_equal(dlt_transform_plan_make(&list, &image_and_labels, false, &plan), DLT_OK);
    for (int64_t sample = 0; sample < 3; sample++) {
        static const int32_t middle[] = {6, 7, 10, 11, 14, 15};
        apply_to_picture(&plan, sample, &found);
        check_alike(&found, 6);
        assert_memory_equal(found.labels, middle, sizeof middle);
    }
    assert_int_equal(dlt_transforms_infer(&list, &image_and_labels, shapes), DLT_OK);
    assert_int_equal(shapes[2].dim[0], 3);
    assert_int_equal(shapes[1].rank, 0);
    dlt_transform_plan_destroy(&plan);
    dlt_config_destroy(&config);
}

static void data_transforms_refuse_fields_that_do_not_suit(void **state) {
    (void)state;
    static const struct {
        const char *text;
        const char *message;
    } rows[] = {
        {"[{scale: 2, fields: [image, labels]}]", "it acts on at most 1 field, but 'fields' names"},
        {"[{scale: 2, fields: [labels]}]", "but the field 'labels' has indices"},
        {"[{horizontal_flip: 1, fields: [image, weight]}]", "samples of shape [] are not images"},
        {"[{random_crop: {size: [8, 2]}, fields: [image]}]",
         "a window of 8 x 2 pixels is larger than the padded image of 5 x 4"},
        {"[{random_crop: 4, fields: [image]}]", "a padding of 4 pixels is not below"},
        {"[{random_crop: 0, fields: [image]}]", "without a padding or a size it changes nothing"},
        {"[{random_crop: {size: [3, 2]}, fields: [image]}, {horizontal_flip: 1, fields: [image, "
         "labels]}]",
         "the fields 'image' and 'labels' have samples of [3, 2, 2] and [5, 4]"},
    };
    for (size_t r = 0; r < sizeof rows / sizeof rows[0]; r++) {
        dlt_config *config = NULL;
        dlt_transform_plan plan;
        const dlt_selection_list list = list_of(rows[r].text, &config);
        assert_true(dlt_transform_plan_make(&list, &image_and_labels, true, &plan) != DLT_OK);
        if (strstr(dlt_error_message(), rows[r].message) == NULL)
            fail_msg("expected '%s' in '%s'", rows[r].message, dlt_error_message());
        dlt_config_destroy(&config);
    }
}

/* Statistics of two numbers are those of `rest`; `coordinates` has as many, but others. */
static void data_standardize_has_the_statistics_of_one_field(void **state) {
    (void)state;
    static const struct {
        const char *text;
        const char *message; /* NULL: it is accepted */
    } rows[] = {
        {"[standardize]", NULL},
        {"[{standardize: {}, fields: [rest]}]", NULL},
        {"[{standardize: {}, fields: [coordinates]}]", "each for the field 'coordinates'"},
        {"[standardize, {standardize: {}, fields: [coordinates]}]", "for the field 'coordinates'"},
        {"[{standardize: {}, fields: [age]}]", "each for the field 'age'"},
    };
    dlt_transform_inputs inputs = {.count = 3,
                                   .standard = 1,
                                   .feature_count = 2,
                                   .mean = (const double[]){1, -1},
                                   .std = (const double[]){0.5, 4}};
    static const char *const names[] = {"coordinates", "rest", "age"};
    for (int f = 0; f < 3; f++)
        inputs.fields[f] =
            (dlt_transform_field){.name = names[f], .spec = {DLT_DTYPE_REAL, {1, {f < 2 ? 2 : 1}}}};
    for (size_t r = 0; r < sizeof rows / sizeof rows[0]; r++) {
        dlt_config *config = NULL;
        dlt_transform_plan plan;
        const dlt_selection_list list = list_of(rows[r].text, &config);
        const dlt_status status = dlt_transform_plan_make(&list, &inputs, true, &plan);
        assert_int_equal(status, rows[r].message == NULL ? DLT_OK : DLT_ERR_CONFIG);
        if (rows[r].message != NULL && strstr(dlt_error_message(), rows[r].message) == NULL)
            fail_msg("expected '%s' in '%s'", rows[r].message, dlt_error_message());
        dlt_transform_plan_destroy(&plan);
        dlt_config_destroy(&config);
    }
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(data_standardize_has_the_statistics_of_one_field),
        cmocka_unit_test(data_transforms_refuse_what_does_not_fit),
        cmocka_unit_test(data_transform_plan_leaves_random_ones_out_of_evaluation),
        cmocka_unit_test(data_random_crop_reaches_every_place_alike),
        cmocka_unit_test(data_transforms_act_on_an_image_and_its_labels_alike),
        cmocka_unit_test(data_random_crop_of_another_size_is_the_middle_in_evaluation),
        cmocka_unit_test(data_transforms_refuse_fields_that_do_not_suit),
    };
    return cmocka_run_group_tests_name("data_transforms", tests, NULL, NULL);
}
