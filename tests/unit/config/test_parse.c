#include "fixture.h"

#include "support/scratch.h"

static void config_parse_takes_an_empty_document_as_all_defaults(void **state) {
    (void)state;
    dlt_config *config;
    run_settings run;
    expect_success("# nothing\n", &config, &run);
    assert_int_equal(run.train.epochs, 1);
    dlt_config_destroy(&config);
}

static void config_parse_reports_malformed_yaml_with_its_position(void **state) {
    (void)state;
    expect_failure("train: {epochs: 3\nseed: 1\n",
                   "run.yaml:2:5: not valid YAML: did not find expected ',' or '}' (while parsing "
                   "a flow mapping)");
}

static void config_parse_names_a_tab_as_the_cause(void **state) {
    (void)state;
    expect_failure("train:\n\tepochs: 3\n",
                   "run.yaml:2:1: not valid YAML: indent with spaces, not with tabs");
}

static void config_parse_reports_wrong_utf8_with_its_position(void **state) {
    (void)state;
    expect_failure("seed: 1\nname: \xff\n",
                   "run.yaml:2:7: not valid YAML: invalid leading UTF-8 octet");
}

static void config_parse_rejects_duplicate_keys(void **state) {
    (void)state;
    expect_failure("seed: 1\ntrain: {}\nseed: 2\n",
                   "run.yaml:3:1: the key 'seed' is already given in line 1");
}

static void config_parse_rejects_anchors_and_aliases(void **state) {
    (void)state;
    expect_failure("train: &a {}\n", "run.yaml:1:8: anchors and aliases ('a') are not allowed; "
                                     "write the value out");
    expect_failure("train: *b\n", "run.yaml:1:8: anchors and aliases ('b') are not allowed; "
                                  "write the value out");
}

static void config_parse_rejects_tags(void **state) {
    (void)state;
    expect_failure("seed: !!int 3\n",
                   "run.yaml:1:7: tags ('tag:yaml.org,2002:int') are not allowed");
}

static void config_parse_rejects_a_second_document(void **state) {
    (void)state;
    expect_failure("seed: 1\n---\nseed: 2\n",
                   "run.yaml:2:1: a second YAML document begins; only one is allowed");
}

static void config_parse_rejects_a_document_that_is_no_mapping(void **state) {
    (void)state;
    expect_failure("- seed\n", "run.yaml:1:1: expected keys with values (`key: value`)");
}

static void config_parse_rejects_a_key_that_is_no_name(void **state) {
    (void)state;
    expect_failure("[a]: 1\n", "run.yaml:1:1: a key must be a name");
}

static void config_parse_rejects_a_zero_character(void **state) {
    (void)state;
    expect_failure("name: \"a\\0b\"\n", "run.yaml:1:7: text must not contain a zero character");
}

static void config_parse_bounds_nesting(void **state) {
    (void)state;
    char text[64];
    memset(text, '[', sizeof text);
    memcpy(text, "seed: ", 6);
    text[sizeof text - 1] = '\0';
    /* The mapping of the document is the first level, so that bracket 32 is one too many. */
    expect_failure(text, "run.yaml:1:38: lists and mappings are nested deeper than 32");
}

static void config_parse_bounds_the_keys_of_a_mapping(void **state) {
    (void)state;
    dlt_text text = DLT_TEXT_EMPTY;
    for (int i = 0; i < 1025; i++)
        dlt_text_add(&text, "k%d: 1\n", i);
    dlt_config *config;
    assert_int_equal(dlt_config_parse(dlt_text_of(&text), "run.yaml", NULL, 0, &config),
                     DLT_ERR_CONFIG);
    assert_string_equal(dlt_error_message(), "run.yaml:1025:1: a mapping has more than 1024 keys");
    dlt_text_destroy(&text);
}

static void config_parse_bounds_the_size_to_one_mebibyte(void **state) {
    (void)state;
    size_t bytes = (1 << 20) + 1;
    char *text = dlt_alloc((int64_t)bytes + 1, 1);
    assert_non_null(text);
    memset(text, '\n', bytes);
    dlt_config *config;
    assert_int_equal(dlt_config_parse(text, "run.yaml", NULL, 0, &config), DLT_ERR_CONFIG);
    assert_string_equal(dlt_error_message(), "run.yaml: larger than the allowed 1048576 bytes");
    text[bytes - 1] = '\0';
    config = document_of(text);
    dlt_config_destroy(&config);
    dlt_free(text);
}

static void config_load_reports_a_missing_file(void **state) {
    (void)state;
    dlt_config *config;
    assert_int_equal(dlt_config_load("no/such.yaml", NULL, 0, &config), DLT_ERR_IO);
    assert_string_equal(dlt_error_message(), "cannot read no/such.yaml: No such file or directory");
    assert_null(config);
}

static void config_load_reports_a_directory(void **state) {
    (void)state;
    dlt_config *config;
    assert_int_equal(dlt_config_load("/", NULL, 0, &config), DLT_ERR_IO);
    assert_string_equal(dlt_error_message(), "cannot read /: it is not a regular file");
}

static void config_load_reports_a_file_that_is_no_text(void **state) {
    (void)state;
    scratch files;
    dlt_config *config;
    assert_int_equal(scratch_make(&files), 0);
    const char *path = scratch_path(&files, "run.yaml");
    scratch_write(path, "seed: 1\n\0", 9);
    assert_int_equal(dlt_config_load(path, NULL, 0, &config), DLT_ERR_CONFIG);
    assert_non_null(strstr(dlt_error_message(), "run.yaml: not a text file"));
    scratch_remove(&files);
}

static void config_load_reads_a_file_with_overrides(void **state) {
    (void)state;
    scratch files;
    dlt_config *config;
    run_settings run;
    const char *const overrides[] = {"train.epochs=7"};
    assert_int_equal(scratch_make(&files), 0);
    const char *path = scratch_path(&files, "run.yaml");
    scratch_write(path, "seed: 4\n", 8);
    assert_int_equal(dlt_config_load(path, overrides, 1, &config), DLT_OK);
    assert_int_equal(dlt_config_read(config, run_keys, &run), DLT_OK);
    assert_int_equal(run.seed, 4);
    assert_int_equal(run.train.epochs, 7);
    dlt_config_destroy(&config);
    scratch_remove(&files);
}

static void config_position_finds_keys_items_and_choices(void **state) {
    (void)state;
    dlt_config *config;
    run_settings run;
    expect_success("train:\n  epochs: 3\noptimizer: sgd\nmodel:\n  - relu\n  - dropout: 0.5\n",
                   &config, &run);
    static const struct {
        const char *path;
        int line;
        int column;
    } cases[] = {{"train.epochs", 2, 3},    {"optimizer", 3, 1}, {"optimizer.sgd", 3, 1},
                 {"model.1.dropout", 6, 5}, {"model.0", 5, 5},   {"train.batch", 0, 0},
                 {"model.2", 0, 0}};
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
        dlt_position position = dlt_config_position(config, cases[i].path);
        assert_string_equal(position.file, "run.yaml");
        assert_int_equal(position.line, cases[i].line);
        assert_int_equal(position.column, cases[i].column);
    }
    dlt_config_destroy(&config);
}

static void config_fail_names_only_the_file_of_an_absent_key(void **state) {
    (void)state;
    dlt_config *config = document_of("");
    dlt_position position = dlt_config_position(config, "train");
    assert_int_equal(dlt_config_fail(&position, "no %s", "train"), DLT_ERR_CONFIG);
    assert_string_equal(dlt_error_message(), "run.yaml: no train");
    dlt_config_destroy(&config);
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(config_parse_takes_an_empty_document_as_all_defaults),
        cmocka_unit_test(config_parse_reports_malformed_yaml_with_its_position),
        cmocka_unit_test(config_parse_names_a_tab_as_the_cause),
        cmocka_unit_test(config_parse_reports_wrong_utf8_with_its_position),
        cmocka_unit_test(config_parse_rejects_duplicate_keys),
        cmocka_unit_test(config_parse_rejects_anchors_and_aliases),
        cmocka_unit_test(config_parse_rejects_tags),
        cmocka_unit_test(config_parse_rejects_a_second_document),
        cmocka_unit_test(config_parse_rejects_a_document_that_is_no_mapping),
        cmocka_unit_test(config_parse_rejects_a_key_that_is_no_name),
        cmocka_unit_test(config_parse_rejects_a_zero_character),
        cmocka_unit_test(config_parse_bounds_nesting),
        cmocka_unit_test(config_parse_bounds_the_keys_of_a_mapping),
        cmocka_unit_test(config_parse_bounds_the_size_to_one_mebibyte),
        cmocka_unit_test(config_load_reports_a_missing_file),
        cmocka_unit_test(config_load_reports_a_directory),
        cmocka_unit_test(config_load_reports_a_file_that_is_no_text),
        cmocka_unit_test(config_load_reads_a_file_with_overrides),
        cmocka_unit_test(config_position_finds_keys_items_and_choices),
        cmocka_unit_test(config_fail_names_only_the_file_of_an_absent_key),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
