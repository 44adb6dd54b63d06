#include "optim/regularize.h"
#include "support/settings.h"

#include <string.h>

static const dlt_optimizer_ops *ops_of(const dlt_selection *optimizer) {
    return (const dlt_optimizer_ops *)optimizer->kind;
}

static void optim_sgd_check_refuses_nesterov_without_momentum(void **state) {
    (void)state;
    dlt_selection optimizer = settings_choose(dlt_optimizers, "sgd: {nesterov: true}");
    assert_int_equal(ops_of(&optimizer)->check(&optimizer), DLT_ERR_CONFIG);
    assert_non_null(strstr(dlt_error_message(), "nesterov needs momentum"));
}

static void optim_sgd_check_refuses_nesterov_with_dampening(void **state) {
    (void)state;
    dlt_selection optimizer =
        settings_choose(dlt_optimizers, "sgd: {nesterov: true, momentum: 0.9, dampening: 0.1}");
    assert_int_equal(ops_of(&optimizer)->check(&optimizer), DLT_ERR_CONFIG);
}

static void optim_sgd_without_momentum_keeps_no_state(void **state) {
    (void)state;
    const char *names[DLT_OPTIMIZER_STATES_MAX];
    dlt_selection plain = settings_choose(dlt_optimizers, "sgd");
    dlt_selection momentum = settings_choose(dlt_optimizers, "sgd: {momentum: 0.5}");
    assert_int_equal(ops_of(&plain)->states(plain.settings, names), 0);
    assert_int_equal(ops_of(&momentum)->states(momentum.settings, names), 1);
}

static void optim_adagrad_state_starts_from_its_setting(void **state) {
    (void)state;
    dlt_selection optimizer =
        settings_choose(dlt_optimizers, "adagrad: {initial_accumulator: 0.5}");
    assert_true(ops_of(&optimizer)->state_initial(optimizer.settings, 0) == 0.5);
}

static void optim_regularize_update_adds_the_optimizers_own_decay(void **state) {
    (void)state;
    const dlt_regularize section = {.l1 = 0.5, .l2 = 0.25, .decay = 0.125};
    dlt_selection coupled = settings_choose(dlt_optimizers, "adam: {weight_decay: 0.5}");
    dlt_selection decoupled = settings_choose(dlt_optimizers, "adamw: {weight_decay: 0.5}");
    dlt_update update = {0};
    dlt_regularize_update(&section, &coupled, &update);
    assert_true(update.l1 == (dlt_real)0.5 && update.l2 == (dlt_real)0.75 &&
                update.decay == (dlt_real)0.125);
    dlt_regularize_update(&section, &decoupled, &update);
    assert_true(update.l1 == (dlt_real)0.5 && update.l2 == (dlt_real)0.25 &&
                update.decay == (dlt_real)0.625);
}

static void optim_regularize_keys_default_to_nothing(void **state) {
    (void)state;
    dlt_regularize section = {1, 1, 1};
    assert_int_equal(dlt_config_defaults(settings_it.config, dlt_regularize_keys, &section),
                     DLT_OK);
    assert_true(section.l1 == 0 && section.l2 == 0 && section.decay == 0);
}

int main(void) {
    const struct CMUnitTest tests[] = {
        settings_test(optim_sgd_check_refuses_nesterov_without_momentum),
        settings_test(optim_sgd_check_refuses_nesterov_with_dampening),
        settings_test(optim_sgd_without_momentum_keeps_no_state),
        settings_test(optim_adagrad_state_starts_from_its_setting),
        settings_test(optim_regularize_update_adds_the_optimizers_own_decay),
        settings_test(optim_regularize_keys_default_to_nothing),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
