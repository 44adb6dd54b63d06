#include "fixture.h"

#include <stdio.h>

static void config_read_fills_every_type(void **state) {
    (void)state;
    dlt_config *config;
    run_settings run;
    expect_success("name: try one\nseed: -5\nprecision: bf16\ntrain: {epochs: 1e3, batch: all, "
                   "clip: .5, shuffle: false}\nmean: [1, 2.5e-1]\n",
                   &config, &run);
    assert_string_equal(run.name, "try one");
    assert_int_equal(run.seed, -5);
    assert_int_equal(run.precision, 1);
    assert_int_equal(run.train.epochs, 1000);
    assert_int_equal(run.train.batch, -1);
    assert_true(run.train.clip == 0.5);
    assert_false(run.train.shuffle);
    assert_int_equal(run.mean.count, 2);
    assert_true(run.mean.at[0] == 1 && run.mean.at[1] == 0.25);
    dlt_config_destroy(&config);
}

static void config_read_gives_nullable_keys_their_null(void **state) {
    (void)state;
    dlt_config *config;
    run_settings run;
    expect_success("name: ~\ntrain: {clip: }\noptimizer: null\n", &config, &run);
    assert_null(run.name);
    assert_true(isnan(run.train.clip));
    assert_null(run.optimizer.kind);
    dlt_config_destroy(&config);
}

static void config_read_takes_a_number_as_text_and_never_text_as_a_number(void **state) {
    (void)state;
    dlt_config *config;
    run_settings run;
    expect_success("name: 0.1\nmean: 3\n", &config, &run);
    assert_string_equal(run.name, "0.1");
    assert_int_equal(run.mean.count, 1);
    dlt_config_destroy(&config);
    expect_failure("seed: \"5\"\n", "run.yaml:1:7: 'seed' must be a whole number, found the text "
                                    "'5' in quotes");
}

static void config_read_names_the_nearest_key(void **state) {
    (void)state;
    expect_failure("train:\n  epcohs: 3\n",
                   "run.yaml:2:3: unknown key 'epcohs' in 'train'; did you mean 'epochs'?");
    expect_failure("sede: 3\n", "run.yaml:1:1: unknown key 'sede'; did you mean 'seed'?");
}

static void config_read_lists_the_keys_if_none_is_near(void **state) {
    (void)state;
    expect_failure("train: {patience: 3}\n", "run.yaml:1:9: unknown key 'patience' in 'train'; "
                                             "known: epochs, batch, clip, shuffle");
}

static void config_read_says_which_type_was_expected(void **state) {
    (void)state;
    expect_failure("train: {epochs: abc}\n",
                   "run.yaml:1:17: 'train.epochs' must be a whole number, found the text 'abc'");
    expect_failure("train: {epochs: 2.5}\n",
                   "run.yaml:1:17: 'train.epochs' must be a whole number, found the text '2.5'");
    expect_failure("train: {epochs: null}\n",
                   "run.yaml:1:17: 'train.epochs' must be a whole number, found null");
    expect_failure("train: {batch: [1]}\n", "run.yaml:1:16: 'train.batch' must be a whole number "
                                            "or one of all, found a list");
    expect_failure("train: {clip: {}}\n",
                   "run.yaml:1:15: 'train.clip' must be a number, found a mapping of keys");
    expect_failure("train: 5\n",
                   "run.yaml:1:8: 'train' must be a mapping of keys, found the text '5'");
    expect_failure("mean: {a: 1}\n",
                   "run.yaml:1:7: 'mean' must be a list of numbers, found a mapping of keys");
    expect_failure("mean: [1, x]\n",
                   "run.yaml:1:11: 'mean.1' must be a number, found the text 'x'");
    expect_failure("name: [a]\n", "run.yaml:1:7: 'name' must be a text, found a list");
    expect_failure("model: relu\n", "run.yaml:1:8: 'model' must be a list, found the text 'relu'");
}

static void config_read_knows_only_true_and_false(void **state) {
    (void)state;
    expect_failure("train: {shuffle: yes}\n",
                   "run.yaml:1:18: 'train.shuffle' must be true or false, as YAML 1.2 spells them, "
                   "found the text 'yes'");
    expect_failure("train: {shuffle: \"true\"}\n",
                   "run.yaml:1:18: 'train.shuffle' must be true or false, as YAML 1.2 spells them, "
                   "found the text 'true' "
                   "in quotes");
}

static void config_read_rejects_what_is_no_decimal_number(void **state) {
    (void)state;
    static const char *const wrong[] = {"nan", ".inf",  "inf", "0x10", "1_000",
                                        "1e",  "1e400", ".",   "+-1",  "1e1.5"};
    for (size_t i = 0; i < sizeof wrong / sizeof *wrong; i++) {
        char text[64];
        char message[128];
        snprintf(text, sizeof text, "mean: %s\n", wrong[i]);
        snprintf(message, sizeof message,
                 "run.yaml:1:7: 'mean' must be a number, found the text '%s'", wrong[i]);
        expect_failure(text, message);
    }
}

static void config_read_rejects_integers_that_64_bits_do_not_hold(void **state) {
    (void)state;
    dlt_config *config;
    run_settings run;
    expect_success("seed: 9223372036854775807\n", &config, &run);
    assert_true(run.seed == INT64_MAX);
    dlt_config_destroy(&config);
    expect_failure("seed: 9223372036854775808\n",
                   "run.yaml:1:7: 'seed' must be a whole number that fits in 64 bits, "
                   "found the text '9223372036854775808'");
}

static void config_read_says_the_range(void **state) {
    (void)state;
    expect_failure("model: [{dropout: 1.5}]\n",
                   "run.yaml:1:19: 'model.0.dropout.rate' must be at least 0 and below 1, found "
                   "1.5");
    expect_failure("model: [{dropout: 1}]\n",
                   "run.yaml:1:19: 'model.0.dropout.rate' must be at least 0 and below 1, found 1");
    expect_failure("train: {epochs: -1}\n",
                   "run.yaml:1:17: 'train.epochs' must be from 0 to 1000000, found "
                   "-1");
    expect_failure("train: {batch: 0}\n",
                   "run.yaml:1:16: 'train.batch' must be at least 1, found 0");
    expect_failure("train: {clip: 0}\n", "run.yaml:1:15: 'train.clip' must be above 0, found 0");
    expect_failure("model: [{conv2d: {filters: 1, kernel: [3, 100]}}]\n",
                   "run.yaml:1:43: 'model.0.conv2d.kernel.1' must be from 1 to 99, "
                   "found 100");
}

static void config_read_says_the_length(void **state) {
    (void)state;
    expect_failure("model: [{conv2d: {filters: 1, kernel: [1, 2, 3]}}]\n",
                   "run.yaml:1:39: 'model.0.conv2d.kernel' must have 1 to 2 items, found 3");
}

static void config_read_names_the_nearest_word(void **state) {
    (void)state;
    expect_failure("precision: bf61\n",
                   "run.yaml:1:12: unknown value 'bf61' for 'precision'; did you mean 'bf16'?");
    expect_failure("precision: double\n",
                   "run.yaml:1:12: unknown value 'double' for 'precision'; known: fp32, bf16");
}

static void config_read_reports_a_missing_required_key(void **state) {
    (void)state;
    expect_failure("model:\n  - conv2d: {kernel: 3}\n",
                   "run.yaml:2:5: the required key 'model.0.conv2d.filters' is missing (Number of "
                   "output channels.)");
    expect_failure("model:\n  - dropout\n",
                   "run.yaml:2:5: the required key 'model.0.dropout.rate' is missing (Fraction of "
                   "values set to zero.)");
}

static void config_defaults_reports_a_required_key(void **state) {
    (void)state;
    rate_settings settings;
    dlt_config *config = document_of("");
    assert_int_equal(dlt_config_defaults(config, dropout_keys, &settings), DLT_ERR_CONFIG);
    assert_string_equal(dlt_error_message(), "run.yaml: the required key 'rate' is missing "
                                             "(Fraction of values set to zero.)");
    dlt_config_destroy(&config);
}

static void config_defaults_fills_nested_defaults(void **state) {
    (void)state;
    run_settings run;
    dlt_config *config = document_of("seed: 9\n");
    assert_int_equal(dlt_config_defaults(config, run_keys, &run), DLT_OK);
    assert_int_equal(run.seed, 0);
    assert_int_equal(run.train.batch, 32);
    assert_ptr_equal(run.optimizer.kind, &adam);
    assert_true(((const rate_settings *)run.optimizer.settings)->rate == 0.001);
    assert_int_equal(run.optimizer.position.line, 0);
    dlt_config_destroy(&config);
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(config_read_fills_every_type),
        cmocka_unit_test(config_read_gives_nullable_keys_their_null),
        cmocka_unit_test(config_read_takes_a_number_as_text_and_never_text_as_a_number),
        cmocka_unit_test(config_read_names_the_nearest_key),
        cmocka_unit_test(config_read_lists_the_keys_if_none_is_near),
        cmocka_unit_test(config_read_says_which_type_was_expected),
        cmocka_unit_test(config_read_knows_only_true_and_false),
        cmocka_unit_test(config_read_rejects_what_is_no_decimal_number),
        cmocka_unit_test(config_read_rejects_integers_that_64_bits_do_not_hold),
        cmocka_unit_test(config_read_says_the_range),
        cmocka_unit_test(config_read_says_the_length),
        cmocka_unit_test(config_read_names_the_nearest_word),
        cmocka_unit_test(config_read_reports_a_missing_required_key),
        cmocka_unit_test(config_defaults_reports_a_required_key),
        cmocka_unit_test(config_defaults_fills_nested_defaults),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
