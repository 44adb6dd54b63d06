/* Adds deviations in double. Bytes are summed as integers, feature by feature: such a sum is exact
 * in any order, so the compiler may vectorise it. Floats are added in the order of the rows.
 * Importers use this in a single process; engine/standardize.c does the same over the ranks. */
#include "data/moments.h"

#include "base/alloc.h"
#include "base/error.h"
#include "kernels/vector.h"

#include <math.h>

dlt_status dlt_moments_create(int64_t features, dlt_moments *moments) {
    *moments = (dlt_moments){.features = features};
    dlt_status status = DLT_OK;
    DLT_TRY_OUT(DLT_NEW(moments->shift, features));
    DLT_TRY_OUT(DLT_NEW(moments->sum, features));
    DLT_TRY_OUT(DLT_NEW(moments->square, features));
out:
    if (status != DLT_OK)
        dlt_moments_destroy(moments);
    return status;
}

void dlt_moments_destroy(dlt_moments *moments) {
    dlt_free(moments->shift);
    dlt_free(moments->sum);
    dlt_free(moments->square);
    *moments = (dlt_moments){0};
}

/* One loop for each type of values, since the type is fixed for millions of them. */
#define ADD_VALUES(type)                                                                           \
    do {                                                                                           \
        const type *value = values;                                                                \
        if (moments->count == 0)                                                                   \
            for (int64_t f = 0; f < moments->features; f++)                                        \
                moments->shift[f] = (double)value[f];                                              \
        for (int64_t g = 0; g < groups; g++, value += moments->features)                           \
            for (int64_t f = 0; f < moments->features; f++) {                                      \
                double deviation = (double)value[f] - moments->shift[f];                           \
                moments->sum[f] += deviation;                                                      \
                moments->square[f] += deviation * deviation;                                       \
            }                                                                                      \
    } while (0)

/* Of bytes, the sums of a call are whole numbers, which can be added in any order. */
DLT_K_INLINE void add_bytes(dlt_moments *moments, int64_t groups, const uint8_t *value,
                            int64_t stride) {
    for (int64_t f = 0; f < moments->features; f++, value++) {
        if (moments->count == 0)
            moments->shift[f] = (double)value[0];
        const int64_t shift = (int64_t)moments->shift[f];
        int64_t sum = 0;
        int64_t square = 0;
        for (int64_t g = 0; g < groups; g++) {
            int64_t deviation = value[g * stride] - shift;
            sum += deviation;
            square += deviation * deviation;
        }
        moments->sum[f] += (double)sum;
        moments->square[f] += (double)square;
    }
}

DLT_K_CLONES static void add_grey(dlt_moments *moments, int64_t groups, const uint8_t *values) {
    add_bytes(moments, groups, values, 1);
}

void dlt_moments_add(dlt_moments *moments, dlt_h5_type type, int64_t groups, const void *values) {
    if (groups == 0)
        return;
    if (type == DLT_H5_U8 && moments->features == 1)
        add_grey(moments, groups, values);
    else if (type == DLT_H5_U8)
        add_bytes(moments, groups, values, moments->features);
    else if (type == DLT_H5_F32)
        ADD_VALUES(float);
    else
        ADD_VALUES(double);
    moments->count += groups;
}

void dlt_moments_finish(const dlt_moments *moments, double *mean, double *std) {
    double count = moments->count > 0 ? (double)moments->count : 1.0;
    for (int64_t f = 0; f < moments->features; f++) {
        double offset = moments->sum[f] / count;
        double variance = moments->square[f] / count - offset * offset;
        mean[f] = moments->shift[f] + offset;
        std[f] = variance > 0 ? sqrt(variance) : 1.0;
    }
}
