/* Batch normalisation of each feature over all other dimensions (Ioffe and Szegedy 2015, arXiv
 * 1502.03167, algorithm 1).
 *
 *   y = (x - mean) / sqrt(variance + eps) * weight + bias
 *
 * Training takes mean and (biased) variance of the micro-batch, or with `sync` of the whole batch
 * (batch_norm_sync.c); evaluation the running ones, which
 * move once per batch by the statistics of its micro-batches, weighted by their samples:
 *
 *   running = (1 - momentum) * running + momentum * batch
 *
 * where the batch's variance is the unbiased one, as in PyTorch. x [rows, D]; features [D],
 * sequences [T, D] and images [H, W, C] alike. Saved: mean and 1 / sqrt(variance + eps), each [D].
 * The join of a residual branch and a relu behind it are done in the same passes (He et al. 2016,
 * arXiv 1512.03385).
 */
#include "layers/batch_norm.h"

#include "base/error.h"

static const dlt_key keys[] = {
    {.name = "eps",
     .type = DLT_KEY_REAL,
     .offset = offsetof(batch_norm_settings, eps),
     .default_value = "1e-5",
     .minimum = 0,
     .maximum = 1,
     .flags = DLT_KEY_OPEN_LOW,
     .help = "Added to the variance; the default is PyTorch's, Keras has 1e-3."},
    {.name = "momentum",
     .type = DLT_KEY_REAL,
     .offset = offsetof(batch_norm_settings, momentum),
     .default_value = "0.1",
     .minimum = 0,
     .maximum = 1,
     .help = "Weight of a batch in the running statistics, as in PyTorch; Keras' momentum is one "
             "minus this, 0.99 by default."},
    {.name = "affine",
     .type = DLT_KEY_BOOL,
     .offset = offsetof(batch_norm_settings, affine),
     .default_value = "true",
     .help = "Whether a weight and a bias per feature are trained."},
    {.name = "sync",
     .type = DLT_KEY_BOOL,
     .offset = offsetof(batch_norm_settings, sync),
     .default_value = "false",
     .help = "Takes the statistics of the whole batch instead of each micro-batch; costs a "
             "reduction in "
             "each direction, and memory for all micro-batches of a rank at once."},
    {0},
};

static dlt_status infer_batch_norm(const dlt_layer_context *context, dlt_layer_spec *spec) {
    const batch_norm_settings *settings = context->settings;
    DLT_TRY(dlt_layer_need_features(context, "batch_norm"));
    const dlt_shape features = {.rank = 1, .dim = {dlt_layer_features(context)}};
    /* Two passes for the statistics, subtract, scale, weight, bias. */
    dlt_layer_same_shape(context, 8, spec);
    if (settings->affine) {
        spec->params[0] = (dlt_param_spec){
            .name = "weight", .shape = features, .constant = 1, .role = DLT_PARAM_NORM_SCALE};
        spec->params[1] =
            (dlt_param_spec){.name = "bias", .shape = features, .role = DLT_PARAM_BIAS};
        spec->param_count = 2;
    }
    spec->buffers[RUNNING_MEAN] = (dlt_buffer_spec){.name = "running_mean", .shape = features};
    spec->buffers[RUNNING_VARIANCE] =
        (dlt_buffer_spec){.name = "running_var", .shape = features, .initial = 1};
    spec->buffer_count = 2;
    spec->saved_bytes = 2 * features.dim[0] * (int64_t)sizeof(dlt_real);
    spec->backward_reads_x = DLT_INPUT(0);
    if (settings->sync) {
        spec->workspace_bytes = 2 * features.dim[0] * (int64_t)sizeof(dlt_real);
        spec->sync_count = 2 * features.dim[0];
        spec->saved_bytes = dlt_batch_norm_sync_saved(features.dim[0]);
    }
    return DLT_OK;
}

/* The synchronised one has its statistics computed elsewhere, and passes of its own. */
static bool fuse_batch_norm(dlt_layer *layer, const dlt_layer_fusion *fusion) {
    const batch_norm_settings *settings = layer->context.settings;
    if (settings->sync)
        return false;
    layer->fusion = *fusion;
    layer->spec.backward_reads_y = fusion->add && fusion->relu;
    return true;
}

static dlt_batch_norm norm_of(const dlt_layer *layer, const dlt_layer_call *call) {
    const batch_norm_settings *settings = layer->context.settings;
    return (dlt_batch_norm){.n = dlt_layer_rows(&layer->context, call->n),
                            .d = dlt_layer_features(&layer->context),
                            .epsilon = (dlt_real)settings->eps,
                            .weight = call->params[0],
                            .bias = call->params[1],
                            .addend = layer->fusion.add ? call->x[1] : NULL,
                            .relu = layer->fusion.relu};
}

static void evaluate_batch_norm(const dlt_layer *layer, const dlt_layer_call *call) {
    dlt_batch_norm norm = norm_of(layer, call);
    layer->context.kernels->batch_norm_inference(&norm, call->x[0], call->buffers[RUNNING_MEAN],
                                                 call->buffers[RUNNING_VARIANCE], call->y[0]);
}

/* What this micro-batch says about the running statistics, times its samples. A single row has no
 * unbiased variance; its biased one, 0, is taken. */
static void statistics_batch_norm(int64_t n, int64_t rows, int64_t d, const dlt_real *mean,
                                  const dlt_layer_call *call) {
    dlt_real *batch_mean = call->statistics[RUNNING_MEAN];
    dlt_real *batch_variance = call->statistics[RUNNING_VARIANCE];
    double unbiased = rows > 1 ? (double)rows / (double)(rows - 1) : 1.0;
    dlt_real samples = (dlt_real)n;
    dlt_real factor = (dlt_real)((double)n * unbiased);
    for (int64_t i = 0; i < d; i++) {
        batch_mean[i] = samples * mean[i];
        batch_variance[i] *= factor;
    }
}

static void forward_batch_norm(const dlt_layer *layer, const dlt_layer_call *call) {
    if (!call->training) {
        evaluate_batch_norm(layer, call);
        return;
    }
    const batch_norm_settings *settings = layer->context.settings;
    if (settings->sync) {
        dlt_batch_norm_sync_forward(layer, call);
        return;
    }
    dlt_batch_norm norm = norm_of(layer, call);
    dlt_real *mean = call->saved;
    dlt_real *inv_std = mean + norm.d;
    layer->context.kernels->batch_norm_forward(&norm, call->x[0], call->y[0], mean,
                                               call->statistics[RUNNING_VARIANCE], inv_std);
    statistics_batch_norm(call->n, norm.n, norm.d, mean, call);
}

static void backward_batch_norm(const dlt_layer *layer, const dlt_layer_call *call) {
    const batch_norm_settings *settings = layer->context.settings;
    if (settings->sync) {
        dlt_batch_norm_sync_backward(layer, call);
        return;
    }
    dlt_batch_norm norm = norm_of(layer, call);
    const dlt_real *mean = call->saved;
    layer->context.kernels->batch_norm_backward(
        &norm, call->x[0], call->y[0], call->dy[0], mean, mean + norm.d, call->dx[0],
        layer->fusion.add ? call->dx[1] : NULL, call->dparams[0], call->dparams[1]);
}

static void update_statistics_batch_norm(const dlt_layer *layer, const dlt_real *const *statistics,
                                         int64_t samples, int64_t micro_batches,
                                         dlt_real *const *buffers) {
    (void)micro_batches;
    const batch_norm_settings *settings = layer->context.settings;
    int64_t d = dlt_layer_features(&layer->context);
    dlt_real keep = (dlt_real)(1.0 - settings->momentum);
    dlt_real take = (dlt_real)(settings->momentum / (double)samples);
    for (int buffer = RUNNING_MEAN; buffer <= RUNNING_VARIANCE; buffer++)
        for (int64_t i = 0; i < d; i++)
            buffers[buffer][i] = keep * buffers[buffer][i] + take * statistics[buffer][i];
}

static const dlt_layer_selftest selftests[] = {
    {.name = "known answer, features",
     .settings = "batch_norm",
     .n = 3,
     .input_count = 1,
     .inputs = {{1, {2}}},
     .input = (const double[]){-0.875, 0.125, -0.625, 0.25, -1.125, 0.125},
     .params = (const double[]){1, -0.625, -1.875, 1.75},
     .output = (const double[]){-1.875, 2.1913067134633213, -0.6504020715437786, 0.8673865730733565,
                                -3.0995979284562214, 2.1913067134633213}},
    {.name = "known answer, images",
     .settings = "batch_norm: {eps: 0.001}",
     .n = 2,
     .input_count = 1,
     .inputs = {{3, {2, 1, 2}}},
     .input = (const double[]){1.875, 2, 1.25, 0.5, -1.25, -0.25, -1.375, 1},
     .params = (const double[]){1.5, -0.875, 1.25, -0.875},
     .output = (const double[]){3.0536285753685997, -2.145394941936255, 2.409475512736957,
                                -0.5406855415957224, -0.16713673778961402, 0.2616691585745438,
                                -0.29596735031594257, -1.0755886750425665}},
    {.name = "known answer, evaluation",
     .settings = "batch_norm",
     .n = 2,
     .input_count = 1,
     .inputs = {{1, {2}}},
     .evaluate = true,
     .input = (const double[]){-1.625, -1.75, -1.25, 0.875},
     .params = (const double[]){-1.375, -0.375, 0.75, 0.625},
     .buffers = (const double[]){1.125, -0.25, 2.375, 2.375},
     .output = (const double[]){3.2035938291475277, 0.9899974291293844, 2.869012852445592,
                                0.3512519281529618}},
    {.name = "known answer, evaluation without weight",
     .settings = "batch_norm: {affine: false}",
     .n = 2,
     .input_count = 1,
     .inputs = {{3, {2, 1, 2}}},
     .evaluate = true,
     .input = (const double[]){1.625, -0.125, 0.5, -1.25, 1, -1.375, -0.375, 1.75},
     .buffers = (const double[]){0.75, 0, 0.875, 1.375},
     .output = (const double[]){0.9354090015144628, -0.1065999705422535, -0.26725971471841803,
                                -1.065999705422535, 0.2672597147184179, -1.1725996759647885,
                                -1.2026687162328809, 1.492399587591549}},
    {.name = "features",
     .settings = "batch_norm: {momentum: 0.2}",
     .n = 5,
     .input_count = 1,
     .inputs = {{1, {3}}}},
    {.name = "sequences",
     .settings = "batch_norm",
     .n = 3,
     .input_count = 1,
     .inputs = {{2, {4, 2}}}},
    {.name = "images",
     .settings = "batch_norm",
     .n = 2,
     .input_count = 1,
     .inputs = {{3, {3, 2, 4}}}},
    {.name = "features without weight",
     .settings = "batch_norm: {affine: false}",
     .n = 4,
     .input_count = 1,
     .inputs = {{1, {3}}}},
    {.name = "synchronised, features",
     .settings = "batch_norm: {sync: true}",
     .n = 5,
     .input_count = 1,
     .inputs = {{1, {3}}}},
    {.name = "synchronised, images without weight",
     .settings = "batch_norm: {sync: true, affine: false}",
     .n = 2,
     .input_count = 1,
     .inputs = {{3, {3, 2, 2}}}},
    {.name = "synchronised, known answer",
     .settings = "batch_norm: {sync: true}",
     .n = 3,
     .input_count = 1,
     .inputs = {{1, {2}}},
     .input = (const double[]){-0.875, 0.125, -0.625, 0.25, -1.125, 0.125},
     .params = (const double[]){1, -0.625, -1.875, 1.75},
     .output = (const double[]){-1.875, 2.1913067134633213, -0.6504020715437786, 0.8673865730733565,
                                -3.0995979284562214, 2.1913067134633213}},
    {.name = "with relu",
     .settings = "batch_norm",
     .n = 3,
     .input_count = 1,
     .fusion = {.relu = true},
     .inputs = {{3, {2, 3, 5}}}},
    {.name = "with relu, known answer",
     .settings = "batch_norm",
     .n = 3,
     .input_count = 1,
     .fusion = {.relu = true},
     .inputs = {{1, {2}}},
     .input = (const double[]){-0.875, 0.125, -0.625, 0.25, -1.125, 0.125},
     .params = (const double[]){1, -0.625, -1.875, 1.75},
     .output =
         (const double[]){0, 2.1913067134633213, 0, 0.8673865730733565, 0, 2.1913067134633213}},
    {.name = "with a sum",
     .settings = "batch_norm",
     .n = 3,
     .input_count = 2,
     .fusion = {.add = true},
     .inputs = {{3, {2, 3, 2}}, {3, {2, 3, 2}}}},
    {.name = "with a sum and relu",
     .settings = "batch_norm",
     .n = 4,
     .input_count = 2,
     .fusion = {.add = true, .relu = true},
     .inputs = {{3, {3, 2, 7}}, {3, {3, 2, 7}}}},
    {.name = "with a sum and relu, in evaluation",
     .settings = "batch_norm: {affine: false}",
     .n = 2,
     .input_count = 2,
     .fusion = {.add = true, .relu = true},
     .evaluate = true,
     .inputs = {{1, {2}}, {1, {2}}},
     .input = (const double[]){1.625, -0.125, 0.5, -1.25, -2, 1, 0.5, 3},
     .buffers = (const double[]){0.75, 0, 0.875, 1.375},
     .output = (const double[]){0, 0.8934000294577465, 0.23274028528158203, 1.934000294577465}},
    {.name = "images without weight",
     .settings = "batch_norm: {affine: false, eps: 0.1}",
     .n = 2,
     .input_count = 1,
     .inputs = {{3, {2, 3, 2}}}},
};

const dlt_layer_ops dlt_layer_batch_norm = {
    .entry = {.name = "batch_norm",
              .summary = "Normalises each feature over the batch and all other dimensions.",
              .keys = keys,
              .settings_size = sizeof(batch_norm_settings)},
    .inputs_least = 1,
    .inputs_most = 1,
    .infer = infer_batch_norm,
    .forward = forward_batch_norm,
    .backward = backward_batch_norm,
    .skips_frozen = true,
    .fuse = fuse_batch_norm,
    .selftests = selftests,
    .selftest_count = DLT_COUNT_OF(selftests),
    .batch_sums_forward = dlt_batch_norm_sums_forward,
    .batch_sums_backward = dlt_batch_norm_sums_backward,
    .update_statistics = update_statistics_batch_norm,
};
