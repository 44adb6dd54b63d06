/* bf16: the upper half of a float (8 significant bits, the same exponents), rounded to nearest,
 * ties to even (IEEE 754 roundTiesToEven), as in Intel 2018, "BFLOAT16: Hardware Numerics
 * Definition", but that subnormal numbers are kept. A value that is too large becomes infinite; NaN
 * stays NaN, a quiet one. */
#ifndef DLT_COMM_BF16_H
#define DLT_COMM_BF16_H

#include <stdbool.h>
#include <stdint.h>
#include <string.h>

static inline uint32_t dlt_float_bits(float value) {
    uint32_t bits = 0;
    memcpy(&bits, &value, sizeof bits);
    return bits;
}

static inline float dlt_float_of_bits(uint32_t bits) {
    float value = 0;
    memcpy(&value, &bits, sizeof value);
    return value;
}

/** The nearest bf16 value, as a float. Plain arithmetic on bits, so that loops over it become
 * vector code. */
static inline float dlt_bf16_round(float value) {
    const uint32_t magnitude = 0x7fffffff;
    const uint32_t infinity = 0x7f800000;
    const uint32_t quiet = 0x00400000;
    const uint32_t kept = 0xffff0000;
    uint32_t bits = dlt_float_bits(value);
    /* Just below half of the last kept bit, and the rest if that bit is odd: a tie goes to the even
     * neighbour. */
    uint32_t rounded = bits + 0x7fff + (bits >> 16 & 1);
    bool is_nan = (int32_t)(bits & magnitude) > (int32_t)infinity;
    return dlt_float_of_bits((is_nan ? bits | quiet : rounded) & kept);
}

static inline bool dlt_bf16_is_finite(float value) {
    const uint32_t infinity = 0x7f800000;
    return (dlt_float_bits(value) & infinity) != infinity;
}

/** The 16 bits of a value that is a bf16 one, and back. */
static inline uint16_t dlt_bf16_bits(float value) {
    return (uint16_t)(dlt_float_bits(value) >> 16);
}

static inline float dlt_bf16_of_bits(uint16_t bits) {
    return dlt_float_of_bits((uint32_t)bits << 16);
}

#endif
