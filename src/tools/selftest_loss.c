/* Self-tests of losses: the known answer, the same loss in evaluation, the weight from targets
 * alone, nothing of a row of weight 0, and the gradient against central differences. */
#include "tools/selftest.h"

#include "base/alloc.h"
#include "base/error.h"

#include <math.h>

typedef struct loss_trial {
    dlt_selftest *run;
    const dlt_loss_ops *ops;
    const dlt_selection *selection;
    dlt_loss_call call;
    int64_t count;
    dlt_real *prediction; /* owned, like the next four */
    dlt_real *values;
    int32_t *labels;
    dlt_real *gradient;
    dlt_real *weights;
} loss_trial;

static void release(loss_trial *it) {
    dlt_free(it->prediction);
    dlt_free(it->values);
    dlt_free(it->labels);
    dlt_free(it->gradient);
    dlt_free(it->weights);
}

/* Values that a run would accept: 0 or 1 for yes/no questions, else within the loss's range. */
static void fill_values(const loss_trial *it, const dlt_loss_selftest *test) {
    const dlt_target_range *range = it->ops->range;
    dlt_selftest_fill(it->count, test->values, 2, it->values);
    for (int64_t i = 0; test->values == NULL && i < it->count; i++) {
        if (it->ops->binary)
            it->values[i] = it->values[i] > 0 ? 1 : 0;
        else if (range != NULL)
            it->values[i] = (dlt_real)fmin(fmax((double)it->values[i], range->low), range->high);
    }
}

static dlt_status make_call(loss_trial *it, const dlt_loss_selftest *test) {
    it->count = test->n * test->d;
    DLT_TRY(DLT_NEW(it->prediction, it->count));
    DLT_TRY(DLT_NEW(it->values, it->count));
    DLT_TRY(DLT_NEW(it->labels, test->n));
    DLT_TRY(DLT_NEW(it->gradient, it->count));
    DLT_TRY(DLT_NEW(it->weights, test->n));
    dlt_selftest_fill(it->count, test->prediction, 1, it->prediction);
    fill_values(it, test);
    for (int64_t i = 0; i < test->n; i++)
        it->labels[i] = test->labels != NULL ? test->labels[i] : (int32_t)(i % test->d);
    if (test->weights != NULL)
        dlt_selftest_fill(test->n, test->weights, 3, it->weights);
    it->call = (dlt_loss_call){.n = test->n,
                               .d = test->d,
                               .prediction = it->prediction,
                               .kernels = &it->run->kernels,
                               .weights = test->weights != NULL ? it->weights : NULL};
    it->call.target.kind = it->ops->target;
    if (it->ops->target == DLT_TARGET_LABELS)
        it->call.target.labels = it->labels;
    else
        it->call.target.values = it->values;
    return DLT_OK;
}

static double evaluate(void *context) {
    const loss_trial *it = context;
    dlt_loss_call call = it->call;
    call.dprediction = NULL;
    return it->ops->compute(it->selection->settings, &call).loss;
}

/* A row of weight 0 that is NaN: neither loss nor gradient may show it. */
static void check_masked(loss_trial *it) {
    dlt_loss_call call = it->call;
    for (int64_t i = 0; i < call.n; i++)
        it->weights[i] = i == 0 ? 0 : 1;
    for (int64_t i = 0; i < call.d; i++)
        it->prediction[i] = NAN;
    call.weights = it->weights;
    call.dprediction = it->gradient;
    const dlt_loss_sum sum = it->ops->compute(it->selection->settings, &call);
    bool right = isfinite(sum.loss) && isfinite(sum.weight);
    for (int64_t i = 0; i < it->count; i++)
        right = right && (i < call.d ? it->gradient[i] == 0 : isfinite(it->gradient[i]));
    dlt_selftest_expect(it->run, right, "a row of weight 0 contributes something");
}

static void run_test(loss_trial *it, const dlt_loss_selftest *test) {
    dlt_selftest *run = it->run;
    dlt_loss_call call = it->call;
    call.dprediction = it->gradient;
    const dlt_loss_sum sum = it->ops->compute(it->selection->settings, &call);
    if (!isnan(test->loss))
        dlt_selftest_near(run, "loss", 0, sum.loss / sum.weight, test->loss);
    dlt_selftest_expect(run, evaluate(it) == sum.loss,
                        "evaluation gives another loss than training");
    call.prediction = NULL;
    call.dprediction = NULL;
    dlt_selftest_expect(run, dlt_loss_denominator(it->selection, &call) == sum.weight,
                        "the weight is %g, but from targets and weights alone another", sum.weight);
    dlt_selftest_gradient(run, "the prediction", evaluate, it, fabs(sum.loss), it->count,
                          it->prediction, it->gradient);
    if (test->weights == NULL)
        check_masked(it);
}

dlt_status dlt_selftest_loss(dlt_selftest *run) {
    const dlt_loss_ops *ops = (const dlt_loss_ops *)(const void *)run->entry;
    dlt_status status = DLT_OK;
    for (int i = 0; i < ops->selftest_count && status == DLT_OK; i++) {
        const dlt_loss_selftest *test = &ops->selftests[i];
        dlt_selection selection;
        loss_trial it = {.run = run, .ops = ops, .selection = &selection};
        if (!dlt_selftest_choose(run, test->name, test->settings, &selection))
            continue;
        status = make_call(&it, test);
        if (status == DLT_OK)
            run_test(&it, test);
        release(&it);
    }
    return status;
}
