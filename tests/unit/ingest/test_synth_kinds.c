#include "unit/ingest/import_fixture.h"

#include <math.h>

static dlt_status synthesize(const char *kind, const char *const *settings, int count,
                             const char *folder, int64_t shards) {
    dlt_synth_options options = {
        .kind = kind,
        .settings = settings,
        .setting_count = count,
        .output = {.folder = scratch_path(&it.files, folder), .shards = shards}};
    return dlt_synthesize(&options, NULL);
}

static void make(const char *kind, const char *samples, const char *more) {
    const char *const settings[] = {samples, "test_samples=10", more};
    if (synthesize(kind, settings, more == NULL ? 2 : 3, "out", 1) != DLT_OK)
        fail_msg("%s", dlt_error_message());
}

static void data_synth_line_has_its_slope(void **state) {
    (void)state;
    enum { N = 1000 };
    float x[N];
    float y[N];
    make("line", "samples=1000", "noise=0.5");
    open_shard("train-00000-of-00001.h5");
    read_shard("x", DLT_H5_F32, &(dlt_shape){2, {N, 1}}, x);
    read_shard("y", DLT_H5_F32, &(dlt_shape){2, {N, 1}}, y);
    double product = 0;
    double square = 0;
    for (int i = 0; i < N; i++) {
        assert_true(x[i] >= -1 && x[i] < 1);
        product += (double)x[i] * (double)y[i];
        square += (double)x[i] * (double)x[i];
    }
    /* The least-squares slope deviates by noise / sqrt(N / 3) = 0.027; five deviations. */
    assert_true(fabs(product / square - 3) < 0.14);
}

static void data_synth_line_without_noise_is_exact(void **state) {
    (void)state;
    float x[10];
    float y[10];
    make("line", "samples=10", "noise=0");
    open_shard("test-00000-of-00001.h5");
    read_shard("x", DLT_H5_F32, &(dlt_shape){2, {10, 1}}, x);
    read_shard("y", DLT_H5_F32, &(dlt_shape){2, {10, 1}}, y);
    /* x has 24 bits, so that 3 x is rounded once. */
    for (int i = 0; i < 10; i++)
        assert_true(y[i] == (float)(3.0 * (double)x[i]));
}

static void data_synth_blobs_scatter_around_their_centres(void **state) {
    (void)state;
    enum { N = 2000, CLASSES = 3 };
    float x[N * 2];
    int32_t y[N];
    double centre[CLASSES][2] = {{0}};
    double count[CLASSES] = {0};
    double square = 0;
    make("blobs", "samples=2000", "spread=0.5");
    open_shard("train-00000-of-00001.h5");
    read_shard("x", DLT_H5_F32, &(dlt_shape){2, {N, 2}}, x);
    read_shard("y", DLT_H5_I32, &(dlt_shape){1, {N}}, y);
    assert_text_attribute("class_names", "0\n1\n2");
    for (int i = 0; i < N; i++) {
        assert_in_range(y[i], 0, CLASSES - 1);
        count[y[i]]++;
        for (int f = 0; f < 2; f++)
            centre[y[i]][f] += (double)x[2 * i + f];
    }
    for (int i = 0; i < N; i++)
        for (int f = 0; f < 2; f++) {
            double deviation = (double)x[2 * i + f] - centre[y[i]][f] / count[y[i]];
            square += deviation * deviation / (2 * N);
        }
    /* The deviation of a standard deviation from 4000 values is 0.5 / sqrt(8000); five of them. */
    assert_true(fabs(sqrt(square) - 0.5) < 0.028);
}

static void data_synth_spirals_lie_on_their_arms(void **state) {
    (void)state;
    enum { N = 300 };
    float x[N * 2];
    int32_t y[N];
    make("spirals", "samples=300", "noise=0");
    open_shard("train-00000-of-00001.h5");
    read_shard("x", DLT_H5_F32, &(dlt_shape){2, {N, 2}}, x);
    read_shard("y", DLT_H5_I32, &(dlt_shape){1, {N}}, y);
    for (int i = 0; i < N; i++) {
        double radius = hypot((double)x[2 * i], (double)x[2 * i + 1]);
        double angle = 2 * acos(-1) * (0.75 * radius + y[i] / 3.0);
        /* Coordinates below 1 rounded to float, and the angle through the radius once more. */
        assert_true(fabs((double)x[2 * i] - radius * cos(angle)) < 8 * 0x1p-24);
        assert_true(fabs((double)x[2 * i + 1] - radius * sin(angle)) < 8 * 0x1p-24);
    }
}

static void data_synth_digits_are_images_of_ten_classes(void **state) {
    (void)state;
    enum { N = 400 };
    uint8_t *x = dlt_alloc(N * 784, 1);
    int32_t y[N];
    int count[10] = {0};
    make("digits", "samples=400", NULL);
    open_shard("train-00000-of-00001.h5");
    read_shard("x", DLT_H5_U8, &(dlt_shape){4, {N, 28, 28, 1}}, x);
    read_shard("y", DLT_H5_I32, &(dlt_shape){1, {N}}, y);
    for (int i = 0; i < N; i++) {
        int bright = 0;
        for (int p = 0; p < 784; p++)
            bright += x[i * 784 + p] > 90;
        assert_in_range(bright, 10, 400);
        assert_in_range(y[i], 0, 9);
        count[y[i]]++;
    }
    /* Binomial: mean 40, deviation 6; five deviations. */
    for (int digit = 0; digit < 10; digit++)
        assert_in_range(count[digit], 10, 70);
    dlt_free(x);
}

static void data_synth_sample_depends_on_seed_part_and_index_alone(void **state) {
    (void)state;
    float few[8];
    float many[64];
    float test[20];
    const char *const some[] = {"samples=4", "test_samples=10", "seed=5"};
    const char *const more[] = {"samples=64", "test_samples=10", "seed=5"};
    assert_int_equal(synthesize("blobs", some, 3, "out", 1), DLT_OK);
    open_shard("train-00000-of-00001.h5");
    read_shard("x", DLT_H5_F32, &(dlt_shape){2, {4, 2}}, few);
    open_shard("test-00000-of-00001.h5");
    read_shard("x", DLT_H5_F32, &(dlt_shape){2, {10, 2}}, test);
    scratch_remove_tree(scratch_path(&it.files, "out"));
    assert_int_equal(synthesize("blobs", more, 3, "out", 2), DLT_OK);
    open_shard("train-00000-of-00002.h5");
    read_shard("x", DLT_H5_F32, &(dlt_shape){2, {32, 2}}, many);
    assert_memory_equal(few, many, sizeof few);
    assert_memory_not_equal(few, test, sizeof few);
}

static void data_synth_seed_changes_samples(void **state) {
    (void)state;
    float first[10];
    float second[10];
    make("line", "samples=10", "seed=1");
    open_shard("train-00000-of-00001.h5");
    read_shard("x", DLT_H5_F32, &(dlt_shape){2, {10, 1}}, first);
    scratch_remove_tree(scratch_path(&it.files, "out"));
    make("line", "samples=10", "seed=2");
    open_shard("train-00000-of-00001.h5");
    read_shard("x", DLT_H5_F32, &(dlt_shape){2, {10, 1}}, second);
    assert_memory_not_equal(first, second, sizeof first);
}

static void data_synth_without_test_samples_has_one_part(void **state) {
    (void)state;
    const char *const settings[] = {"samples=5", "test_samples=0"};
    assert_int_equal(synthesize("line", settings, 2, "out", 1), DLT_OK);
    assert_int_equal(files_out(), 1);
}

static void count_progress(void *context, const char *split, int64_t done, int64_t total) {
    (void)split;
    (void)done;
    (void)total;
    ++*(int *)context;
}

/* The test split is the last one that is drawn. */
static void data_synth_refuses_too_few_test_samples_before_it_draws(void **state) {
    (void)state;
    int drawn = 0;
    const char *const settings[] = {"samples=1000", "test_samples=1"};
    dlt_synth_options options = {.kind = "line",
                                 .settings = settings,
                                 .setting_count = 2,
                                 .output = {.folder = scratch_path(&it.files, "out"),
                                            .shards = 4,
                                            .progress = count_progress,
                                            .progress_context = &drawn}};
    assert_int_equal(dlt_synthesize(&options, NULL), DLT_ERR_ARG);
    assert_non_null(strstr(dlt_error_message(), "the 1 samples of split 'test'"));
    assert_int_equal(drawn, 0);
}

static void data_synth_refuses_an_unknown_kind(void **state) {
    (void)state;
    assert_int_equal(synthesize("circles", NULL, 0, "out", 1), DLT_ERR_ARG);
    assert_non_null(strstr(dlt_error_message(), "there are: digits, blobs, spirals, line"));
}

static void data_synth_refuses_a_format_of_files(void **state) {
    (void)state;
    assert_int_equal(synthesize("csv", NULL, 0, "out", 1), DLT_ERR_ARG);
}

static void data_synth_refuses_an_unknown_setting(void **state) {
    (void)state;
    const char *const settings[] = {"spred=1"};
    assert_int_equal(synthesize("blobs", settings, 1, "out", 1), DLT_ERR_CONFIG);
    assert_non_null(strstr(dlt_error_message(), "spread"));
}

static void data_synth_refuses_too_few_samples(void **state) {
    (void)state;
    const char *const settings[] = {"samples=0"};
    assert_int_equal(synthesize("blobs", settings, 1, "out", 1), DLT_ERR_CONFIG);
}

#define TEST(name) cmocka_unit_test_setup_teardown(name, set_up, tear_down)

int main(void) {
    const struct CMUnitTest tests[] = {
        TEST(data_synth_line_has_its_slope),
        TEST(data_synth_line_without_noise_is_exact),
        TEST(data_synth_blobs_scatter_around_their_centres),
        TEST(data_synth_spirals_lie_on_their_arms),
        TEST(data_synth_digits_are_images_of_ten_classes),
        TEST(data_synth_sample_depends_on_seed_part_and_index_alone),
        TEST(data_synth_seed_changes_samples),
        TEST(data_synth_without_test_samples_has_one_part),
        TEST(data_synth_refuses_too_few_test_samples_before_it_draws),
        TEST(data_synth_refuses_an_unknown_kind),
        TEST(data_synth_refuses_a_format_of_files),
        TEST(data_synth_refuses_an_unknown_setting),
        TEST(data_synth_refuses_too_few_samples),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
