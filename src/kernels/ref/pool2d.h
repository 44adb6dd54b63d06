/* The walk over the windows of an image that all poolings share. */
#ifndef DLT_KERNELS_POOL2D_H
#define DLT_KERNELS_POOL2D_H

#include "kernels/vector.h"
#include "kernels/window.h"

/* One output pixel: its place, and the rows and columns of the image under its window. */
typedef struct dlt_k_pixel {
    int64_t image; /* offset of the image's first element */
    int64_t out;   /* offset of the pixel's first element in the output */
    dlt_k_span rows;
    dlt_k_span columns;
} dlt_k_pixel;

typedef struct dlt_k_pool {
    const dlt_window *window;
    bool count_padding; /* of means */
    bool relu;          /* of maxima */
    const dlt_real *source;
    dlt_real *target;
    int32_t *argmax;       /* written forward */
    const int32_t *places; /* the same, read backward */
} dlt_k_pool;

typedef void dlt_k_visit_pixel(const dlt_k_pool *at, const dlt_k_pixel *pixel);

DLT_K_INLINE void dlt_k_visit_pool2d(int64_t n, const dlt_k_pool *at, dlt_k_visit_pixel *visit) {
    const dlt_window *window = at->window;
    dlt_k_pixel pixel = {0};
    for (int64_t line = 0; line < n * window->out_h; line++) {
        pixel.image = line / window->out_h * window->h * window->w * window->c;
        pixel.rows = dlt_k_span_rows(window, line % window->out_h);
        for (int64_t ow = 0; ow < window->out_w; ow++, pixel.out += window->c) {
            pixel.columns = dlt_k_span_columns(window, ow);
            visit(at, &pixel);
        }
    }
}

/* Position h * W + w in the image of tap (r, s). */
DLT_K_INLINE int64_t dlt_k_tap_position(const dlt_window *window, const dlt_k_pixel *pixel,
                                        int64_t r, int64_t s) {
    int64_t row = pixel->rows.origin + r * window->dilation_h;
    return row * window->w + pixel->columns.origin + s * window->dilation_w;
}

#endif
