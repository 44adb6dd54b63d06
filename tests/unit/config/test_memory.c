#include "fixture.h"

#include <stdio.h>

static const char document[] = "name: 'a b'\n"
                               "train: {epochs: 2, clip: 1}\n"
                               "mean: [1, 2]\n"
                               "model:\n"
                               "  - conv2d: {filters: 8, name: c}\n"
                               "  - relu\n";

/* All that a program does with a run file; every failure must be MEM and nothing else. */
static dlt_status use_config(const char *text_of_run) {
    const char *const overrides[] = {"model.0.conv2d.kernel=5", "optimizer.sgd.lr=0.1"};
    dlt_config *config = NULL;
    run_settings run;
    dlt_selection selection;
    dlt_status status;
    dlt_text text = DLT_TEXT_EMPTY;
    DLT_TRY_OUT(dlt_config_parse(text_of_run, "run.yaml", overrides, 2, &config));
    DLT_TRY_OUT(dlt_config_read(config, run_keys, &run));
    DLT_TRY_OUT(dlt_config_choose(config, "conv2d: 8", layers, &selection));
    dlt_config_print(run_keys, &run, 0, &text);
    dlt_config_help_key("model", &run_keys[6], 80, &text);
    DLT_TRY_OUT(dlt_text_check(&text));
out:
    dlt_text_destroy(&text);
    dlt_config_destroy(&config);
    return status;
}

static void sweep(const char *text_of_run) {
    int64_t made = dlt_alloc_made();
    assert_int_equal(use_config(text_of_run), DLT_OK);
    made = dlt_alloc_made() - made;
    assert_true(made > 0);
    for (int64_t nth = 1; nth <= made; nth++) {
        dlt_alloc_fail_at(nth);
        assert_int_equal(use_config(text_of_run), DLT_ERR_MEM);
        dlt_alloc_fail_at(0);
        assert_int_equal(dlt_alloc_balance(), 0);
    }
}

/* A configuration takes its memory in blocks; a name of growing length moves the end of the first
 * block over everything that is read after it. */
static void config_reports_every_failing_allocation_and_leaks_nothing(void **state) {
    (void)state;
    char text[1 << 15];
    for (int padding = 0; padding < 16384; padding += 61) {
        snprintf(text, sizeof text, "name: %0*d\n%s", padding + 1, 0, strchr(document, '\n') + 1);
        sweep(text);
    }
}

static void config_destroy_takes_null(void **state) {
    (void)state;
    dlt_config *config = NULL;
    dlt_config_destroy(&config);
    assert_null(config);
}

static void config_survives_every_truncation_of_a_document(void **state) {
    (void)state;
    for (size_t bytes = 0; bytes < sizeof document; bytes++) {
        char text[sizeof document];
        memcpy(text, document, bytes);
        text[bytes] = '\0';
        dlt_config *config;
        run_settings run;
        dlt_status status = read_run(text, &config, &run);
        assert_true(status == DLT_OK || status == DLT_ERR_CONFIG);
        dlt_config_destroy(&config);
        assert_int_equal(dlt_alloc_balance(), 0);
    }
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(config_reports_every_failing_allocation_and_leaks_nothing),
        cmocka_unit_test(config_destroy_takes_null),
        cmocka_unit_test(config_survives_every_truncation_of_a_document),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
