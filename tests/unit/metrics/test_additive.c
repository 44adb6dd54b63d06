#include "base/philox.h"
#include "dltrain/extend/metric.h"
#include "support/settings.h"

#include <float.h>
#include <math.h>
#include <string.h>

enum { N = 200, D = 7, SUMS_MAX = 64 };

static dlt_real prediction[N * D], values[N * D];
static int32_t labels[N];

typedef struct question {
    const char *metric;
    bool binary;
    bool labels;
    bool counts; /* its sums are whole numbers */
} question;

static const question questions[] = {
    {"accuracy", false, true, true}, {"accuracy", true, false, true},
    {"top_k: 3", false, true, true}, {"confusion_matrix", false, true, true},
    {"f1", false, true, true},       {"f1", true, false, true},
    {"mae", false, false, false},    {"rmse", false, false, false},
    {"r2", false, false, false},
};
enum { QUESTIONS = sizeof questions / sizeof questions[0] };

static void fill(void) {
    const dlt_stream stream = dlt_stream_make(1, DLT_PURPOSE_TEST, 0, 0, 0);
    for (int i = 0; i < N * D; i++) {
        prediction[i] = (dlt_real)dlt_stream_normal(&stream, (uint64_t)i);
        values[i] = (dlt_real)(dlt_stream_word(&stream, (uint64_t)(i + N * D)) & 1);
    }
    for (int i = 0; i < N; i++)
        labels[i] = (int32_t)(dlt_stream_word(&stream, (uint64_t)(i + 2 * N * D)) % D);
}

static void add(const question *of, const dlt_selection *metric, int64_t first, int64_t end,
                double *sums) {
    const dlt_metric_call call = {
        .n = end - first,
        .d = D,
        .prediction = prediction + first * D,
        .target = {.kind = of->labels ? DLT_TARGET_LABELS : DLT_TARGET_VALUES,
                   .labels = of->labels ? labels + first : NULL,
                   .values = of->labels ? NULL : values + first * D},
        .binary = of->binary,
        .origin = of->labels ? NULL : values,
    };
    ((const dlt_metric_ops *)metric->kind)->accumulate(metric->settings, &call, sums);
}

static void metrics_sums_of_parts_add_up_to_the_whole(void **state) {
    (void)state;
    fill();
    for (int q = 0; q < QUESTIONS; q++) {
        dlt_selection metric = settings_choose(dlt_metrics, questions[q].metric);
        const dlt_metric_ops *ops = (const dlt_metric_ops *)metric.kind;
        int64_t count = ops->sums(metric.settings, D, questions[q].binary);
        assert_in_range(count, 1, SUMS_MAX);
        double whole[SUMS_MAX] = {0};
        add(&questions[q], &metric, 0, N, whole);
        for (int cut = 0; cut <= N; cut += 13) {
            double first[SUMS_MAX] = {0}, second[SUMS_MAX] = {0};
            add(&questions[q], &metric, 0, cut, first);
            add(&questions[q], &metric, cut, N, second);
            for (int64_t i = 0; i < count; i++) {
                /* whole numbers are exact; else N * D additions in another order */
                double bound = questions[q].counts ? 0 : N * D * DBL_EPSILON * fabs(whole[i]);
                assert_true(fabs(first[i] + second[i] - whole[i]) <= bound);
            }
        }
    }
}

static void metrics_accumulate_adds_to_what_is_there(void **state) {
    (void)state;
    fill();
    for (int q = 0; q < QUESTIONS; q++) {
        dlt_selection metric = settings_choose(dlt_metrics, questions[q].metric);
        double once[SUMS_MAX] = {0}, again[SUMS_MAX] = {0};
        add(&questions[q], &metric, 0, N, once);
        add(&questions[q], &metric, 0, N, again);
        add(&questions[q], &metric, 0, N, again);
        for (int i = 0; i < SUMS_MAX; i++)
            assert_true(fabs(again[i] - 2 * once[i]) <= 2 * N * D * DBL_EPSILON * fabs(once[i]));
    }
}

static void metrics_accumulate_allocates_nothing(void **state) {
    (void)state;
    fill();
    for (int q = 0; q < QUESTIONS; q++) {
        dlt_selection metric = settings_choose(dlt_metrics, questions[q].metric);
        double sums[SUMS_MAX] = {0};
        int64_t made = dlt_alloc_made();
        add(&questions[q], &metric, 0, N, sums);
        assert_int_equal(dlt_alloc_made(), made);
    }
}

int main(void) {
    const struct CMUnitTest tests[] = {
        settings_test(metrics_sums_of_parts_add_up_to_the_whole),
        settings_test(metrics_accumulate_adds_to_what_is_there),
        settings_test(metrics_accumulate_allocates_nothing),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
