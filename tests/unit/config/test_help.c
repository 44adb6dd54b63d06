#include "fixture.h"

static void expect_help(const char *path, const dlt_key *key, const char *expected) {
    dlt_text out = DLT_TEXT_EMPTY;
    dlt_config_help_key(path, key, 0, &out);
    assert_string_equal(dlt_text_of(&out), expected);
    dlt_text_destroy(&out);
}

static void config_help_keys_aligns_names_and_indents_sections(void **state) {
    (void)state;
    dlt_text out = DLT_TEXT_EMPTY;
    dlt_config_help_keys(run_keys, 2, 60, &out);
    assert_string_equal(dlt_text_of(&out),
                        "  name       text, null; default run\n"
                        "  seed       whole number; default 0\n"
                        "  precision  word, fp32, bf16; default fp32\n"
                        "  train      The loop.\n"
                        "    epochs   Passes over the data.\n"
                        "             whole number, from 0 to 1000000; default 1\n"
                        "    batch    whole number, at least 1, or all; default 32\n"
                        "    clip     number, above 0 or null; default null\n"
                        "    shuffle  true or false; default true\n"
                        "  mean       list of numbers; default []\n"
                        "  optimizer  choice, adam, sgd or null; default {adam: {}}\n"
                        "  model      list of choices, conv2d, dropout, label, relu;\n"
                        "             default []\n");
    dlt_text_destroy(&out);
}

static void config_help_keys_folds_to_any_width(void **state) {
    (void)state;
    for (int columns = 40; columns <= 100; columns += 20) {
        dlt_text out = DLT_TEXT_EMPTY;
        dlt_config_help_keys(conv_keys, 0, columns, &out);
        for (const char *line = dlt_text_of(&out); *line != '\0'; line += strcspn(line, "\n") + 1)
            assert_true(strcspn(line, "\n") <= (size_t)columns);
        dlt_text_destroy(&out);
    }
}

static void note_path(void *context, const char *path, const dlt_key *key) {
    assert_non_null(key);
    dlt_text_add(context, "%s ", path);
}

static void expect_named(const char *name, const char *paths) {
    dlt_text out = DLT_TEXT_EMPTY;
    dlt_config_each_named(run_keys, name, note_path, &out);
    assert_string_equal(dlt_text_of(&out), paths);
    dlt_text_destroy(&out);
}

static void config_each_named_finds_keys_of_sections_and_choices(void **state) {
    (void)state;
    expect_named("epochs", "train.epochs ");
    expect_named("rate", "model.dropout.rate ");
    expect_named("nothing", "");
}

static void config_help_key_states_type_range_and_default(void **state) {
    (void)state;
    expect_help("train.epochs", &train_keys[0],
                "train.epochs: Passes over the data.\n"
                "  Type: whole number, from 0 to 1000000.\n"
                "  Default: 1.\n");
}

static void config_help_key_states_what_is_required_and_the_shorthand(void **state) {
    (void)state;
    expect_help("model.dropout.rate", &dropout_keys[0],
                "model.dropout.rate: Fraction of values set to zero.\n"
                "  Type: number, at least 0 and below 1.\n"
                "  It is required.\n"
                "  Shorthand: `dropout: VALUE` sets it.\n");
}

static void config_help_key_lists_choices_and_common_keys(void **state) {
    (void)state;
    expect_help("model", &run_keys[6],
                "model\n"
                "  Type: list of choices.\n"
                "  Default: [].\n"
                "  Choices:\n"
                "    conv2d   Convolution.\n"
                "    dropout  Dropout.\n"
                "    label    A label.\n"
                "    relu     max(x, 0).\n"
                "  Keys of every item:\n"
                "    name  text, null; default null\n"
                "    from  list of texts, null; default null\n");
}

static void config_help_key_says_what_has_no_identity(void **state) {
    (void)state;
    expect_help("name", &run_keys[0],
                "name\n"
                "  Type: text or null.\n"
                "  Default: run.\n"
                "  It does not change what is computed.\n");
}

static void expect_nearest(const char *path, const char *expected) {
    dlt_text out = DLT_TEXT_EMPTY;
    assert_int_equal(dlt_config_nearest_path(run_keys, path, &out), expected != NULL);
    if (expected != NULL)
        assert_string_equal(dlt_text_of(&out), expected);
    dlt_text_destroy(&out);
}

static void config_nearest_path_corrects_every_part(void **state) {
    (void)state;
    expect_nearest("sed", "seed");
    expect_nearest("tran.epocs", "train.epochs");
    expect_nearest("model.conv2.filter", "model.conv2d.filters");
    expect_nearest("model.3.conv2.init.norml.std", "model.conv2d.init.normal.std");
    expect_nearest("model.nam", "model.name");
    expect_nearest("train.epochs.more", NULL);
    expect_nearest("train.nothing_like_it", NULL);
    expect_nearest("model.3", NULL);
    expect_nearest("", NULL);
    expect_nearest(".", NULL);
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(config_help_keys_aligns_names_and_indents_sections),
        cmocka_unit_test(config_help_keys_folds_to_any_width),
        cmocka_unit_test(config_each_named_finds_keys_of_sections_and_choices),
        cmocka_unit_test(config_help_key_states_type_range_and_default),
        cmocka_unit_test(config_help_key_states_what_is_required_and_the_shorthand),
        cmocka_unit_test(config_help_key_lists_choices_and_common_keys),
        cmocka_unit_test(config_help_key_says_what_has_no_identity),
        cmocka_unit_test(config_nearest_path_corrects_every_part),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
