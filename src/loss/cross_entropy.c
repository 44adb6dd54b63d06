/* Cross entropy of logits against class numbers, one per sample, per position of a sequence or per
 * pixel: a row is the last dimension of the prediction. With p = softmax(x), C classes, label y,
 * smoothing s, class weights a and row weights w (1 where none are given):
 *
 *   loss = sum over rows of  w (-(1 - s) a[y] log p[y] - (s / C) sum_c a[c] log p[c])
 *   weight = sum over rows of w a[y]
 *
 * The batch's loss is their ratio, the weighted mean that PyTorch's CrossEntropyLoss takes. Label
 * smoothing: Szegedy et al. 2016, arXiv 1512.00567, section 7.
 */
#include "base/error.h"
#include "loss/loss_internal.h"

#include <math.h>
#include <stddef.h>

typedef struct cross_entropy_settings {
    double label_smoothing;
    dlt_reals class_weights;
} cross_entropy_settings;

static const char *const weight_names[] = {"balanced", NULL};

static const dlt_key keys[] = {
    {.name = "label_smoothing",
     .type = DLT_KEY_REAL,
     .offset = offsetof(cross_entropy_settings, label_smoothing),
     .default_value = "0",
     .minimum = 0,
     .maximum = 1,
     .flags = DLT_KEY_OPEN_HIGH,
     .help = "Share of the target that is spread evenly over all classes."},
    {.name = "class_weights",
     .type = DLT_KEY_REALS,
     .offset = offsetof(cross_entropy_settings, class_weights),
     .default_value = "null",
     .minimum = 0,
     .maximum = 1e30,
     .enum_names = weight_names,
     .flags = DLT_KEY_NULLABLE | DLT_KEY_OPEN_LOW,
     .help = "One weight per class; balanced: n / (k n_c) for n training samples of k classes, n_c "
             "of them of class c (scikit-learn's formula); null: all 1. The loss is the weighted "
             "mean, as in PyTorch."},
    {0},
};

/* Weights are positive; the word reads as -1. */
static bool balances_cross_entropy(const void *settings) {
    const cross_entropy_settings *own = settings;
    return own->class_weights.count == 1 && own->class_weights.at[0] < 0;
}

static dlt_status check_cross_entropy(const void *settings, const dlt_loss_operand *prediction,
                                      int64_t d) {
    const cross_entropy_settings *own = settings;
    char text[DLT_SHAPE_TEXT_BYTES];
    if (prediction->shape->rank < 1 || d < 2)
        return dlt_fail(DLT_ERR_SHAPE,
                        "the loss cross_entropy needs one score per class, at least 2, in the "
                        "last dimension of the prediction, but %s has shape %s",
                        prediction->name, dlt_shape_text(prediction->shape, text));
    if (balances_cross_entropy(settings))
        return DLT_OK;
    for (int64_t i = 0; i < own->class_weights.count; i++)
        if (own->class_weights.at[i] < 0)
            return dlt_fail(DLT_ERR_CONFIG, "class_weights of the loss cross_entropy is a list of "
                                            "numbers, or 'balanced' alone");
    if (own->class_weights.count > 0 && own->class_weights.count != d)
        return dlt_fail(DLT_ERR_SHAPE,
                        "class_weights of the loss cross_entropy has %lld numbers, but %s has "
                        "%lld classes",
                        (long long)own->class_weights.count, prediction->name, (long long)d);
    return DLT_OK;
}

static const double *class_weights_of(const cross_entropy_settings *own,
                                      const dlt_loss_call *call) {
    if (balances_cross_entropy(own))
        return call->class_weights;
    return own->class_weights.count > 0 ? own->class_weights.at : NULL;
}

static dlt_loss_sum compute_cross_entropy(const void *settings, const dlt_loss_call *call) {
    const cross_entropy_settings *own = settings;
    dlt_loss_sum sum = {0};
    sum.loss = call->kernels->cross_entropy(
        call->n, call->d, call->prediction, call->target.labels, class_weights_of(own, call),
        call->weights, (dlt_real)own->label_smoothing, call->dprediction, &sum.weight);
    return sum;
}

static double denominator_cross_entropy(const void *settings, const dlt_loss_call *call) {
    const double *class_weights = class_weights_of(settings, call);
    double sum = 0;
    for (int64_t row = 0; row < call->n; row++) {
        double weight = call->weights != NULL ? (double)call->weights[row] : 1;
        if (weight == 0)
            continue;
        int32_t label = call->target.labels[row];
        sum += class_weights != NULL ? weight * class_weights[label] : weight;
    }
    return sum;
}

static bool counts_by_target_cross_entropy(const void *settings) {
    return ((const cross_entropy_settings *)settings)->class_weights.count > 0;
}

static void probabilities_cross_entropy(const dlt_kernels *kernels, int64_t n, int64_t d,
                                        const dlt_real *prediction, dlt_real *out) {
    kernels->softmax_forward(n, d, prediction, out);
}

static const double logits[] = {0.5, -1, 2, 3, 0, -0.25, 1, 1, 1, -2, 0.125, 4};
static const int32_t labels[] = {2, 0, 1, 1};

/* Two samples of three positions. */
static const double positions[] = {0.25, -1,  2,   0.5, 3,    0,    -0.25, 1, 1, 1, -2, 0.125,
                                   4,    -.5, .75, 0,   -1.5, 2.25, 0.5,   1, 0, 0, 3,  -3};
static const int32_t position_labels[] = {2, 0, 3, 0, 2, 1};

/* PyTorch: F.cross_entropy; with row weights w, the sum of w times its losses with reduction='none'
 * over the sum of w times class weights. */
static const dlt_loss_selftest selftests[] = {
    {.name = "plain",
     .settings = "cross_entropy",
     .n = 4,
     .d = 3,
     .prediction = logits,
     .labels = labels,
     .loss = 1.3306869475316274},
    {.name = "smoothed",
     .settings = "cross_entropy: {label_smoothing: 0.1}",
     .n = 4,
     .d = 3,
     .prediction = logits,
     .labels = labels,
     .loss = 1.4056869475316274},
    {.name = "weighted",
     .settings = "cross_entropy: {class_weights: [0.5, 1, 2]}",
     .n = 4,
     .d = 3,
     .prediction = logits,
     .labels = labels,
     .loss = 1.2270290310326024},
    {.name = "smoothed and weighted",
     .settings = "cross_entropy: {label_smoothing: 0.2, class_weights: [0.5, 1, 2]}",
     .n = 4,
     .d = 3,
     .prediction = logits,
     .labels = labels,
     .loss = 1.3548397769067158},
    {.name = "far logits",
     .settings = "cross_entropy",
     .n = 2,
     .d = 2,
     .prediction = (const double[]){900, -900, 900, -900},
     .labels = (const int32_t[]){0, 1},
     .loss = 900.0},
    {.name = "one label per position",
     .settings = "cross_entropy",
     .n = 6,
     .d = 4,
     .prediction = positions,
     .labels = position_labels,
     .loss = 1.2761553099287986},
    {.name = "masked: no class and NaN where nothing counts",
     .settings = "cross_entropy",
     .n = 6,
     .d = 4,
     .prediction = (const double[]){0.25, -1,  2,   0.5, NAN,  NAN,  NAN, 1, 1, 1,   -2, 0.125,
                                    4,    -.5, .75, 0,   -1.5, 2.25, 0.5, 1, 0, NAN, 3,  -3},
     .labels = (const int32_t[]){2, 255, 3, 0, 2, -1},
     .weights = (const double[]){1, 0, 1, 1, 1, 0},
     .loss = 1.0894293715427277},
    {.name = "row weights, class weights and smoothing",
     .settings = "cross_entropy: {label_smoothing: 0.1, class_weights: [0.5, 1, 2, 0.25]}",
     .n = 6,
     .d = 4,
     .prediction = positions,
     .labels = position_labels,
     .weights = (const double[]){0.5, 0, 2, 1, 0.25, 3},
     .loss = 2.157907231717813},
    {.name = "gradient", .settings = "cross_entropy", .n = 5, .d = 4, .loss = NAN},
    {.name = "gradient, smoothed and weighted",
     .settings = "cross_entropy: {label_smoothing: 0.2, class_weights: [0.5, 1, 2, 3]}",
     .n = 5,
     .d = 4,
     .loss = NAN},
};

const dlt_loss_ops dlt_loss_cross_entropy = {
    .entry = {.name = "cross_entropy",
              .summary = "Cross entropy from logits (no softmax layer before it), for one class "
                         "number per sample, position or pixel.",
              .keys = keys,
              .settings_size = sizeof(cross_entropy_settings)},
    .target = DLT_TARGET_LABELS,
    .last_dimension = true,
    .default_metrics = "[accuracy]",
    .probabilities = probabilities_cross_entropy,
    .check = check_cross_entropy,
    .balances = balances_cross_entropy,
    .compute = compute_cross_entropy,
    .denominator = denominator_cross_entropy,
    .counts_by_target = counts_by_target_cross_entropy,
    .selftests = selftests,
    .selftest_count = sizeof selftests / sizeof selftests[0],
};
