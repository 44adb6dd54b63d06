/* What a model's raw output says. Every function gives "nothing" for NaN, so that it never counts
 * as right. */
#ifndef DLT_METRICS_ANSWER_H
#define DLT_METRICS_ANSWER_H

#include "dltrain/real.h"

#include <stdint.h>

enum { DLT_NO_ANSWER = -1 };

/** The class with the highest score, the first of equals; DLT_NO_ANSWER if any score is NaN. */
int64_t dlt_answer_class(int64_t d, const dlt_real *scores);

/** How many classes stand before `label` in the order of scores, of equals the first coming first;
 * all d of them if any score is NaN. */
int64_t dlt_answer_ahead(int64_t d, const dlt_real *scores, int32_t label);

/** 1 for yes (logit above 0: probability above one half), 0 for no, DLT_NO_ANSWER for NaN. */
static inline int64_t dlt_answer_yes(dlt_real logit) {
    return logit > 0 ? 1 : logit <= 0 ? 0 : DLT_NO_ANSWER;
}

/** The same of a target value, which is 0 or 1. */
static inline int64_t dlt_target_yes(dlt_real value) {
    return value > (dlt_real)0.5 ? 1 : 0;
}

#endif
