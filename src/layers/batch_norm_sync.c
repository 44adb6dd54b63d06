/* Batch norm with the statistics of the whole batch, whatever its micro-batches and ranks.
 *
 * Forward:  the sums of x and x^2 over all rows of the batch give mean and variance (in double; the
 *           sums of micro-batches are added in the canonical tree).
 * Backward: with the sums of dy and dy (x - mean) over all R rows of the batch (Ioffe and Szegedy
 *           2015, section 3),
 *
 *   dx = weight inv_std (dy - sum(dy) / R - (x - mean) inv_std^2 sum(dy (x - mean)) / R)
 *
 * Saved: this micro-batch's two sums of the backward pass (double), then mean and inv_std (real),
 *        each [D].
 */
#include "layers/batch_norm.h"

#include <math.h>
#include <string.h>

int64_t dlt_batch_norm_sync_saved(int64_t d) {
    return 2 * d * (int64_t)sizeof(double) + 2 * d * (int64_t)sizeof(dlt_real);
}

static double *own_sums(const dlt_layer_call *call) {
    return call->saved;
}

static dlt_real *saved_mean(const dlt_layer_call *call, int64_t d) {
    return (dlt_real *)(void *)((double *)call->saved + 2 * d);
}

void dlt_batch_norm_sums_forward(const dlt_layer *layer, const dlt_layer_call *call, double *sums) {
    layer->context.kernels->batch_norm_sums(dlt_layer_rows(&layer->context, call->n),
                                            dlt_layer_features(&layer->context), call->x[0], sums);
}

void dlt_batch_norm_sums_backward(const dlt_layer *layer, const dlt_layer_call *call,
                                  double *sums) {
    int64_t d = dlt_layer_features(&layer->context);
    layer->context.kernels->batch_norm_slopes(dlt_layer_rows(&layer->context, call->n), d,
                                              call->x[0], call->dy[0], saved_mean(call, d),
                                              own_sums(call));
    memcpy(sums, own_sums(call), 2 * (size_t)d * sizeof *sums);
}

/* Mean and 1 / std of the batch, and what this micro-batch says about the running statistics, times
 * its samples. */
static void take_statistics(const dlt_layer *layer, const dlt_layer_call *call,
                            dlt_real *variances) {
    const batch_norm_settings *settings = layer->context.settings;
    int64_t d = dlt_layer_features(&layer->context);
    double rows = (double)dlt_layer_rows(&layer->context, call->batch_n);
    double unbiased = rows > 1 ? rows / (rows - 1) : 1;
    dlt_real *mean = saved_mean(call, d);
    dlt_real *inv_std = mean + d;
    for (int64_t j = 0; j < d; j++) {
        double centre = call->batch_sums[j] / rows;
        double variance = fmax(0, call->batch_sums[d + j] / rows - centre * centre);
        mean[j] = (dlt_real)centre;
        variances[j] = (dlt_real)variance;
        inv_std[j] = (dlt_real)(1 / sqrt(variance + settings->eps));
        call->statistics[RUNNING_MEAN][j] = (dlt_real)((double)call->n * centre);
        call->statistics[RUNNING_VARIANCE][j] = (dlt_real)((double)call->n * variance * unbiased);
    }
}

void dlt_batch_norm_sync_forward(const dlt_layer *layer, const dlt_layer_call *call) {
    const batch_norm_settings *settings = layer->context.settings;
    int64_t d = dlt_layer_features(&layer->context);
    dlt_real *variances = call->workspace;
    take_statistics(layer, call, variances);
    dlt_batch_norm norm = {.n = dlt_layer_rows(&layer->context, call->n),
                           .d = d,
                           .epsilon = (dlt_real)settings->eps,
                           .weight = call->params[0],
                           .bias = call->params[1]};
    layer->context.kernels->batch_norm_inference(&norm, call->x[0], saved_mean(call, d), variances,
                                                 call->y[0]);
}

void dlt_batch_norm_sync_backward(const dlt_layer *layer, const dlt_layer_call *call) {
    int64_t d = dlt_layer_features(&layer->context);
    double rows = (double)dlt_layer_rows(&layer->context, call->batch_n);
    const double *mine = own_sums(call);
    const dlt_real *mean = saved_mean(call, d);
    const dlt_real *inv_std = mean + d;
    dlt_real *mean_dy = call->workspace;
    dlt_real *slope = mean_dy + d;
    for (int64_t j = 0; j < d; j++) {
        double scale = (double)inv_std[j];
        mean_dy[j] = (dlt_real)(call->batch_sums[j] / rows);
        slope[j] = (dlt_real)(call->batch_sums[d + j] / rows * scale * scale);
        if (call->dparams[0] != NULL)
            call->dparams[0][j] = (dlt_real)(mine[d + j] * scale);
        if (call->dparams[1] != NULL)
            call->dparams[1][j] = (dlt_real)mine[j];
    }
    if (call->dx[0] != NULL)
        layer->context.kernels->batch_norm_spread(dlt_layer_rows(&layer->context, call->n), d,
                                                  call->x[0], call->dy[0], call->params[0], mean,
                                                  inv_std, mean_dy, slope, call->dx[0]);
}
