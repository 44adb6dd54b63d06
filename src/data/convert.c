/* An X-macro lists the number types. Each conversion expands it to a switch of plain loops, one per
 * type, which the compiler vectorises. Values are not checked here: a float64 too large for a
 * float32 becomes infinite, and dlt_find_not_finite reports it to the caller. A type that is not a
 * number leaves the output as it is. */
#include "data/convert.h"

#include "kernels/vector.h"

#include <math.h>

/* X(type in the file, C type of an element) */
#define NUMBER_TYPES(X)                                                                            \
    X(DLT_H5_U8, uint8_t)                                                                          \
    X(DLT_H5_I8, int8_t)                                                                           \
    X(DLT_H5_U16, uint16_t)                                                                        \
    X(DLT_H5_I16, int16_t)                                                                         \
    X(DLT_H5_U32, uint32_t)                                                                        \
    X(DLT_H5_I32, int32_t)                                                                         \
    X(DLT_H5_U64, uint64_t)                                                                        \
    X(DLT_H5_I64, int64_t)                                                                         \
    X(DLT_H5_F32, float)                                                                           \
    X(DLT_H5_F64, double)

#define REAL_CASE(code, element)                                                                   \
    case code: {                                                                                   \
        const element *from = raw;                                                                 \
        for (int64_t i = 0; i < count; i++)                                                        \
            out[i] = (dlt_real)from[i];                                                            \
        break;                                                                                     \
    }

DLT_K_CLONES void dlt_convert_to_real(dlt_h5_type type, const void *raw, int64_t count,
                                      dlt_real *restrict out) {
    switch (type) {
        NUMBER_TYPES(REAL_CASE)
    default:
        break;
    }
}

#define DOUBLE_CASE(code, element)                                                                 \
    case code: {                                                                                   \
        const element *from = raw;                                                                 \
        for (int64_t i = 0; i < count; i++)                                                        \
            out[i] = (double)from[i];                                                              \
        break;                                                                                     \
    }

void dlt_convert_to_double(dlt_h5_type type, const void *raw, int64_t count, double *restrict out) {
    switch (type) {
        NUMBER_TYPES(DOUBLE_CASE)
    default:
        break;
    }
}

bool dlt_convert_is_real(dlt_h5_type type) {
    return type == (sizeof(dlt_real) == sizeof(float) ? DLT_H5_F32 : DLT_H5_F64);
}

/* Looked at as a whole first, without a branch per element, since nearly all data are finite. */
DLT_K_CLONES static bool all_finite(const dlt_real *values, int64_t count) {
    int bad = 0;
    for (int64_t i = 0; i < count; i++)
        bad |= !isfinite(values[i]);
    return bad == 0;
}

int64_t dlt_find_not_finite(const dlt_real *values, int64_t count) {
    if (all_finite(values, count))
        return -1;
    for (int64_t i = 0; i < count; i++)
        if (!isfinite(values[i]))
            return i;
    return -1;
}
