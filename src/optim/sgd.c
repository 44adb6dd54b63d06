/* Stochastic gradient descent. With g the gradient, m = momentum, d = dampening:
 *
 *   plain:     w <- w - lr g
 *   momentum:  b <- m b + (1 - d) g  (b = g in the first update);  w <- w - lr b
 *   Nesterov:  b as above;                                         w <- w - lr (g + m b)
 *
 * Sutskever, Martens, Dahl, Hinton 2013 (ICML 28(3):1139), in PyTorch's form, where lr multiplies b
 * rather than g.
 */
#include "config/config.h"
#include "optim/keys.h"
#include "optim/optim_internal.h"

typedef struct sgd_settings {
    double lr;
    double momentum;
    double dampening;
    bool nesterov;
    double weight_decay;
} sgd_settings;

static const dlt_key keys[] = {
    DLT_OPTIM_LR_KEY(sgd_settings, "0.01", "0.01 in Keras, 0.001 in PyTorch"),
    {.name = "momentum",
     .type = DLT_KEY_REAL,
     .offset = offsetof(sgd_settings, momentum),
     .default_value = "0",
     .minimum = 0,
     .maximum = 1,
     .flags = DLT_KEY_OPEN_HIGH,
     .help = "Share of the last direction that is kept."},
    {.name = "dampening",
     .type = DLT_KEY_REAL,
     .offset = offsetof(sgd_settings, dampening),
     .default_value = "0",
     .minimum = 0,
     .maximum = 1,
     .help = "Share of each gradient that does not enter the momentum (but all of the first)."},
    {.name = "nesterov",
     .type = DLT_KEY_BOOL,
     .offset = offsetof(sgd_settings, nesterov),
     .default_value = "false",
     .help = "Looks ahead along the momentum; needs momentum above 0 and dampening 0."},
    DLT_OPTIM_L2_KEY(sgd_settings),
    {0},
};

static dlt_status check_sgd(const dlt_selection *optimizer) {
    const sgd_settings *own = optimizer->settings;
    if (own->nesterov && (own->momentum <= 0 || own->dampening > 0))
        return dlt_config_fail(&optimizer->position,
                               "sgd: nesterov needs momentum above 0 and dampening 0, but momentum "
                               "is %g and dampening %g",
                               own->momentum, own->dampening);
    return DLT_OK;
}

static int states_sgd(const void *settings, const char *names[DLT_OPTIMIZER_STATES_MAX]) {
    const sgd_settings *own = settings;
    names[0] = "momentum";
    return own->momentum > 0 ? 1 : 0;
}

static double lr_sgd(const void *settings) {
    return ((const sgd_settings *)settings)->lr;
}

static void weight_decay_sgd(const void *settings, double *l2, double *decoupled) {
    *l2 = ((const sgd_settings *)settings)->weight_decay;
    *decoupled = 0;
}

DLT_K_CLONES static void step_plain_sgd(const dlt_update *update) {
    const dlt_update u = *update;
    const dlt_real *restrict grad = u.grad;
    dlt_real *restrict param = u.param;
    const dlt_real keep = dlt_update_keep(&u), lr = (dlt_real)u.lr;
    for (int64_t i = 0; i < u.count; i++) {
        dlt_real g = dlt_update_gradient(&u, param[i], grad[i]);
        param[i] = keep * param[i] - lr * g;
    }
}

DLT_K_CLONES static void step_momentum_sgd(const sgd_settings *own, const dlt_update *update) {
    const dlt_update u = *update;
    const dlt_real *restrict grad = u.grad;
    dlt_real *restrict param = u.param;
    dlt_real *restrict direction = u.states[0];
    const dlt_real keep = dlt_update_keep(&u), lr = (dlt_real)u.lr;
    const dlt_real momentum = (dlt_real)own->momentum;
    const dlt_real taken = (dlt_real)(u.step == 1 ? 1 : 1 - own->dampening);
    const bool nesterov = own->nesterov;
    for (int64_t i = 0; i < u.count; i++) {
        dlt_real g = dlt_update_gradient(&u, param[i], grad[i]);
        dlt_real b = momentum * direction[i] + taken * g;
        direction[i] = b;
        param[i] = keep * param[i] - lr * (nesterov ? g + momentum * b : b);
    }
}

static void step_sgd(const void *settings, const dlt_update *update) {
    const sgd_settings *own = settings;
    if (own->momentum > 0)
        step_momentum_sgd(own, update);
    else
        step_plain_sgd(update);
}

static const double start[] = {0.5, -1, 0, 2};
static const double grads[] = {0.1, -0.4, 1.5, -0.02, 0.3, 0.2, -2.5, 0.01, -0.6, 0.25, 0.75, 0.5};

/* PyTorch: torch.optim.SGD in double. */
static const dlt_optimizer_selftest selftests[] = {
    {.name = "plain",
     .settings = "sgd: 0.1",
     .count = 4,
     .steps = 3,
     .start = start,
     .grads = grads,
     .expected = (const double[]){0.49, -0.96, -0.15000000000000002, 2.002, 0.45999999999999996,
                                  -0.98, 0.09999999999999999, 2.001, 0.52, -1.005,
                                  0.024999999999999988, 1.9509999999999998}},
    {.name = "momentum",
     .settings = "sgd: {lr: 0.1, momentum: 0.9}",
     .count = 4,
     .steps = 3,
     .start = start,
     .grads = grads,
     .expected = (const double[]){0.49, -0.96, -0.15000000000000002, 2.002, 0.451, -0.944,
                                  -0.035000000000000024, 2.0027999999999997, 0.4759,
                                  -0.9545999999999999, -0.006500000000000031, 1.9535199999999997}},
    {.name = "dampening",
     .settings = "sgd: {lr: 0.1, momentum: 0.9, dampening: 0.3}",
     .count = 4,
     .steps = 3,
     .start = start,
     .grads = grads,
     .expected = (const double[]){0.49, -0.96, -0.15000000000000002, 2.002, 0.45999999999999996,
                                  -0.938, -0.11000000000000004, 2.0031, 0.475, -0.9357,
                                  -0.12650000000000006, 1.9690899999999998}},
    {.name = "nesterov",
     .settings = "sgd: {lr: 0.1, momentum: 0.9, nesterov: true}",
     .count = 4,
     .steps = 3,
     .start = start,
     .grads = grads,
     .expected = (const double[]){0.481, -0.924, -0.28500000000000003, 2.0038, 0.4159,
                                  -0.9296000000000001, 0.0685, 2.00352, 0.49831,
                                  -0.9641400000000001, 0.019149999999999997, 1.909168}},
    {.name = "weight decay",
     .settings = "sgd: {lr: 0.1, momentum: 0.5, weight_decay: 0.2}",
     .count = 4,
     .steps = 3,
     .start = start,
     .grads = grads,
     .expected = (const double[]){0.48, -0.94, -0.15000000000000002, 1.962, 0.4304,
                                  -0.9111999999999999, 0.02799999999999997, 1.90276, 0.456992,
                                  -0.9035759999999999, 0.041439999999999956, 1.7850848}},
    {.name = "L1 and L2",
     .settings = "sgd: {lr: 0.1, weight_decay: 0.1}",
     .count = 4,
     .steps = 3,
     .start = start,
     .grads = grads,
     .expected = (const double[]){0.47, -0.9249999999999999, -0.15000000000000002, 1.937, 0.4209,
                                  -0.9122499999999999, 0.10949999999999997, 1.87289, 0.463273,
                                  -0.9048824999999999, 0.026214999999999957, 1.7617033},
     .l1 = 0.05,
     .l2 = 0.2},
    {.name = "clipped by value, with L2",
     .settings = "sgd: 0.1",
     .count = 4,
     .steps = 3,
     .start = start,
     .grads = grads,
     .expected = (const double[]){0.48, -0.95, -0.03, 1.962, 0.44039999999999996, -0.951,
                                  0.0006000000000000022, 1.92176, 0.46159199999999995,
                                  -0.9569799999999999, -0.029412, 1.8533248},
     .clip_value = 0.3,
     .l2 = 0.2},
    {.name = "decoupled decay",
     .settings = "sgd: {lr: 0.1, momentum: 0.5}",
     .count = 4,
     .steps = 3,
     .start = start,
     .grads = grads,
     .expected = (const double[]){0.48, -0.94, -0.15000000000000002, 1.962, 0.4354,
                                  -0.9211999999999999, 0.02799999999999999, 1.92276, 0.469192,
                                  -0.9277759999999999, 0.03993999999999999, 1.8343048},
     .decay = 0.2},
};

const dlt_optimizer_ops dlt_optimizer_sgd = {
    .entry = {.name = "sgd",
              .summary = "Stochastic gradient descent, with momentum, dampening and Nesterov.",
              .keys = keys,
              .settings_size = sizeof(sgd_settings)},
    .states = states_sgd,
    .lr = lr_sgd,
    .weight_decay = weight_decay_sgd,
    .step = step_sgd,
    .selftests = selftests,
    .selftest_count = sizeof selftests / sizeof selftests[0],
    .check = check_sgd,
};
