#include "kernels/ref/ref.h"

#include "kernels/real_math.h"
#include "kernels/vector.h"
#include "kernels/window.h"

#include <string.h>

/* One output pixel: its place, and the rows and columns of the image under its window. */
typedef struct pixel_place {
    int64_t image; /* offset of the image's first element */
    int64_t out;   /* offset of the pixel's first element in the output */
    dlt_k_span rows;
    dlt_k_span columns;
} pixel_place;

typedef struct operands {
    const dlt_window *window;
    bool count_padding;
    const dlt_real *source;
    dlt_real *target;
    int32_t *argmax;
} operands;

typedef void visit_pixel(const operands *at, const pixel_place *pixel);

DLT_K_INLINE void visit_pool2d(int64_t n, const operands *at, visit_pixel *visit) {
    const dlt_window *window = at->window;
    pixel_place pixel = {0};
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
DLT_K_INLINE int64_t tap_position(const dlt_window *window, const pixel_place *pixel, int64_t r,
                                  int64_t s) {
    int64_t row = pixel->rows.origin + r * window->dilation_h;
    return row * window->w + pixel->columns.origin + s * window->dilation_w;
}

/* The comparison is also true if x is the first NaN. */
DLT_K_INLINE void keep_larger(int64_t count, const dlt_real *restrict x, dlt_real *restrict y) {
    for (int64_t c = 0; c < count; c++)
        y[c] = (x[c] > y[c]) | (x[c] != x[c]) ? x[c] : y[c];
}

DLT_K_INLINE void keep_larger_at(int64_t count, int32_t position, const dlt_real *restrict x,
                                 dlt_real *restrict y, int32_t *restrict argmax) {
    for (int64_t c = 0; c < count; c++) {
        bool take = (x[c] > y[c]) | ((x[c] != x[c]) & (y[c] == y[c])) | (argmax[c] < 0);
        argmax[c] = take ? position : argmax[c];
        y[c] = take ? x[c] : y[c];
    }
}

DLT_K_CLONES
static void forward_max_pool2d(const operands *at, const pixel_place *pixel) {
    const dlt_window *window = at->window;
    dlt_real *y = at->target + pixel->out;
    int32_t *argmax = at->argmax != NULL ? at->argmax + pixel->out : NULL;
    for (int64_t c = 0; c < window->c; c++) {
        y[c] = -(dlt_real)INFINITY;
        if (argmax != NULL)
            argmax[c] = -1;
    }
    for (int64_t r = pixel->rows.first; r < pixel->rows.end; r++)
        for (int64_t s = pixel->columns.first; s < pixel->columns.end; s++) {
            int64_t position = tap_position(window, pixel, r, s);
            const dlt_real *x = at->source + pixel->image + position * window->c;
            if (argmax != NULL)
                keep_larger_at(window->c, (int32_t)position, x, y, argmax);
            else
                keep_larger(window->c, x, y);
        }
}

void dlt_k_forward_max_pool2d(int64_t n, const dlt_window *window, const dlt_real *x, dlt_real *y,
                              int32_t *argmax) {
    operands at = {.window = window, .source = x, .target = y, .argmax = argmax};
    visit_pool2d(n, &at, forward_max_pool2d);
}

void dlt_k_backward_max_pool2d(int64_t n, const dlt_window *window, const dlt_real *dy,
                               const int32_t *argmax, dlt_real *dx) {
    int64_t image_size = window->h * window->w * window->c;
    int64_t out_pixels = window->out_h * window->out_w;
    memset(dx, 0, (size_t)(n * image_size) * sizeof *dx);
    for (int64_t pixel = 0; pixel < n * out_pixels; pixel++) {
        dlt_real *image = dx + pixel / out_pixels * image_size;
        for (int64_t c = 0; c < window->c; c++) {
            int64_t out = pixel * window->c + c;
            if (argmax[out] >= 0)
                image[argmax[out] * window->c + c] += dy[out];
        }
    }
}

/* 1 / elements that the mean is over; a window that lies in the padding alone has mean 0. */
DLT_K_INLINE dlt_real mean_factor(const operands *at, const pixel_place *pixel) {
    int64_t inside =
        (pixel->rows.end - pixel->rows.first) * (pixel->columns.end - pixel->columns.first);
    int64_t count = at->count_padding ? at->window->r * at->window->s : inside;
    return inside > 0 ? 1 / (dlt_real)count : 0;
}

DLT_K_CLONES
static void forward_avg_pool2d(const operands *at, const pixel_place *pixel) {
    const dlt_window *window = at->window;
    dlt_real *restrict y = at->target + pixel->out;
    dlt_real factor = mean_factor(at, pixel);
    memset(y, 0, (size_t)window->c * sizeof *y);
    for (int64_t r = pixel->rows.first; r < pixel->rows.end; r++)
        for (int64_t s = pixel->columns.first; s < pixel->columns.end; s++) {
            int64_t position = tap_position(window, pixel, r, s);
            const dlt_real *restrict x = at->source + pixel->image + position * window->c;
            for (int64_t c = 0; c < window->c; c++)
                y[c] += x[c];
        }
    for (int64_t c = 0; c < window->c; c++)
        y[c] *= factor;
}

DLT_K_CLONES
static void backward_avg_pool2d(const operands *at, const pixel_place *pixel) {
    const dlt_window *window = at->window;
    const dlt_real *restrict dy = at->source + pixel->out;
    dlt_real factor = mean_factor(at, pixel);
    for (int64_t r = pixel->rows.first; r < pixel->rows.end; r++)
        for (int64_t s = pixel->columns.first; s < pixel->columns.end; s++) {
            int64_t position = tap_position(window, pixel, r, s);
            dlt_real *restrict dx = at->target + pixel->image + position * window->c;
            for (int64_t c = 0; c < window->c; c++)
                dx[c] += dy[c] * factor;
        }
}

void dlt_k_forward_avg_pool2d(int64_t n, const dlt_window *window, bool count_padding,
                              const dlt_real *x, dlt_real *y) {
    operands at = {.window = window, .count_padding = count_padding, .source = x, .target = y};
    visit_pool2d(n, &at, forward_avg_pool2d);
}

void dlt_k_backward_avg_pool2d(int64_t n, const dlt_window *window, bool count_padding,
                               const dlt_real *dy, dlt_real *dx) {
    operands at = {.window = window, .count_padding = count_padding, .source = dy, .target = dx};
    memset(dx, 0, (size_t)(n * window->h * window->w * window->c) * sizeof *dx);
    visit_pool2d(n, &at, backward_avg_pool2d);
}
