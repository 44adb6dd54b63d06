/* Convolution as matrix products over the columns of columns.h, one block of output lines and one
 * group of channels at a time:
 *   y = columns W,   dcolumns = dy W^T,   dW = columns^T dy.
 * A block's columns fit a core's second-level cache: measured on ResNet shapes, blocks of 512 KiB
 * run two to three times as fast as blocks of 32 MiB. */
#include "kernels/blas/blas.h"

#include "base/cast.h"
#include "base/error.h"
#include "kernels/blas/columns.h"
#include "kernels/ref/ref.h"

#include <limits.h>
#include <string.h>

enum { BLOCK_BYTES = 512 << 10 };

/* Sizes that follow from the convolution's shape. */
typedef struct block_sizes {
    int64_t group_c;
    int64_t group_k;
    int64_t width;   /* of a row of columns: R * S * C/groups */
    int64_t lines;   /* output lines of all images */
    int64_t at_once; /* output lines of a full block */
    bool direct;     /* the image is its own matrix of columns: 1x1 windows side by side */
} block_sizes;

static block_sizes block_sizes_of(const dlt_conv2d *conv) {
    const dlt_kernel_geometry *geometry = &conv->geometry;
    block_sizes of = {.group_c = geometry->c / conv->groups,
                      .group_k = conv->k / conv->groups,
                      .lines = conv->n * geometry->out_h};
    of.width = geometry->r * geometry->s * of.group_c;
    of.direct = geometry->r == 1 && geometry->s == 1 && geometry->stride_h == 1 &&
                geometry->stride_w == 1 && geometry->out_h == geometry->h &&
                geometry->out_w == geometry->w && geometry->pad_top == 0 && geometry->pad_left == 0;
    int64_t line_bytes = geometry->out_w * of.width * (int64_t)sizeof(dlt_real);
    of.at_once = dlt_min_i64(of.lines, dlt_max_i64(1, BLOCK_BYTES / dlt_max_i64(1, line_bytes)));
    if (of.direct)
        of.at_once = of.lines;
    return of;
}

dlt_status dlt_k_create_conv2d_blas(dlt_conv2d *conv) {
    block_sizes of = block_sizes_of(conv);
    int fits = 0;
    DLT_TRY(dlt_cast_int(of.at_once * conv->geometry.out_w, "pixels of a convolution", &fits));
    DLT_TRY(dlt_cast_int(of.width, "elements under a convolution's window", &fits));
    DLT_TRY(dlt_cast_int(conv->k, "filters of a convolution", &fits));
    int64_t pixels = of.at_once * conv->geometry.out_w;
    conv->workspace_bytes = of.direct ? 0 : pixels * of.width * (int64_t)sizeof(dlt_real);
    conv->plan = NULL;
    return DLT_OK;
}

void dlt_k_destroy_conv2d_blas(dlt_conv2d *conv) {
    conv->plan = NULL;
}

/* One product: the block of lines [first, first + lines) and the group. */
typedef struct column_block {
    int64_t group;
    int64_t first;
    int64_t lines;
    int64_t pixels;
    int64_t y_offset; /* of the block's first pixel and the group's first filter */
} column_block;

static column_block block_at(const dlt_conv2d *conv, const block_sizes *of, int64_t group,
                             int64_t first) {
    int64_t lines = dlt_min_i64(of->at_once, of->lines - first);
    int64_t width = conv->geometry.out_w;
    return (column_block){group, first, lines, lines * width,
                          first * width * conv->k + group * of->group_k};
}

/* The block's columns of x and their row length: gathered, or x itself. */
static const dlt_real *columns_of(const dlt_conv2d *conv, const block_sizes *of,
                                  const column_block *at, const dlt_real *x, dlt_real *gathered,
                                  int64_t *row_length) {
    *row_length = of->direct ? conv->geometry.c : of->width;
    if (of->direct)
        return x + at->group * of->group_c;
    dlt_k_gather_columns(conv, at->group, at->first, at->lines, x, gathered);
    return gathered;
}

void dlt_k_forward_conv2d_blas(const dlt_conv2d *conv, const dlt_real *x, const dlt_real *weight,
                               const dlt_real *bias, dlt_real *y, void *workspace) {
    block_sizes of = block_sizes_of(conv);
    for (int64_t group = 0; group < conv->groups; group++)
        for (int64_t first = 0; first < of.lines; first += of.at_once) {
            column_block at = block_at(conv, &of, group, first);
            int64_t row_length;
            const dlt_real *columns = columns_of(conv, &of, &at, x, workspace, &row_length);
            dlt_k_gemm_blas(false, false, at.pixels, of.group_k, of.width, 1, columns, row_length,
                            weight + group * of.group_k, conv->k, 0, y + at.y_offset, conv->k);
        }
    if (bias != NULL)
        dlt_k_bias_add(of.lines * conv->geometry.out_w, conv->k, bias, y);
}

void dlt_k_backward_data_conv2d_blas(const dlt_conv2d *conv, const dlt_real *dy,
                                     const dlt_real *weight, dlt_real *dx, void *workspace) {
    block_sizes of = block_sizes_of(conv);
    const dlt_kernel_geometry *geometry = &conv->geometry;
    if (!of.direct)
        memset(dx, 0, (size_t)(conv->n * geometry->h * geometry->w * geometry->c) * sizeof *dx);
    for (int64_t group = 0; group < conv->groups; group++)
        for (int64_t first = 0; first < of.lines; first += of.at_once) {
            column_block at = block_at(conv, &of, group, first);
            dlt_real *columns = of.direct ? dx + group * of.group_c : workspace;
            dlt_k_gemm_blas(false, true, at.pixels, of.width, of.group_k, 1, dy + at.y_offset,
                            conv->k, weight + group * of.group_k, conv->k, 0, columns,
                            of.direct ? geometry->c : of.width);
            if (!of.direct)
                dlt_k_scatter_columns(conv, group, first, at.lines, columns, dx);
        }
}

void dlt_k_backward_weights_conv2d_blas(const dlt_conv2d *conv, const dlt_real *x,
                                        const dlt_real *dy, dlt_real *dweight, dlt_real *dbias,
                                        void *workspace) {
    block_sizes of = block_sizes_of(conv);
    for (int64_t group = 0; group < conv->groups; group++)
        for (int64_t first = 0; first < of.lines; first += of.at_once) {
            column_block at = block_at(conv, &of, group, first);
            int64_t row_length;
            const dlt_real *columns = columns_of(conv, &of, &at, x, workspace, &row_length);
            dlt_k_gemm_blas(true, false, of.width, of.group_k, at.pixels, 1, columns, row_length,
                            dy + at.y_offset, conv->k, first == 0 ? 0 : 1,
                            dweight + group * of.group_k, conv->k);
        }
    if (dbias != NULL)
        dlt_k_column_sum(of.lines * conv->geometry.out_w, conv->k, dy, dbias);
}

void dlt_k_backward_conv2d_blas(const dlt_conv2d *conv, const dlt_real *x, const dlt_real *dy,
                                const dlt_real *weight, dlt_real *dx, dlt_real *dweight,
                                dlt_real *dbias, void *workspace) {
    dlt_k_backward_weights_conv2d_blas(conv, x, dy, dweight, dbias, workspace);
    if (dx != NULL)
        dlt_k_backward_data_conv2d_blas(conv, dy, weight, dx, workspace);
}
