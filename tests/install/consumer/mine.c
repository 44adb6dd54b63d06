/* An extension as a user writes it: a layer with a trained parameter, a loss, and an optimizer that
 * needs the norms of whole tensors. See dltrain/extend/extension.h. */
#include <dltrain/extend/extension.h>

#include <math.h>
#include <stddef.h>

/* Not 1 where a test plants a defect, for the gradient check to find. */
#ifndef GRADIENT_FACTOR
#define GRADIENT_FACTOR 1
#endif

/* Swish with a trained slope (Ramachandran, Zoph, Le 2017, arXiv 1710.05941):
 *
 *   y = x s(b x);  dx = dy (s + b x s (1 - s));  db = sum of dy x^2 s (1 - s);  s the sigmoid
 */
typedef struct swish_settings {
    double slope;
} swish_settings;

static const dlt_key swish_keys[] = {{.name = "slope",
                                      .type = DLT_KEY_REAL,
                                      .offset = offsetof(swish_settings, slope),
                                      .default_value = "1",
                                      .minimum = 0,
                                      .maximum = 100,
                                      .flags = DLT_KEY_SHORTHAND,
                                      .help = "Initial slope b."},
                                     {0}};

static dlt_status infer_swish(const dlt_layer_context *context, dlt_layer_spec *spec) {
    const swish_settings *settings = context->settings;
    if (context->inputs[0].shape.rank == 0)
        return dlt_layer_shape_error(context, "swish", 0, "it is a single number");
    spec->outputs[0] = context->inputs[0];
    spec->params[0] = (dlt_param_spec){
        .name = "slope", .shape = {.rank = 1, .dim = {1}}, .constant = settings->slope};
    spec->param_count = 1;
    spec->backward_reads_x = DLT_INPUT(0);
    return DLT_OK;
}

static dlt_real sigmoid(dlt_real x) {
    return (dlt_real)(1 / (1 + exp(-(double)x)));
}

static int64_t elements(const dlt_layer *layer, const dlt_layer_call *call) {
    return call->n * dlt_shape_count(&layer->context.inputs[0].shape);
}

static void forward_swish(const dlt_layer *layer, const dlt_layer_call *call) {
    const dlt_real slope = call->params[0][0];
    for (int64_t i = 0; i < elements(layer, call); i++)
        call->y[0][i] = call->x[0][i] * sigmoid(slope * call->x[0][i]);
}

static void backward_swish(const dlt_layer *layer, const dlt_layer_call *call) {
    const dlt_real slope = call->params[0][0];
    double dslope = 0;
    for (int64_t i = 0; i < elements(layer, call); i++) {
        const dlt_real x = call->x[0][i];
        const dlt_real dy = call->dy[0][i];
        const dlt_real s = sigmoid(slope * x);
        dslope += (double)(dy * x * x * s * (1 - s));
        if (call->dx[0] != NULL)
            call->dx[0][i] = dy * (s + slope * x * s * (1 - s)) * GRADIENT_FACTOR;
    }
    call->dparams[0][0] = (dlt_real)dslope;
}

static const dlt_layer_selftest swish_selftests[] = {
    {.name = "known answer",
     .settings = "swish",
     .n = 2,
     .input_count = 1,
     .inputs = {{1, {2}}},
     .input = (const double[]){0, 1, -2, 4},
     .params = (const double[]){1},
     .output = (const double[]){0, 0.7310585786300049, -0.2384058440442351, 3.928055160151634}},
    {.name = "images",
     .settings = "swish: {slope: 0.5}",
     .n = 3,
     .input_count = 1,
     .inputs = {{3, {2, 3, 4}}}},
};

static const dlt_layer_ops swish = {.entry = {.name = "swish",
                                              .summary = "x sigmoid(b x) with a trained b.",
                                              .keys = swish_keys,
                                              .settings_size = sizeof(swish_settings)},
                                    .inputs_least = 1,
                                    .inputs_most = 1,
                                    .infer = infer_swish,
                                    .forward = forward_swish,
                                    .backward = backward_swish,
                                    .selftests = swish_selftests,
                                    .selftest_count = 2};

/* Cauchy's loss: the mean over a row of log(1 + e^2), with e = prediction - target. */
static dlt_loss_sum compute_cauchy(const void *settings, const dlt_loss_call *call) {
    (void)settings;
    dlt_loss_sum sum = {0};
    for (int64_t row = 0; row < call->n; row++) {
        const double weight = call->weights != NULL ? (double)call->weights[row] : 1;
        sum.weight += weight;
        for (int64_t i = row * call->d; i < (row + 1) * call->d; i++) {
            double e = 0;
            if (weight != 0)
                e = (double)call->prediction[i] - (double)call->target.values[i];
            sum.loss += weight * log1p(e * e) / (double)call->d;
            if (call->dprediction != NULL)
                call->dprediction[i] = (dlt_real)(weight * 2 * e / (1 + e * e) / (double)call->d);
        }
    }
    return sum;
}

static const dlt_loss_selftest cauchy_selftests[] = {
    {.name = "known answer",
     .settings = "cauchy",
     .n = 2,
     .d = 2,
     .prediction = (const double[]){1, 0, 2, -1},
     .values = (const double[]){0, 0, 0, 1},
     .loss = 0.9780057513570364},
    {.name = "gradient", .settings = "cauchy", .n = 4, .d = 3, .loss = NAN},
};

static const dlt_loss_ops cauchy = {
    .entry = {.name = "cauchy", .summary = "log(1 + e^2), for targets with outliers."},
    .target = DLT_TARGET_VALUES,
    .default_metrics = "[mae]",
    .compute = compute_cauchy,
    .selftests = cauchy_selftests,
    .selftest_count = 2};

/* w <- w - lr |w| / |g| g, with the norms of the whole tensor (You et al. 2017, arXiv 1708.03888,
 * without momentum); where a norm is 0, w <- w - lr g. */
typedef struct trust_settings {
    double lr;
} trust_settings;

static const dlt_key trust_keys[] = {{.name = "lr",
                                      .type = DLT_KEY_REAL,
                                      .offset = offsetof(trust_settings, lr),
                                      .default_value = "0.01",
                                      .minimum = 0,
                                      .maximum = 1e30,
                                      .flags = DLT_KEY_SHORTHAND,
                                      .help = "Learning rate."},
                                     {0}};

static int states_trust(const void *settings, const char *names[DLT_OPTIMIZER_STATES_MAX]) {
    (void)settings;
    (void)names;
    return 0;
}

static double lr_trust(const void *settings) {
    return ((const trust_settings *)settings)->lr;
}

static void weight_decay_trust(const void *settings, double *l2, double *decoupled) {
    (void)settings;
    *l2 = 0;
    *decoupled = 0;
}

static void prepare_trust(const void *settings, const dlt_update *block,
                          double sums[DLT_UPDATE_SUMS_MAX]) {
    (void)settings;
    for (int64_t i = 0; i < block->count; i++) {
        const double w = (double)block->param[i];
        const double g = (double)dlt_update_gradient(block, block->param[i], block->grad[i]);
        sums[0] += w * w;
        sums[1] += g * g;
    }
}

static void step_trust(const void *settings, const dlt_update *update) {
    (void)settings;
    const bool is_defined = update->sums[0] > 0 && update->sums[1] > 0;
    const double trust = is_defined ? sqrt(update->sums[0] / update->sums[1]) : 1;
    const dlt_real rate = (dlt_real)(update->lr * trust);
    const dlt_real keep = dlt_update_keep(update);
    for (int64_t i = 0; i < update->count; i++) {
        const dlt_real g = dlt_update_gradient(update, update->param[i], update->grad[i]);
        update->param[i] = keep * update->param[i] - rate * g;
    }
}

static const dlt_optimizer_selftest trust_selftests[] = {
    {.name = "known answer",
     .settings = "trust: 0.1",
     .count = 2,
     .steps = 2,
     .start = (const double[]){3, 4},
     .grads = (const double[]){0, 2, 1, 0},
     .expected = (const double[]){3, 3.5, 2.5390227771353556, 3.5}},
};

static const dlt_optimizer_ops trust = {.entry = {.name = "trust",
                                                  .summary = "Layer-wise trust ratios.",
                                                  .keys = trust_keys,
                                                  .settings_size = sizeof(trust_settings)},
                                        .states = states_trust,
                                        .lr = lr_trust,
                                        .weight_decay = weight_decay_trust,
                                        .step = step_trust,
                                        .prepare = prepare_trust,
                                        .selftests = trust_selftests,
                                        .selftest_count = 1};

DLT_EXTENSION(host) {
    dlt_status status = host->register_layer(&swish);
    if (status == DLT_OK)
        status = host->register_loss(&cauchy);
    return status == DLT_OK ? host->register_optimizer(&trust) : status;
}
