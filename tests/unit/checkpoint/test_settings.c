#include "checkpoint/settings.h"

#include "config/config.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <string.h>

#include <cmocka.h>

static dlt_status read_settings(const char *text, dlt_checkpoint_settings *out) {
    dlt_config *config = NULL;
    dlt_status status = dlt_config_parse(text, "run.yaml", NULL, 0, &config);
    if (status == DLT_OK)
        status = dlt_config_read(config, dlt_checkpoint_keys, out);
    dlt_config_destroy(&config);
    return status;
}

static void checkpoint_settings_keep_two_generations_by_epoch(void **state) {
    (void)state;
    dlt_checkpoint_settings settings = {0};
    assert_int_equal(read_settings("{}", &settings), DLT_OK);
    assert_int_equal(settings.every_steps, 0);
    assert_int_equal(settings.every_epochs, 1);
    assert_true(settings.every_minutes == 0);
    assert_true(settings.overhead == 0.01);
    assert_true(settings.async);
    assert_int_equal(settings.keep, 2);
    assert_true(settings.best);
}

static void checkpoint_settings_refuse_to_keep_none(void **state) {
    (void)state;
    dlt_checkpoint_settings settings = {0};
    assert_int_equal(read_settings("keep: 0", &settings), DLT_ERR_CONFIG);
    assert_non_null(strstr(dlt_error_message(), "run.yaml:1:"));
    assert_non_null(strstr(dlt_error_message(), "keep"));
}

static void checkpoint_settings_are_no_part_of_the_identity(void **state) {
    (void)state;
    dlt_checkpoint_settings usual = {0};
    dlt_checkpoint_settings other = {0};
    assert_int_equal(read_settings("{}", &usual), DLT_OK);
    assert_int_equal(read_settings("{every_steps: 7, every_epochs: 0, every_minutes: 2.5, keep: 9, "
                                   "best: false, async: false, overhead: null}",
                                   &other),
                     DLT_OK);
    assert_int_equal(other.every_steps, 7);
    assert_true(dlt_config_hash(1, dlt_checkpoint_keys, &usual) ==
                dlt_config_hash(1, dlt_checkpoint_keys, &other));
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(checkpoint_settings_keep_two_generations_by_epoch),
        cmocka_unit_test(checkpoint_settings_refuse_to_keep_none),
        cmocka_unit_test(checkpoint_settings_are_no_part_of_the_identity),
    };
    return cmocka_run_group_tests_name("checkpoint_settings", tests, NULL, NULL);
}
