/* Losses that are the mean, over the elements of a sample, of a function of one prediction and one
 * target. The function is inlined into the loop, so that each loss compiles to vector code of its
 * own. */
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

/** Sum over samples of the mean over elements; weight is the number of samples. */
__attribute__((always_inline)) static inline dlt_loss_sum
dlt_loss_elementwise(const dlt_loss_call *call, dlt_loss_of_element *of_element,
                     dlt_real parameter) {
    const dlt_loss_call local = *call;
    const int64_t count = local.n * local.d;
    const dlt_real per_element = (dlt_real)1 / (dlt_real)local.d;
    double lanes[DLT_LOSS_LANES] = {0};
    int64_t i = 0;
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
    return (dlt_loss_sum){.loss = sum / (double)local.d, .weight = (double)local.n};
}

#endif
