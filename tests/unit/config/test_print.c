#include "fixture.h"

static const char document[] =
    "name: 'a: \"b\" # c'\n"
    "seed: -3\n"
    "precision: bf16\n"
    "train: {epochs: 10, batch: all, clip: 0.1, shuffle: false}\n"
    "mean: [0.1307, 1e-30, 123456789.125]\n"
    "optimizer: {sgd: 0.30000000000000004}\n"
    "model:\n"
    "  - conv2d: {filters: 8, kernel: [3, 5], padding: [same, 2], init: zeros, name: c1}\n"
    "  - relu\n"
    "  - relu: {from: [c1, 'null'], name: r}\n"
    "  - label: {name: own}\n"
    "    name: common\n"
    "  - dropout: 0.25\n";

static const char printed[] =
    "name: \"a: \\\"b\\\" # c\"\n"
    "seed: -3\n"
    "precision: bf16\n"
    "train:\n"
    "  epochs: 10\n"
    "  batch: all\n"
    "  clip: 0.1\n"
    "  shuffle: false\n"
    "mean: [0.1307, 1e-30, 123456789.125]\n"
    "optimizer: {sgd: {lr: 0.30000000000000004}}\n"
    "model:\n"
    "  - conv2d: {filters: 8, kernel: [3, 5], padding: [same, 2], init: zeros, name: c1}\n"
    "  - relu\n"
    "  - relu: {name: r, from: [c1, \"null\"]}\n"
    "  - {label: {name: own}, name: common}\n"
    "  - dropout: {rate: 0.25}\n";

static void print_of(const char *text, dlt_text *out) {
    dlt_config *config;
    run_settings run;
    expect_success(text, &config, &run);
    dlt_config_print(run_keys, &run, 0, out);
    assert_int_equal(dlt_text_check(out), DLT_OK);
    dlt_config_destroy(&config);
}

static void expect_round_trip(const char *text) {
    dlt_text once = DLT_TEXT_EMPTY;
    dlt_text twice = DLT_TEXT_EMPTY;
    dlt_config *config;
    run_settings run;
    expect_success(text, &config, &run);
    uint64_t hash = dlt_config_hash(0, run_keys, &run);
    dlt_config_destroy(&config);
    print_of(text, &once);
    print_of(dlt_text_of(&once), &twice);
    assert_string_equal(dlt_text_of(&once), dlt_text_of(&twice));
    expect_success(dlt_text_of(&once), &config, &run);
    assert_true(dlt_config_hash(0, run_keys, &run) == hash);
    dlt_config_destroy(&config);
    dlt_text_destroy(&once);
    dlt_text_destroy(&twice);
}

static void config_print_writes_the_resolved_settings(void **state) {
    (void)state;
    dlt_text out = DLT_TEXT_EMPTY;
    print_of(document, &out);
    assert_string_equal(dlt_text_of(&out), printed);
    dlt_text_destroy(&out);
}

static void config_print_reads_back_to_the_same_settings(void **state) {
    (void)state;
    expect_round_trip(document);
    expect_round_trip("");
    expect_round_trip("name: null\noptimizer: null\n");
}

/* What is compared is the text itself, so that the quoting rules are tested, not only stable. */
static void config_print_quotes_what_would_read_back_differently(void **state) {
    (void)state;
    static const char *const values[] = {
        "null", "~",        "",         " a ",          "a: b",         "a#b",
        "- a",  "[a]",      "'",        "\"\\",         "line\nnext",   "tab\t",
        "\x7f", "\xc2\x85", "\xc3\xa9", "\xe2\x80\xa8", "\xef\xbb\xbf", "\xf0\x9f\x98\x80",
        "true", "1e3",      "a,b",      "*x",           "&x",           "!x",
        "%x",   "@x",       "---",      "...",          "a/b-c.h5",     "\x01"};
    for (size_t i = 0; i < sizeof values / sizeof *values; i++) {
        run_settings run;
        dlt_config *config;
        dlt_text out = DLT_TEXT_EMPTY;
        expect_success("", &config, &run);
        run.name = values[i];
        dlt_config_print(run_keys, &run, 0, &out);
        dlt_config_destroy(&config);
        expect_success(dlt_text_of(&out), &config, &run);
        assert_non_null(run.name);
        assert_string_equal(run.name, values[i]);
        dlt_config_destroy(&config);
        dlt_text_destroy(&out);
    }
}

static void config_print_leaves_plain_names_plain(void **state) {
    (void)state;
    dlt_text out = DLT_TEXT_EMPTY;
    print_of("name: \"data/mnist-1/train_0.h5\"\n", &out);
    assert_memory_equal(dlt_text_of(&out), "name: data/mnist-1/train_0.h5\n", 30);
    dlt_text_destroy(&out);
}

static void config_print_indents(void **state) {
    (void)state;
    const train_settings train = {.epochs = 2, .batch = 4, .clip = NAN, .shuffle = true};
    dlt_text out = DLT_TEXT_EMPTY;
    dlt_config_print(train_keys, &train, 4, &out);
    assert_string_equal(dlt_text_of(&out),
                        "    epochs: 2\n    batch: 4\n    clip: null\n    shuffle: true\n");
    dlt_text_destroy(&out);
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(config_print_writes_the_resolved_settings),
        cmocka_unit_test(config_print_reads_back_to_the_same_settings),
        cmocka_unit_test(config_print_quotes_what_would_read_back_differently),
        cmocka_unit_test(config_print_leaves_plain_names_plain),
        cmocka_unit_test(config_print_indents),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
