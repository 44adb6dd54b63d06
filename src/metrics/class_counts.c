/* One pass over the rows, without a matrix of all pairs of classes. */
#include "metrics/class_counts.h"

#include "metrics/answer.h"

static void count_class(const dlt_metric_call *call, int64_t row, double *counts) {
    const int64_t d = call->d, truth = call->target.labels[row];
    int64_t answer = dlt_answer_class(d, call->prediction + row * d);
    if (answer == truth) {
        counts[DLT_TRUE_POSITIVES * d + truth]++;
        return;
    }
    counts[DLT_FALSE_NEGATIVES * d + truth]++;
    if (answer != DLT_NO_ANSWER)
        counts[DLT_FALSE_POSITIVES * d + answer]++;
}

static void count_yes(const dlt_metric_call *call, int64_t row, double *counts) {
    const int64_t d = call->d;
    for (int64_t c = 0; c < d; c++) {
        int64_t truth = dlt_target_yes(call->target.values[row * d + c]);
        int64_t answer = dlt_answer_yes(call->prediction[row * d + c]);
        if (answer != truth)
            counts[(truth == 1 ? DLT_FALSE_NEGATIVES : DLT_FALSE_POSITIVES) * d + c]++;
        else if (truth == 1)
            counts[DLT_TRUE_POSITIVES * d + c]++;
    }
}

void dlt_class_counts_add(const dlt_metric_call *call, double *counts) {
    for (int64_t row = 0; row < call->n; row++) {
        if (call->binary)
            count_yes(call, row, counts);
        else
            count_class(call, row, counts);
    }
}
