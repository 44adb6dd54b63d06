/* AdamW (Loshchilov and Hutter 2019, arXiv 1711.05101, algorithm 2, in PyTorch's form): Adam whose
 * weight decay bypasses the moments,
 *
 *   w <- w - lr * weight_decay * w, then Adam's update with the gradient of the loss alone.
 *
 * The decay travels in dlt_update.decay, as that of every decoupled optimizer does.
 */
#include "optim/adam.h"
#include "optim/keys.h"
#include "optim/optim_internal.h"

static const dlt_key keys[] = {
    DLT_OPTIM_LR_KEY(dlt_adam_settings, "0.001", "0.001 in Keras and PyTorch"),
    DLT_ADAM_BETAS_KEY,
    DLT_OPTIM_EPS_KEY(dlt_adam_settings, "1e-8", "1e-8 in PyTorch, 1e-7 in Keras"),
    {.name = "weight_decay",
     .type = DLT_KEY_REAL,
     .offset = offsetof(dlt_adam_settings, weight_decay),
     .default_value = "0.01",
     .minimum = 0,
     .maximum = 1e30,
     .help = "Each update first takes lr * weight_decay * w off w (0.01 in PyTorch, 0.004 in "
             "Keras)."},
    {0},
};

static void weight_decay_adamw(const void *settings, double *l2, double *decoupled) {
    *l2 = 0;
    *decoupled = ((const dlt_adam_settings *)settings)->weight_decay;
}

static const double start[] = {0.5, -1, 0, 2};
static const double grads[] = {0.1, -0.4, 1.5, -0.02, 0.3, 0.2, -2.5, 0.01, -0.6, 0.25, 0.75, 0.5};

/* PyTorch: torch.optim.AdamW in double. */
static const dlt_optimizer_selftest selftests[] = {
    {.name = "defaults",
     .settings = "adamw",
     .count = 4,
     .steps = 3,
     .start = start,
     .grads = grads,
     .expected = (const double[]){0.49899500010000003, -0.998990000025, -0.0009999999933333335,
                                  2.0009799995, 0.49807222907205495, -0.998713673093763,
                                  -0.0007064287899901972, 2.0012263265711945, 0.4983018043251574,
                                  -0.9988359412992314, -0.0006459081687526635, 2.0005773271885348}},
    {.name = "every key",
     .settings = "adamw: {lr: 0.05, betas: [0.8, 0.95], eps: 0.01, weight_decay: 0.4}",
     .count = 4,
     .steps = 3,
     .start = start,
     .grads = grads,
     .expected = (const double[]){0.4445454545454545, -0.9312195121951219, -0.04966887417218543,
                                  1.9933333333333334, 0.39090648473303047, -0.9023002505691536,
                                  -0.0313473194638494, 1.959954454433659, 0.39791217519250927,
                                  -0.8946688980878529, -0.027303754771285247, 1.887627514006583}},
};

const dlt_optimizer_ops dlt_optimizer_adamw = {
    .entry = {.name = "adamw",
              .summary = "Adam with decoupled weight decay.",
              .keys = keys,
              .settings_size = sizeof(dlt_adam_settings)},
    .states = dlt_adam_states,
    .lr = dlt_adam_lr,
    .weight_decay = weight_decay_adamw,
    .decoupled_decay = true,
    .step = dlt_adam_step,
    .selftests = selftests,
    .selftest_count = sizeof selftests / sizeof selftests[0],
};
