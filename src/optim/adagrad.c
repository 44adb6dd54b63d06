/* Adagrad (Duchi, Hazan, Singer 2011, JMLR 12:2121). With g the gradient and t the update:
 *
 *   s <- s + g^2;  w <- w - lr / (1 + (t - 1) lr_decay) * g / (sqrt(s) + eps)
 */
#include "optim/keys.h"
#include "optim/optim_internal.h"

typedef struct adagrad_settings {
    double lr;
    double lr_decay;
    double initial_accumulator;
    double eps;
    double weight_decay;
} adagrad_settings;

static const dlt_key keys[] = {
    DLT_OPTIM_LR_KEY(adagrad_settings, "0.01", "0.01 in PyTorch, 0.001 in Keras"),
    {.name = "lr_decay",
     .type = DLT_KEY_REAL,
     .offset = offsetof(adagrad_settings, lr_decay),
     .default_value = "0",
     .minimum = 0,
     .maximum = 1e30,
     .help = "Divides the rate by 1 + lr_decay * (updates done)."},
    {.name = "initial_accumulator",
     .type = DLT_KEY_REAL,
     .offset = offsetof(adagrad_settings, initial_accumulator),
     .default_value = "0",
     .minimum = 0,
     .maximum = 1e30,
     .help = "Value that the sums of squares start from (0 in PyTorch, 0.1 in Keras)."},
    DLT_OPTIM_EPS_KEY(adagrad_settings, "1e-10", "1e-10 in PyTorch, 1e-7 in Keras"),
    DLT_OPTIM_L2_KEY(adagrad_settings),
    {0},
};

static int states_adagrad(const void *settings, const char *names[DLT_OPTIMIZER_STATES_MAX]) {
    (void)settings;
    names[0] = "sum_square";
    return 1;
}

static double state_initial_adagrad(const void *settings, int state) {
    (void)state;
    return ((const adagrad_settings *)settings)->initial_accumulator;
}

static double lr_adagrad(const void *settings) {
    return ((const adagrad_settings *)settings)->lr;
}

static void weight_decay_adagrad(const void *settings, double *l2, double *decoupled) {
    *l2 = ((const adagrad_settings *)settings)->weight_decay;
    *decoupled = 0;
}

DLT_K_CLONES static void step_adagrad(const void *settings, const dlt_update *update) {
    const adagrad_settings *own = settings;
    const dlt_update u = *update;
    const dlt_real *restrict grad = u.grad;
    dlt_real *restrict param = u.param;
    dlt_real *restrict sum_square = u.states[0];
    const dlt_real keep = dlt_update_keep(&u), eps = (dlt_real)own->eps;
    const dlt_real rate = (dlt_real)(u.lr / (1 + (double)(u.step - 1) * own->lr_decay));
    for (int64_t i = 0; i < u.count; i++) {
        dlt_real g = dlt_update_gradient(&u, param[i], grad[i]);
        dlt_real s = sum_square[i] + g * g;
        sum_square[i] = s;
        param[i] = keep * param[i] - rate * g / (dlt_optim_sqrt(s) + eps);
    }
}

static const double start[] = {0.5, -1, 0, 2};
static const double grads[] = {0.1, -0.4, 1.5, -0.02, 0.3, 0.2, -2.5, 0.01, -0.6, 0.25, 0.75, 0.5};

/* PyTorch: torch.optim.Adagrad in double. */
static const dlt_optimizer_selftest selftests[] = {
    {.name = "defaults",
     .settings = "adagrad",
     .count = 4,
     .steps = 3,
     .start = start,
     .grads = grads,
     .expected = (const double[]){0.49000000001, -0.9900000000025, -0.009999999999333332,
                                  2.00999999995, 0.48051316703249486, -0.9944721359564995,
                                  -0.0014250707425020083, 2.0055278640150003, 0.48935968440048433,
                                  -0.9993516363202898, -0.0039164351380314485, 1.9955378490419526}},
    {.name = "every key",
     .settings = "adagrad: {lr: 0.1, lr_decay: 0.5, initial_accumulator: 0.1, eps: 0.01, "
                 "weight_decay: 0.1}",
     .count = 4,
     .steps = 3,
     .start = start,
     .grads = grads,
     .expected = (const double[]){0.4583333333333333, -0.9168894000700255, -0.0972150498963098,
                                  1.951854679187319, 0.4124093431655106, -0.9286987770045021,
                                  -0.040514854670465845, 1.9198743950150443, 0.44943671773545185,
                                  -0.9411372822786699, -0.05276763245405203, 1.87759234284458}},
};

const dlt_optimizer_ops dlt_optimizer_adagrad = {
    .entry = {.name = "adagrad",
              .summary = "Adagrad: steps divided by the root of all squared gradients so far.",
              .keys = keys,
              .settings_size = sizeof(adagrad_settings)},
    .states = states_adagrad,
    .lr = lr_adagrad,
    .weight_decay = weight_decay_adagrad,
    .step = step_adagrad,
    .selftests = selftests,
    .selftest_count = sizeof selftests / sizeof selftests[0],
    .state_initial = state_initial_adagrad,
};
