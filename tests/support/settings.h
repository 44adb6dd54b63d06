/* Settings for a test, read from YAML text as in a run file; freed and checked for leaks in the
 * tear-down. For use with cmocka. */
#ifndef DLT_TESTS_SETTINGS_H
#define DLT_TESTS_SETTINGS_H

#include "base/alloc.h"
#include "support/document.h"

typedef struct settings_fixture {
    int64_t balance;
    dlt_config *config;
} settings_fixture;

static settings_fixture settings_it;

static inline int settings_set_up(void **state) {
    (void)state;
    settings_it.balance = dlt_alloc_balance();
    settings_it.config = document_of("{}");
    return 0;
}

static inline int settings_tear_down(void **state) {
    (void)state;
    dlt_config_destroy(&settings_it.config);
    return dlt_alloc_balance() != settings_it.balance;
}

/* One item of a registry with its settings; valid until the tear-down. */
static inline dlt_selection settings_choose(const dlt_registry_entry *const *registry,
                                            const char *text) {
    return document_choose(settings_it.config, text, registry);
}

#define settings_test(function)                                                                    \
    cmocka_unit_test_setup_teardown(function, settings_set_up, settings_tear_down)

#endif
