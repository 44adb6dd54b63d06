/* Maximum over windows. */
#include "kernels/ref/pool2d.h"
#include "kernels/ref/ref.h"

#include "kernels/real_math.h"

#include <string.h>

/* The larger of two and its place. NaN wins, the last one if there are several, as in PyTorch. */
DLT_K_INLINE void keep_larger(dlt_real x, int32_t position, dlt_real *most, int32_t *place) {
    bool take = (x > *most) | (x != x);
    *place = take ? position : *place;
    *most = take ? x : *most;
}

/* The usual window, two by two and all of it in the image: the maxima stay in registers. No
 * gradient passes where the relu does not rise. */
DLT_K_INLINE void max_of_four(const dlt_k_pool *at, const dlt_k_pixel *pixel, bool relu,
                              int32_t *restrict argmax) {
    const int64_t channels = at->geometry->c;
    const int32_t first = (int32_t)dlt_k_tap_position(at->geometry, pixel, 0, 0);
    const int32_t below = (int32_t)dlt_k_tap_position(at->geometry, pixel, 1, 0);
    const dlt_real *restrict upper = at->source + pixel->image + first * channels;
    const dlt_real *restrict lower = at->source + pixel->image + below * channels;
    const dlt_real *restrict upper_right = upper + channels;
    const dlt_real *restrict lower_right = lower + channels;
    dlt_real *restrict y = at->target + pixel->out;
    for (int64_t c = 0; c < channels; c++) {
        dlt_real most = upper[c];
        int32_t place = first;
        keep_larger(upper_right[c], first + 1, &most, &place);
        keep_larger(lower[c], below, &most, &place);
        keep_larger(lower_right[c], below + 1, &most, &place);
        y[c] = relu && most < 0 ? 0 : most;
        if (argmax != NULL)
            argmax[c] = relu && most <= 0 ? -1 : place;
    }
}

DLT_K_INLINE void keep_larger_of_tap(int64_t count, int32_t position, const dlt_real *restrict x,
                                     dlt_real *restrict y, int32_t *restrict argmax) {
    for (int64_t c = 0; c < count; c++) {
        bool take = (x[c] > y[c]) | (x[c] != x[c]) | (argmax[c] < 0);
        argmax[c] = take ? position : argmax[c];
        y[c] = take ? x[c] : y[c];
    }
}

/* Channels of a window of any size, and of those in the padding in part, that are reduced together.
 */
enum { CHANNELS = 64 };

DLT_K_INLINE void max_of_window(const dlt_k_pool *at, const dlt_k_pixel *pixel, int64_t first,
                                int64_t count) {
    dlt_real most[CHANNELS];
    int32_t place[CHANNELS];
    for (int64_t c = 0; c < count; c++) {
        most[c] = -(dlt_real)INFINITY;
        place[c] = -1;
    }
    for (int64_t r = pixel->rows.first; r < pixel->rows.end; r++)
        for (int64_t s = pixel->columns.first; s < pixel->columns.end; s++) {
            int64_t position = dlt_k_tap_position(at->geometry, pixel, r, s);
            keep_larger_of_tap(count, (int32_t)position,
                               at->source + pixel->image + position * at->geometry->c + first, most,
                               place);
        }
    for (int64_t c = 0; c < count; c++) {
        at->target[pixel->out + first + c] = at->relu && most[c] < 0 ? 0 : most[c];
        if (at->argmax != NULL)
            at->argmax[pixel->out + first + c] = at->relu && most[c] <= 0 ? -1 : place[c];
    }
}

DLT_K_INLINE bool is_two_by_two(const dlt_k_pool *at, const dlt_k_pixel *pixel) {
    return at->geometry->r == 2 && at->geometry->s == 2 && pixel->rows.first == 0 &&
           pixel->rows.end == 2 && pixel->columns.first == 0 && pixel->columns.end == 2 &&
           at->geometry->dilation_w == 1;
}

DLT_K_INLINE void max_of_pixel(const dlt_k_pool *at, const dlt_k_pixel *pixel) {
    if (is_two_by_two(at, pixel)) {
        max_of_four(at, pixel, at->relu, at->argmax != NULL ? at->argmax + pixel->out : NULL);
        return;
    }
    for (int64_t first = 0; first < at->geometry->c; first += CHANNELS)
        max_of_window(at, pixel, first, dlt_min_i64(CHANNELS, at->geometry->c - first));
}

DLT_K_CLONES
void dlt_k_forward_max_pool2d(int64_t n, const dlt_kernel_geometry *geometry, bool relu,
                              const dlt_real *x, dlt_real *y, int32_t *argmax) {
    dlt_k_pool at = {
        .geometry = geometry, .relu = relu, .source = x, .target = y, .argmax = argmax};
    dlt_k_visit_pool2d(n, &at, max_of_pixel);
}

/* dx of one window: dy at the maximum; `alone` says that no other window has these elements.
 * Comparing all of them makes vector code, going where argmax points does not. */
DLT_K_INLINE void spread_pixel(const dlt_k_pool *at, const dlt_k_pixel *pixel, bool alone) {
    const dlt_kernel_geometry *geometry = at->geometry;
    const dlt_real *restrict dy = at->source + pixel->out;
    const int32_t *restrict place = at->places + pixel->out;
    for (int64_t r = pixel->rows.first; r < pixel->rows.end; r++)
        for (int64_t s = pixel->columns.first; s < pixel->columns.end; s++) {
            int64_t position = dlt_k_tap_position(geometry, pixel, r, s);
            dlt_real *restrict dx = at->target + pixel->image + position * geometry->c;
            for (int64_t c = 0; c < geometry->c; c++) {
                dlt_real passed = place[c] == (int32_t)position ? dy[c] : 0;
                dx[c] = alone ? passed : dx[c] + passed;
            }
        }
}

DLT_K_INLINE void spread_alone(const dlt_k_pool *at, const dlt_k_pixel *pixel) {
    spread_pixel(at, pixel, true);
}

DLT_K_INLINE void spread_among_others(const dlt_k_pool *at, const dlt_k_pixel *pixel) {
    spread_pixel(at, pixel, false);
}

/* Whether the windows cover the image, each element once. */
static bool is_tiled(const dlt_kernel_geometry *geometry) {
    return geometry->stride_h == geometry->r && geometry->stride_w == geometry->s &&
           geometry->dilation_h == 1 && geometry->dilation_w == 1 && geometry->pad_top == 0 &&
           geometry->pad_left == 0 && geometry->out_h * geometry->r == geometry->h &&
           geometry->out_w * geometry->s == geometry->w;
}

DLT_K_CLONES
void dlt_k_backward_max_pool2d(int64_t n, const dlt_kernel_geometry *geometry, const dlt_real *dy,
                               const int32_t *argmax, dlt_real *dx) {
    dlt_k_pool at = {.geometry = geometry, .source = dy, .target = dx, .places = argmax};
    if (is_tiled(geometry)) {
        dlt_k_visit_pool2d(n, &at, spread_alone);
        return;
    }
    memset(dx, 0, (size_t)(n * geometry->h * geometry->w * geometry->c) * sizeof *dx);
    dlt_k_visit_pool2d(n, &at, spread_among_others);
}
