/* Every loss: known answers, the gradient against central differences, that evaluation gives the
 * same number as training, that the denominator is known without predictions, and that row weights
 * of 1 change no bit. */
#include "selftest.h"

#include "base/alloc.h"
#include "dltrain/extend/loss.h"

#include <float.h>
#include <math.h>

typedef struct loss_case {
    selftest_case it;
    const dlt_loss_ops *ops;
    dlt_loss_call call;
    int64_t count;
    dlt_real *prediction; /* owned, like the next four */
    dlt_real *values;
    int32_t *labels;
    dlt_real *gradient;
    dlt_real *weights; /* NULL: none */
} loss_case;

static void make_targets(loss_case *of, const dlt_loss_selftest *test) {
    of->call.target.kind = of->ops->target;
    if (of->ops->target == DLT_TARGET_LABELS)
        of->call.target.labels = of->labels = selftest_labels(test->n, test->labels, test->d);
    else
        of->call.target.values = of->values = selftest_numbers(of->count, test->values, 2);
}

static void make_call(loss_case *of, const dlt_loss_selftest *test, const dlt_kernels *kernels) {
    of->count = test->n * test->d;
    of->call = (dlt_loss_call){.n = test->n, .d = test->d, .kernels = kernels};
    of->call.prediction = of->prediction = selftest_numbers(of->count, test->prediction, 1);
    of->gradient = selftest_numbers(of->count, NULL, 3); /* rubbish that must be overwritten */
    if (test->weights != NULL)
        of->call.weights = of->weights = selftest_numbers(test->n, test->weights, 4);
    make_targets(of, test);
}

static void release_call(loss_case *of) {
    dlt_free(of->prediction);
    dlt_free(of->values);
    dlt_free(of->labels);
    dlt_free(of->gradient);
    dlt_free(of->weights);
}

static double evaluate(const loss_case *of) {
    dlt_loss_call call = of->call;
    call.dprediction = NULL;
    return of->ops->compute(of->it.selection.settings, &call).loss;
}

/* With step h the difference is off by h^2 / 6 times the third derivative, of order 1 here, and by
 * the loss's rounding over h: about 1e-11 and eps * loss / h with h = eps^(1/3). */
static void check_gradient(loss_case *of, double loss) {
    const double step = cbrt(DBL_EPSILON);
    for (int64_t i = 0; i < of->count; i++) {
        const dlt_real kept = of->prediction[i];
        of->prediction[i] = kept + (dlt_real)step;
        double above = evaluate(of);
        of->prediction[i] = kept - (dlt_real)step;
        double below = evaluate(of);
        of->prediction[i] = kept;
        double slope = (above - below) / (2 * step);
        selftest_near(&of->it, "gradient", i, (double)of->gradient[i], slope,
                      1e-6 * fabs(slope) + 1e-10 + 8 * DBL_EPSILON * fabs(loss) / step);
    }
}

/* From targets and weights alone, the sum that compute gives. */
static void check_denominator(loss_case *of, const dlt_loss_sum *sum) {
    dlt_loss_call call = of->call;
    call.prediction = NULL;
    selftest_expect(&of->it, dlt_loss_denominator(&of->it.selection, &call) == sum->weight,
                    "the denominator is not the sum of weights");
}

/* Weights of 1 give the bits of none. */
static void check_ones(loss_case *of, const dlt_loss_sum *sum) {
    dlt_loss_call call = of->call;
    dlt_real *gradient = selftest_numbers(of->count, NULL, 5);
    dlt_real *ones = selftest_numbers(call.n, NULL, 5);
    for (int64_t i = 0; i < call.n; i++)
        ones[i] = 1;
    call.dprediction = gradient;
    call.weights = ones;
    dlt_loss_sum weighted = of->ops->compute(of->it.selection.settings, &call);
    bool same = weighted.loss == sum->loss && weighted.weight == sum->weight;
    for (int64_t i = 0; i < of->count; i++)
        same = same && gradient[i] == of->gradient[i];
    selftest_expect(&of->it, same, "row weights of 1 change the result");
    dlt_free(gradient);
    dlt_free(ones);
}

static void run_selftest(loss_case *of, const dlt_loss_selftest *test) {
    dlt_loss_call call = of->call;
    call.dprediction = of->gradient;
    dlt_loss_sum sum = of->ops->compute(of->it.selection.settings, &call);
    if (!isnan(test->loss)) /* tens of operations, each off by eps at most */
        selftest_near(&of->it, "loss", 0, sum.loss / sum.weight, test->loss,
                      100 * DBL_EPSILON * fabs(test->loss));
    selftest_expect(&of->it, evaluate(of) == sum.loss,
                    "evaluation gives another loss than training");
    check_denominator(of, &sum);
    if (of->weights == NULL)
        check_ones(of, &sum);
    check_gradient(of, sum.loss);
}

static void check_loss(selftest_run *run, const dlt_loss_ops *ops, const dlt_kernels *kernels) {
    selftest_row_begin(run, &ops->entry);
    for (int i = 0; i < ops->selftest_count; i++) {
        const dlt_loss_selftest *test = &ops->selftests[i];
        loss_case of = {.ops = ops};
        if (!selftest_open(run, test->name, test->settings, &of.it))
            continue;
        make_call(&of, test, kernels);
        run_selftest(&of, test);
        release_call(&of);
        selftest_close(&of.it);
    }
    selftest_row_end(run);
}

int main(void) {
    selftest_run run = selftest_begin("loss", dlt_losses);
    dlt_kernels kernels;
    if (dlt_kernels_select("ref", &kernels) != DLT_OK)
        return 1;
    for (const dlt_registry_entry *const *at = dlt_losses; *at != NULL; at++)
        check_loss(&run, (const dlt_loss_ops *)*at, &kernels);
    return selftest_end(&run);
}
