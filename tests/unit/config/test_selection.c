#include "fixture.h"

static double lr_of(const run_settings *run) {
    return ((const rate_settings *)run->optimizer.settings)->rate;
}

static const item_common *common_of(const run_settings *run, int64_t item) {
    return run->model.at[item].common;
}

static void expect_optimizer(const char *text, const dlt_registry_entry *kind, double lr) {
    dlt_config *config;
    run_settings run;
    expect_success(text, &config, &run);
    assert_ptr_equal(run.optimizer.kind, kind);
    assert_true(lr_of(&run) == lr);
    dlt_config_destroy(&config);
}

static void config_selection_reads_every_spelling(void **state) {
    (void)state;
    expect_optimizer("optimizer: sgd\n", &sgd, 0.001);
    expect_optimizer("optimizer: {sgd: }\n", &sgd, 0.001);
    expect_optimizer("optimizer: {sgd: null}\n", &sgd, 0.001);
    expect_optimizer("optimizer: {sgd: {}}\n", &sgd, 0.001);
    expect_optimizer("optimizer: {sgd: 0.1}\n", &sgd, 0.1);
    expect_optimizer("optimizer:\n  sgd:\n    lr: 0.1\n", &sgd, 0.1);
}

static void config_selection_gives_the_shorthand_key_a_list(void **state) {
    (void)state;
    expect_failure("model: [{conv2d: [1, 2]}]\n",
                   "run.yaml:1:18: 'model.0.conv2d.filters' must be a whole number, found a list");
}

static void config_selection_refuses_a_value_without_shorthand(void **state) {
    (void)state;
    expect_failure("model: [{relu: 5}]\n",
                   "run.yaml:1:16: 'model.0.relu' must be without settings, found the text '5'");
    expect_failure("model: [{label: x}]\n",
                   "run.yaml:1:17: 'model.0.label' must be a mapping of keys, found the text 'x'");
}

static void config_selection_names_the_nearest_choice(void **state) {
    (void)state;
    expect_failure("model:\n  - con2d: 3\n",
                   "run.yaml:2:5: unknown value 'con2d' for 'model.0'; did you mean 'conv2d'?");
    expect_failure("model: [ReLU]\n",
                   "run.yaml:1:9: unknown value 'ReLU' for 'model.0'; did you mean 'relu'?");
    expect_failure("optimizer: lbfgs\n",
                   "run.yaml:1:12: unknown value 'lbfgs' for 'optimizer'; known: adam, sgd");
}

static void config_selection_refuses_two_choices(void **state) {
    (void)state;
    expect_failure("optimizer: {adam: {}, sgd: {}}\n",
                   "run.yaml:1:23: 'optimizer' must be one choice, found both 'adam' and 'sgd'; to "
                   "replace one by the other set 'optimizer' as a whole");
}

static void config_selection_refuses_an_item_without_choice(void **state) {
    (void)state;
    expect_failure("model: [{name: a}]\n",
                   "run.yaml:1:9: 'model.0' must be one choice such as `name` or `{name: "
                   "settings}`, found a mapping of keys");
    expect_failure("model: [null]\n",
                   "run.yaml:1:9: 'model.0' must be one choice such as `name` or `{name: "
                   "settings}`, found null");
}

static void config_selections_reads_items_with_positions(void **state) {
    (void)state;
    dlt_config *config;
    run_settings run;
    expect_success("model:\n  - conv2d: {filters: 8, kernel: [3, 5], padding: same}\n  - relu\n",
                   &config, &run);
    const conv_settings *conv = settings_of(&run, 0);
    assert_int_equal(run.model.count, 2);
    assert_int_equal(conv->filters, 8);
    assert_int_equal(conv->kernel.at[1], 5);
    assert_int_equal(conv->padding.at[0], -2);
    assert_ptr_equal(conv->init.kind, &init_normal);
    assert_true(((const normal_settings *)conv->init.settings)->std == 0.1);
    assert_null(run.model.at[1].settings);
    assert_int_equal(run.model.at[0].position.line, 2);
    assert_int_equal(run.model.at[0].position.column, 5);
    assert_int_equal(run.model.at[1].position.line, 3);
    dlt_config_destroy(&config);
}

static void config_selections_reads_common_keys_beside_and_inside(void **state) {
    (void)state;
    dlt_config *config;
    run_settings run;
    expect_success("model:\n  - dropout: 0.5\n    name: d1\n  - dropout: {rate: 0.5, name: d2}\n"
                   "  - relu: {from: [d1, d2]}\n",
                   &config, &run);
    assert_string_equal(common_of(&run, 0)->name, "d1");
    assert_int_equal(common_of(&run, 0)->from.count, -1);
    assert_string_equal(common_of(&run, 1)->name, "d2");
    assert_int_equal(common_of(&run, 2)->from.count, 2);
    assert_string_equal(common_of(&run, 2)->from.at[1], "d2");
    dlt_config_destroy(&config);
}

static void config_selections_refuses_a_common_key_twice(void **state) {
    (void)state;
    expect_failure("model:\n  - dropout: {rate: 0.5, name: a}\n    name: b\n",
                   "run.yaml:2:26: 'model.0.name' is given twice: here and in line 3");
}

static void config_selections_prefers_the_choices_own_key_inside(void **state) {
    (void)state;
    dlt_config *config;
    run_settings run;
    expect_success("model:\n  - label: {name: own}\n    name: common\n  - label: {name: own}\n",
                   &config, &run);
    assert_string_equal(((const label_settings *)settings_of(&run, 0))->name, "own");
    assert_string_equal(common_of(&run, 0)->name, "common");
    assert_null(common_of(&run, 1)->name);
    dlt_config_destroy(&config);
}

static void config_selections_names_the_nearest_of_own_and_common_keys(void **state) {
    (void)state;
    expect_failure("model: [{conv2d: {filters: 1, form: [a]}}]\n",
                   "run.yaml:1:31: unknown key 'form' in 'model.0.conv2d'; did you mean 'from'?");
    expect_failure("model: [{conv2d: {filter: 1}}]\n",
                   "run.yaml:1:19: unknown key 'filter' in 'model.0.conv2d'; did you mean "
                   "'filters'?");
}

static void config_choose_reads_text(void **state) {
    (void)state;
    dlt_selection selection;
    dlt_config *config = document_of("");
    assert_int_equal(
        dlt_config_choose(config, "conv2d: {filters: 8, kernel: 5}", layers, &selection), DLT_OK);
    const conv_settings *conv = selection.settings;
    assert_ptr_equal(selection.kind, &conv2d);
    assert_int_equal(conv->filters, 8);
    assert_int_equal(conv->kernel.at[0], 5);
    assert_null(selection.common);
    assert_int_equal(dlt_config_choose(config, "relu", layers, &selection), DLT_OK);
    assert_ptr_equal(selection.kind, &relu);
    dlt_config_destroy(&config);
}

static void config_choose_reports_the_place_in_its_text(void **state) {
    (void)state;
    dlt_selection selection;
    dlt_config *config = document_of("");
    assert_int_equal(dlt_config_choose(config, "dropout: 2", layers, &selection), DLT_ERR_CONFIG);
    assert_string_equal(dlt_error_message(), "'dropout: 2':1:10: 'dropout.rate' must be at least "
                                             "0 and below 1, found 2");
    assert_int_equal(dlt_config_choose(config, "drop", layers, &selection), DLT_ERR_CONFIG);
    assert_string_equal(dlt_error_message(), "'drop':1:1: unknown value 'drop'; known: conv2d, "
                                             "dropout, label, relu");
    assert_int_equal(dlt_config_choose(config, "", layers, &selection), DLT_ERR_CONFIG);
    dlt_config_destroy(&config);
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(config_selection_reads_every_spelling),
        cmocka_unit_test(config_selection_gives_the_shorthand_key_a_list),
        cmocka_unit_test(config_selection_refuses_a_value_without_shorthand),
        cmocka_unit_test(config_selection_names_the_nearest_choice),
        cmocka_unit_test(config_selection_refuses_two_choices),
        cmocka_unit_test(config_selection_refuses_an_item_without_choice),
        cmocka_unit_test(config_selections_reads_items_with_positions),
        cmocka_unit_test(config_selections_reads_common_keys_beside_and_inside),
        cmocka_unit_test(config_selections_refuses_a_common_key_twice),
        cmocka_unit_test(config_selections_prefers_the_choices_own_key_inside),
        cmocka_unit_test(config_selections_names_the_nearest_of_own_and_common_keys),
        cmocka_unit_test(config_choose_reads_text),
        cmocka_unit_test(config_choose_reports_the_place_in_its_text),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
