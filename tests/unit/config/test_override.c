#include "fixture.h"

static const char document[] = "seed: 1\n"
                               "optimizer: adam\n"
                               "model:\n"
                               "  - conv2d: 8\n"
                               "  - dropout: {rate: 0.25}\n";

static void apply(const char *override_text, dlt_config **config, run_settings *run) {
    dlt_status status = read_run_set(document, override_text, config, run);
    assert_string_equal(status == DLT_OK ? "" : dlt_error_message(), "");
}

static void config_override_replaces_and_creates_keys(void **state) {
    (void)state;
    dlt_config *config;
    run_settings run;
    apply("seed=2", &config, &run);
    assert_int_equal(run.seed, 2);
    dlt_config_destroy(&config);
    apply("train.epochs=3", &config, &run);
    assert_int_equal(run.train.epochs, 3);
    dlt_config_destroy(&config);
    apply("mean=[1, 2]", &config, &run);
    assert_int_equal(run.mean.count, 2);
    dlt_config_destroy(&config);
}

static void config_override_replaces_a_choice(void **state) {
    (void)state;
    dlt_config *config;
    run_settings run;
    apply("optimizer={sgd: {lr: 0.5}}", &config, &run);
    assert_ptr_equal(run.optimizer.kind, &sgd);
    assert_true(((const rate_settings *)run.optimizer.settings)->rate == 0.5);
    dlt_config_destroy(&config);
}

static void config_override_reaches_into_a_choice_written_as_its_name(void **state) {
    (void)state;
    dlt_config *config;
    run_settings run;
    apply("optimizer.adam.lr=0.5", &config, &run);
    assert_ptr_equal(run.optimizer.kind, &adam);
    assert_true(((const rate_settings *)run.optimizer.settings)->rate == 0.5);
    dlt_config_destroy(&config);
}

static void config_override_keeps_a_shorthand_value_beside_a_new_key(void **state) {
    (void)state;
    dlt_config *config;
    run_settings run;
    apply("model.0.conv2d.kernel=5", &config, &run);
    const conv_settings *conv = settings_of(&run, 0);
    assert_int_equal(conv->filters, 8);
    assert_int_equal(conv->kernel.at[0], 5);
    dlt_config_destroy(&config);
}

static void config_override_replaces_a_shorthand_value_by_name(void **state) {
    (void)state;
    dlt_config *config;
    run_settings run;
    apply("model.0.conv2d.filters=9", &config, &run);
    assert_int_equal(((const conv_settings *)settings_of(&run, 0))->filters, 9);
    dlt_config_destroy(&config);
}

static void config_override_applies_in_order(void **state) {
    (void)state;
    const char *const overrides[] = {"seed=2", "model.1=relu", "seed=3"};
    dlt_config *config;
    run_settings run;
    assert_int_equal(dlt_config_parse(document, "run.yaml", overrides, 3, &config), DLT_OK);
    assert_int_equal(dlt_config_read(config, run_keys, &run), DLT_OK);
    assert_int_equal(run.seed, 3);
    assert_ptr_equal(run.model.at[1].kind, &relu);
    dlt_config_destroy(&config);
}

static void config_override_is_named_in_errors(void **state) {
    (void)state;
    expect_failure_set(document, "train.epcohs=3",
                       "--set train.epcohs=3: unknown key 'epcohs' in 'train'; did you mean "
                       "'epochs'?");
    expect_failure_set(document, "train.epochs=many",
                       "--set train.epochs=many: 'train.epochs' must be a whole number, found the "
                       "text 'many'");
    expect_failure_set(document, "mean=[1",
                       "--set mean=[1: not valid YAML: did not find expected ',' or ']' (while "
                       "parsing a flow sequence)");
}

static void config_override_refuses_an_unusable_key(void **state) {
    (void)state;
    expect_failure_set(document, "seed", "--set seed: expected KEY=VALUE, such as train.epochs=3");
    expect_failure_set(document, "=3", "--set =3: expected KEY=VALUE, such as train.epochs=3");
    expect_failure_set(document, "a..b=3",
                       "--set a..b=3: the key has an empty part between its dots");
    expect_failure_set(document, "model.2.relu=",
                       "--set model.2.relu=: there is no item 2: the list has 2, counted from 0");
    expect_failure_set(document,
                       "a.a.a.a.a.a.a.a.a.a.a.a.a.a.a.a.a.a.a.a.a.a.a.a.a.a.a.a.a.a.a.a.a=1",
                       "--set a.a.a.a.a.a.a.a.a.a.a.a.a.a.a.a.a.a.a.a.a.a.a.a.a.a.a.a.a.a.a.a.a=1:"
                       " the key has more than 32 parts");
}

static void config_override_refuses_parts_of_what_has_none(void **state) {
    (void)state;
    expect_failure_set(document, "seed.low=3",
                       "--set seed.low=3: 'seed' must be a whole number, found the key 'low'");
    expect_failure_set(document, "model.first=relu",
                       "--set model.first=relu: 'model' must be a list, found the key 'first'");
}

static void config_override_refuses_a_second_choice(void **state) {
    (void)state;
    expect_failure_set(document, "optimizer.sgd.lr=0.1",
                       "--set optimizer.sgd.lr=0.1: 'optimizer' must be one choice, found both "
                       "'adam' and 'sgd'; to replace one by the other set 'optimizer' as a whole");
}

static void config_override_positions_are_its_own(void **state) {
    (void)state;
    dlt_config *config;
    run_settings run;
    apply("optimizer=sgd", &config, &run);
    assert_int_equal(dlt_config_fail(&run.optimizer.position, "no"), DLT_ERR_CONFIG);
    assert_string_equal(dlt_error_message(), "--set optimizer=sgd: no");
    assert_int_not_equal(run.optimizer.position.line, 0);
    dlt_config_destroy(&config);
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(config_override_replaces_and_creates_keys),
        cmocka_unit_test(config_override_replaces_a_choice),
        cmocka_unit_test(config_override_reaches_into_a_choice_written_as_its_name),
        cmocka_unit_test(config_override_keeps_a_shorthand_value_beside_a_new_key),
        cmocka_unit_test(config_override_replaces_a_shorthand_value_by_name),
        cmocka_unit_test(config_override_applies_in_order),
        cmocka_unit_test(config_override_is_named_in_errors),
        cmocka_unit_test(config_override_refuses_an_unusable_key),
        cmocka_unit_test(config_override_refuses_parts_of_what_has_none),
        cmocka_unit_test(config_override_refuses_a_second_choice),
        cmocka_unit_test(config_override_positions_are_its_own),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
