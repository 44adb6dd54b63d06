#include "engine/precision.h"

#include "base/alloc.h"
#include "dltrain/kernels_info.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

static void train_precision_measure_has_bf16_where_the_table_is(void **state) {
    (void)state;
    dlt_kernels kernels;
    dlt_precision_rates rates;
    int64_t balance = dlt_alloc_balance();
    assert_int_equal(dlt_kernels_threads("onednn", 1), DLT_OK);
    bool has_bf16 = dlt_kernels_select("onednn-bf16", &kernels) == DLT_OK;
    assert_int_equal(dlt_precision_measure(&rates), DLT_OK);
    assert_true(rates.fp32 > 0);
    assert_int_equal(rates.bf16 > 0, has_bf16);
    assert_int_equal(dlt_alloc_balance(), balance);
}

static void train_precision_measure_survives_each_failed_allocation(void **state) {
    (void)state;
    int64_t balance = dlt_alloc_balance();
    dlt_status status = DLT_ERR_MEM;
    for (int64_t nth = 1; status != DLT_OK; nth++) {
        dlt_precision_rates rates;
        dlt_alloc_fail_at(nth);
        status = dlt_precision_measure(&rates);
        dlt_alloc_fail_at(0);
        assert_true(status == DLT_OK || status == DLT_ERR_MEM);
        assert_int_equal(dlt_alloc_balance(), balance);
    }
}

static void train_precision_pays_from_half_as_much_again(void **state) {
    (void)state;
    assert_true(dlt_precision_pays(&(dlt_precision_rates){.fp32 = 100, .bf16 = 150}));
    assert_false(dlt_precision_pays(&(dlt_precision_rates){.fp32 = 100, .bf16 = 149}));
    assert_false(dlt_precision_pays(&(dlt_precision_rates){.fp32 = 100}));
}

static void train_precision_of_tells_tables_apart(void **state) {
    (void)state;
    assert_string_equal(dlt_precision_of(&(dlt_kernels){.name = "onednn"}), "fp32");
    assert_string_equal(dlt_precision_of(&(dlt_kernels){.name = "onednn-bf16"}), "bf16");
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(train_precision_measure_has_bf16_where_the_table_is),
        cmocka_unit_test(train_precision_measure_survives_each_failed_allocation),
        cmocka_unit_test(train_precision_pays_from_half_as_much_again),
        cmocka_unit_test(train_precision_of_tells_tables_apart),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
