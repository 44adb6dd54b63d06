#include "base/philox.h"
#include "dltrain/extend/optimizer.h"
#include "support/settings.h"

#include <math.h>
#include <string.h>

enum { COUNT = 1003, STEPS = 3 };

static const char *const optimizers[] = {
    "sgd: 0.1",
    "sgd: {momentum: 0.9, dampening: 0.1}",
    "sgd: {momentum: 0.9, nesterov: true}",
    "adam",
    "adamw",
    "rmsprop",
    "rmsprop: {momentum: 0.9}",
    "rmsprop: {centered: true}",
    "rmsprop: {centered: true, momentum: 0.9}",
    "adagrad: {initial_accumulator: 0.1}",
};
enum { OPTIMIZERS = sizeof optimizers / sizeof optimizers[0] };

typedef struct trained {
    dlt_real param[COUNT];
    dlt_real states[DLT_OPTIMIZER_STATES_MAX][COUNT];
} trained;

static trained whole, parts;
static dlt_real grad[COUNT];

static void fill(dlt_real *out, uint32_t stream_number) {
    const dlt_stream stream = dlt_stream_make(1, DLT_PURPOSE_TEST, stream_number, 0, 0);
    for (int i = 0; i < COUNT; i++)
        out[i] = (dlt_real)dlt_stream_normal(&stream, (uint64_t)i);
}

static void start(trained *it) {
    memset(it, 0, sizeof *it);
    fill(it->param, 0);
}

static void step_range(const dlt_selection *optimizer, trained *it, int64_t step, int64_t first,
                       int64_t end) {
    const dlt_optimizer_ops *ops = (const dlt_optimizer_ops *)optimizer->kind;
    dlt_update update = {
        .count = end - first,
        .step = step,
        .lr = 0.01,
        .scale = (dlt_real)0.25,
        .clip_value = (dlt_real)0.4,
        .l1 = (dlt_real)0.001,
        .l2 = (dlt_real)0.01,
        .decay = (dlt_real)0.1,
        .grad = grad + first,
        .param = it->param + first,
    };
    for (int state = 0; state < DLT_OPTIMIZER_STATES_MAX; state++)
        update.states[state] = it->states[state] + first;
    ops->step(optimizer->settings, &update);
}

static void optim_step_in_ranges_gives_the_bits_of_the_whole(void **state) {
    (void)state;
    for (int o = 0; o < OPTIMIZERS; o++) {
        dlt_selection optimizer = settings_choose(dlt_optimizers, optimizers[o]);
        start(&whole);
        start(&parts);
        for (int step = 1; step <= STEPS; step++) {
            fill(grad, (uint32_t)step);
            step_range(&optimizer, &whole, step, 0, COUNT);
            step_range(&optimizer, &parts, step, 500, COUNT);
            step_range(&optimizer, &parts, step, 0, 7);
            step_range(&optimizer, &parts, step, 7, 500);
        }
        assert_memory_equal(&whole, &parts, sizeof whole);
    }
}

static void optim_step_changes_every_parameter(void **state) {
    (void)state;
    for (int o = 0; o < OPTIMIZERS; o++) {
        dlt_selection optimizer = settings_choose(dlt_optimizers, optimizers[o]);
        start(&whole);
        start(&parts);
        fill(grad, 1);
        step_range(&optimizer, &whole, 1, 0, COUNT);
        for (int i = 0; i < COUNT; i++)
            assert_true(whole.param[i] != parts.param[i]);
    }
}

static void optim_step_nan_gradient_stays_visible(void **state) {
    (void)state;
    for (int o = 0; o < OPTIMIZERS; o++) {
        dlt_selection optimizer = settings_choose(dlt_optimizers, optimizers[o]);
        start(&whole);
        fill(grad, 1);
        grad[5] = NAN;
        step_range(&optimizer, &whole, 1, 0, COUNT);
        assert_true(isnan(whole.param[5]));
        assert_true(isfinite(whole.param[4]) && isfinite(whole.param[6]));
    }
}

static void optim_step_allocates_nothing(void **state) {
    (void)state;
    fill(grad, 1);
    for (int o = 0; o < OPTIMIZERS; o++) {
        dlt_selection optimizer = settings_choose(dlt_optimizers, optimizers[o]);
        start(&whole);
        int64_t made = dlt_alloc_made();
        step_range(&optimizer, &whole, 1, 0, COUNT);
        assert_int_equal(dlt_alloc_made(), made);
    }
}

/* The mean square and the squared mean approach each other until rounding alone says which is
 * larger. */
static void optim_rmsprop_centered_survives_a_constant_gradient(void **state) {
    (void)state;
    dlt_selection optimizer =
        settings_choose(dlt_optimizers, "rmsprop: {alpha: 0.9, centered: true}");
    start(&whole);
    fill(grad, 1);
    dlt_update update = {.count = COUNT,
                         .scale = 1,
                         .clip_value = INFINITY,
                         .grad = grad,
                         .param = whole.param,
                         .states = {whole.states[0], whole.states[1]}};
    for (update.step = 1; update.step <= 1000; update.step++)
        ((const dlt_optimizer_ops *)optimizer.kind)->step(optimizer.settings, &update);
    for (int i = 0; i < COUNT; i++)
        assert_true(isfinite(whole.param[i]));
}

static void optim_states_have_distinct_names(void **state) {
    (void)state;
    for (int o = 0; o < OPTIMIZERS; o++) {
        dlt_selection optimizer = settings_choose(dlt_optimizers, optimizers[o]);
        const char *names[DLT_OPTIMIZER_STATES_MAX] = {0};
        int states = ((const dlt_optimizer_ops *)optimizer.kind)->states(optimizer.settings, names);
        assert_in_range(states, 0, DLT_OPTIMIZER_STATES_MAX);
        for (int a = 0; a < states; a++)
            for (int b = 0; b < a; b++)
                assert_string_not_equal(names[a], names[b]);
    }
}

int main(void) {
    const struct CMUnitTest tests[] = {
        settings_test(optim_step_in_ranges_gives_the_bits_of_the_whole),
        settings_test(optim_step_changes_every_parameter),
        settings_test(optim_step_nan_gradient_stays_visible),
        settings_test(optim_step_allocates_nothing),
        settings_test(optim_rmsprop_centered_survives_a_constant_gradient),
        settings_test(optim_states_have_distinct_names),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
