#include "fixture.h"

static void checkpoint_snapshot_set_replaces_an_earlier_value(void **state) {
    (void)state;
    const char *text = NULL;
    int64_t integer = 0;
    dlt_snapshot *snapshot = NULL;
    assert_int_equal(dlt_snapshot_create(&snapshot), DLT_OK);
    assert_int_equal(dlt_snapshot_set_text(snapshot, "a", "first"), DLT_OK);
    assert_int_equal(dlt_snapshot_set_text(snapshot, "a", "second"), DLT_OK);
    assert_int_equal(dlt_snapshot_get_text(snapshot, "a", &text), DLT_OK);
    assert_string_equal(text, "second");
    assert_int_equal(dlt_snapshot_set_int(snapshot, "a", INT64_MIN), DLT_OK);
    assert_int_equal(dlt_snapshot_get_int(snapshot, "a", &integer), DLT_OK);
    assert_true(integer == INT64_MIN);
    assert_int_equal(snapshot->state_count, 1);
    dlt_snapshot_destroy(&snapshot);
    assert_null(snapshot);
}

static void checkpoint_snapshot_get_explains_what_is_not_there(void **state) {
    (void)state;
    int64_t integer = 5;
    dlt_snapshot *snapshot = NULL;
    assert_int_equal(dlt_snapshot_create(&snapshot), DLT_OK);
    assert_int_equal(dlt_snapshot_set_real(snapshot, "loss", 0.5), DLT_OK);
    assert_true(dlt_snapshot_has(snapshot, "loss"));
    assert_false(dlt_snapshot_has(snapshot, "step"));
    assert_int_equal(dlt_snapshot_get_int(snapshot, "step", &integer), DLT_ERR_FORMAT);
    assert_string_equal(dlt_error_message(), "the checkpoint has no state value 'step'");
    assert_int_equal(dlt_snapshot_get_int(snapshot, "loss", &integer), DLT_ERR_FORMAT);
    assert_string_equal(dlt_error_message(),
                        "the state value 'loss' of the checkpoint is a real number, not an "
                        "integer");
    assert_int_equal(integer, 5);
    dlt_snapshot_destroy(&snapshot);
}

static void checkpoint_snapshot_add_refuses_names_that_no_reader_finds(void **state) {
    (void)state;
    const dlt_shape scalar = {0};
    float value = 1;
    char long_name[400] = "/params/";
    memset(long_name + 8, 'x', 300);
    static const char *const bad[] = {"/state/step", "params/w",     "/params/",
                                      "/paramsx/w",  "/params/a\nb", "/run_file"};
    dlt_snapshot *snapshot = NULL;
    assert_int_equal(dlt_snapshot_create(&snapshot), DLT_OK);
    for (size_t i = 0; i < sizeof bad / sizeof bad[0]; i++)
        assert_int_equal(dlt_snapshot_add(snapshot, DLT_H5_F32, &scalar, &value, "%s", bad[i]),
                         DLT_ERR_INTERNAL);
    assert_int_equal(dlt_snapshot_add(snapshot, DLT_H5_F32, &scalar, &value, "%s", long_name),
                     DLT_ERR_INTERNAL);
    assert_int_equal(dlt_snapshot_add(snapshot, DLT_H5_F32, &scalar, &value, "/params/w"), DLT_OK);
    assert_int_equal(dlt_snapshot_add(snapshot, DLT_H5_F32, &scalar, &value, "/params/w"),
                     DLT_ERR_INTERNAL);
    assert_int_equal(snapshot->tensor_count, 1);
    dlt_snapshot_destroy(&snapshot);
}

static void checkpoint_snapshot_grows_beyond_its_first_room(void **state) {
    (void)state;
    enum { COUNT = 100 };
    const dlt_shape pair = {1, {2}};
    float values[2 * COUNT] = {0};
    dlt_snapshot *snapshot = NULL;
    assert_int_equal(dlt_snapshot_create(&snapshot), DLT_OK);
    for (int i = 0; i < COUNT; i++) {
        char name[16];
        snprintf(name, sizeof name, "v%d", i);
        assert_int_equal(
            dlt_snapshot_add(snapshot, DLT_H5_F32, &pair, values + 2 * i, "/params/n%d/w", i),
            DLT_OK);
        assert_int_equal(dlt_snapshot_set_int(snapshot, name, i), DLT_OK);
    }
    assert_ptr_equal(dlt_snapshot_find(snapshot, "/params/n71/w")->data, values + 142);
    assert_null(dlt_snapshot_find(snapshot, "/params/n100/w"));
    assert_int_equal(dlt_snapshot_bytes(snapshot), sizeof values);
    dlt_snapshot_destroy(&snapshot);
}

int main(void) {
#define ROW(name) cmocka_unit_test_setup_teardown(name, set_up, tear_down)
    const struct CMUnitTest tests[] = {
        ROW(checkpoint_snapshot_set_replaces_an_earlier_value),
        ROW(checkpoint_snapshot_get_explains_what_is_not_there),
        ROW(checkpoint_snapshot_add_refuses_names_that_no_reader_finds),
        ROW(checkpoint_snapshot_grows_beyond_its_first_room),
    };
#undef ROW
    return cmocka_run_group_tests_name("checkpoint_snapshot", tests, NULL, NULL);
}
