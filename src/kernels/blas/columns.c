#include "kernels/blas/columns.h"

#include "kernels/vector.h"
#include "kernels/window.h"

#include <string.h>

/* One row of the matrix: where its pixel's window lies. */
typedef struct place {
    int64_t image; /* offset of the group's first channel in the image */
    dlt_k_span rows;
    dlt_k_span columns;
} place;

/* Offset in the image of the first element of tap (r, s). */
DLT_K_INLINE int64_t tap_offset(const dlt_window *window, const place *at, int64_t r, int64_t s) {
    int64_t row = at->rows.origin + r * window->dilation_h;
    int64_t column = at->columns.origin + s * window->dilation_w;
    return at->image + (row * window->w + column) * window->c;
}

/* Whether the taps of a window row lie side by side in the image, so that one run covers them. */
static bool taps_are_adjacent(const dlt_conv2d *conv) {
    return conv->groups == 1 && conv->window.dilation_w == 1;
}

/* Runs are short (three elements for a 3x3 window on a grey image), where a call of memcpy costs
 * more than the copy. */
DLT_K_INLINE void copy_run(int64_t count, const dlt_real *restrict from, dlt_real *restrict to) {
    for (int64_t i = 0; i < count; i++)
        to[i] = from[i];
}

DLT_K_INLINE void add_run(int64_t count, const dlt_real *restrict from, dlt_real *restrict to) {
    for (int64_t i = 0; i < count; i++)
        to[i] += from[i];
}

DLT_K_CLONES
static void gather_row(const dlt_conv2d *conv, const place *at, bool adjacent, const dlt_real *x,
                       dlt_real *row) {
    const dlt_window *window = &conv->window;
    int64_t depth = window->c / conv->groups;
    int64_t inside = at->columns.end - at->columns.first;
    bool whole = inside == window->s && at->rows.end - at->rows.first == window->r;
    if (!whole)
        memset(row, 0, (size_t)(window->r * window->s * depth) * sizeof *row);
    for (int64_t r = at->rows.first; r < at->rows.end; r++) {
        dlt_real *taps = row + r * window->s * depth;
        if (adjacent && inside > 0)
            copy_run(inside * depth, x + tap_offset(window, at, r, at->columns.first),
                     taps + at->columns.first * depth);
        else
            for (int64_t s = at->columns.first; s < at->columns.end; s++)
                copy_run(depth, x + tap_offset(window, at, r, s), taps + s * depth);
    }
}

DLT_K_CLONES
static void scatter_row(const dlt_conv2d *conv, const place *at, bool adjacent, const dlt_real *row,
                        dlt_real *dx) {
    const dlt_window *window = &conv->window;
    int64_t depth = window->c / conv->groups;
    int64_t inside = at->columns.end - at->columns.first;
    for (int64_t r = at->rows.first; r < at->rows.end; r++) {
        const dlt_real *taps = row + r * window->s * depth;
        if (adjacent && inside > 0)
            add_run(inside * depth, taps + at->columns.first * depth,
                    dx + tap_offset(window, at, r, at->columns.first));
        else
            for (int64_t s = at->columns.first; s < at->columns.end; s++)
                add_run(depth, taps + s * depth, dx + tap_offset(window, at, r, s));
    }
}

static place place_of_line(const dlt_conv2d *conv, int64_t group, int64_t line) {
    const dlt_window *window = &conv->window;
    int64_t image = line / window->out_h;
    return (place){.image = image * window->h * window->w * window->c +
                            group * (window->c / conv->groups),
                   .rows = dlt_k_span_rows(window, line % window->out_h)};
}

void dlt_k_gather_columns(const dlt_conv2d *conv, int64_t group, int64_t first, int64_t lines,
                          const dlt_real *x, dlt_real *columns) {
    const dlt_window *window = &conv->window;
    int64_t width = window->r * window->s * (window->c / conv->groups);
    bool adjacent = taps_are_adjacent(conv);
    for (int64_t line = first; line < first + lines; line++) {
        place at = place_of_line(conv, group, line);
        for (int64_t ow = 0; ow < window->out_w; ow++, columns += width) {
            at.columns = dlt_k_span_columns(window, ow);
            gather_row(conv, &at, adjacent, x, columns);
        }
    }
}

void dlt_k_scatter_columns(const dlt_conv2d *conv, int64_t group, int64_t first, int64_t lines,
                           const dlt_real *columns, dlt_real *dx) {
    const dlt_window *window = &conv->window;
    int64_t width = window->r * window->s * (window->c / conv->groups);
    bool adjacent = taps_are_adjacent(conv);
    for (int64_t line = first; line < first + lines; line++) {
        place at = place_of_line(conv, group, line);
        for (int64_t ow = 0; ow < window->out_w; ow++, columns += width) {
            at.columns = dlt_k_span_columns(window, ow);
            scatter_row(conv, &at, adjacent, columns, dx);
        }
    }
}
