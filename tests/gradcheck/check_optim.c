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
    dlt_real *param; /* owned, like the slots of the update and the next one */
    dlt_real *grads;
    int slots;
} optimizer_case;

static void make_slots(optimizer_case *of) {
    const void *settings = of->it.chosen.settings;
    const char *names[DLT_OPTIMIZER_SLOTS_MAX] = {0};
    of->slots = of->ops->slots(settings, names);
    for (int slot = 0; slot < of->slots; slot++) {
        selftest_expect(&of->it, names[slot] != NULL, "slot %d has no name", slot);
        double initial = of->ops->slot_initial ? of->ops->slot_initial(settings, slot) : 0;
        of->update.slots[slot] = selftest_numbers(of->test->count, NULL, 0);
        for (int64_t i = 0; i < of->test->count; i++)
            of->update.slots[slot][i] = (dlt_real)initial;
    }
}

static void make_update(optimizer_case *of) {
    const dlt_optimizer_selftest *test = of->test;
    of->param = selftest_numbers(test->count, test->start, 0);
    of->grads = selftest_numbers(test->count * test->steps, test->grads, 0);
    of->update = (dlt_update){
        .count = test->count,
        .lr = of->ops->lr(of->it.chosen.settings),
        .scale = 1,
        .clip_value = test->clip_value > 0 ? (dlt_real)test->clip_value : INFINITY,
        .param = of->param,
    };
    const dlt_regularize section = {.l1 = test->l1, .l2 = test->l2, .decay = test->decay};
    dlt_regularize_update(&section, &of->it.chosen, &of->update);
    make_slots(of);
}

static void release_update(optimizer_case *of) {
    dlt_free(of->param);
    dlt_free(of->grads);
    for (int slot = 0; slot < of->slots; slot++)
        dlt_free(of->update.slots[slot]);
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
        of->ops->step(of->it.chosen.settings, &of->update);
        for (int64_t i = 0; i < count; i++) {
            double expected = of->test->expected[step * count + i];
            selftest_near(&of->it, "parameter", step * count + i, (double)of->param[i], expected,
                          tolerance * fmax(1, fabs(expected)));
        }
    }
}

static void check_optimizer(selftest_run *run, const dlt_optimizer_ops *ops) {
    selftest_row_begin(run, &ops->choice);
    for (int i = 0; i < ops->selftest_count; i++) {
        optimizer_case of = {.ops = ops, .test = &ops->selftests[i]};
        if (!selftest_open(run, of.test->name, of.test->settings, &of.it))
            continue;
        selftest_expect(&of.it, ops->check == NULL || ops->check(&of.it.chosen) == DLT_OK,
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
    for (const dlt_choice *const *at = dlt_optimizers; *at != NULL; at++)
        check_optimizer(&run, (const dlt_optimizer_ops *)*at);
    return selftest_end(&run);
}
