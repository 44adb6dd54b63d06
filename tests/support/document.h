/* The document of a run file for unit tests, read from its text. For use with cmocka. */
#ifndef DLT_TESTS_DOCUMENT_H
#define DLT_TESTS_DOCUMENT_H

#include "base/error.h"
#include "config/config.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

/* The document with one override, "KEY=VALUE", unless that is NULL; the test fails with the
 * sentence of the parser. The caller destroys it. */
static inline dlt_config *document_with(const char *text, const char *override_text) {
    dlt_config *config = NULL;
    if (dlt_config_parse(text, "run.yaml", &override_text, override_text != NULL, &config) !=
        DLT_OK)
        fail_msg("%s", dlt_error_message());
    return config;
}

static inline dlt_config *document_of(const char *text) {
    return document_with(text, NULL);
}

/* One entry of a registry by its text; it lives as long as the document. */
static inline dlt_selection document_choose(dlt_config *config, const char *text,
                                            const dlt_registry_entry *const *registry) {
    dlt_selection selection = {0};
    if (dlt_config_choose(config, text, registry, &selection) != DLT_OK)
        fail_msg("%s", dlt_error_message());
    return selection;
}

#endif
