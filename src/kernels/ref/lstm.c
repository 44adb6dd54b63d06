/* One step of an LSTM for one sample, behind the products that make its gates (Hochreiter and
 * Schmidhuber 1997, doi 10.1162/neco.1997.9.8.1735; with the forget gate of Gers, Schmidhuber and
 * Cummins 2000):
 *
 *   c = f c' + i g,   h = o tanh(c),   gates [4 U] in PyTorch's order: i, f, g, o
 *
 * Forward replaces the sums in `gates` by the values of the gates: sigmoid for i, f and o, tanh for
 * g. Backward reads those values and makes the gradients of the sums. Elements are independent. */
#include "kernels/ref/ref.h"

#include "kernels/real_math.h"
#include "kernels/vector.h"

#include <stddef.h>

DLT_K_INLINE dlt_real sigmoid(dlt_real x) {
    return 1 / (1 + dlt_k_exp(-x));
}

DLT_K_CLONES
void dlt_k_forward_lstm(int64_t units, dlt_real *restrict gates, const dlt_real *restrict c_before,
                        dlt_real *restrict c, dlt_real *restrict h) {
    dlt_real *restrict in = gates;
    dlt_real *restrict forget = gates + units;
    dlt_real *restrict change = gates + 2 * units;
    dlt_real *restrict out = gates + 3 * units;
    for (int64_t j = 0; j < units; j++) {
        in[j] = sigmoid(in[j]);
        forget[j] = sigmoid(forget[j]);
        change[j] = dlt_k_tanh(change[j]);
        out[j] = sigmoid(out[j]);
    }
    for (int64_t j = 0; j < units; j++) {
        const dlt_real added = in[j] * change[j];
        c[j] = c_before != NULL ? forget[j] * c_before[j] + added : added;
        h[j] = out[j] * dlt_k_tanh(c[j]);
    }
}

DLT_K_CLONES
void dlt_k_backward_lstm(int64_t units, const dlt_real *restrict gates,
                         const dlt_real *restrict c_before, const dlt_real *restrict c,
                         const dlt_real *restrict dh, dlt_real *restrict dc,
                         dlt_real *restrict dgates) {
    for (int64_t j = 0; j < units; j++) {
        const dlt_real in = gates[j];
        const dlt_real forget = gates[units + j];
        const dlt_real change = gates[2 * units + j];
        const dlt_real out = gates[3 * units + j];
        const dlt_real bent = dlt_k_tanh(c[j]);
        const dlt_real slope = dc[j] + dh[j] * out * (1 - bent * bent);
        const dlt_real before = c_before != NULL ? c_before[j] : 0;
        dgates[j] = slope * change * (in * (1 - in));
        dgates[units + j] = slope * before * (forget * (1 - forget));
        dgates[2 * units + j] = slope * in * (1 - change * change);
        dgates[3 * units + j] = dh[j] * bent * (out * (1 - out));
        dc[j] = slope * forget;
    }
}
