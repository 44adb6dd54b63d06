#include "report/metrics_log.h"

#include "base/alloc.h"
#include "support/scratch.h"

#include <math.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>

#include <cmocka.h>

static struct {
    scratch files;
    int64_t balance;
} it;

static int set_up(void **state) {
    (void)state;
    it.balance = dlt_alloc_balance();
    return scratch_make(&it.files);
}

static int tear_down(void **state) {
    (void)state;
    return scratch_remove(&it.files) != 0 || dlt_alloc_balance() != it.balance;
}

static void expect_content(const char *path, const char *expected) {
    char content[4096];
    FILE *file = fopen(path, "r");
    assert_non_null(file);
    content[fread(content, 1, sizeof content - 1, file)] = '\0';
    fclose(file);
    assert_string_equal(content, expected);
}

static dlt_status append_step(dlt_metrics_log *log, int64_t step) {
    dlt_record record = DLT_RECORD_EMPTY;
    dlt_record_int(&record, "step", step);
    dlt_status status = dlt_metrics_log_append(log, &record);
    dlt_record_destroy(&record);
    return status;
}

static void report_metrics_log_append_writes_one_line_at_once(void **state) {
    (void)state;
    const char *path = scratch_path(&it.files, "metrics.jsonl");
    dlt_metrics_log *log = NULL;
    dlt_record record = DLT_RECORD_EMPTY;
    assert_int_equal(dlt_metrics_log_open(path, -1, &log), DLT_OK);
    dlt_record_int(&record, "step", 50);
    dlt_record_real(&record, "loss", 0.125);
    dlt_record_real(&record, "lr", NAN);
    dlt_record_text(&record, "note", "a \"quoted\"\nline");
    dlt_record_text(&record, "none", NULL);
    dlt_record_bool(&record, "best", true);
    dlt_record_raw(&record, "counts", "[1, 2]");
    assert_int_equal(dlt_metrics_log_append(log, &record), DLT_OK);
    expect_content(path, "{\"step\": 50, \"loss\": 0.125, \"lr\": null, "
                         "\"note\": \"a \\\"quoted\\\"\\u000aline\", \"none\": null, "
                         "\"best\": true, \"counts\": [1, 2]}\n");
    dlt_record_destroy(&record);
    dlt_metrics_log_close(&log);
}

static void report_metrics_log_append_again_allocates_nothing(void **state) {
    (void)state;
    dlt_metrics_log *log = NULL;
    dlt_record record = DLT_RECORD_EMPTY;
    assert_int_equal(dlt_metrics_log_open(scratch_path(&it.files, "m"), -1, &log), DLT_OK);
    int64_t made = 0;
    for (int64_t step = 0; step < 3; step++) {
        dlt_record_clear(&record);
        dlt_record_int(&record, "step", step);
        assert_int_equal(dlt_metrics_log_append(log, &record), DLT_OK);
        if (step == 0)
            made = dlt_alloc_made();
    }
    assert_int_equal(dlt_alloc_made(), made);
    dlt_record_destroy(&record);
    dlt_metrics_log_close(&log);
}

static void report_metrics_log_open_drops_what_is_behind_the_resumed_step(void **state) {
    (void)state;
    static const char before[] = "{\"step\": 50, \"loss\": 1}\n"
                                 "{\"note\": \"\\\"step\\\": 900\", \"in\": {\"step\": 901}, "
                                 "\"step\": 100}\n"
                                 "{\"event\": \"begin\"}\n"
                                 "{\"step\": 150, \"loss\": 0.5}\n"
                                 "{\"step\": 20";
    const char *path = scratch_path(&it.files, "metrics.jsonl");
    dlt_metrics_log *log = NULL;
    scratch_write(path, before, sizeof before - 1);
    assert_int_equal(dlt_metrics_log_open(path, 100, &log), DLT_OK);
    assert_int_equal(append_step(log, 101), DLT_OK);
    dlt_metrics_log_close(&log);
    expect_content(path, "{\"step\": 50, \"loss\": 1}\n"
                         "{\"note\": \"\\\"step\\\": 900\", \"in\": {\"step\": 901}, "
                         "\"step\": 100}\n"
                         "{\"event\": \"begin\"}\n"
                         "{\"step\": 101}\n");
    assert_int_equal(scratch_count(&it.files), 1);
}

static void report_metrics_log_open_resumes_without_a_file(void **state) {
    (void)state;
    const char *path = scratch_path(&it.files, "metrics.jsonl");
    dlt_metrics_log *log = NULL;
    assert_int_equal(dlt_metrics_log_open(path, 7, &log), DLT_OK);
    assert_int_equal(append_step(log, 8), DLT_OK);
    dlt_metrics_log_close(&log);
    expect_content(path, "{\"step\": 8}\n");
}

static void report_metrics_log_open_anew_empties_the_file(void **state) {
    (void)state;
    const char *path = scratch_path(&it.files, "metrics.jsonl");
    dlt_metrics_log *log = NULL;
    scratch_write(path, "old\n", 4);
    assert_int_equal(dlt_metrics_log_open(path, -1, &log), DLT_OK);
    dlt_metrics_log_close(&log);
    expect_content(path, "");
}

static void report_metrics_log_append_reports_a_full_disk(void **state) {
    (void)state;
    dlt_metrics_log *log = NULL;
    assert_int_equal(dlt_metrics_log_open("/dev/full", -1, &log), DLT_OK);
    assert_int_equal(append_step(log, 1), DLT_ERR_IO);
    assert_string_equal(dlt_error_message(), "cannot write /dev/full: No space left on device");
    dlt_metrics_log_close(&log);
}

static void report_metrics_log_open_names_a_missing_directory(void **state) {
    (void)state;
    dlt_metrics_log *log = NULL;
    assert_int_equal(dlt_metrics_log_open(scratch_path(&it.files, "no/m.jsonl"), -1, &log),
                     DLT_ERR_IO);
    assert_non_null(strstr(dlt_error_message(), "no/m.jsonl: No such file or directory"));
    assert_null(log);
}

static void report_record_write_file_has_one_key_per_line(void **state) {
    (void)state;
    const char *path = scratch_path(&it.files, "summary.json");
    dlt_record record = DLT_RECORD_EMPTY;
    dlt_record_int(&record, "ranks", 4);
    dlt_record_text(&record, "stop_reason", "epochs");
    assert_int_equal(dlt_record_write_file(path, &record), DLT_OK);
    expect_content(path, "{\n  \"ranks\": 4,\n  \"stop_reason\": \"epochs\"\n}\n");
    assert_int_equal(scratch_count(&it.files), 1);
    dlt_record_destroy(&record);
}

static void report_record_write_file_leaves_no_temporary_on_failure(void **state) {
    (void)state;
    const char *path = scratch_path(&it.files, "summary.json");
    dlt_record record = DLT_RECORD_EMPTY;
    assert_int_equal(mkdir(path, 0700), 0);
    dlt_record_int(&record, "ranks", 4);
    assert_int_equal(dlt_record_write_file(path, &record), DLT_ERR_IO);
    assert_non_null(strstr(dlt_error_message(), "summary.json: Is a directory"));
    assert_int_equal(scratch_count(&it.files), 1);
    dlt_record_destroy(&record);
}

static void report_record_with_too_many_fields_is_refused(void **state) {
    (void)state;
    dlt_record record = DLT_RECORD_EMPTY;
    for (int i = 0; i <= DLT_RECORD_FIELDS_MAX; i++)
        dlt_record_int(&record, "key", i);
    assert_int_equal(dlt_record_write_file(scratch_path(&it.files, "s"), &record),
                     DLT_ERR_INTERNAL);
    assert_int_equal(scratch_count(&it.files), 0);
    dlt_record_destroy(&record);
}

static dlt_status resume_and_append(const char *path) {
    dlt_metrics_log *log = NULL;
    dlt_status status = dlt_metrics_log_open(path, 1, &log);
    if (status == DLT_OK)
        status = append_step(log, 2);
    dlt_metrics_log_close(&log);
    return status;
}

static void report_metrics_log_survives_each_failing_allocation(void **state) {
    (void)state;
    const char *path = scratch_path(&it.files, "metrics.jsonl");
    dlt_status status = DLT_ERR_MEM;
    int failures = 0;
    for (int64_t nth = 1; status != DLT_OK; nth++) {
        scratch_write(path, "{\"step\": 1}\n{\"step\": 9}\n", 24);
        dlt_alloc_fail_at(nth);
        status = resume_and_append(path);
        dlt_alloc_fail_at(0);
        assert_true(status == DLT_OK || status == DLT_ERR_MEM);
        assert_int_equal(dlt_alloc_balance(), it.balance);
        assert_int_equal(scratch_count(&it.files), 1);
        failures += status != DLT_OK;
    }
    assert_true(failures >= 6);
    expect_content(path, "{\"step\": 1}\n{\"step\": 2}\n");
}

int main(void) {
#define ROW(name) cmocka_unit_test_setup_teardown(name, set_up, tear_down)
    const struct CMUnitTest tests[] = {
        ROW(report_metrics_log_append_writes_one_line_at_once),
        ROW(report_metrics_log_append_again_allocates_nothing),
        ROW(report_metrics_log_open_drops_what_is_behind_the_resumed_step),
        ROW(report_metrics_log_open_resumes_without_a_file),
        ROW(report_metrics_log_open_anew_empties_the_file),
        ROW(report_metrics_log_append_reports_a_full_disk),
        ROW(report_metrics_log_open_names_a_missing_directory),
        ROW(report_record_write_file_has_one_key_per_line),
        ROW(report_record_write_file_leaves_no_temporary_on_failure),
        ROW(report_record_with_too_many_fields_is_refused),
        ROW(report_metrics_log_survives_each_failing_allocation),
    };
#undef ROW
    return cmocka_run_group_tests_name("report_metrics_log", tests, NULL, NULL);
}
