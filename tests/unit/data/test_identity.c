/* Data sets that belong together are compared by what they say of themselves. */
#include "data/identity.h"

#include "base/alloc.h"
#include "base/error.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>

#include <cmocka.h>

static char colours[] = "red\ngreen\nblue";
static char columns[] = "age\nwork=a\nwork=b";
static char target[] = "pay";
static double means[] = {1, 2, 3};
static double deviations[] = {1, 1, 1};

static const dlt_identity training = {.class_names = colours,
                                      .feature_names = columns,
                                      .target_name = target,
                                      .raw_count = 3,
                                      .raw_mean = means,
                                      .raw_std = deviations};

/* The map from data that differ from the training data in some fields; fails with words or, NULL,
 * passes. */
static void map(const dlt_identity *data, bool has_target, const char *words, dlt_data_map *out) {
    dlt_status status = dlt_identity_map(&training, data, "new", has_target, 3, out);
    assert_int_equal(status, words == NULL ? DLT_OK : DLT_ERR_MISMATCH);
    if (words != NULL && strstr(dlt_error_message(), words) == NULL)
        fail_msg("'%s' does not say '%s'", dlt_error_message(), words);
}

static void refuse(const dlt_identity *data, const char *words) {
    dlt_data_map out;
    map(data, true, words, &out);
    dlt_data_map_destroy(&out);
}

static void data_identity_takes_the_same_and_the_unsaid(void **state) {
    (void)state;
    dlt_data_map out;
    map(&training, true, NULL, &out);
    assert_null(out.column);
    assert_null(out.label);
    dlt_data_map_destroy(&out);
    map(&(dlt_identity){0}, true, NULL, &out);
    assert_null(out.column);
    assert_null(out.label);
    dlt_data_map_destroy(&out);
}

static void data_identity_maps_classes_by_name(void **state) {
    (void)state;
    char orders[][32] = {"blue\nred\ngreen", "blue\ngreen", "green"};
    const int32_t expected[][3] = {{2, 0, 1}, {2, 1}, {1}};
    for (int i = 0; i < 3; i++) {
        dlt_data_map out;
        dlt_identity data = training;
        data.class_names = orders[i];
        map(&data, true, NULL, &out);
        assert_int_equal(out.classes, 3 - i);
        assert_memory_equal(out.label, expected[i], (size_t)out.classes * sizeof *out.label);
        dlt_data_map_destroy(&out);
    }
}

/* Half a sentence says what is mapped; nothing where all is in its place. */
static void data_identity_says_what_is_mapped(void **state) {
    (void)state;
    static const struct {
        const char *classes;
        const char *columns;
        double means[3];
        const char *said;
    } rows[] = {
        {"red\ngreen", "age\nwork=a\nwork=b", {1, 2, 3}, ""},
        {"red\nblue\ngreen",
         "age\nwork=a\nwork=b",
         {1, 2, 3},
         "2 of 3 classes have another label than in the training data ('blue' 1, not 2)"},
        {"red\ngreen\nblue",
         "work=b\nage\nwork=a",
         {3, 1, 2},
         "3 of 3 columns have another place than in the training data ('age' 1, not 0)"},
        {"blue",
         "age\nwork=b\nwork=a",
         {1, 3, 2},
         "2 of 3 columns have another place than in the training data ('work=a' 2, not 1), 1 of 1 "
         "classes have another label than in the training data ('blue' 0, not 2)"}};
    for (size_t i = 0; i < sizeof rows / sizeof rows[0]; i++) {
        char classes[64];
        char names[64];
        double theirs[3];
        dlt_data_map out;
        dlt_identity data = training;
        snprintf(classes, sizeof classes, "%s", rows[i].classes);
        snprintf(names, sizeof names, "%s", rows[i].columns);
        memcpy(theirs, rows[i].means, sizeof theirs);
        data.class_names = classes;
        data.feature_names = names;
        data.raw_mean = theirs;
        map(&data, true, NULL, &out);
        assert_string_equal(dlt_text_of(&out.said), rows[i].said);
        dlt_data_map_destroy(&out);
    }
}

static void data_identity_refuses_other_classes(void **state) {
    (void)state;
    char names[][32] = {"red\ngreen\nblue\nblack", "Red\ngreen\nblue", "red\ngreen\nblue ",
                        "0\n1\n2", "red\ngreen\ngreen"};
    const char *words[] = {"new has the class 'black', which the training data lacks",
                           "the class 'Red'", "the class 'blue '", "the class '0'",
                           "the class 'green' occurs twice in new"};
    for (int i = 0; i < 5; i++) {
        dlt_identity data = training;
        data.class_names = names[i];
        refuse(&data, words[i]);
        dlt_data_map out;
        map(&data, false, NULL, &out); /* without targets there are no classes */
        dlt_data_map_destroy(&out);
    }
}

static void data_identity_maps_columns_by_name(void **state) {
    (void)state;
    dlt_data_map out;
    dlt_identity data = training;
    char order[] = "work=b\nage\nwork=a";
    double their_means[] = {3, 1, 2};
    const int64_t expected[] = {1, 2, 0};
    data.feature_names = order;
    data.raw_mean = their_means;
    map(&data, true, NULL, &out);
    assert_memory_equal(out.column, expected, sizeof expected);
    dlt_data_map_destroy(&out);
}

static void data_identity_refuses_other_columns(void **state) {
    (void)state;
    char names[][32] = {"age\nwork=a", "age\nwork=a\nwork=c", "age\nwork=a\nwork=b\nsize",
                        "age\nage\nwork=b"};
    const char *words[] = {"the training data has the column 'work=b', which new lacks",
                           "the column 'work=b', which new lacks",
                           "new has the column 'size', which the training data lacks",
                           "'age' occurs twice"};
    for (int i = 0; i < 4; i++) {
        dlt_identity data = training;
        data.feature_names = names[i];
        refuse(&data, words[i]);
    }
}

static void data_identity_refuses_other_statistics(void **state) {
    (void)state;
    double others[] = {1, 2, 3.5};
    dlt_identity data = training;
    data.raw_mean = others;
    refuse(&data, "column 'work=b': mean 3.5 and deviation 1, not 3 and 1");
    data.raw_mean = means;
    data.raw_std = others;
    refuse(&data, "column 'work=a': mean 2 and deviation 2");
    data.raw_count = 0;
    refuse(&data, "new was not standardized when it was imported, the training data was so");
}

static void data_identity_refuses_another_target(void **state) {
    (void)state;
    dlt_identity data = training;
    char other[] = "age";
    data.target_name = other;
    refuse(&data, "the target of new is the column 'age', that of the training data 'pay'");
    dlt_identity ours = {.target_scale = 10};
    dlt_identity theirs = {.target_scale = 100};
    dlt_data_map out;
    assert_int_equal(dlt_identity_map(&ours, &theirs, "new", true, 3, &out), DLT_ERR_MISMATCH);
    assert_non_null(strstr(dlt_error_message(), "were divided by 100"));
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(data_identity_takes_the_same_and_the_unsaid),
        cmocka_unit_test(data_identity_maps_classes_by_name),
        cmocka_unit_test(data_identity_says_what_is_mapped),
        cmocka_unit_test(data_identity_refuses_other_classes),
        cmocka_unit_test(data_identity_maps_columns_by_name),
        cmocka_unit_test(data_identity_refuses_other_columns),
        cmocka_unit_test(data_identity_refuses_other_statistics),
        cmocka_unit_test(data_identity_refuses_another_target),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
