/* Every row of every registry is complete: documented, unique, with its required operations and
 * with at least one self-test, so that an untested or undocumented algorithm cannot exist. */
#include "dltrain/extend/initializer.h"
#include "dltrain/extend/layer.h"
#include "dltrain/extend/loss.h"
#include "dltrain/extend/metric.h"
#include "dltrain/extend/optimizer.h"
#include "dltrain/extend/schedule.h"
#include "dltrain/extend/transform.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>

static bool is_sentence(const char *text) {
    return text != NULL && strlen(text) > 1 && text[strlen(text) - 1] == '.';
}

static bool is_name(const char *text) {
    return text != NULL && text[0] != '\0' &&
           strspn(text, "abcdefghijklmnopqrstuvwxyz0123456789_") == strlen(text);
}

static void check_keys(const char *owner, const dlt_key *keys) {
    for (const dlt_key *key = keys; key != NULL && key->name != NULL; key++) {
        if (!is_name(key->name))
            fail_msg("%s has a key named '%s'", owner, key->name);
        if (!is_sentence(key->help))
            fail_msg("the help of %s.%s is not a sentence", owner, key->name);
        if (key->type == DLT_KEY_ENUM && key->enum_names == NULL)
            fail_msg("%s.%s has no words to choose from", owner, key->name);
        for (const dlt_key *other = keys; other < key; other++) {
            if (strcmp(other->name, key->name) == 0)
                fail_msg("%s has the key '%s' twice", owner, key->name);
        }
    }
}

static void check_registry(const dlt_registry_entry *const *registry) {
    assert_non_null(registry[0]);
    for (const dlt_registry_entry *const *row = registry; *row != NULL; row++) {
        const dlt_registry_entry *entry = *row;
        if (!is_name(entry->name))
            fail_msg("a row is named '%s'", entry->name);
        if (!is_sentence(entry->summary))
            fail_msg("the summary of %s is not a sentence", entry->name);
        if (entry->keys != NULL && entry->settings_size == 0)
            fail_msg("%s has keys but no settings_size", entry->name);
        check_keys(entry->name, entry->keys);
        for (const dlt_registry_entry *const *other = registry; other < row; other++) {
            if (strcmp((*other)->name, entry->name) == 0)
                fail_msg("'%s' stands in its registry twice", entry->name);
        }
    }
}

static void check_complete(const dlt_registry_entry *entry, bool has_optim_states,
                           int selftest_count) {
    if (!has_optim_states)
        fail_msg("%s lacks a required function", entry->name);
    if (selftest_count < 1)
        fail_msg("%s has no self-test", entry->name);
}

static void registry_layers_are_complete(void **state) {
    (void)state;
    check_registry(dlt_layers);
    for (const dlt_registry_entry *const *row = dlt_layers; *row != NULL; row++) {
        const dlt_layer_ops *ops = (const dlt_layer_ops *)*row;
        if (ops->expand != NULL) /* a composite, which tests/unit/model expands */
            continue;
        check_complete(*row, ops->infer != NULL && ops->forward != NULL && ops->backward != NULL,
                       ops->selftest_count);
    }
}

static void registry_initializers_are_complete(void **state) {
    (void)state;
    check_registry(dlt_initializers);
    for (const dlt_registry_entry *const *row = dlt_initializers; *row != NULL; row++)
        assert_true(((const dlt_initializer_ops *)*row)->fill != NULL);
}

static void registry_losses_are_complete(void **state) {
    (void)state;
    check_registry(dlt_losses);
    for (const dlt_registry_entry *const *row = dlt_losses; *row != NULL; row++) {
        const dlt_loss_ops *ops = (const dlt_loss_ops *)*row;
        check_complete(*row, ops->compute != NULL && ops->default_metrics != NULL,
                       ops->selftest_count);
    }
}

static void registry_optimizers_are_complete(void **state) {
    (void)state;
    check_registry(dlt_optimizers);
    for (const dlt_registry_entry *const *row = dlt_optimizers; *row != NULL; row++) {
        const dlt_optimizer_ops *ops = (const dlt_optimizer_ops *)*row;
        check_complete(*row,
                       ops->states != NULL && ops->lr != NULL && ops->weight_decay != NULL &&
                           ops->step != NULL,
                       ops->selftest_count);
    }
}

static void registry_schedules_are_complete(void **state) {
    (void)state;
    check_registry(dlt_schedules);
    for (const dlt_registry_entry *const *row = dlt_schedules; *row != NULL; row++) {
        const dlt_schedule_ops *ops = (const dlt_schedule_ops *)*row;
        check_complete(*row, ops->factor != NULL, ops->selftest_count);
    }
}

static void registry_metrics_are_complete(void **state) {
    (void)state;
    check_registry(dlt_metrics);
    for (const dlt_registry_entry *const *row = dlt_metrics; *row != NULL; row++) {
        const dlt_metric_ops *ops = (const dlt_metric_ops *)*row;
        check_complete(*row, ops->sums != NULL && ops->accumulate != NULL && ops->finish != NULL,
                       ops->selftest_count);
    }
}

static void registry_transforms_are_complete(void **state) {
    (void)state;
    check_registry(dlt_transforms);
    for (const dlt_registry_entry *const *row = dlt_transforms; *row != NULL; row++) {
        const dlt_transform_ops *ops = (const dlt_transform_ops *)*row;
        check_complete(*row, ops->apply != NULL, ops->selftest_count);
    }
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(registry_layers_are_complete),
        cmocka_unit_test(registry_initializers_are_complete),
        cmocka_unit_test(registry_losses_are_complete),
        cmocka_unit_test(registry_optimizers_are_complete),
        cmocka_unit_test(registry_schedules_are_complete),
        cmocka_unit_test(registry_metrics_are_complete),
        cmocka_unit_test(registry_transforms_are_complete),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
