/* Losses that are the mean, over the elements of a row, of a function of one prediction and one
 * target. The function is inlined into the loop, so that each loss compiles to vector code of its
 * own. With row weights the same lanes add the same elements, each times its row's weight: weights
 * of 1 give the bits of none. */
#ifndef DLT_LOSS_ELEMENTWISE_H
#define DLT_LOSS_ELEMENTWISE_H

#include "dltrain/extend/loss.h"

#include <stddef.h>

/** The loss of one element and its derivative by the prediction. */
typedef struct dlt_loss_term {
    dlt_real value;
    dlt_real slope;
} dlt_loss_term;

/** parameter is the loss's own: a threshold, a weight. */
typedef dlt_loss_term dlt_loss_of_element(dlt_real prediction, dlt_real target, dlt_real parameter);

/* Partial sums, so that additions do not wait for each other; their order is fixed, hence the bits.
 */
enum { DLT_LOSS_LANES = 8 };

__attribute__((always_inline)) static inline void
dlt_loss_lane(const dlt_loss_call *call, int64_t i, dlt_loss_of_element *of_element,
              dlt_real parameter, dlt_real per_element, dlt_real *restrict dprediction,
              double *restrict sum) {
    dlt_loss_term term = of_element(call->prediction[i], call->target.values[i], parameter);
    *sum += (double)term.value;
    if (dprediction != NULL)
        dprediction[i] = term.slope * per_element;
}

/** The weight of all rows, added in their order. */
static inline double dlt_loss_weight_sum(const dlt_loss_call *call) {
    if (call->weights == NULL)
        return (double)call->n;
    double sum = 0;
    for (int64_t row = 0; row < call->n; row++)
        sum += (double)call->weights[row];
    return sum;
}

/* Adds the elements of all rows to the lanes that the plain loop adds them to: element i of the
 * call, all rows one after the other, to lane i % LANES. */
__attribute__((always_inline)) static inline void
dlt_loss_weighted_rows(const dlt_loss_call *call, dlt_loss_of_element *of_element,
                       dlt_real parameter, dlt_real per_element, double lanes[DLT_LOSS_LANES]) {
    for (int64_t row = 0; row < call->n; row++) {
        const dlt_real weight = call->weights[row];
        const dlt_real slope = weight * per_element;
        for (int64_t i = row * call->d; i < (row + 1) * call->d; i++) {
            dlt_loss_term term = {0};
            if (weight != 0)
                term = of_element(call->prediction[i], call->target.values[i], parameter);
            lanes[i % DLT_LOSS_LANES] += (double)weight * (double)term.value;
            if (call->dprediction != NULL)
                call->dprediction[i] = term.slope * slope;
        }
    }
}

/** Sum over rows of the mean over elements; weight is the number of rows, or the sum of their
 * weights. */
__attribute__((always_inline)) static inline dlt_loss_sum
dlt_loss_elementwise(const dlt_loss_call *call, dlt_loss_of_element *of_element,
                     dlt_real parameter) {
    const dlt_loss_call local = *call;
    const int64_t count = local.weights == NULL ? local.n * local.d : 0;
    const dlt_real per_element = (dlt_real)1 / (dlt_real)local.d;
    double lanes[DLT_LOSS_LANES] = {0};
    int64_t i = 0;
    if (local.weights != NULL)
        dlt_loss_weighted_rows(&local, of_element, parameter, per_element, lanes);
    for (; i + DLT_LOSS_LANES <= count; i += DLT_LOSS_LANES)
        for (int lane = 0; lane < DLT_LOSS_LANES; lane++)
            dlt_loss_lane(&local, i + lane, of_element, parameter, per_element, local.dprediction,
                          &lanes[lane]);
    for (int lane = 0; i < count; i++, lane++)
        dlt_loss_lane(&local, i, of_element, parameter, per_element, local.dprediction,
                      &lanes[lane]);
    double sum = 0;
    for (int lane = 0; lane < DLT_LOSS_LANES; lane++)
        sum += lanes[lane];
    return (dlt_loss_sum){.loss = sum / (double)local.d, .weight = dlt_loss_weight_sum(call)};
}

#endif
