/* The functions of <math.h> for dlt_real, and its constants. */
#ifndef DLT_KERNELS_REAL_MATH_H
#define DLT_KERNELS_REAL_MATH_H

#include "dltrain/real.h"

#include <float.h>
#include <math.h>

#ifdef DLT_DOUBLE
#define DLT_K_EPSILON        DBL_EPSILON
#define DLT_K_MATH(function) function
#else
#define DLT_K_EPSILON        FLT_EPSILON
#define DLT_K_MATH(function) function##f
#endif

static inline dlt_real dlt_k_exp(dlt_real x) {
    return DLT_K_MATH(exp)(x);
}

static inline dlt_real dlt_k_expm1(dlt_real x) {
    return DLT_K_MATH(expm1)(x);
}

static inline dlt_real dlt_k_tanh(dlt_real x) {
    return DLT_K_MATH(tanh)(x);
}

static inline dlt_real dlt_k_erf(dlt_real x) {
    return DLT_K_MATH(erf)(x);
}

#endif
