#include "report/progress.h"

#include "report/format.h"
#include "report/progress_internal.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <string.h>

#include <cmocka.h>

/* 2000 of 8000 samples in four seconds: 500 samples/s, 12 s left. */
static dlt_progress make_quarter(void) {
    dlt_progress progress = {.label = "epoch 1/5", .unit = "samples", .total = 8000, .done = 2000};
    progress.began_s = 100;
    strcpy(progress.text, "loss 0.5");
    return progress;
}

static void report_progress_line_shows_all_parts(void **state) {
    (void)state;
    char line[DLT_PROGRESS_LINE_BYTES];
    dlt_progress progress = make_quarter();
    dlt_progress_line(&progress, 104, 80, false, line);
    assert_string_equal(line, "epoch 1/5  [#####................]   25 %  loss 0.5  500 samples/s  "
                              "12.0 s left");
}

static void report_progress_line_fills_cells_by_eighths(void **state) {
    (void)state;
    char line[DLT_PROGRESS_LINE_BYTES];
    dlt_progress progress = {.label = "a", .unit = "rows", .total = 64, .done = 11};
    dlt_progress_line(&progress, 0, 21, true, line);
    assert_string_equal(line, "a  ▕█▍      ▏   17 %");
}

static void report_progress_line_counts_the_phases_that_follow(void **state) {
    (void)state;
    char line[DLT_PROGRESS_LINE_BYTES];
    dlt_progress progress = make_quarter();
    dlt_progress_follow(&progress, 4, 0);
    dlt_progress_line(&progress, 104, 120, false, line);
    assert_non_null(strstr(line, "  12.0 s left, 1 min 16 s in all"));
    dlt_progress_follow(&progress, 4, 20);
    dlt_progress_line(&progress, 104, 120, false, line);
    assert_non_null(strstr(line, "  12.0 s left, 1 min 32 s in all"));
    dlt_progress_line(&progress, 104, 60, false, line);
    assert_string_equal(line, "epoch 1/5  [###.........]   25 %  loss 0.5  1 min 32 s left");
}

static void report_progress_line_keeps_the_bar_before_the_rate(void **state) {
    (void)state;
    char line[DLT_PROGRESS_LINE_BYTES];
    dlt_progress progress = make_quarter();
    strcpy(progress.text, "loss 0.5123  accuracy 0.8123");
    for (int width = 30; width <= 200; width++) {
        dlt_progress_line(&progress, 104, width, false, line);
        assert_non_null(strstr(line, "[##"));
        assert_int_equal(strstr(line, "loss") != NULL, width >= 42);
        assert_int_equal(strstr(line, "s left") != NULL, width >= 55);
        assert_int_equal(strstr(line, "accuracy") != NULL, width >= 72);
        assert_int_equal(strstr(line, "samples/s") != NULL, width >= 87);
    }
}

static void report_progress_line_leaves_out_what_does_not_fit(void **state) {
    (void)state;
    char line[DLT_PROGRESS_LINE_BYTES];
    dlt_progress progress = make_quarter();
    dlt_progress_line(&progress, 104, 28, false, line);
    assert_string_equal(line, "epoch 1/5   25 %  loss 0.5");
    dlt_progress_line(&progress, 104, 6, false, line);
    assert_string_equal(line, "epoch");
}

static void report_progress_line_never_fills_the_last_column(void **state) {
    (void)state;
    char line[DLT_PROGRESS_LINE_BYTES];
    dlt_progress progress = make_quarter();
    for (int width = 1; width < 300; width++)
        for (int unicode = 0; unicode < 2; unicode++) {
            dlt_progress_line(&progress, 104, width, unicode != 0, line);
            assert_true(dlt_report_columns(line) < (size_t)width);
        }
}

static void report_progress_line_rates_only_what_was_done_here(void **state) {
    (void)state;
    char line[DLT_PROGRESS_LINE_BYTES];
    dlt_progress progress = make_quarter();
    dlt_progress_skip(&progress, 1000);
    progress.done = 2000;
    dlt_progress_line(&progress, 104, 100, false, line);
    assert_non_null(strstr(line, "250 samples/s  24.0 s left"));
}

static void report_progress_line_of_an_empty_phase_is_finished(void **state) {
    (void)state;
    char line[DLT_PROGRESS_LINE_BYTES];
    dlt_progress progress = {.label = "a", .unit = "rows"};
    dlt_progress_line(&progress, 1, 12, false, line);
    assert_string_equal(line, "a  100 %");
}

static void run_phase(FILE *out, bool is_terminal, double age_s, const char *line) {
    dlt_progress progress;
    dlt_progress_begin(&progress, "epoch 1/5", 100, "samples", out, is_terminal);
    progress.began_s -= age_s;
    progress.shown_s -= age_s;
    dlt_progress_update(&progress, 50, "loss 0.5");
    dlt_progress_update(&progress, 51, NULL);
    dlt_progress_end(&progress, line);
}

static void expect_phase(bool is_terminal, double age_s, const char *line, const char *expected) {
    char printed[1024] = "";
    FILE *out = fmemopen(printed, sizeof printed, "w");
    run_phase(out, is_terminal, age_s, line);
    fclose(out);
    assert_string_equal(printed, expected);
}

static void report_progress_off_a_terminal_prints_only_the_end_of_a_short_phase(void **state) {
    (void)state;
    expect_phase(false, 9, NULL, "");
    expect_phase(false, 9, "epoch 1/5 done", "epoch 1/5 done\n");
}

static void report_progress_off_a_terminal_prints_a_plain_line_in_a_long_phase(void **state) {
    (void)state;
    expect_phase(false, 8000, NULL,
                 "epoch 1/5   50 %  loss 0.5  0.01 samples/s  2 h 13 min left\n");
}

static void report_progress_on_a_terminal_replaces_the_bar_by_the_last_line(void **state) {
    (void)state;
    char printed[1024] = "";
    FILE *out = fmemopen(printed, sizeof printed, "w");
    run_phase(out, true, 25, "epoch 1/5 done");
    fclose(out);
    static const char ending[] = "  \repoch 1/5 done\n";
    assert_memory_equal(printed, "\repoch 1/5  ", 12);
    assert_null(strchr(printed, '\x1b'));
    assert_string_equal(printed + strlen(printed) - (sizeof ending - 1), ending);
}

static void report_progress_without_a_file_shows_nothing(void **state) {
    (void)state;
    run_phase(NULL, true, 25, "line");
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(report_progress_line_shows_all_parts),
        cmocka_unit_test(report_progress_line_fills_cells_by_eighths),
        cmocka_unit_test(report_progress_line_counts_the_phases_that_follow),
        cmocka_unit_test(report_progress_line_keeps_the_bar_before_the_rate),
        cmocka_unit_test(report_progress_line_leaves_out_what_does_not_fit),
        cmocka_unit_test(report_progress_line_never_fills_the_last_column),
        cmocka_unit_test(report_progress_line_rates_only_what_was_done_here),
        cmocka_unit_test(report_progress_line_of_an_empty_phase_is_finished),
        cmocka_unit_test(report_progress_off_a_terminal_prints_only_the_end_of_a_short_phase),
        cmocka_unit_test(report_progress_off_a_terminal_prints_a_plain_line_in_a_long_phase),
        cmocka_unit_test(report_progress_on_a_terminal_replaces_the_bar_by_the_last_line),
        cmocka_unit_test(report_progress_without_a_file_shows_nothing),
    };
    return cmocka_run_group_tests_name("report_progress", tests, NULL, NULL);
}
