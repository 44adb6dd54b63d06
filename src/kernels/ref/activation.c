/* Element-wise activations. Conditions are written so that NaN passes through, as in PyTorch. */
#include "kernels/ref/ref.h"

#include "kernels/real_math.h"
#include "kernels/vector.h"

/* In place where the model has it so, hence without `restrict`. */
DLT_K_CLONES
void dlt_k_forward_relu(int64_t count, const dlt_real *x, dlt_real *y) {
    for (int64_t i = 0; i < count; i++)
        y[i] = x[i] < 0 ? 0 : x[i];
}

DLT_K_CLONES
void dlt_k_backward_relu(int64_t count, const dlt_real *y, const dlt_real *dy, dlt_real *dx) {
    for (int64_t i = 0; i < count; i++)
        dx[i] = y[i] <= 0 ? 0 : dy[i];
}

DLT_K_CLONES
void dlt_k_forward_leaky_relu(int64_t count, dlt_real slope, const dlt_real *restrict x,
                              dlt_real *restrict y) {
    for (int64_t i = 0; i < count; i++)
        y[i] = x[i] > 0 ? x[i] : slope * x[i];
}

DLT_K_CLONES
void dlt_k_backward_leaky_relu(int64_t count, dlt_real slope, const dlt_real *restrict x,
                               const dlt_real *restrict dy, dlt_real *restrict dx) {
    for (int64_t i = 0; i < count; i++)
        dx[i] = x[i] > 0 ? dy[i] : slope * dy[i];
}

/* Clevert, Unterthiner, Hochreiter 2015, arXiv 1511.07289, equations 15 and 16. */
void dlt_k_forward_elu(int64_t count, dlt_real alpha, const dlt_real *restrict x,
                       dlt_real *restrict y) {
    for (int64_t i = 0; i < count; i++)
        y[i] = x[i] > 0 ? x[i] : alpha * dlt_k_expm1(x[i]);
}

DLT_K_CLONES
void dlt_k_backward_elu(int64_t count, dlt_real alpha, const dlt_real *restrict x,
                        const dlt_real *restrict y, const dlt_real *restrict dy,
                        dlt_real *restrict dx) {
    for (int64_t i = 0; i < count; i++)
        dx[i] = x[i] > 0 ? dy[i] : dy[i] * (y[i] + alpha);
}

DLT_K_CLONES
void dlt_k_forward_sigmoid(int64_t count, const dlt_real *restrict x, dlt_real *restrict y) {
    for (int64_t i = 0; i < count; i++)
        y[i] = 1 / (1 + dlt_k_exp(-x[i]));
}

DLT_K_CLONES
void dlt_k_backward_sigmoid(int64_t count, const dlt_real *restrict y, const dlt_real *restrict dy,
                            dlt_real *restrict dx) {
    for (int64_t i = 0; i < count; i++)
        dx[i] = dy[i] * (y[i] * (1 - y[i]));
}

DLT_K_CLONES
void dlt_k_forward_tanh(int64_t count, const dlt_real *restrict x, dlt_real *restrict y) {
    for (int64_t i = 0; i < count; i++)
        y[i] = dlt_k_tanh(x[i]);
}

DLT_K_CLONES
void dlt_k_backward_tanh(int64_t count, const dlt_real *restrict y, const dlt_real *restrict dy,
                         dlt_real *restrict dx) {
    for (int64_t i = 0; i < count; i++)
        dx[i] = dy[i] * (1 - y[i] * y[i]);
}

/* GELU(x) = x Phi(x), Phi the normal distribution function. The approximation replaces Phi(x) by
 * (1 + tanh(sqrt(2 / pi) (x + 0.044715 x^3))) / 2 (Hendrycks and Gimpel 2016, section 2). */
static const dlt_real SQRT_HALF = (dlt_real)0.70710678118654752440;
static const dlt_real INV_SQRT_2PI = (dlt_real)0.39894228040143267794;
static const dlt_real SQRT_2_OVER_PI = (dlt_real)0.79788456080286535588;
static const dlt_real CUBIC = (dlt_real)0.044715;
static const dlt_real HALF = (dlt_real)0.5;

static dlt_real normal_distribution(dlt_real x) {
    return HALF * (1 + dlt_k_erf(x * SQRT_HALF));
}

DLT_K_INLINE dlt_real approximate_tanh(dlt_real x) {
    return dlt_k_tanh(SQRT_2_OVER_PI * (x + CUBIC * x * x * x));
}

DLT_K_CLONES
static void forward_approximate_gelu(int64_t count, const dlt_real *restrict x,
                                     dlt_real *restrict y) {
    for (int64_t i = 0; i < count; i++)
        y[i] = x[i] * (HALF * (1 + approximate_tanh(x[i])));
}

void dlt_k_forward_gelu(int64_t count, bool approximate, const dlt_real *restrict x,
                        dlt_real *restrict y) {
    if (approximate)
        forward_approximate_gelu(count, x, y);
    else
        for (int64_t i = 0; i < count; i++)
            y[i] = x[i] * normal_distribution(x[i]);
}

static dlt_real slope_gelu(dlt_real x) {
    dlt_real density = INV_SQRT_2PI * dlt_k_exp(-HALF * x * x);
    return normal_distribution(x) + x * density;
}

DLT_K_CLONES
static void backward_approximate_gelu(int64_t count, const dlt_real *restrict x,
                                      const dlt_real *restrict dy, dlt_real *restrict dx) {
    for (int64_t i = 0; i < count; i++) {
        dlt_real t = approximate_tanh(x[i]);
        dlt_real inner_slope = SQRT_2_OVER_PI * (1 + 3 * CUBIC * x[i] * x[i]);
        dx[i] = dy[i] * (HALF * (1 + t) + HALF * x[i] * (1 - t * t) * inner_slope);
    }
}

void dlt_k_backward_gelu(int64_t count, bool approximate, const dlt_real *restrict x,
                         const dlt_real *restrict dy, dlt_real *restrict dx) {
    if (approximate)
        backward_approximate_gelu(count, x, dy, dx);
    else
        for (int64_t i = 0; i < count; i++)
            dx[i] = dy[i] * slope_gelu(x[i]);
}
