/* Top-k accuracy: the share of samples whose label is among the k highest scores. */
#include "config/config.h"
#include "metrics/answer.h"
#include "metrics/metrics_internal.h"

#include <math.h>
#include <stdio.h>

typedef struct top_k_settings {
    int64_t k;
} top_k_settings;

static const dlt_key keys[] = {
    {.name = "k",
     .type = DLT_KEY_INT,
     .offset = offsetof(top_k_settings, k),
     .default_value = "5",
     .minimum = 1,
     .maximum = 1e9,
     .flags = DLT_KEY_SHORTHAND,
     .help = "Number of highest scores among which the class must be; among equal scores the lower "
             "class number comes first, as for accuracy."},
    {0},
};

enum { RIGHT, ANSWERS, SUMS };

static dlt_status check_top_k(const dlt_selection *metric, int64_t d, bool binary) {
    (void)binary;
    const top_k_settings *own = metric->settings;
    if (own->k > d)
        return dlt_config_fail(&metric->position,
                               "top_k: k is %lld, but the prediction has only %lld classes",
                               (long long)own->k, (long long)d);
    return DLT_OK;
}

static int64_t sums_top_k(const void *settings, int64_t d, bool binary) {
    (void)settings;
    (void)d;
    (void)binary;
    return SUMS;
}

static void accumulate_top_k(const void *settings, const dlt_metric_call *call, double *sums) {
    const top_k_settings *own = settings;
    int64_t right = 0;
    for (int64_t i = 0; i < call->n; i++)
        right += dlt_answer_ahead(call->d, call->prediction + i * call->d, call->target.labels[i]) <
                 own->k;
    sums[RIGHT] += (double)right;
    sums[ANSWERS] += (double)call->n;
}

static void finish_top_k(const void *settings, int64_t d, bool binary, const double *sums,
                         dlt_metric_result *result) {
    const top_k_settings *own = settings;
    (void)d;
    (void)binary;
    *result = (dlt_metric_result){
        .count = 1,
        .values = {{.value = sums[RIGHT] / sums[ANSWERS], .higher_is_better = true}},
    };
    snprintf(result->values[0].name, sizeof result->values[0].name, "top%lld_accuracy",
             (long long)own->k);
}

static const dlt_metric_selftest selftests[] = {
    {.name = "two of four",
     .settings = "top_k: 2",
     .n = 4,
     .d = 4,
     .prediction = (const double[]){1, 2, 3, 4, 4, 3, 2, 1, 0, 0, 0, 0, 9, 1, 1, 1},
     .labels = (const int32_t[]){2, 2, 1, 2},
     .expected = 0.5},
    {.name = "NaN is wrong",
     .settings = "top_k: {k: 2}",
     .n = 2,
     .d = 3,
     .prediction = (const double[]){NAN, 5, 1, 3, NAN, 2},
     .labels = (const int32_t[]){0, 0},
     .expected = 0},
};

const dlt_metric_ops dlt_metric_top_k = {
    .entry = {.name = "top_k",
              .summary = "Share of samples whose class is among the k highest scores.",
              .keys = keys,
              .settings_size = sizeof(top_k_settings)},
    .for_classes = true,
    .sums = sums_top_k,
    .accumulate = accumulate_top_k,
    .finish = finish_top_k,
    .selftests = selftests,
    .selftest_count = sizeof selftests / sizeof selftests[0],
    .check = check_top_k,
};
