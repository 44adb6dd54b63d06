/* The fields that a run file names, and data sets beside the training data that hold them, too. */
#include "data/run_fields.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "support/document.h"
#include "unit/data/dataset_fixture.h"

static dlt_status find(const char *text, const char *override_text, dlt_config **config,
                       dlt_run_fields *out) {
    dlt_data_settings settings = {0};
    *config = document_with(text, override_text);
    DLT_TRY(dlt_config_read(*config, dlt_data_keys, &settings));
    return dlt_run_fields_find(&settings, *config, out);
}

static void expect_found(const char *text, dlt_config **config, dlt_run_fields *out) {
    if (find(text, NULL, config, out) != DLT_OK)
        fail_msg("%s", dlt_error_message());
}

static void data_run_fields_are_x_and_y_by_default(void **state) {
    (void)state;
    dlt_config *config = NULL;
    dlt_run_fields fields;
    expect_found("{train: a, y: labels}", &config, &fields);
    assert_true(fields.is_short);
    assert_int_equal(fields.requests.count, 2);
    assert_string_equal(fields.names[1], "y");
    assert_string_equal(fields.requests.at[1].name, "labels");
    assert_int_equal(fields.requests.at[0].role, DLT_FIELD_X);
    dlt_config_destroy(&config);
}

static void data_run_fields_have_datasets_and_dtypes(void **state) {
    (void)state;
    dlt_config *config = NULL;
    dlt_run_fields fields;
    expect_found(
        "{train: a, fields: {tokens: {dataset: t, dtype: int32}, v: {dtype: float32}, w: }}",
        &config, &fields);
    assert_false(fields.is_short);
    assert_int_equal(fields.requests.count, 3);
    assert_string_equal(fields.names[0], "tokens");
    assert_string_equal(fields.requests.at[0].name, "t");
    assert_int_equal(fields.requests.at[0].dtype, DLT_FIELD_I32);
    assert_int_equal(fields.requests.at[1].dtype, DLT_FIELD_REAL);
    assert_string_equal(fields.requests.at[2].name, "w");
    assert_int_equal(fields.requests.at[2].dtype, DLT_FIELD_AUTO);
    dlt_config_destroy(&config);
    expect_found("{train: a, fields: [b, y]}", &config, &fields);
    assert_string_equal(fields.requests.at[1].name, "y");
    dlt_config_destroy(&config);
}

static void data_run_fields_refuse_what_contradicts_them(void **state) {
    (void)state;
    static const struct {
        const char *text;
        const char *override_text;
        const char *message;
    } rows[] = {
        {"{train: a, fields: [b], x: c}", NULL, "'data.x' is the short form of 'data.fields'"},
        {"{train: a, fields: [b], test_y: c}", NULL, "'data.test_y' is the short form"},
        {"{train: a, fields: [b, c.length]}", NULL, "names a field 'c.length'; a field's name"},
        {"{train: a, fields: {}}", NULL, "must name 1 to 16 fields, found 0"},
        {"{train: a, fields: [a, b, c, d, e, f, g, h, i, j, k, l, m, n, o, p, q]}", NULL,
         "must name 1 to 16 fields, found 17"},
        {"{train: a, fields: [b]}", "data.y=c", "'data.y' is the short form"},
    };
    for (size_t i = 0; i < sizeof rows / sizeof rows[0]; i++) {
        dlt_config *config = NULL;
        dlt_data_settings settings = {0};
        dlt_run_fields fields;
        char text[256];
        (void)snprintf(text, sizeof text, "data: %s", rows[i].text);
        const dlt_key keys[] = {{.name = "data", .type = DLT_KEY_SECTION, .section = dlt_data_keys},
                                {0}};
        config = document_with(text, rows[i].override_text);
        assert_int_equal(dlt_config_read(config, keys, &settings), DLT_OK);
        assert_int_equal(dlt_run_fields_find(&settings, config, &fields), DLT_ERR_CONFIG);
        expect_message(rows[i].message);
        dlt_config_destroy(&config);
    }
}

static dlt_dataset *open_named(const char *path, dlt_field_dtype dtype) {
    const dlt_field_requests requests = {
        .count = 2,
        .finds_roles = true,
        .at = {{.name = "x", .required = true}, {.name = "y", .required = true, .dtype = dtype}}};
    dlt_dataset *out = NULL;
    if (dlt_dataset_open(it.h5_lock, path, &requests, &out) != DLT_OK)
        fail_msg("%s", dlt_error_message());
    return out;
}

/* The first set is the training data. */
static void expect_unlike(const dlt_dataset *training, const char *path, dlt_status code,
                          const char *text) {
    dlt_dataset *other = open_named(path, DLT_FIELD_AUTO);
    assert_int_equal(dlt_dataset_check_fields(other, training, "val"), code);
    if (text != NULL)
        expect_message(text);
    dlt_dataset_close(&other);
}

static void data_run_fields_of_another_set_must_be_alike(void **state) {
    (void)state;
    const float values[SAMPLES * 2] = {0};
    it.dataset = open_named(write_shard("a.h5", &it.shard), DLT_FIELD_AUTO);
    assert_int_equal(dlt_dataset_x(it.dataset)->index, 0);
    assert_int_equal(dlt_dataset_y(it.dataset)->index, 1);
    assert_int_equal(dlt_dataset_y(it.dataset)->dtype, DLT_DTYPE_I32);
    expect_unlike(it.dataset, scratch_path(&it.files, "a.h5"), DLT_OK, NULL);
    shard_file other = it.shard;
    other.x_shape = (dlt_shape){2, {3, 1}};
    expect_unlike(it.dataset, write_shard("b.h5", &other), DLT_ERR_SHAPE,
                  "'x' of val has samples of shape [3, 1], that of the training data of shape [3]");
    other = it.shard;
    other.y_type = DLT_H5_F32;
    other.y = values;
    expect_unlike(it.dataset, write_shard("b.h5", &other), DLT_ERR_MISMATCH,
                  "'y' of val is float32, delivered as float32, but that of the training data is "
                  "int32, delivered as int32; say which dtype");
    other.y_shape = (dlt_shape){1, {2}};
    const char *path = write_shard("b.h5", &other);
    dlt_dataset *as_told = open_named(path, DLT_FIELD_I32);
    assert_int_equal(dlt_dataset_check_fields(as_told, it.dataset, "val"), DLT_ERR_SHAPE);
    dlt_dataset_close(&as_told);
}

static void data_run_fields_without_y_do_not_map_class_names(void **state) {
    (void)state;
    const dlt_field_requests requests = {
        .count = 1, .finds_roles = true, .at = {{.name = "x", .required = true}}};
    it.shard.class_names = "cat\ndog";
    const char *path = write_shard("a.h5", &it.shard);
    assert_int_equal(dlt_dataset_open(it.h5_lock, path, &requests, &it.dataset), DLT_OK);
    dlt_identity training = {.class_names = (char *)(uintptr_t) "dog\ncat"};
    assert_int_equal(dlt_dataset_match(it.dataset, &training, "val"), DLT_ERR_MISMATCH);
    expect_message("val does not have the class names of the training data in their order");
    training.class_names = (char *)(uintptr_t) "cat\ndog";
    assert_int_equal(dlt_dataset_match(it.dataset, &training, "val"), DLT_OK);
}

int main(void) {
#define ROW(name) cmocka_unit_test_setup_teardown(name, set_up, tear_down)
    const struct CMUnitTest tests[] = {
        ROW(data_run_fields_are_x_and_y_by_default),
        ROW(data_run_fields_have_datasets_and_dtypes),
        ROW(data_run_fields_refuse_what_contradicts_them),
        ROW(data_run_fields_of_another_set_must_be_alike),
        ROW(data_run_fields_without_y_do_not_map_class_names),
    };
#undef ROW
    return cmocka_run_group_tests_name("data_run_fields", tests, NULL, NULL);
}
