/* Every optimizer: parameters after each of several updates against known answers. */
#include "selftest.h"

#include "base/alloc.h"
#include "optim/regularize.h"

#include <math.h>

/* A few updates of some tens of operations each, each off by eps at most; a variance that is a
 * difference of squares loses up to two digits more. */
static const double tolerance = 1e-13;

typedef struct optimizer_case {
    selftest_case it;
    const dlt_optimizer_ops *ops;
    const dlt_optimizer_selftest *test;
    dlt_update update;
    dlt_real *param; /* owned, like the states of the update and the next one */
    dlt_real *grads;
    int states;
} optimizer_case;

static void make_optim_states(optimizer_case *of) {
    const void *settings = of->it.selection.settings;
    const char *names[DLT_OPTIMIZER_STATES_MAX] = {0};
    of->states = of->ops->states(settings, names);
    for (int state = 0; state < of->states; state++) {
        selftest_expect(&of->it, names[state] != NULL, "state %d has no name", state);
        double initial = of->ops->state_initial ? of->ops->state_initial(settings, state) : 0;
        of->update.states[state] = selftest_numbers(of->test->count, NULL, 0);
        for (int64_t i = 0; i < of->test->count; i++)
            of->update.states[state][i] = (dlt_real)initial;
    }
}

static void make_update(optimizer_case *of) {
    const dlt_optimizer_selftest *test = of->test;
    of->param = selftest_numbers(test->count, test->start, 0);
    of->grads = selftest_numbers(test->count * test->steps, test->grads, 0);
    of->update = (dlt_update){
        .count = test->count,
        .lr = of->ops->lr(of->it.selection.settings),
        .scale = 1,
        .clip_value = test->clip_value > 0 ? (dlt_real)test->clip_value : INFINITY,
        .param = of->param,
    };
    const dlt_regularize section = {.l1 = test->l1, .l2 = test->l2, .decay = test->decay};
    dlt_regularize_update(&section, &of->it.selection, &of->update);
    make_optim_states(of);
}

static void release_update(optimizer_case *of) {
    dlt_free(of->param);
    dlt_free(of->grads);
    for (int state = 0; state < of->states; state++)
        dlt_free(of->update.states[state]);
}

/* Gradients come doubled and are scaled by one half, which is exact. */
static void run_selftest(optimizer_case *of) {
    const int64_t count = of->test->count;
    for (int64_t i = 0; i < count * of->test->steps; i++)
        of->grads[i] *= 2;
    of->update.scale = (dlt_real)0.5;
    for (int64_t step = 0; step < of->test->steps; step++) {
        of->update.step = step + 1;
        of->update.grad = of->grads + step * count;
        of->ops->step(of->it.selection.settings, &of->update);
        for (int64_t i = 0; i < count; i++) {
            double expected = of->test->expected[step * count + i];
            selftest_near(&of->it, "parameter", step * count + i, (double)of->param[i], expected,
                          tolerance * fmax(1, fabs(expected)));
        }
    }
}

static void check_optimizer(selftest_run *run, const dlt_optimizer_ops *ops) {
    selftest_row_begin(run, &ops->entry);
    for (int i = 0; i < ops->selftest_count; i++) {
        optimizer_case of = {.ops = ops, .test = &ops->selftests[i]};
        if (!selftest_open(run, of.test->name, of.test->settings, &of.it))
            continue;
        selftest_expect(&of.it, ops->check == NULL || ops->check(&of.it.selection) == DLT_OK,
                        "its own check refuses it");
        make_update(&of);
        run_selftest(&of);
        release_update(&of);
        selftest_close(&of.it);
    }
    selftest_row_end(run);
}

int main(void) {
    selftest_run run = selftest_begin("optimizer", dlt_optimizers);
    for (const dlt_registry_entry *const *at = dlt_optimizers; *at != NULL; at++)
        check_optimizer(&run, (const dlt_optimizer_ops *)*at);
    return selftest_end(&run);
}
