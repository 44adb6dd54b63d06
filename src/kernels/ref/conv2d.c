/* Convolution by its definition: y[p, k] = bias[k] + sum over taps t and channels c of
 * x[p + t, c] W[t, c, k], and its two derivatives. The proof that the fast ones are right, and what
 * the gradient checks run; not fast itself. */
#include "kernels/ref/ref.h"

#include "kernels/geometry.h"
#include "kernels/ref/reduce.h"
#include "kernels/vector.h"

#include <string.h>

dlt_status dlt_k_create_conv2d_ref(dlt_conv2d *conv) {
    conv->workspace_bytes = 0;
    conv->plan = NULL;
    return DLT_OK;
}

void dlt_k_destroy_conv2d_ref(dlt_conv2d *conv) {
    conv->plan = NULL;
}

/* y [K] += x [C] W [C/groups, K], each group of channels with its own columns of W. */
DLT_K_CLONES
static void forward_tap(const dlt_conv2d *conv, const dlt_real *x, const dlt_real *weight,
                        dlt_real *y) {
    int64_t group_c = conv->geometry.c / conv->groups;
    int64_t group_k = conv->k / conv->groups;
    for (int64_t c = 0; c < conv->geometry.c; c++) {
        int64_t column = c / group_c * group_k;
        const dlt_real *w = weight + c % group_c * conv->k + column;
        for (int64_t k = 0; k < group_k; k++)
            y[column + k] += x[c] * w[k];
    }
}

/* dx [C] += W [C/groups, K] dy [K] */
DLT_K_CLONES
static void backward_data_tap(const dlt_conv2d *conv, const dlt_real *dy, const dlt_real *weight,
                              dlt_real *dx) {
    int64_t group_c = conv->geometry.c / conv->groups;
    int64_t group_k = conv->k / conv->groups;
    for (int64_t c = 0; c < conv->geometry.c; c++) {
        int64_t column = c / group_c * group_k;
        const dlt_real *w = weight + c % group_c * conv->k + column;
        double lane[DLT_K_LANES] = {0};
        for (int64_t k = 0; k < group_k; k++)
            lane[k % DLT_K_LANES] += (double)(dy[column + k] * w[k]);
        dx[c] += (dlt_real)dlt_k_fold_lanes(lane);
    }
}

/* dW [C/groups, K] += x [C] dy [K]^T */
DLT_K_CLONES
static void backward_weights_tap(const dlt_conv2d *conv, const dlt_real *x, const dlt_real *dy,
                                 dlt_real *dweight) {
    int64_t group_c = conv->geometry.c / conv->groups;
    int64_t group_k = conv->k / conv->groups;
    for (int64_t c = 0; c < conv->geometry.c; c++) {
        int64_t column = c / group_c * group_k;
        dlt_real *dw = dweight + c % group_c * conv->k + column;
        for (int64_t k = 0; k < group_k; k++)
            dw[k] += x[c] * dy[column + k];
    }
}

/* The roles of the three arrays in a pass: which is read and which is written differs. */
typedef struct operands {
    const dlt_real *x, *weight, *dy;
    dlt_real *y, *dx, *dweight;
} operands;

static void visit_tap(const dlt_conv2d *conv, const operands *at, int64_t x_offset,
                      int64_t w_offset, int64_t y_offset) {
    if (at->y != NULL)
        forward_tap(conv, at->x + x_offset, at->weight + w_offset, at->y + y_offset);
    else if (at->dx != NULL)
        backward_data_tap(conv, at->dy + y_offset, at->weight + w_offset, at->dx + x_offset);
    else
        backward_weights_tap(conv, at->x + x_offset, at->dy + y_offset, at->dweight + w_offset);
}

static void visit_pixel(const dlt_conv2d *conv, const operands *at, int64_t image,
                        const dlt_k_span *rows, const dlt_k_span *columns, int64_t y_offset) {
    const dlt_kernel_geometry *geometry = &conv->geometry;
    int64_t tap_size = geometry->c / conv->groups * conv->k;
    for (int64_t r = rows->first; r < rows->end; r++)
        for (int64_t s = columns->first; s < columns->end; s++) {
            int64_t row = image * geometry->h + rows->origin + r * geometry->dilation_h;
            int64_t column = columns->origin + s * geometry->dilation_w;
            visit_tap(conv, at, (row * geometry->w + column) * geometry->c,
                      (r * geometry->s + s) * tap_size, y_offset);
        }
}

static void visit_conv2d(const dlt_conv2d *conv, const operands *at) {
    const dlt_kernel_geometry *geometry = &conv->geometry;
    int64_t y_offset = 0;
    for (int64_t line = 0; line < conv->n * geometry->out_h; line++) {
        dlt_k_span rows = dlt_k_span_rows(geometry, line % geometry->out_h);
        for (int64_t ow = 0; ow < geometry->out_w; ow++, y_offset += conv->k) {
            dlt_k_span columns = dlt_k_span_columns(geometry, ow);
            visit_pixel(conv, at, line / geometry->out_h, &rows, &columns, y_offset);
        }
    }
}

void dlt_k_forward_conv2d_ref(const dlt_conv2d *conv, const dlt_real *x, const dlt_real *weight,
                              const dlt_real *bias, dlt_real *y, void *workspace) {
    (void)workspace;
    int64_t pixels = conv->n * conv->geometry.out_h * conv->geometry.out_w;
    memset(y, 0, (size_t)(pixels * conv->k) * sizeof *y);
    visit_conv2d(conv, &(operands){.x = x, .weight = weight, .y = y});
    if (bias != NULL)
        dlt_k_bias_add(pixels, conv->k, bias, y);
}

void dlt_k_backward_data_conv2d_ref(const dlt_conv2d *conv, const dlt_real *dy,
                                    const dlt_real *weight, dlt_real *dx, void *workspace) {
    (void)workspace;
    const dlt_kernel_geometry *geometry = &conv->geometry;
    memset(dx, 0, (size_t)(conv->n * geometry->h * geometry->w * geometry->c) * sizeof *dx);
    visit_conv2d(conv, &(operands){.dy = dy, .weight = weight, .dx = dx});
}

void dlt_k_backward_weights_conv2d_ref(const dlt_conv2d *conv, const dlt_real *x,
                                       const dlt_real *dy, dlt_real *dweight, dlt_real *dbias,
                                       void *workspace) {
    (void)workspace;
    const dlt_kernel_geometry *geometry = &conv->geometry;
    int64_t taps = geometry->r * geometry->s;
    memset(dweight, 0, (size_t)(taps * geometry->c / conv->groups * conv->k) * sizeof *dweight);
    visit_conv2d(conv, &(operands){.x = x, .dy = dy, .dweight = dweight});
    if (dbias != NULL)
        dlt_k_column_sum(conv->n * geometry->out_h * geometry->out_w, conv->k, dy, dbias);
}

void dlt_k_backward_conv2d_ref(const dlt_conv2d *conv, const dlt_real *x, const dlt_real *dy,
                               const dlt_real *weight, dlt_real *dx, dlt_real *dweight,
                               dlt_real *dbias, void *workspace) {
    dlt_k_backward_weights_conv2d_ref(conv, x, dy, dweight, dbias, workspace);
    if (dx != NULL)
        dlt_k_backward_data_conv2d_ref(conv, dy, weight, dx, workspace);
}
