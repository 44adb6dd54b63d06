/* Adam (Kingma and Ba 2015, arXiv 1412.6980, algorithm 1). With g the gradient and t the update:
 *
 *   m <- m + (1 - b1) (g - m)            first moment
 *   v <- b2 v + (1 - b2) g^2             second moment
 *   w <- w - lr / (1 - b1^t) * m / (sqrt(v) / sqrt(1 - b2^t) + eps)
 *
 * The bias corrections are taken in double, once per update.
 */
#include "optim/adam.h"
#include "optim/keys.h"
#include "optim/optim_internal.h"

static const dlt_key keys[] = {
    DLT_OPTIM_LR_KEY(dlt_adam_settings, "0.001", "0.001 in Keras and PyTorch"),
    DLT_ADAM_BETAS_KEY,
    DLT_OPTIM_EPS_KEY(dlt_adam_settings, "1e-8", "1e-8 in PyTorch, 1e-7 in Keras"),
    DLT_OPTIM_L2_KEY(dlt_adam_settings),
    {0},
};

int dlt_adam_states(const void *settings, const char *names[DLT_OPTIMIZER_STATES_MAX]) {
    (void)settings;
    names[0] = "mean";
    names[1] = "mean_square";
    return 2;
}

double dlt_adam_lr(const void *settings) {
    return ((const dlt_adam_settings *)settings)->lr;
}

static void weight_decay_adam(const void *settings, double *l2, double *decoupled) {
    *l2 = ((const dlt_adam_settings *)settings)->weight_decay;
    *decoupled = 0;
}

DLT_K_CLONES void dlt_adam_step(const void *settings, const dlt_update *update) {
    const dlt_adam_settings *own = settings;
    const dlt_update u = *update;
    const dlt_real *restrict grad = u.grad;
    dlt_real *restrict param = u.param;
    dlt_real *restrict mean = u.states[0];
    dlt_real *restrict mean_square = u.states[1];
    const double beta1 = own->betas.at[0], beta2 = own->betas.at[1], t = (double)u.step;
    const dlt_real rate = (dlt_real)(u.lr / (1 - pow(beta1, t)));
    const dlt_real root_scale = (dlt_real)(1 / sqrt(1 - pow(beta2, t)));
    const dlt_real keep = dlt_update_keep(&u), eps = (dlt_real)own->eps;
    const dlt_real taken = (dlt_real)(1 - beta1);
    const dlt_real kept_square = (dlt_real)beta2, taken_square = (dlt_real)(1 - beta2);
    for (int64_t i = 0; i < u.count; i++) {
        dlt_real g = dlt_update_gradient(&u, param[i], grad[i]);
        dlt_real m = mean[i] + taken * (g - mean[i]);
        dlt_real v = kept_square * mean_square[i] + taken_square * g * g;
        mean[i] = m;
        mean_square[i] = v;
        param[i] = keep * param[i] - rate * m / (dlt_optim_sqrt(v) * root_scale + eps);
    }
}

static const double start[] = {0.5, -1, 0, 2};
static const double grads[] = {0.1, -0.4, 1.5, -0.02, 0.3, 0.2, -2.5, 0.01, -0.6, 0.25, 0.75, 0.5};

/* PyTorch: torch.optim.Adam in double. */
static const dlt_optimizer_selftest selftests[] = {
    {.name = "defaults",
     .settings = "adam",
     .count = 4,
     .steps = 3,
     .start = start,
     .grads = grads,
     .expected = (const double[]){0.4990000001, -0.999000000025, -0.0009999999933333335,
                                  2.0009999995000003, 0.4980822190220559, -0.9987336629937632,
                                  -0.0007064387899901306, 2.0012663363711893, 0.4983167749974491,
                                  -0.9988659183359624, -0.0006459252330404967, 2.0006373492517953}},
    {.name = "every key",
     .settings = "adam: {lr: 0.05, betas: [0.8, 0.95], eps: 0.01, weight_decay: 0.1}",
     .count = 4,
     .steps = 3,
     .start = start,
     .grads = grads,
     .expected = (const double[]){0.453125, -0.9509803921568627, -0.04966887417218543,
                                  1.9526315789473685, 0.4067201193041283, -0.928643861563932,
                                  -0.032300088065964155, 1.9049262147901747, 0.41617152130175444,
                                  -0.923464874540197, -0.028802428016098395, 1.8605150901300762}},
    {.name = "L1, clipped by value",
     .settings = "adam: 0.05",
     .count = 4,
     .steps = 3,
     .start = start,
     .grads = grads,
     .expected = (const double[]){0.4500000024999999, -0.95000000125, -0.04999999833333339,
                                  1.9500000062499991, 0.40174090273476926, -0.9265265934949145,
                                  -0.04032447815015462, 1.900205272647191, 0.3807364382988755,
                                  -0.9204061844198068, -0.04525029097525451, 1.8575787028090538},
     .clip_value = 0.3,
     .l1 = 0.1},
    {.name = "decoupled decay",
     .settings = "adam: 0.05",
     .count = 4,
     .steps = 3,
     .start = start,
     .grads = grads,
     .expected = (const double[]){0.44250000499999953, -0.9350000012499999, -0.04999999966666667,
                                  2.0199999750000126, 0.38997345102779496, -0.9076581496694088,
                                  -0.03457193950450652, 2.003016818934457, 0.395851648032036,
                                  -0.9006560445343295, -0.031027682564457235, 1.9415222106807377},
     .decay = 0.3},
};

const dlt_optimizer_ops dlt_optimizer_adam = {
    .entry = {.name = "adam",
              .summary = "Adam: steps scaled by running moments of the gradient.",
              .keys = keys,
              .settings_size = sizeof(dlt_adam_settings)},
    .states = dlt_adam_states,
    .lr = dlt_adam_lr,
    .weight_decay = weight_decay_adam,
    .step = dlt_adam_step,
    .selftests = selftests,
    .selftest_count = sizeof selftests / sizeof selftests[0],
};
