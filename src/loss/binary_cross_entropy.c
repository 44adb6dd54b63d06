/* Binary cross entropy of logits. With x the logit, t the target in [0, 1], w = pos_weight and D
 * elements per row:
 *
 *   b(x) = -w t log s(x) - (1 - t) log(1 - s(x)),  s(x) = 1 / (1 + exp(-x))
 *        = (1 - t) x + v softplus(-x),  v = 1 + (w - 1) t,  softplus(-x) = log(1 + exp(-x))
 *   loss = sum over rows of (1/D) sum b(x)             dloss/dx = (1 - t - v s(-x)) / D
 *
 * The second form overflows for no x: softplus(-x) = max(-x, 0) + log1p(exp(-|x|)). It is evaluated
 * in double, since near t = s(x) the gradient is a small difference of numbers near 1.
 */
#include "loss/elementwise.h"
#include "loss/loss_internal.h"

#include <math.h>

typedef struct binary_cross_entropy_settings {
    double pos_weight;
} binary_cross_entropy_settings;

static const dlt_key keys[] = {
    {.name = "pos_weight",
     .type = DLT_KEY_REAL,
     .offset = offsetof(binary_cross_entropy_settings, pos_weight),
     .default_value = "1",
     .minimum = 0,
     .maximum = 1e30,
     .flags = DLT_KEY_OPEN_LOW,
     .help = "Weight of the positive class: above 1 favours recall, below 1 precision."},
    {0},
};

static dlt_loss_term element_binary_cross_entropy(dlt_real prediction, dlt_real target,
                                                  dlt_real pos_weight) {
    double x = (double)prediction, t = (double)target;
    double weight = 1 + ((double)pos_weight - 1) * t;
    double decay = exp(-fabs(x));
    double softplus = (x < 0 ? -x : 0) + log1p(decay);
    double sigmoid_of_minus_x = (x < 0 ? 1 : decay) / (1 + decay);
    return (dlt_loss_term){.value = (dlt_real)((1 - t) * x + weight * softplus),
                           .slope = (dlt_real)(1 - t - weight * sigmoid_of_minus_x)};
}

static dlt_loss_sum compute_binary_cross_entropy(const void *settings, const dlt_loss_call *call) {
    const binary_cross_entropy_settings *own = settings;
    return dlt_loss_elementwise(call, element_binary_cross_entropy, (dlt_real)own->pos_weight);
}

static void probabilities_binary_cross_entropy(const dlt_kernels *kernels, int64_t n, int64_t d,
                                               const dlt_real *prediction, dlt_real *out) {
    kernels->sigmoid_forward(n * d, prediction, out);
}

/* PyTorch: F.binary_cross_entropy_with_logits. */
static const dlt_loss_selftest selftests[] = {
    {.name = "one answer per sample",
     .settings = "binary_cross_entropy",
     .n = 4,
     .d = 1,
     .prediction = (const double[]){0.3, -1.2, 40, -800},
     .values = (const double[]){1, 0, 1, 0},
     .loss = 0.20440942795163958},
    {.name = "confident and wrong",
     .settings = "binary_cross_entropy",
     .n = 2,
     .d = 1,
     .prediction = (const double[]){60, -800},
     .values = (const double[]){0, 1},
     .loss = 430.0},
    {.name = "weighted positives",
     .settings = "binary_cross_entropy: {pos_weight: 2.5}",
     .n = 2,
     .d = 3,
     .prediction = (const double[]){0.5, -1, 2, 3, 0, -0.25},
     .values = (const double[]){1, 0, 0, 1, 1, 0},
     .loss = 1.0092763182040874},
    {.name = "weighted positives and rows",
     .settings = "binary_cross_entropy: {pos_weight: 2.5}",
     .n = 4,
     .d = 3,
     .prediction = (const double[]){0.5, -1, 2, 3, 0, -0.25, NAN, NAN, NAN, 1, -0.5, 0.75},
     .values = (const double[]){1, 0, 0, 1, 1, 0, 0, NAN, 0, 0, 1, 1},
     .weights = (const double[]){0.5, 2, 0, 1.25},
     .loss = 1.117136191911247},
    {.name = "gradient", .settings = "binary_cross_entropy", .n = 5, .d = 3, .loss = NAN},
    {.name = "gradient, weighted",
     .settings = "binary_cross_entropy: {pos_weight: 3}",
     .n = 5,
     .d = 3,
     .loss = NAN},
};

/* Of a target outside, the loss has no lower bound. */
static const dlt_target_range range = {.low = 0, .high = 1};

const dlt_loss_ops dlt_loss_binary_cross_entropy = {
    .entry = {.name = "binary_cross_entropy",
              .summary = "Binary cross entropy from logits (no sigmoid layer before it), for "
                         "yes/no targets.",
              .keys = keys,
              .settings_size = sizeof(binary_cross_entropy_settings)},
    .target = DLT_TARGET_VALUES,
    .binary = true,
    .range = &range,
    .default_metrics = "[accuracy]",
    .probabilities = probabilities_binary_cross_entropy,
    .compute = compute_binary_cross_entropy,
    .selftests = selftests,
    .selftest_count = sizeof selftests / sizeof selftests[0],
};
