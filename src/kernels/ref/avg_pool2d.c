/* Mean over windows. */
#include "kernels/ref/pool2d.h"
#include "kernels/ref/ref.h"

#include <string.h>

/* 1 / elements that the mean is over; a window that lies in the padding alone has mean 0. */
DLT_K_INLINE dlt_real mean_factor(const dlt_k_pool *at, const dlt_k_pixel *pixel) {
    int64_t inside =
        (pixel->rows.end - pixel->rows.first) * (pixel->columns.end - pixel->columns.first);
    int64_t count = at->count_padding ? at->geometry->r * at->geometry->s : inside;
    return inside > 0 ? 1 / (dlt_real)count : 0;
}

DLT_K_INLINE void mean_of_pixel(const dlt_k_pool *at, const dlt_k_pixel *pixel) {
    const dlt_kernel_geometry *geometry = at->geometry;
    dlt_real *restrict y = at->target + pixel->out;
    dlt_real factor = mean_factor(at, pixel);
    memset(y, 0, (size_t)geometry->c * sizeof *y);
    for (int64_t r = pixel->rows.first; r < pixel->rows.end; r++)
        for (int64_t s = pixel->columns.first; s < pixel->columns.end; s++) {
            int64_t position = dlt_k_tap_position(geometry, pixel, r, s);
            const dlt_real *restrict x = at->source + pixel->image + position * geometry->c;
            for (int64_t c = 0; c < geometry->c; c++)
                y[c] += x[c];
        }
    for (int64_t c = 0; c < geometry->c; c++)
        y[c] *= factor;
}

DLT_K_INLINE void spread_mean(const dlt_k_pool *at, const dlt_k_pixel *pixel) {
    const dlt_kernel_geometry *geometry = at->geometry;
    const dlt_real *restrict dy = at->source + pixel->out;
    dlt_real factor = mean_factor(at, pixel);
    for (int64_t r = pixel->rows.first; r < pixel->rows.end; r++)
        for (int64_t s = pixel->columns.first; s < pixel->columns.end; s++) {
            int64_t position = dlt_k_tap_position(geometry, pixel, r, s);
            dlt_real *restrict dx = at->target + pixel->image + position * geometry->c;
            for (int64_t c = 0; c < geometry->c; c++)
                dx[c] += dy[c] * factor;
        }
}

DLT_K_CLONES
void dlt_k_forward_avg_pool2d(int64_t n, const dlt_kernel_geometry *geometry, bool count_padding,
                              const dlt_real *x, dlt_real *y) {
    dlt_k_pool at = {
        .geometry = geometry, .count_padding = count_padding, .source = x, .target = y};
    dlt_k_visit_pool2d(n, &at, mean_of_pixel);
}

DLT_K_CLONES
void dlt_k_backward_avg_pool2d(int64_t n, const dlt_kernel_geometry *geometry, bool count_padding,
                               const dlt_real *dy, dlt_real *dx) {
    dlt_k_pool at = {
        .geometry = geometry, .count_padding = count_padding, .source = dy, .target = dx};
    memset(dx, 0, (size_t)(n * geometry->h * geometry->w * geometry->c) * sizeof *dx);
    dlt_k_visit_pool2d(n, &at, spread_mean);
}
