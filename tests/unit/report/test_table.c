#include "report/table.h"

#include "base/alloc.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>

static const dlt_table_column columns[] = {{"name", DLT_LEFT}, {"count", DLT_RIGHT}};

static dlt_table *make_table(void) {
    dlt_table *table = NULL;
    assert_int_equal(dlt_table_create(columns, 2, &table), DLT_OK);
    return table;
}

static void expect_printed(const dlt_table *table, int indent, const char *expected) {
    char printed[512] = "";
    FILE *out = fmemopen(printed, sizeof printed, "w");
    assert_int_equal(dlt_table_print(table, indent, out), DLT_OK);
    fclose(out);
    assert_string_equal(printed, expected);
}

static void report_table_print_aligns_columns(void **state) {
    (void)state;
    dlt_table *table = make_table();
    dlt_table_cell(table, "a/weight");
    dlt_table_cell(table, "%d", 7);
    dlt_table_cell(table, "b");
    dlt_table_cell(table, "123,456");
    expect_printed(table, 1,
                   " name        count\n"
                   " -----------------\n"
                   " a/weight        7\n"
                   " b         123,456\n");
    dlt_table_destroy(&table);
    assert_null(table);
}

static void report_table_print_counts_code_points_as_columns(void **state) {
    (void)state;
    dlt_table *table = make_table();
    dlt_table_cell(table, "größe");
    dlt_table_cell(table, "1");
    dlt_table_cell(table, "ab");
    dlt_table_cell(table, "2");
    expect_printed(table, 0,
                   "name   count\n"
                   "------------\n"
                   "größe      1\n"
                   "ab         2\n");
    dlt_table_destroy(&table);
}

static void report_table_print_ends_a_row_that_is_not_full(void **state) {
    (void)state;
    dlt_table *table = make_table();
    dlt_table_cell(table, "x");
    expect_printed(table, 0, "name  count\n-----------\nx\n");
    dlt_table_destroy(&table);
}

static void report_table_survives_each_failing_allocation(void **state) {
    (void)state;
    int64_t balance = dlt_alloc_balance();
    dlt_status status = DLT_ERR_MEM;
    int failures = 0;
    for (int64_t nth = 1; status != DLT_OK; nth++) {
        char printed[128];
        dlt_table *table = NULL;
        FILE *out = fmemopen(printed, sizeof printed, "w");
        dlt_alloc_fail_at(nth);
        status = dlt_table_create(columns, 2, &table);
        if (status == DLT_OK) {
            dlt_table_cell(table, "cell");
            status = dlt_table_print(table, 0, out);
        }
        dlt_alloc_fail_at(0);
        fclose(out);
        dlt_table_destroy(&table);
        assert_true(status == DLT_OK || status == DLT_ERR_MEM);
        assert_int_equal(dlt_alloc_balance(), balance);
        failures += status != DLT_OK;
    }
    assert_int_equal(failures, 2);
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(report_table_print_aligns_columns),
        cmocka_unit_test(report_table_print_counts_code_points_as_columns),
        cmocka_unit_test(report_table_print_ends_a_row_that_is_not_full),
        cmocka_unit_test(report_table_survives_each_failing_allocation),
    };
    return cmocka_run_group_tests_name("report_table", tests, NULL, NULL);
}
