/* Self-tests of what has known answers and no gradient: optimizers, schedules, metrics and
 * transforms. */
#include "tools/selftest.h"

#include "base/alloc.h"
#include "base/error.h"
#include "data/transform_plan.h"
#include "optim/regularize.h"

#include <math.h>
#include <string.h>

enum { ELEMENTS_MAX = 4096 };

/* One block of a tensor, as optimizers that prepare their updates see it. */
static void make_updates(dlt_selftest *run, const dlt_optimizer_selftest *test,
                         const dlt_selection *selection, dlt_real *grads, dlt_update *update) {
    const dlt_optimizer_ops *ops = (const dlt_optimizer_ops *)(const void *)run->entry;
    dlt_selftest_fill(test->count * test->steps, test->grads, 0, grads);
    for (int64_t step = 0; step < test->steps; step++) {
        update->step = step + 1;
        update->grad = grads + step * test->count;
        memset(update->sums, 0, sizeof update->sums);
        if (ops->prepare != NULL)
            ops->prepare(selection->settings, update, update->sums);
        ops->step(selection->settings, update);
        for (int64_t i = 0; i < test->count; i++)
            if (!dlt_selftest_near(run, "parameter", step * test->count + i,
                                   (double)update->param[i],
                                   test->expected[step * test->count + i]))
                return;
    }
}

static dlt_status run_optimizer(dlt_selftest *run, const dlt_optimizer_selftest *test,
                                const dlt_selection *selection) {
    const dlt_optimizer_ops *ops = (const dlt_optimizer_ops *)(const void *)run->entry;
    const dlt_regularize section = {.l1 = test->l1, .l2 = test->l2, .decay = test->decay};
    const char *names[DLT_OPTIMIZER_STATES_MAX] = {0};
    dlt_real *grads = NULL;
    dlt_status status = DLT_OK;
    dlt_update update = {.count = test->count,
                         .lr = ops->lr(selection->settings),
                         .scale = 1,
                         .clip_value =
                             test->clip_value > 0 ? (dlt_real)test->clip_value : INFINITY};
    dlt_regularize_update(&section, selection, &update);
    const int states = ops->states(selection->settings, names);
    DLT_TRY_OUT(DLT_NEW(grads, test->count * test->steps));
    DLT_TRY_OUT(DLT_NEW(update.param, test->count));
    dlt_selftest_fill(test->count, test->start, 0, update.param);
    for (int s = 0; s < states; s++) {
        DLT_TRY_OUT(DLT_NEW(update.states[s], test->count));
        for (int64_t i = 0; ops->state_initial != NULL && i < test->count; i++)
            update.states[s][i] = (dlt_real)ops->state_initial(selection->settings, s);
    }
    make_updates(run, test, selection, grads, &update);
out:
    dlt_free(grads);
    dlt_free(update.param);
    for (int s = 0; s < states; s++)
        dlt_free(update.states[s]);
    return status;
}

dlt_status dlt_selftest_optimizer(dlt_selftest *run) {
    const dlt_optimizer_ops *ops = (const dlt_optimizer_ops *)(const void *)run->entry;
    for (int i = 0; i < ops->selftest_count; i++) {
        dlt_selection selection;
        const dlt_optimizer_selftest *test = &ops->selftests[i];
        if (dlt_selftest_choose(run, test->name, test->settings, &selection))
            DLT_TRY(run_optimizer(run, test, &selection));
    }
    return DLT_OK;
}

dlt_status dlt_selftest_schedule(dlt_selftest *run) {
    const dlt_schedule_ops *ops = (const dlt_schedule_ops *)(const void *)run->entry;
    for (int i = 0; i < ops->selftest_count; i++) {
        dlt_selection selection;
        double state[DLT_SCHEDULE_STATE] = {0};
        const dlt_schedule_selftest *test = &ops->selftests[i];
        if (!dlt_selftest_choose(run, test->name, test->settings, &selection))
            continue;
        for (int k = 0; ops->observe != NULL && k < test->observed_count; k++)
            ops->observe(selection.settings, test->observed[k], !test->maximise, state);
        dlt_selftest_near(run, "factor at step", test->position.step,
                          dlt_schedule_factor(&selection, &test->position, state), test->factor);
    }
    return DLT_OK;
}

static dlt_status run_metric(dlt_selftest *run, const dlt_metric_selftest *test,
                             const dlt_selection *selection) {
    const dlt_metric_ops *ops = (const dlt_metric_ops *)(const void *)run->entry;
    dlt_metric_call call = {.n = test->n, .d = test->d, .binary = test->binary};
    dlt_real *prediction = NULL;
    dlt_real *values = NULL;
    double *sums = NULL;
    dlt_metric_result result;
    dlt_status status = DLT_OK;
    DLT_TRY_OUT(DLT_NEW(prediction, test->n * test->d));
    DLT_TRY_OUT(DLT_NEW(values, test->n * test->d));
    DLT_TRY_OUT(DLT_NEW(sums, ops->sums(selection->settings, test->d, test->binary)));
    dlt_selftest_fill(test->n * test->d, test->prediction, 1, prediction);
    call.prediction = prediction;
    call.target.kind = test->labels != NULL ? DLT_TARGET_LABELS : DLT_TARGET_VALUES;
    call.target.labels = test->labels;
    if (test->labels == NULL) {
        dlt_selftest_fill(test->n * test->d, test->values, 2, values);
        call.target.values = call.origin = values;
    }
    ops->accumulate(selection->settings, &call, sums);
    ops->finish(selection->settings, test->d, test->binary, sums, &result);
    dlt_selftest_near(run, "value", 0, result.values[0].value, test->expected);
out:
    dlt_free(prediction);
    dlt_free(values);
    dlt_free(sums);
    return status;
}

dlt_status dlt_selftest_metric(dlt_selftest *run) {
    const dlt_metric_ops *ops = (const dlt_metric_ops *)(const void *)run->entry;
    for (int i = 0; i < ops->selftest_count; i++) {
        dlt_selection selection;
        const dlt_metric_selftest *test = &ops->selftests[i];
        if (dlt_selftest_choose(run, test->name, test->settings, &selection))
            DLT_TRY(run_metric(run, test, &selection));
    }
    return DLT_OK;
}

static void check_transformed(dlt_selftest *run, const dlt_transform_selftest *test,
                              const dlt_transform_plan *plan) {
    dlt_real from[ELEMENTS_MAX] = {0};
    dlt_real x[ELEMENTS_MAX];
    const void *const in[] = {from};
    void *const out[] = {x};
    const int64_t count = dlt_shape_count(&plan->out[0].shape);
    dlt_selftest_fill(dlt_shape_count(&test->shape), test->input, 0, from);
    memcpy(x, from, sizeof x);
    dlt_transform_plan_apply(plan, 1, 0, 5, in, out);
    for (int64_t i = 0; i < count; i++) {
        if (test->output == NULL
                ? !dlt_selftest_expect(run, isfinite(x[i]), "it gives %g", (double)x[i])
                : !dlt_selftest_near(run, "element", i, (double)x[i], test->output[i]))
            return;
    }
}

static void run_transform(dlt_selftest *run, const dlt_transform_selftest *test,
                          const dlt_selection *selection) {
    const dlt_transform_inputs inputs = {
        .count = 1,
        .fields = {{.name = "x", .spec = {DLT_DTYPE_REAL, test->shape}}},
        .feature_count = test->feature_count,
        .mean = test->mean,
        .std = test->std};
    const dlt_selection_list list = {1, selection};
    const dlt_shape *expected = test->output_shape.rank > 0 ? &test->output_shape : &test->shape;
    dlt_transform_plan plan = {0};
    const bool made = dlt_shape_count(&test->shape) <= ELEMENTS_MAX &&
                      dlt_shape_count(expected) <= ELEMENTS_MAX &&
                      dlt_transform_plan_make(&list, &inputs, true, &plan) == DLT_OK;
    if (dlt_selftest_expect(run, made, "more than %d elements, or: %s", ELEMENTS_MAX,
                            dlt_error_message()) &&
        dlt_selftest_expect(run, dlt_shape_equal(&plan.out[0].shape, expected),
                            "its output has another shape"))
        check_transformed(run, test, &plan);
    dlt_transform_plan_destroy(&plan);
}

dlt_status dlt_selftest_transform(dlt_selftest *run) {
    const dlt_transform_ops *ops = (const dlt_transform_ops *)(const void *)run->entry;
    for (int i = 0; i < ops->selftest_count; i++) {
        dlt_selection selection;
        const dlt_transform_selftest *test = &ops->selftests[i];
        if (dlt_selftest_choose(run, test->name, test->settings, &selection))
            run_transform(run, test, &selection);
    }
    return DLT_OK;
}
