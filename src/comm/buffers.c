#include "comm/buffers.h"

#include "base/alloc.h"
#include "base/cast.h"
#include "base/error.h"

enum { CACHE_LINE = 64 };

static int64_t whole_lines(int64_t count, int64_t size) {
    int64_t per_line = CACHE_LINE / size;
    return dlt_ceil_div(count, per_line) * per_line;
}

int64_t dlt_stride_of_reals(int64_t count) {
    return whole_lines(count, (int64_t)sizeof(dlt_real));
}

int64_t dlt_stride_of_doubles(int64_t count) {
    return whole_lines(count, (int64_t)sizeof(double));
}

dlt_status dlt_buffers_create(int buffer_count, int64_t real_count, int64_t double_count,
                              dlt_buffers *out) {
    dlt_buffers buffers = {.real_stride = dlt_stride_of_reals(real_count),
                           .double_stride = dlt_stride_of_doubles(double_count)};
    dlt_status status = DLT_OK;
    DLT_TRY_OUT(DLT_NEW(buffers.reals, buffer_count * buffers.real_stride));
    DLT_TRY_OUT(DLT_NEW(buffers.doubles, buffer_count * buffers.double_stride));
    *out = buffers;
    return DLT_OK;
out:
    dlt_buffers_destroy(&buffers);
    return status;
}

void dlt_buffers_destroy(dlt_buffers *buffers) {
    dlt_free(buffers->reals);
    dlt_free(buffers->doubles);
    *buffers = (dlt_buffers){0};
}

void dlt_add_reals(dlt_real *restrict into, const dlt_real *restrict from, int64_t count) {
    for (int64_t i = 0; i < count; i++)
        into[i] += from[i];
}

void dlt_add_doubles(double *restrict into, const double *restrict from, int64_t count) {
    for (int64_t i = 0; i < count; i++)
        into[i] += from[i];
}
