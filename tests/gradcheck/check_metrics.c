/* Every metric: known answers, whole and as the sum of two parts, for every cut of the samples. */
#include "selftest.h"

#include "base/alloc.h"
#include "dltrain/extend/metric.h"

#include <float.h>
#include <math.h>
#include <string.h>

typedef struct metric_case {
    selftest_case it;
    const dlt_metric_ops *ops;
    dlt_metric_call call;
    int64_t sum_count;
    dlt_real *prediction; /* owned, like the next four */
    dlt_real *values;
    int32_t *labels;
    double *sums;
    double *part;
} metric_case;

static bool make_call(metric_case *of, const dlt_metric_selftest *test) {
    of->call = (dlt_metric_call){.n = test->n, .d = test->d, .binary = test->binary};
    of->prediction = selftest_numbers(test->n * test->d, test->prediction, 1);
    if (test->labels != NULL)
        of->labels = selftest_labels(test->n, test->labels, test->d);
    else
        of->values = selftest_numbers(test->n * test->d, test->values, 2);
    of->call.origin = of->values;
    of->call.target.kind = test->labels != NULL ? DLT_TARGET_LABELS : DLT_TARGET_VALUES;
    of->sum_count = of->ops->sums(of->it.selection.settings, test->d, test->binary);
    return DLT_NEW(of->sums, of->sum_count) == DLT_OK && DLT_NEW(of->part, of->sum_count) == DLT_OK;
}

static void release_call(metric_case *of) {
    dlt_free(of->prediction);
    dlt_free(of->values);
    dlt_free(of->labels);
    dlt_free(of->sums);
    dlt_free(of->part);
}

/* Adds the sums of samples first to end - 1, made apart, as another rank would. */
static void add_range(metric_case *of, int64_t first, int64_t end) {
    const int64_t d = of->call.d;
    dlt_metric_call call = of->call;
    call.n = end - first;
    call.prediction = of->prediction + first * d;
    call.target.labels = of->labels != NULL ? of->labels + first : NULL;
    call.target.values = of->values != NULL ? of->values + first * d : NULL;
    memset(of->part, 0, (size_t)of->sum_count * sizeof *of->part);
    of->ops->accumulate(of->it.selection.settings, &call, of->part);
    for (int64_t i = 0; i < of->sum_count; i++)
        of->sums[i] += of->part[i];
}

static void check_partition(metric_case *of, const dlt_metric_selftest *test, int64_t cut) {
    memset(of->sums, 0, (size_t)of->sum_count * sizeof *of->sums);
    add_range(of, 0, cut);
    add_range(of, cut, test->n);
    dlt_metric_result result;
    of->ops->finish(of->it.selection.settings, test->d, test->binary, of->sums, &result);
    selftest_expect(&of->it, result.count > 0 && result.values[0].name[0] != '\0',
                    "no named value");
    selftest_near(&of->it, "value with a cut at sample", cut, result.values[0].value,
                  test->expected, 100 * DBL_EPSILON); /* tens of operations on numbers of order 1 */
}

static void check_metric(selftest_run *run, const dlt_metric_ops *ops) {
    selftest_row_begin(run, &ops->entry);
    for (int i = 0; i < ops->selftest_count; i++) {
        const dlt_metric_selftest *test = &ops->selftests[i];
        metric_case of = {.ops = ops};
        if (!selftest_open(run, test->name, test->settings, &of.it))
            continue;
        bool made = make_call(&of, test);
        selftest_expect(&of.it, made, "%s", dlt_error_message());
        selftest_expect(&of.it,
                        dlt_metric_check(&of.it.selection, of.call.target.kind, test->binary,
                                         test->d) == DLT_OK,
                        "%s", dlt_error_message());
        for (int64_t cut = 0; made && cut <= test->n; cut++)
            check_partition(&of, test, cut);
        release_call(&of);
        selftest_close(&of.it);
    }
    selftest_row_end(run);
}

int main(void) {
    selftest_run run = selftest_begin("metric", dlt_metrics);
    for (const dlt_registry_entry *const *at = dlt_metrics; *at != NULL; at++)
        check_metric(&run, (const dlt_metric_ops *)*at);
    return selftest_end(&run);
}
