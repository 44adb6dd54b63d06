/* The walks over self-tests find nothing wrong with the library's own entries, in its floats. */
#include "base/alloc.h"
#include "base/error.h"
#include "tools/selftest.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdio.h>

#include <cmocka.h>

static void walk(const char *kind, const dlt_registry_entry *const *registry,
                 dlt_selftest_walk *walk_entry) {
    const int64_t balance = dlt_alloc_balance();
    dlt_selftest run = {.kind = kind, .registry = registry, .out = stdout};
    assert_int_equal(dlt_kernels_select("ref", &run.kernels), DLT_OK);
    for (int i = 0; registry[i] != NULL; i++) {
        run.entry = registry[i];
        assert_int_equal(dlt_config_parse("{}", "self-test", NULL, 0, &run.config), DLT_OK);
        assert_int_equal(walk_entry(&run), DLT_OK);
        dlt_config_destroy(&run.config);
    }
    assert_int_equal(run.failures, 0);
    assert_true(run.count > 0);
    assert_int_equal(dlt_alloc_balance(), balance);
}

static void selftest_layer_passes_all_layers(void **state) {
    (void)state;
    walk("layer", dlt_layers, dlt_selftest_layer);
}

static void selftest_loss_passes_all_losses(void **state) {
    (void)state;
    walk("loss", dlt_losses, dlt_selftest_loss);
}

static void selftests_of_rules_pass(void **state) {
    (void)state;
    walk("optimizer", dlt_optimizers, dlt_selftest_optimizer);
    walk("schedule", dlt_schedules, dlt_selftest_schedule);
    walk("metric", dlt_metrics, dlt_selftest_metric);
    walk("transform", dlt_transforms, dlt_selftest_transform);
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(selftest_layer_passes_all_layers),
        cmocka_unit_test(selftest_loss_passes_all_losses),
        cmocka_unit_test(selftests_of_rules_pass),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
