/* Imports of the real files, where they are: in $DLTRAIN_DATA, or in ../shared/data beside the
 * source tree. Facts are those their publishers state; elsewhere these tests are skipped. */
#include "unit/ingest/import_fixture.h"

#include <math.h>
#include <stdlib.h>

static char description[2048];
static char data_folder[4096];

/* Finds the description and the folder of the real files, or skips the test. */
static void need_file(const char *set, const char *name) {
    char path[8192];
    const char *selection = getenv("DLTRAIN_DATA");
    assert_int_equal(dlt_import_find(set, description, sizeof description), DLT_OK);
    const char *slash = strrchr(description, '/');
    if (selection != NULL)
        snprintf(data_folder, sizeof data_folder, "%s", selection);
    else
        snprintf(data_folder, sizeof data_folder, "%.*s/../../shared/data",
                 (int)(slash - description), description);
    snprintf(path, sizeof path, "%s/%s", data_folder, name);
    if (access(path, R_OK) == 0)
        return;
    print_message("skipped: %s is not there; DLTRAIN_DATA names the folder of the real files\n",
                  path);
    skip();
}

static void import_real(void) {
    dlt_import_options options = {.description = description,
                                  .source = data_folder,
                                  .output = {.folder = scratch_path(&it.files, "out")}};
    if (dlt_import(&options, NULL) != DLT_OK)
        fail_msg("%s", dlt_error_message());
}

static void assert_near(double value, double expected, double tolerance) {
    if (!(fabs(value - expected) <= tolerance))
        fail_msg("%.9g is not within %g of %.9g", value, tolerance, expected);
}

static void data_import_mnist_matches_its_facts(void **state) {
    (void)state;
    static const int32_t train_start[] = {5, 0, 4, 1, 9, 2, 1, 3, 1, 4};
    static const int32_t test_start[] = {7, 2, 1, 0, 4, 1, 4, 9, 5, 9};
    static const int counts[] = {5923, 6742, 5958, 6131, 5842, 5421, 5918, 6265, 5851, 5949};
    static int32_t labels[60000];
    double mean = 0;
    double std = 0;
    int count[10] = {0};
    need_file("mnist", "mnist/train-images-idx3-ubyte.gz");
    import_real();
    open_shard("train-00000-of-00001.h5");
    read_shard("y", DLT_H5_I32, &(dlt_shape){1, {60000}}, labels);
    read_attribute("mean", 1, &mean);
    read_attribute("std", 1, &std);
    assert_memory_equal(labels, train_start, sizeof train_start);
    for (int i = 0; i < 60000; i++)
        count[labels[i]]++;
    assert_memory_equal(count, counts, sizeof counts);
    /* Stated to five digits. */
    assert_near(mean / 255, 0.13066, 0.5e-5);
    assert_near(std / 255, 0.30811, 0.5e-5);
    open_shard("test-00000-of-00001.h5");
    read_shard("y", DLT_H5_I32, &(dlt_shape){1, {10000}}, labels);
    assert_memory_equal(labels, test_start, sizeof test_start);
}

static void data_import_cifar10_matches_its_facts(void **state) {
    (void)state;
    static const double means[] = {0.49125, 0.48209, 0.44652};
    static const double stds[] = {0.24523, 0.24278, 0.26063};
    static int32_t labels[50000];
    double mean[3];
    double std[3];
    need_file("cifar10", "cifar10/train.tar");
    import_real();
    open_shard("train-00000-of-00001.h5");
    read_shard("y", DLT_H5_I32, &(dlt_shape){1, {50000}}, labels);
    for (int i = 0; i < 50000; i++)
        assert_int_equal(labels[i], i / 5000);
    read_attribute("mean", 3, mean);
    read_attribute("std", 3, std);
    /* Decoders of JPEG may differ by a grey level in a pixel, and by far less on the average. */
    for (int c = 0; c < 3; c++) {
        assert_near(mean[c] / 255, means[c], 0.1 / 255);
        assert_near(std[c] / 255, stds[c], 0.1 / 255);
    }
    assert_text_attribute("class_names",
                          "airplane\nautomobile\nbird\ncat\ndeer\ndog\nfrog\nhorse\nship\ntruck");
}

static void data_import_housing_encodes_all_columns(void **state) {
    (void)state;
    static float x[16512 * 13];
    static float y[16512];
    double largest = 0;
    need_file("california-housing", "tabular/california_housing.csv");
    import_real();
    open_shard("train-00000-of-00001.h5");
    read_shard("x", DLT_H5_F32, &(dlt_shape){2, {16512, 13}}, x);
    read_shard("y", DLT_H5_F32, &(dlt_shape){2, {16512, 1}}, y);
    assert_text_attribute("feature_names",
                          "longitude\nlatitude\nhousing_median_age\ntotal_rooms\ntotal_bedrooms\n"
                          "population\nhouseholds\nmedian_income\nocean_proximity=<1H OCEAN\n"
                          "ocean_proximity=INLAND\nocean_proximity=ISLAND\n"
                          "ocean_proximity=NEAR BAY\nocean_proximity=NEAR OCEAN");
    for (int i = 0; i < 16512; i++) {
        float encoded = 0;
        for (int f = 8; f < 13; f++)
            encoded += x[i * 13 + f];
        assert_true(encoded == 1);
        largest = fmax(largest, (double)y[i]);
    }
    assert_near(largest, 5.00001, 5 * 0x1p-24);
}

static void data_import_housing_is_divided_into_fields(void **state) {
    (void)state;
    static float coordinates[2 * 16512], rest[6 * 16512], value[16512];
    static int32_t proximity[16512];
    double sums[2] = {0};
    int count[5] = {0};
    need_file("california-housing-fields", "tabular/california_housing.csv");
    import_real();
    open_shard("train-00000-of-00001.h5");
    read_shard("coordinates", DLT_H5_F32, &(dlt_shape){2, {16512, 2}}, coordinates);
    read_shard("rest", DLT_H5_F32, &(dlt_shape){2, {16512, 6}}, rest);
    read_shard("value", DLT_H5_F32, &(dlt_shape){2, {16512, 1}}, value);
    read_shard("proximity", DLT_H5_I32, &(dlt_shape){1, {16512}}, proximity);
    assert_text_attribute("class_names", "<1H OCEAN\nINLAND\nISLAND\nNEAR BAY\nNEAR OCEAN");
    for (int i = 0; i < 16512; i++) {
        sums[0] += (double)coordinates[2 * i];
        sums[1] += (double)coordinates[2 * i] * (double)coordinates[2 * i];
        count[proximity[i]]++;
        assert_true(value[i] > 0 && value[i] <= 5.00002F);
    }
    /* Standardised, rounded to float32 one by one. */
    assert_near(sums[0] / 16512, 0, 1e-6);
    assert_near(sums[1] / 16512, 1, 1e-6);
    assert_true(count[2] <= 5 && count[0] > count[1] && count[1] > count[3]);
}

static void data_import_tinyshakespeare_has_its_characters(void **state) {
    (void)state;
    static int32_t train[15685 * 65];
    static const int32_t first[] = {18, 47, 56, 57, 58, 1, 15, 47, 58, 47, 64, 43, 52, 10, 0};
    need_file("tinyshakespeare", "text/tinyshakespeare.txt");
    import_real();
    open_shard("train-00000-of-00001.h5");
    /* 1,003,854 characters, each but the first predicted once. */
    read_shard("tokens", DLT_H5_I32, &(dlt_shape){2, {15685, 65}}, train);
    assert_memory_equal(train, first, sizeof first); /* "First Citizen:\n" */
    assert_text_attribute("vocabulary", "\n !$&',-.3:;?ABCDEFGHIJKLMNOPQRSTUVWXYZ"
                                        "abcdefghijklmnopqrstuvwxyz");
    open_shard("test-00000-of-00001.h5");
    read_shard("tokens", DLT_H5_I32, &(dlt_shape){2, {1742, 65}}, train);
}

static void data_import_sst2_numbers_its_words(void **state) {
    (void)state;
    static int64_t offsets[67350];
    static int32_t labels[67349];
    int positive = 0;
    int64_t longest = 0;
    need_file("sst2", "text/sst2/train.tsv");
    import_real();
    open_shard("train-00000-of-00001.h5");
    read_shard("tokens/offsets", DLT_H5_I64, &(dlt_shape){1, {67350}}, offsets);
    read_shard("y", DLT_H5_I32, &(dlt_shape){1, {67349}}, labels);
    for (int i = 0; i < 67349; i++) {
        positive += labels[i];
        longest = offsets[i + 1] - offsets[i] > longest ? offsets[i + 1] - offsets[i] : longest;
    }
    assert_int_equal(positive, 37569);
    assert_int_equal(longest, 52);
    assert_text_attribute("class_names", "negative\npositive");
    open_shard("test-00000-of-00001.h5");
    read_shard("tokens/offsets", DLT_H5_I64, &(dlt_shape){1, {873}}, offsets);
}

static void data_import_camvid_has_labels_of_all_classes(void **state) {
    (void)state;
    static uint8_t labels[233 * 180 * 240];
    int64_t count[12] = {0};
    need_file("camvid", "camvid/test.tar");
    import_real();
    open_shard("test-00000-of-00001.h5");
    read_shard("labels", DLT_H5_U8, &(dlt_shape){3, {233, 180, 240}}, labels);
    for (size_t i = 0; i < sizeof labels; i++)
        count[labels[i] < 12 ? labels[i] : 0]++;
    for (int c = 0; c < 12; c++)
        assert_true(count[c] > 0);
    open_shard("validation-00000-of-00001.h5");
    open_shard("train-00000-of-00001.h5");
}

static void data_import_breast_cancer_has_its_classes(void **state) {
    (void)state;
    int32_t train[455];
    int32_t test[114];
    int malignant = 0;
    need_file("breast-cancer", "tabular/wdbc.data");
    import_real();
    open_shard("train-00000-of-00001.h5");
    read_shard("y", DLT_H5_I32, &(dlt_shape){1, {455}}, train);
    assert_text_attribute("class_names", "benign\nmalignant");
    open_shard("test-00000-of-00001.h5");
    read_shard("y", DLT_H5_I32, &(dlt_shape){1, {114}}, test);
    for (int i = 0; i < 455; i++)
        malignant += train[i];
    for (int i = 0; i < 114; i++)
        malignant += test[i];
    assert_int_equal(malignant, 212);
}

static void data_import_find_knows_every_description(void **state) {
    (void)state;
    static const char *const names[] = {"mnist",           "cifar10", "california-housing",
                                        "digits",          "blobs",   "breast-cancer",
                                        "spirals",         "line",    "california-housing-fields",
                                        "tinyshakespeare", "sst2",    "camvid"};
    char path[4096];
    for (size_t i = 0; i < sizeof names / sizeof names[0]; i++)
        assert_int_equal(dlt_import_find(names[i], path, sizeof path), DLT_OK);
}

static void data_import_find_says_where_it_looked(void **state) {
    (void)state;
    char path[4096];
    assert_int_equal(dlt_import_find("mnits", path, sizeof path), DLT_ERR_ARG);
    assert_non_null(strstr(dlt_error_message(), "no mnits.yaml in datasets"));
}

#define TEST(name) cmocka_unit_test_setup_teardown(name, set_up, tear_down)

int main(void) {
    const struct CMUnitTest tests[] = {
        TEST(data_import_mnist_matches_its_facts),
        TEST(data_import_cifar10_matches_its_facts),
        TEST(data_import_housing_is_divided_into_fields),
        TEST(data_import_housing_encodes_all_columns),
        TEST(data_import_tinyshakespeare_has_its_characters),
        TEST(data_import_sst2_numbers_its_words),
        TEST(data_import_camvid_has_labels_of_all_classes),
        TEST(data_import_breast_cancer_has_its_classes),
        TEST(data_import_find_knows_every_description),
        TEST(data_import_find_says_where_it_looked),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
