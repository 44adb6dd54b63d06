#include "fixture.h"

static void config_nearest_key_accepts_a_third_of_the_length(void **state) {
    (void)state;
    static const struct {
        const char *written;
        const char *nearest;
    } cases[] = {
        {"epochs", "epochs"}, {"epoch", "epochs"},   {"epcohs", "epochs"},   {"Epochs", "epochs"},
        {"eopchz", "epochs"}, {"epxyzs", NULL},      {"bach", "batch"},      {"batches", "batch"},
        {"batch_size", NULL}, {"shufle", "shuffle"}, {"SHUFFEL", "shuffle"}, {"x", NULL},
        {"", NULL},
    };
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
        const char *found = dlt_nearest_key(train_keys, cases[i].written);
        assert_string_equal(found != NULL ? found : "none",
                            cases[i].nearest != NULL ? cases[i].nearest : "none");
    }
}

static void config_nearest_choice_folds_case_and_hyphens(void **state) {
    (void)state;
    assert_string_equal(dlt_nearest_entry(layers, "ReLU"), "relu");
    assert_string_equal(dlt_nearest_entry(layers, "Conv-2D"), "conv2d");
    assert_null(dlt_nearest_entry(layers, "lstm"));
}

static void config_nearest_choice_ignores_very_long_names(void **state) {
    (void)state;
    char name[200];
    memset(name, 'r', sizeof name);
    name[sizeof name - 1] = '\0';
    assert_null(dlt_nearest_entry(layers, name));
}

static void config_selection_find_wants_the_exact_name(void **state) {
    (void)state;
    assert_ptr_equal(dlt_registry_find(layers, "relu"), &relu);
    assert_null(dlt_registry_find(layers, "Relu"));
}

static void config_find_key_walks_sections_items_and_choices(void **state) {
    (void)state;
    assert_ptr_equal(dlt_config_find_key(run_keys, "seed"), &run_keys[1]);
    assert_ptr_equal(dlt_config_find_key(run_keys, "train.batch"), &train_keys[1]);
    assert_ptr_equal(dlt_config_find_key(run_keys, "optimizer.adam.lr"), &lr_keys[0]);
    assert_ptr_equal(dlt_config_find_key(run_keys, "model.conv2d.kernel"), &conv_keys[1]);
    assert_ptr_equal(dlt_config_find_key(run_keys, "model.3.conv2d.init.normal.std"),
                     &normal_keys[0]);
    assert_ptr_equal(dlt_config_find_key(run_keys, "model.name"), &common_keys[0]);
    assert_null(dlt_config_find_key(run_keys, "seed.x"));
    assert_null(dlt_config_find_key(run_keys, "optimizer.adam"));
    assert_null(dlt_config_find_key(run_keys, "model.3"));
    assert_null(dlt_config_find_key(run_keys, "model.relu.x"));
    assert_null(dlt_config_find_key(run_keys, "nothing"));
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(config_nearest_key_accepts_a_third_of_the_length),
        cmocka_unit_test(config_nearest_choice_folds_case_and_hyphens),
        cmocka_unit_test(config_nearest_choice_ignores_very_long_names),
        cmocka_unit_test(config_selection_find_wants_the_exact_name),
        cmocka_unit_test(config_find_key_walks_sections_items_and_choices),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
