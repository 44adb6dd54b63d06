#include "config/config.h"

#include "base/alloc.h"
#include "base/error.h"
#include "base/text.h"
#include "support/document.h"

#include <string.h>

typedef struct field_settings {
    const char *dataset;
    int64_t width;
} field_settings;

typedef struct one_settings {
    double rate;
} one_settings;

typedef struct settings {
    dlt_named_list fields;
    dlt_selection_list loss;
} settings;

static const dlt_key field_keys[] = {{.name = "dataset",
                                      .type = DLT_KEY_STRING,
                                      .offset = offsetof(field_settings, dataset),
                                      .default_value = "null",
                                      .flags = DLT_KEY_NULLABLE},
                                     {.name = "width",
                                      .type = DLT_KEY_INT,
                                      .offset = offsetof(field_settings, width),
                                      .default_value = "3",
                                      .minimum = 1,
                                      .maximum = 9,
                                      .flags = DLT_KEY_SHORTHAND},
                                     {0}};
static const dlt_key one_keys[] = {{.name = "rate",
                                    .type = DLT_KEY_REAL,
                                    .offset = offsetof(one_settings, rate),
                                    .default_value = "0.5",
                                    .flags = DLT_KEY_SHORTHAND},
                                   {0}};
static const dlt_registry_entry mse = {"mse", "", NULL, 0};
static const dlt_registry_entry huber = {"huber", "", one_keys, sizeof(one_settings)};
static const dlt_registry_entry *const losses[] = {&mse, &huber, NULL};

static const dlt_key keys[] = {{.name = "fields",
                                .type = DLT_KEY_NAMED,
                                .offset = offsetof(settings, fields),
                                .default_value = "null",
                                .section = field_keys,
                                .section_size = sizeof(field_settings),
                                .flags = DLT_KEY_NULLABLE},
                               {.name = "loss",
                                .type = DLT_KEY_SELECTIONS,
                                .offset = offsetof(settings, loss),
                                .default_value = "mse",
                                .registry = losses,
                                .flags = DLT_KEY_SINGLE},
                               {0}};

static dlt_status read_text(const char *text, dlt_config **config, settings *out) {
    *out = (settings){0};
    DLT_TRY(dlt_config_parse(text, "run.yaml", NULL, 0, config));
    return dlt_config_read(*config, keys, out);
}

static void expect_read(const char *text, dlt_config **config, settings *out) {
    assert_int_equal(read_text(text, config, out), DLT_OK);
}

static void expect_refused(const char *text, const char *message) {
    dlt_config *config = NULL;
    settings found;
    assert_int_equal(read_text(text, &config, &found), DLT_ERR_CONFIG);
    assert_string_equal(dlt_error_message(), message);
    dlt_config_destroy(&config);
}

static const field_settings *field_of(const settings *found, int64_t index) {
    return found->fields.at[index].settings;
}

static void config_named_reads_names_with_settings_in_their_order(void **state) {
    (void)state;
    dlt_config *config;
    settings found;
    expect_read("fields:\n  tokens: {dataset: t, width: 5}\n  label:\n", &config, &found);
    assert_int_equal(found.fields.count, 2);
    assert_string_equal(found.fields.at[0].name, "tokens");
    assert_string_equal(field_of(&found, 0)->dataset, "t");
    assert_int_equal(field_of(&found, 0)->width, 5);
    assert_string_equal(found.fields.at[1].name, "label");
    assert_int_equal(found.fields.at[1].position.line, 3);
    assert_null(field_of(&found, 1)->dataset);
    assert_int_equal(field_of(&found, 1)->width, 3);
    dlt_config_destroy(&config);
}

static void config_named_takes_a_list_of_names(void **state) {
    (void)state;
    dlt_config *config;
    settings found;
    expect_read("fields: [a, b]\n", &config, &found);
    assert_int_equal(found.fields.count, 2);
    assert_string_equal(found.fields.at[1].name, "b");
    assert_int_equal(field_of(&found, 1)->width, 3);
    dlt_config_destroy(&config);
    expect_read("{}\n", &config, &found);
    assert_int_equal(found.fields.count, -1);
    dlt_config_destroy(&config);
}

static void config_named_takes_a_value_for_its_shorthand(void **state) {
    (void)state;
    dlt_config *config;
    settings found;
    expect_read("fields: {a: 5, b: {dataset: c}}\n", &config, &found);
    assert_int_equal(found.fields.count, 2);
    assert_int_equal(field_of(&found, 0)->width, 5);
    assert_null(field_of(&found, 0)->dataset);
    assert_int_equal(field_of(&found, 1)->width, 3);
    dlt_config_destroy(&config);
    expect_refused("fields: {a: 5, b: 12}\n",
                   "run.yaml:1:19: 'fields.b.width' must be from 1 to 9, found 12");
}

static void config_named_refuses_what_is_no_mapping_of_names(void **state) {
    (void)state;
    expect_refused("fields: 5\n", "run.yaml:1:9: 'fields' must be a mapping from names to "
                                  "settings, found the text '5'");
    expect_refused("fields: [a, b, a]\n", "run.yaml:1:16: 'fields' names 'a' twice");
    expect_refused("fields: [a, [b]]\n", "run.yaml:1:13: 'fields' must be a name, found a list");
    expect_refused("fields: {a: {widht: 1}}\n",
                   "run.yaml:1:14: unknown key 'widht' in 'fields.a'; did you mean 'width'?");
    expect_refused("fields: {a: {width: 0}}\n",
                   "run.yaml:1:21: 'fields.a.width' must be from 1 to 9, found 0");
}

static void config_named_prints_what_reads_back(void **state) {
    (void)state;
    dlt_config *config;
    settings found;
    dlt_text text = DLT_TEXT_EMPTY;
    expect_read("fields: {a: {width: 2}, b: }\nloss: huber\n", &config, &found);
    dlt_config_print(keys, &found, 0, &text);
    assert_string_equal(dlt_text_of(&text), "fields: {a: {dataset: null, width: 2}, b: {dataset: "
                                            "null, width: 3}}\nloss: {huber: {rate: 0.5}}\n");
    dlt_config *again_config;
    settings again;
    expect_read(dlt_text_of(&text), &again_config, &again);
    assert_true(dlt_config_hash(0, keys, &again) == dlt_config_hash(0, keys, &found));
    dlt_config_destroy(&again_config);
    expect_read("fields: {a: {width: 2}, c: }\nloss: huber\n", &again_config, &again);
    assert_true(dlt_config_hash(0, keys, &again) != dlt_config_hash(0, keys, &found));
    dlt_config_destroy(&again_config);
    dlt_config_destroy(&config);
    dlt_text_destroy(&text);
}

static void config_selections_takes_one_item_for_a_list(void **state) {
    (void)state;
    dlt_config *config;
    settings found;
    expect_read("loss: {huber: 0.1}\n", &config, &found);
    assert_int_equal(found.loss.count, 1);
    assert_ptr_equal(found.loss.at[0].kind, &huber);
    dlt_config_destroy(&config);
    expect_read("loss: [mse, {huber: 0.1}]\n", &config, &found);
    assert_int_equal(found.loss.count, 2);
    dlt_config_destroy(&config);
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(config_named_reads_names_with_settings_in_their_order),
        cmocka_unit_test(config_named_takes_a_list_of_names),
        cmocka_unit_test(config_named_takes_a_value_for_its_shorthand),
        cmocka_unit_test(config_named_refuses_what_is_no_mapping_of_names),
        cmocka_unit_test(config_named_prints_what_reads_back),
        cmocka_unit_test(config_selections_takes_one_item_for_a_list),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
