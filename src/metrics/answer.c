/* The class with the highest score, and the number of classes ahead of a label. Both functions give
 * a tie to the lower class, so accuracy agrees with top_k of k = 1. Both look at all D scores,
 * because one NaN makes the whole row no answer: it puts all D classes ahead. */
#include "metrics/answer.h"

#include <math.h>

int64_t dlt_answer_class(int64_t d, const dlt_real *scores) {
    int64_t best = 0;
    for (int64_t c = 0; c < d; c++) {
        if (isnan(scores[c]))
            return DLT_NO_ANSWER;
        if (scores[c] > scores[best])
            best = c;
    }
    return best;
}

int64_t dlt_answer_ahead(int64_t d, const dlt_real *scores, int32_t label) {
    const dlt_real own = scores[label];
    int64_t ahead = 0;
    for (int64_t c = 0; c < d; c++) {
        if (isnan(scores[c]))
            return d;
        ahead += scores[c] > own || (scores[c] == own && c < label);
    }
    return ahead;
}
