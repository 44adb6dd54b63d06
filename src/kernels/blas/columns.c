/* Copies or adds runs of channels, line by line, pixel by pixel, tap by tap. With one group and no
 * dilation along the width, the taps of a kernel row lie side by side and are one run. Elements of
 * dx receive their terms in this order on every processor, so the bits do not depend on vector
 * width. */
#include "kernels/blas/columns.h"

#include "kernels/geometry.h"
#include "kernels/vector.h"

#include <string.h>

/* One row of the matrix: where its pixel's window lies. */
typedef struct place {
    int64_t image; /* offset of the group's first channel in the image */
    dlt_k_span rows;
    dlt_k_span columns;
} place;

/* Offset in the image of the first element of tap (r, s). */
DLT_K_INLINE int64_t tap_offset(const dlt_kernel_geometry *geometry, const place *at, int64_t r,
                                int64_t s) {
    int64_t row = at->rows.origin + r * geometry->dilation_h;
    int64_t column = at->columns.origin + s * geometry->dilation_w;
    return at->image + (row * geometry->w + column) * geometry->c;
}

/* Whether the taps of a window row lie side by side in the image, so that one run covers them. */
static bool taps_are_adjacent(const dlt_conv2d *conv) {
    return conv->groups == 1 && conv->geometry.dilation_w == 1;
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
    const dlt_kernel_geometry *geometry = &conv->geometry;
    int64_t depth = geometry->c / conv->groups;
    int64_t inside = at->columns.end - at->columns.first;
    bool whole = inside == geometry->s && at->rows.end - at->rows.first == geometry->r;
    if (!whole)
        memset(row, 0, (size_t)(geometry->r * geometry->s * depth) * sizeof *row);
    for (int64_t r = at->rows.first; r < at->rows.end; r++) {
        dlt_real *taps = row + r * geometry->s * depth;
        if (adjacent && inside > 0)
            copy_run(inside * depth, x + tap_offset(geometry, at, r, at->columns.first),
                     taps + at->columns.first * depth);
        else
            for (int64_t s = at->columns.first; s < at->columns.end; s++)
                copy_run(depth, x + tap_offset(geometry, at, r, s), taps + s * depth);
    }
}

DLT_K_CLONES
static void scatter_row(const dlt_conv2d *conv, const place *at, bool adjacent, const dlt_real *row,
                        dlt_real *dx) {
    const dlt_kernel_geometry *geometry = &conv->geometry;
    int64_t depth = geometry->c / conv->groups;
    int64_t inside = at->columns.end - at->columns.first;
    for (int64_t r = at->rows.first; r < at->rows.end; r++) {
        const dlt_real *taps = row + r * geometry->s * depth;
        if (adjacent && inside > 0)
            add_run(inside * depth, taps + at->columns.first * depth,
                    dx + tap_offset(geometry, at, r, at->columns.first));
        else
            for (int64_t s = at->columns.first; s < at->columns.end; s++)
                add_run(depth, taps + s * depth, dx + tap_offset(geometry, at, r, s));
    }
}

static place place_of_line(const dlt_conv2d *conv, int64_t group, int64_t line) {
    const dlt_kernel_geometry *geometry = &conv->geometry;
    int64_t image = line / geometry->out_h;
    return (place){.image = image * geometry->h * geometry->w * geometry->c +
                            group * (geometry->c / conv->groups),
                   .rows = dlt_k_span_rows(geometry, line % geometry->out_h)};
}

void dlt_k_gather_columns(const dlt_conv2d *conv, int64_t group, int64_t first, int64_t lines,
                          const dlt_real *x, dlt_real *columns) {
    const dlt_kernel_geometry *geometry = &conv->geometry;
    int64_t width = geometry->r * geometry->s * (geometry->c / conv->groups);
    bool adjacent = taps_are_adjacent(conv);
    for (int64_t line = first; line < first + lines; line++) {
        place at = place_of_line(conv, group, line);
        for (int64_t ow = 0; ow < geometry->out_w; ow++, columns += width) {
            at.columns = dlt_k_span_columns(geometry, ow);
            gather_row(conv, &at, adjacent, x, columns);
        }
    }
}

void dlt_k_scatter_columns(const dlt_conv2d *conv, int64_t group, int64_t first, int64_t lines,
                           const dlt_real *columns, dlt_real *dx) {
    const dlt_kernel_geometry *geometry = &conv->geometry;
    int64_t width = geometry->r * geometry->s * (geometry->c / conv->groups);
    bool adjacent = taps_are_adjacent(conv);
    for (int64_t line = first; line < first + lines; line++) {
        place at = place_of_line(conv, group, line);
        for (int64_t ow = 0; ow < geometry->out_w; ow++, columns += width) {
            at.columns = dlt_k_span_columns(geometry, ow);
            scatter_row(conv, &at, adjacent, columns, dx);
        }
    }
}
