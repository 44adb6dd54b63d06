/* Of a row with logits z, label t, p = softmax(z), weights w (1 without) and smoothing s, over D
 * classes, as torch.nn.CrossEntropyLoss defines it (label smoothing after Szegedy et al. 2015,
 * arXiv 1512.00567, section 7):
 *   loss = (1 - s) w_t (-log p_t) + s / D * sum over j of w_j (-log p_j)
 *        = sum over j of q_j (-log p_j),   q_j = (1 - s) w_t [j = t] + s / D w_j
 *   d loss / d z_j = (sum of q) p_j - q_j
 * A row weight multiplies all three: loss, gradient and w_t. A row of weight 0 is not looked at, so
 * its label may be no class and its logits NaN. With weights of 1 the bits are those without. */
#include "kernels/ref/ref.h"

#include "kernels/real_math.h"
#include "kernels/ref/reduce.h"
#include "kernels/ref/row_max.h"

#include <stddef.h>
#include <string.h>

typedef struct targets {
    int64_t classes;
    const double *weight; /* of classes, or NULL */
    double smooth;        /* s / D */
    double smooth_sum;    /* sum over j of s / D * w_j */
} targets;

DLT_K_INLINE double weight_of(const targets *of, int64_t class) {
    return of->weight != NULL ? of->weight[class] : 1.0;
}

/* More elements than GCC unrolls whole, so that the loop over them becomes vector code. */
enum { BLOCK = 2 * DLT_K_LANES };

/* Sum of exp(z - max) over the row, in the same order whether or not the terms are kept: then the
 * loss has the same bits with and without a gradient. Rows are cut into blocks of fixed size, the
 * last one filled up with exp(-infinity) = 0: few classes are the common case. */
DLT_K_INLINE double sum_of_exp(int64_t d, const dlt_real *z, dlt_real max, dlt_real *kept) {
    double lane[DLT_K_LANES] = {0};
    for (int64_t start = 0; start < d; start += BLOCK) {
        int64_t size = d - start < BLOCK ? d - start : BLOCK;
        dlt_real term[BLOCK];
        for (int64_t i = 0; i < BLOCK; i++)
            term[i] = -(dlt_real)INFINITY;
        for (int64_t i = 0; i < size; i++)
            term[i] = z[start + i] - max;
        for (int64_t i = 0; i < BLOCK; i++)
            term[i] = dlt_k_exp(term[i]);
        for (int64_t i = 0; i < DLT_K_LANES; i++)
            lane[i] += (double)term[i] + (double)term[i + DLT_K_LANES];
        if (kept != NULL)
            memcpy(kept + start, term, (size_t)size * sizeof *kept);
    }
    return dlt_k_fold_lanes(lane);
}

/* sum over j of w_j (-log p_j), log_sum being log of sum_of_exp */
DLT_K_INLINE double weighted_nll(const targets *of, const dlt_real *z, dlt_real max,
                                 double log_sum) {
    double sum = 0;
    for (int64_t j = 0; j < of->classes; j++)
        sum += weight_of(of, j) * (log_sum - (double)(z[j] - max));
    return sum;
}

/* exp_z holds exp(z - max) and becomes the gradient. */
DLT_K_INLINE void backward_row(const targets *of, double row_weight, int64_t label, double hard,
                               double sum, dlt_real *exp_z) {
    const double smooth = row_weight * of->smooth;
    dlt_real scale = (dlt_real)((hard + row_weight * of->smooth_sum) / sum);
    for (int64_t j = 0; j < of->classes; j++)
        exp_z[j] *= scale;
    if (of->smooth > 0)
        for (int64_t j = 0; j < of->classes; j++)
            exp_z[j] -= (dlt_real)(smooth * weight_of(of, j));
    exp_z[label] -= (dlt_real)hard;
}

DLT_K_CLONES
double dlt_k_cross_entropy(int64_t n, int64_t d, const dlt_real *logits, const int32_t *labels,
                           const double *class_weight, const dlt_real *row_weight,
                           dlt_real smoothing, dlt_real *dlogits, double *weight_sum) {
    targets of = {.classes = d, .weight = class_weight, .smooth = (double)smoothing / (double)d};
    for (int64_t j = 0; j < d; j++)
        of.smooth_sum += of.smooth * weight_of(&of, j);
    double loss = 0;
    for (int64_t i = 0; i < n; i++) {
        const dlt_real *z = logits + i * d;
        dlt_real *dz = dlogits != NULL ? dlogits + i * d : NULL;
        double weight = row_weight != NULL ? (double)row_weight[i] : 1.0;
        if (weight == 0) {
            for (int64_t j = 0; dz != NULL && j < d; j++)
                dz[j] = 0;
            continue;
        }
        double label_weight = weight * weight_of(&of, labels[i]);
        double hard = (1 - (double)smoothing) * label_weight;
        dlt_real max = dlt_k_row_max(d, z);
        double sum = sum_of_exp(d, z, max, dz);
        double log_sum = log(sum);
        loss += hard * (log_sum - (double)(z[labels[i]] - max));
        if (of.smooth > 0)
            loss += weight * of.smooth * weighted_nll(&of, z, max, log_sum);
        if (dz != NULL)
            backward_row(&of, weight, labels[i], hard, sum, dz);
        *weight_sum += label_weight;
    }
    return loss;
}
