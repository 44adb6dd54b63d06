/* RMSprop (Tieleman and Hinton 2012, Coursera lecture 6.5; centred: Graves 2013, arXiv 1308.0850,
 * section 4.2, with PyTorch's eps outside the root). With g the gradient, a = alpha:
 *
 *   v <- a v + (1 - a) g^2;                   r = sqrt(v) + eps
 *   centred:   c <- c + (1 - a) (g - c);      r = sqrt(v - c^2) + eps
 *   plain:     w <- w - lr g / r
 *   momentum:  b <- momentum b + g / r;       w <- w - lr b
 */
#include "optim/keys.h"
#include "optim/optim_internal.h"

typedef struct rmsprop_settings {
    double lr;
    double alpha;
    double eps;
    bool centered;
    double momentum;
    double weight_decay;
} rmsprop_settings;

static const dlt_key keys[] = {
    DLT_OPTIM_LR_KEY(rmsprop_settings, "0.01", "0.01 in PyTorch, 0.001 in Keras"),
    {.name = "alpha",
     .type = DLT_KEY_REAL,
     .offset = offsetof(rmsprop_settings, alpha),
     .default_value = "0.99",
     .minimum = 0,
     .maximum = 1,
     .flags = DLT_KEY_OPEN_HIGH,
     .help = "Decay of the running mean square (0.99 in PyTorch; Keras' rho, 0.9)."},
    DLT_OPTIM_EPS_KEY(rmsprop_settings, "1e-8", "1e-8 in PyTorch, 1e-7 in Keras"),
    {.name = "centered",
     .type = DLT_KEY_BOOL,
     .offset = offsetof(rmsprop_settings, centered),
     .default_value = "false",
     .help = "Divides by the running standard deviation instead of the root mean square."},
    {.name = "momentum",
     .type = DLT_KEY_REAL,
     .offset = offsetof(rmsprop_settings, momentum),
     .default_value = "0",
     .minimum = 0,
     .maximum = 1,
     .flags = DLT_KEY_OPEN_HIGH,
     .help = "Share of the last direction that is kept."},
    DLT_OPTIM_L2_KEY(rmsprop_settings),
    {0},
};

/* The mean square comes first, then what the settings ask for. */
static int states_rmsprop(const void *settings, const char *names[DLT_OPTIMIZER_STATES_MAX]) {
    const rmsprop_settings *own = settings;
    int count = 0;
    names[count++] = "mean_square";
    if (own->centered)
        names[count++] = "mean";
    if (own->momentum > 0)
        names[count++] = "momentum";
    return count;
}

static double lr_rmsprop(const void *settings) {
    return ((const rmsprop_settings *)settings)->lr;
}

static void weight_decay_rmsprop(const void *settings, double *l2, double *decoupled) {
    *l2 = ((const rmsprop_settings *)settings)->weight_decay;
    *decoupled = 0;
}

/* One loop for the four kinds, compiled once per kind: the flags are constants of each call. */
DLT_K_INLINE void loop_rmsprop(const rmsprop_settings *own, const dlt_update *update, bool centered,
                               bool with_momentum) {
    const dlt_update u = *update;
    const dlt_real *restrict grad = u.grad;
    dlt_real *restrict param = u.param;
    dlt_real *restrict mean_square = u.states[0];
    dlt_real *restrict mean = u.states[1];
    dlt_real *restrict direction = u.states[centered ? 2 : 1];
    const dlt_real keep = dlt_update_keep(&u), lr = (dlt_real)u.lr;
    const dlt_real kept = (dlt_real)own->alpha, taken = (dlt_real)(1 - own->alpha);
    const dlt_real eps = (dlt_real)own->eps, momentum = (dlt_real)own->momentum;
    for (int64_t i = 0; i < u.count; i++) {
        dlt_real g = dlt_update_gradient(&u, param[i], grad[i]);
        dlt_real v = kept * mean_square[i] + taken * g * g;
        mean_square[i] = v;
        if (centered) {
            mean[i] += taken * (g - mean[i]);
            v -= mean[i] * mean[i];
            v = v < 0 ? 0 : v; /* a variance that only rounding makes negative */
        }
        dlt_real move = g / (dlt_optim_sqrt(v) + eps);
        if (with_momentum) {
            move += momentum * direction[i];
            direction[i] = move;
        }
        param[i] = keep * param[i] - lr * move;
    }
}

DLT_K_CLONES static void step_plain_rmsprop(const rmsprop_settings *own, const dlt_update *update) {
    loop_rmsprop(own, update, false, false);
}

DLT_K_CLONES static void step_momentum_rmsprop(const rmsprop_settings *own,
                                               const dlt_update *update) {
    loop_rmsprop(own, update, false, true);
}

DLT_K_CLONES static void step_centered_rmsprop(const rmsprop_settings *own,
                                               const dlt_update *update) {
    loop_rmsprop(own, update, true, false);
}

DLT_K_CLONES static void step_centered_momentum_rmsprop(const rmsprop_settings *own,
                                                        const dlt_update *update) {
    loop_rmsprop(own, update, true, true);
}

static void step_rmsprop(const void *settings, const dlt_update *update) {
    const rmsprop_settings *own = settings;
    if (own->centered && own->momentum > 0)
        step_centered_momentum_rmsprop(own, update);
    else if (own->centered)
        step_centered_rmsprop(own, update);
    else if (own->momentum > 0)
        step_momentum_rmsprop(own, update);
    else
        step_plain_rmsprop(own, update);
}

static const double start[] = {0.5, -1, 0, 2};
static const double grads[] = {0.1, -0.4, 1.5, -0.02, 0.3, 0.2, -2.5, 0.01, -0.6, 0.25, 0.75, 0.5};

/* PyTorch: torch.optim.RMSprop in double. */
static const dlt_optimizer_selftest selftests[] = {
    {.name = "defaults",
     .settings = "rmsprop",
     .count = 4,
     .steps = 3,
     .start = start,
     .grads = grads,
     .expected = (const double[]){0.40000009999990005, -0.9000000249999938, -0.09999999333333373,
                                  2.0999995000025, 0.30508433045467076, -0.9449013404260446,
                                  -0.014136986187708964, 2.055098376107804, 0.39365535822798414,
                                  -0.9940328919399366, -0.03919940585351213, 1.9551964596328182}},
    {.name = "momentum",
     .settings = "rmsprop: {lr: 0.05, momentum: 0.9}",
     .count = 4,
     .steps = 3,
     .start = start,
     .grads = grads,
     .expected = (const double[]){4.999995001753188e-07, -0.500000124999969, -0.4999999666666686,
                                  2.4999975000125, -0.9245778977270964, -0.27450681463019516,
                                  -0.5206849009385466, 2.7254896305502707, -1.3138433168144663,
                                  -0.3172205928668586, -0.6646134401122525, 2.4289229656593347}},
    {.name = "centered",
     .settings = "rmsprop: {lr: 0.05, alpha: 0.8, centered: true}",
     .count = 4,
     .steps = 3,
     .start = start,
     .grads = grads,
     .expected = (const double[]){0.37500003124999215, -0.8750000078124994, -0.12499999791666672,
                                  2.1249998437501953, 0.24742245133072846, -0.9300281864297503,
                                  -0.024350525851962193, 2.069971722666793, 0.35082440599079523,
                                  -0.9937909474137219, -0.05607627766132164, 1.9453733450053912}},
    {.name = "every key",
     .settings = "rmsprop: {lr: 0.05, alpha: 0.8, eps: 0.01, centered: true, momentum: 0.5, "
                 "weight_decay: 0.1}",
     .count = 4,
     .steps = 3,
     .start = start,
     .grads = grads,
     .expected = (const double[]){0.39285714285714285, -0.8809523809523809, -0.12295081967213116,
                                  1.8902439024390243, 0.22217159011429777, -0.848335098985129,
                                  -0.08444401273131852, 1.7374678528420484, 0.2319339291816151,
                                  -0.8716890296866303, -0.09622007019278368, 1.5342260232408202}},
};

const dlt_optimizer_ops dlt_optimizer_rmsprop = {
    .entry = {.name = "rmsprop",
              .summary = "RMSprop: steps divided by the running root mean square of the gradient.",
              .keys = keys,
              .settings_size = sizeof(rmsprop_settings)},
    .states = states_rmsprop,
    .lr = lr_rmsprop,
    .weight_decay = weight_decay_rmsprop,
    .step = step_rmsprop,
    .selftests = selftests,
    .selftest_count = sizeof selftests / sizeof selftests[0],
};
