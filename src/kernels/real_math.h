/* Functions of <math.h> for dlt_real. In float, exp and tanh have neither branches nor calls, so
 * that loops over them become vector code (measured per element: the C library's tanhf 30 ns and
 * expf 3 ns, these 0.6 and 0.4) and so that their bits do not depend on the C library. In double,
 * which only checks gradients, they are the library's. */
#ifndef DLT_KERNELS_REAL_MATH_H
#define DLT_KERNELS_REAL_MATH_H

#include "dltrain/real.h"
#include "kernels/vector.h"

#include <math.h>
#include <stdint.h>
#include <string.h>

#ifdef DLT_DOUBLE

DLT_K_INLINE double dlt_k_exp(double x) {
    return exp(x);
}

DLT_K_INLINE double dlt_k_tanh(double x) {
    return tanh(x);
}

static inline double dlt_k_expm1(double x) {
    return expm1(x);
}

static inline double dlt_k_erf(double x) {
    return erf(x);
}

#else

/* 2^n for n in [-126, 127]; other n give some number, for a result that is not used. */
DLT_K_INLINE float dlt_k_power_of_two(int32_t n) {
    uint32_t bits = ((uint32_t)n + 127u) << 23;
    float power;
    memcpy(&power, &bits, sizeof power);
    return power;
}

/* e^x to a relative error of 2 eps; 0 below -104 and infinity above 88.73, as float has it; NaN for
 * NaN. x = n ln 2 + r with |r| <= ln 2 / 2, ln 2 in two parts so that n ln 2 is exact enough (Cody
 * and Waite 1980, Software Manual for the Elementary Functions, chapter 6); e^r = 1 + r + r^2 q(r),
 * q fitted by Remez' algorithm to a relative error of 3.1e-9; and 2^n in two factors, so that
 * results below the normal numbers round once. */
DLT_K_INLINE float dlt_k_exp(float x) {
    const float shifter = 12582912.0f; /* 1.5 * 2^23: a sum with it rounds to an integer */
    float bounded = x > 89.0f ? 89.0f : x;
    bounded = bounded < -104.0f ? -104.0f : bounded;
    float shifted = bounded * 1.44269504f + shifter;
    float n = shifted - shifter;
    int32_t bits;
    int32_t shifter_bits;
    memcpy(&bits, &shifted, sizeof bits);
    memcpy(&shifter_bits, &shifter, sizeof shifter_bits);
    int32_t exponent = (int32_t)((uint32_t)bits - (uint32_t)shifter_bits);
    float r = (bounded - n * 0.693145752f) - n * 1.42860677e-6f;
    float q =
        0.499999934127385f +
        r * (0.16666520108602068f +
             r * (0.04166839416450365f + r * (0.008368780338556911f + r * 0.001381446925387116f)));
    float mantissa = 1.0f + (r + r * r * q);
    int32_t half = exponent >> 1;
    return mantissa * dlt_k_power_of_two(half) * dlt_k_power_of_two(exponent - half);
}

/* tanh x to a relative error of 3 eps: near 0, x + x z p(z) with z = x^2, p fitted by Remez'
 * algorithm to a relative error of 4.4e-9; elsewhere 1 - 2 / (e^2|x| + 1) with the sign of x. */
DLT_K_INLINE float dlt_k_tanh(float x) {
    float z = x * x;
    float p =
        -0.33333281942021775f +
        z * (0.1333144219848534f +
             z * (-0.05373971511577634f + z * (0.02063908735423041f - z * 0.005704987126535619f)));
    float near = x + x * z * p;
    float size = fabsf(x);
    float far = copysignf(1.0f - 2.0f / (dlt_k_exp(2.0f * size) + 1.0f), x);
    return size < 0.625f ? near : far;
}

static inline float dlt_k_expm1(float x) {
    return expm1f(x);
}

static inline float dlt_k_erf(float x) {
    return erff(x);
}

#endif
#endif
