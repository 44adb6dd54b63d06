/** The table of kernels: maths on raw pointers, row-major, features last.
 *
 *  Legend of dimensions: N batch, H W C image height, width, channels, K out-channels, R S kernel
 * height and width, D features. Tables stack: `ref` (plain C, every entry) < `blas` (OpenBLAS) <
 * `onednn` < `onednn-bf16`; a table starts as a copy of the one below and replaces what it does
 * faster. One table is chosen at plan time. Kernels allocate nothing (library handles are made at
 * plan time by conv2d_create and dense_create) and check nothing. No output may overlap an input
 * unless it says "in place".
 *
 * `onednn-bf16` rounds both operands of the products of dense layers and convolutions to bf16 (8
 * bits of mantissa, round to nearest even); sums, results and everything else stay dlt_real. Where
 * the library has nothing fast for a shape, the operands stay dlt_real, too.
 */
#ifndef DLTRAIN_EXTEND_KERNELS_H
#define DLTRAIN_EXTEND_KERNELS_H

#include "dltrain/real.h"
#include "dltrain/status.h"

#include <stdbool.h>
#include <stdint.h>

#ifdef __cplusplus
extern "C" {
#endif

/** A 2-D window over images: convolution and pooling. Padding may differ per side. */
typedef struct dlt_kernel_geometry {
    int64_t h, w, c; /* input image */
    int64_t r, s;    /* window */
    int64_t stride_h, stride_w;
    int64_t dilation_h, dilation_w;
    int64_t pad_top, pad_bottom, pad_left, pad_right;
    int64_t out_h, out_w;
} dlt_kernel_geometry;

/** A convolution of fixed shape. x [N,H,W,C], weight [R,S,C/groups,K], bias [K] or NULL, y
 * [N,OH,OW,K]. Cross-correlation, as in ONNX, Keras and PyTorch. */
typedef struct dlt_conv2d {
    int64_t n;
    dlt_kernel_geometry geometry;
    int64_t k;
    int64_t groups;
    int64_t workspace_bytes; /* scratch that each of the three functions needs; set by create */
    void *plan;              /* of the table that made it; owned until destroy; NULL if none */
} dlt_conv2d;

struct dlt_kernels;

/** The products of a dense layer of fixed shape. x [n,d], weight [d,k], bias [k] or NULL, y [n,k].
 */
typedef struct dlt_dense {
    int64_t n, d, k;
    const struct dlt_kernels *kernels; /* the table that the functions are called from; borrowed */
    int64_t workspace_bytes; /* scratch that each of the three functions needs; set by create */
    void *plan;              /* of the table that made it; owned until destroy; NULL if none */
} dlt_dense;

/** Batch norm of x [n,d], and what is done in the same pass. */
typedef struct dlt_batch_norm {
    int64_t n, d;
    dlt_real epsilon;
    const dlt_real *weight; /* [d], or NULL: 1 */
    const dlt_real *bias;   /* [d], or NULL: 0 */
    const dlt_real *addend; /* [n,d] that is added, or NULL */
    bool relu;              /* of the sum */
} dlt_batch_norm;

/** Scaled dot-product attention of n samples: q [n, queries, heads * d], k [n, keys, heads * d], v
 * [n, keys, heads * e], y [n, queries, heads * e]. */
typedef struct dlt_attention {
    int64_t n, queries, keys, heads;
    int64_t d; /* elements of a query and a key, per head */
    int64_t e; /* of a value */
    dlt_real scale;
    bool causal;            /* query i sees keys 0 to i */
    const int32_t *lengths; /* [n] keys of each sample that are there; NULL: all */
    const struct dlt_kernels *kernels;
} dlt_attention;

typedef struct dlt_attention_call {
    const dlt_real *q, *k, *v;
    dlt_real *y;        /* forward writes it, backward reads it */
    dlt_real *log_sums; /* [n, heads, queries]: likewise; NULL where no backward follows */
    const dlt_real *dy;
    dlt_real *dq, *dk, *dv; /* overwritten; each unless NULL */
} dlt_attention_call;

typedef struct dlt_kernels {
    const char *name; /* "ref", "blas", "onednn", "onednn-bf16" */

    /** C [m,n] = alpha * op(A) op(B) + beta * C; op(A) is [m,k], op(B) [k,n]; leading dimensions
     * are row lengths. beta = 0 overwrites C without reading it. */
    void (*gemm)(bool transpose_a, bool transpose_b, int64_t m, int64_t n, int64_t k,
                 dlt_real alpha, const dlt_real *a, int64_t lda, const dlt_real *b, int64_t ldb,
                 dlt_real beta, dlt_real *c, int64_t ldc);

    /** y [n,d] += bias [d], in place. */
    void (*bias_add)(int64_t n, int64_t d, const dlt_real *bias, dlt_real *y);
    /** out [d] = sum over rows of x [n,d]. */
    void (*column_sum)(int64_t n, int64_t d, const dlt_real *x, dlt_real *out);

    /** Fills workspace_bytes and plan from the other fields of *dense. */
    dlt_status (*dense_create)(dlt_dense *dense);
    void (*dense_destroy)(dlt_dense *dense);
    /** y = x W + b */
    void (*dense_forward)(const dlt_dense *dense, const dlt_real *x, const dlt_real *weight,
                          const dlt_real *bias, dlt_real *y, void *workspace);
    /** dx = dy W^T, overwritten. */
    void (*dense_backward_data)(const dlt_dense *dense, const dlt_real *dy, const dlt_real *weight,
                                dlt_real *dx, void *workspace);
    /** dW = x^T dy and db = sum over rows of dy (unless NULL), overwritten. */
    void (*dense_backward_weights)(const dlt_dense *dense, const dlt_real *x, const dlt_real *dy,
                                   dlt_real *dweight, dlt_real *dbias, void *workspace);

    /** Fills workspace_bytes and plan from the other fields of *conv (n, window, k, groups). The
     * workspace is scratch of the caller, aligned to 64 bytes as all arrays are. */
    dlt_status (*conv2d_create)(dlt_conv2d *conv);
    void (*conv2d_destroy)(dlt_conv2d *conv);
    void (*conv2d_forward)(const dlt_conv2d *conv, const dlt_real *x, const dlt_real *weight,
                           const dlt_real *bias, dlt_real *y, void *workspace);
    /** dx is overwritten. */
    void (*conv2d_backward_data)(const dlt_conv2d *conv, const dlt_real *dy, const dlt_real *weight,
                                 dlt_real *dx, void *workspace);
    /** dweight and dbias (unless NULL) are overwritten. */
    void (*conv2d_backward_weights)(const dlt_conv2d *conv, const dlt_real *x, const dlt_real *dy,
                                    dlt_real *dweight, dlt_real *dbias, void *workspace);

    /** Both for one dy, which is then prepared once: dx (unless NULL), dweight and dbias (unless
     * NULL). */
    void (*conv2d_backward)(const dlt_conv2d *conv, const dlt_real *x, const dlt_real *dy,
                            const dlt_real *weight, dlt_real *dx, dlt_real *dweight,
                            dlt_real *dbias, void *workspace);

    /** Maximum over windows of x [N,H,W,C], padding counts as minus infinity; argmax [N,OH,OW,C]
     * holds the position h * W + w of the first maximum in the image, or -1 where no gradient
     * passes; may be NULL in forward. NaN wins. relu: y = max(0, y) besides, which is the same as
     * relu of x before. */
    void (*max_pool2d_forward)(int64_t n, const dlt_kernel_geometry *geometry, bool relu,
                               const dlt_real *x, dlt_real *y, int32_t *argmax);
    void (*max_pool2d_backward)(int64_t n, const dlt_kernel_geometry *geometry, const dlt_real *dy,
                                const int32_t *argmax, dlt_real *dx);
    /** Mean over windows; count_padding: divide by R * S always (PyTorch's default), else by the
     *  elements inside the image. */
    void (*avg_pool2d_forward)(int64_t n, const dlt_kernel_geometry *geometry, bool count_padding,
                               const dlt_real *x, dlt_real *y);
    void (*avg_pool2d_backward)(int64_t n, const dlt_kernel_geometry *geometry, bool count_padding,
                                const dlt_real *dy, dlt_real *dx);

    /** Batch norm over rows of x [n,d] (Ioffe and Szegedy 2015, arXiv 1502.03167, algorithm 1):
     * mean and biased variance per column, inv_std = 1 / sqrt(variance + epsilon), all [d] and
     * written; then, in the same pass as what follows, y = relu((x - mean) * inv_std * weight +
     * bias + addend). */
    void (*batch_norm_forward)(const dlt_batch_norm *norm, const dlt_real *x, dlt_real *y,
                               dlt_real *mean, dlt_real *variance, dlt_real *inv_std);
    /** The same with given statistics, as in evaluation. */
    void (*batch_norm_inference)(const dlt_batch_norm *norm, const dlt_real *x,
                                 const dlt_real *mean, const dlt_real *variance, dlt_real *y);
    /** From dy, the gradient of y: dx, daddend, dweight and dbias (each unless NULL) are
     * overwritten. y is read only where there are an addend and relu. */
    void (*batch_norm_backward)(const dlt_batch_norm *norm, const dlt_real *x, const dlt_real *y,
                                const dlt_real *dy, const dlt_real *mean, const dlt_real *inv_std,
                                dlt_real *dx, dlt_real *daddend, dlt_real *dweight,
                                dlt_real *dbias);

    /** Batch norm in halves, for statistics over several calls: sums [2 * d] gets the sums of x and
     *  of x^2 per column; slopes [2 * d] those of dy and of dy (x - mean). */
    void (*batch_norm_sums)(int64_t n, int64_t d, const dlt_real *x, double *sums);
    void (*batch_norm_slopes)(int64_t n, int64_t d, const dlt_real *x, const dlt_real *dy,
                              const dlt_real *mean, double *sums);
    /** dx = weight * inv_std * (dy - mean_dy - (x - mean) * slope); weight may be NULL. */
    void (*batch_norm_spread)(int64_t n, int64_t d, const dlt_real *x, const dlt_real *dy,
                              const dlt_real *weight, const dlt_real *mean, const dlt_real *inv_std,
                              const dlt_real *mean_dy, const dlt_real *slope, dlt_real *dx);

    /** Layer norm over the columns of each row of x [n,d] (Ba, Kiros, Hinton 2016, arXiv
     * 1607.06450); writes mean and inv_std [n]. */
    void (*layer_norm_forward)(int64_t n, int64_t d, const dlt_real *x, const dlt_real *weight,
                               const dlt_real *bias, dlt_real epsilon, dlt_real *y, dlt_real *mean,
                               dlt_real *inv_std);
    void (*layer_norm_backward)(int64_t n, int64_t d, const dlt_real *x, const dlt_real *dy,
                                const dlt_real *weight, const dlt_real *mean,
                                const dlt_real *inv_std, dlt_real *dx, dlt_real *dweight,
                                dlt_real *dbias);

    /** Softmax of each row of x [n,d], shifted by the row's maximum; in place allowed. */
    void (*softmax_forward)(int64_t n, int64_t d, const dlt_real *x, dlt_real *y);
    void (*softmax_backward)(int64_t n, int64_t d, const dlt_real *y, const dlt_real *dy,
                             dlt_real *dx);

    /** y = softmax(scale q k^T) v per sample and head; memory beside the arguments does not grow
     * with queries or keys. A query that sees no key has zeros. */
    int64_t (*attention_workspace_bytes)(void);
    void (*attention_forward)(const dlt_attention *attention, const dlt_attention_call *call,
                              void *workspace);
    void (*attention_backward)(const dlt_attention *attention, const dlt_attention_call *call,
                               void *workspace);

    /** One step of an LSTM for one sample. gates [4 * units], in the order i, f, g, o, holds the
     * sums of the products and afterwards the values of the gates, in place; c_before, c and h are
     * [units], c_before NULL before the first step. */
    void (*lstm_forward)(int64_t units, dlt_real *gates, const dlt_real *c_before, dlt_real *c,
                         dlt_real *h);
    /** dc [units] holds the gradient of c that later steps give, and afterwards that of c_before,
     * in place; dgates [4 * units] is overwritten with the gradients of the sums. */
    void (*lstm_backward)(int64_t units, const dlt_real *gates, const dlt_real *c_before,
                          const dlt_real *c, const dlt_real *dh, dlt_real *dc, dlt_real *dgates);

    /** Element-wise activations over count elements. Backward takes what it can compute from: x or
     * y. relu works in place, forward (y is x) and backward (dx is dy). */
    void (*relu_forward)(int64_t count, const dlt_real *x, dlt_real *y);
    void (*relu_backward)(int64_t count, const dlt_real *y, const dlt_real *dy, dlt_real *dx);
    void (*leaky_relu_forward)(int64_t count, dlt_real slope, const dlt_real *x, dlt_real *y);
    void (*leaky_relu_backward)(int64_t count, dlt_real slope, const dlt_real *x,
                                const dlt_real *dy, dlt_real *dx);
    void (*elu_forward)(int64_t count, dlt_real alpha, const dlt_real *x, dlt_real *y);
    void (*elu_backward)(int64_t count, dlt_real alpha, const dlt_real *x, const dlt_real *y,
                         const dlt_real *dy, dlt_real *dx);
    void (*sigmoid_forward)(int64_t count, const dlt_real *x, dlt_real *y);
    void (*sigmoid_backward)(int64_t count, const dlt_real *y, const dlt_real *dy, dlt_real *dx);
    void (*tanh_forward)(int64_t count, const dlt_real *x, dlt_real *y);
    void (*tanh_backward)(int64_t count, const dlt_real *y, const dlt_real *dy, dlt_real *dx);
    /** GELU, exact with erf, or its tanh approximation (Hendrycks and Gimpel 2016, arXiv
     * 1606.08415). */
    void (*gelu_forward)(int64_t count, bool approximate, const dlt_real *x, dlt_real *y);
    void (*gelu_backward)(int64_t count, bool approximate, const dlt_real *x, const dlt_real *dy,
                          dlt_real *dx);

    /** y = x + z over count elements; y may be x. */
    void (*add)(int64_t count, const dlt_real *x, const dlt_real *z, dlt_real *y);

    /** Inverted dropout: y = keep ? x * scale : 0, where element i is kept if the Philox word of
     * its position is at or above threshold. Backward is the same on dy. key and high identify the
     * stream (a dlt_stream of the library). In place allowed. */
    void (*dropout)(int64_t count, const uint32_t key[2], const uint32_t high[2],
                    uint32_t threshold, dlt_real scale, const dlt_real *x, dlt_real *y);

    /** Softmax and cross entropy of logits [n,d] in one pass. Returns the sum over rows of
     * row_weight * class_weight[label] * ((1 - s) * nll + s * mean of -log p), generalised to class
     * weights as PyTorch does; adds row_weight * class_weight[label] of each row to *weight_sum.
     * dlogits (unless NULL) gets the gradient of the sum. class_weight [d] and row_weight [n]: NULL
     * means 1. A row of weight 0 has gradient 0, and neither its logits nor its label are read. */
    double (*cross_entropy)(int64_t n, int64_t d, const dlt_real *logits, const int32_t *labels,
                            const double *class_weight, const dlt_real *row_weight,
                            dlt_real smoothing, dlt_real *dlogits, double *weight_sum);
} dlt_kernels;

/** Fills *out with the named table, or with the fastest available one for "auto". The libraries
 * behind it use the threads set by dlt_kernels_threads (dltrain/kernels_info.h), to be called
 * first.
 *  Collective: Not collective
 *  Errors:     UNSUPPORTED if this build lacks the table or does not know the name, or the
 *              processor cannot multiply bf16
 */
DLT_CHECKED dlt_status dlt_kernels_select(const char *name, dlt_kernels *out);

#ifdef __cplusplus
}
#endif
#endif
