/* The walk over the windows of an image that all poolings share. */
#ifndef DLT_KERNELS_POOL2D_H
#define DLT_KERNELS_POOL2D_H

#include "kernels/geometry.h"
#include "kernels/vector.h"

/* One output pixel: its place, and the rows and columns of the image under its window. */
typedef struct dlt_k_pixel {
    int64_t image; /* offset of the image's first element */
    int64_t out;   /* offset of the pixel's first element in the output */
    dlt_k_span rows;
    dlt_k_span columns;
} dlt_k_pixel;

typedef struct dlt_k_pool {
    const dlt_kernel_geometry *geometry;
    bool count_padding; /* of means */
    bool relu;          /* of maxima */
    const dlt_real *source;
    dlt_real *target;
    int32_t *argmax;       /* written forward */
    const int32_t *places; /* the same, read backward */
} dlt_k_pool;

typedef void dlt_k_visit_pixel(const dlt_k_pool *at, const dlt_k_pixel *pixel);

DLT_K_INLINE void dlt_k_visit_pool2d(int64_t n, const dlt_k_pool *at, dlt_k_visit_pixel *visit) {
    const dlt_kernel_geometry *geometry = at->geometry;
    dlt_k_pixel pixel = {0};
    for (int64_t line = 0; line < n * geometry->out_h; line++) {
        pixel.image = line / geometry->out_h * geometry->h * geometry->w * geometry->c;
        pixel.rows = dlt_k_span_rows(geometry, line % geometry->out_h);
        for (int64_t ow = 0; ow < geometry->out_w; ow++, pixel.out += geometry->c) {
            pixel.columns = dlt_k_span_columns(geometry, ow);
            visit(at, &pixel);
        }
    }
}

/* Position h * W + w in the image of tap (r, s). */
DLT_K_INLINE int64_t dlt_k_tap_position(const dlt_kernel_geometry *geometry,
                                        const dlt_k_pixel *pixel, int64_t r, int64_t s) {
    int64_t row = pixel->rows.origin + r * geometry->dilation_h;
    return row * geometry->w + pixel->columns.origin + s * geometry->dilation_w;
}

#endif
