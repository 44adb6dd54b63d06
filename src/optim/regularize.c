/* The keys of the section `regularize`, and their sum with the optimizer's own weight decay: the
 * coupled part is added to l2, the decoupled part to decay. Optimizers have no l1 of their own. */
#include "optim/regularize.h"

const dlt_key dlt_regularize_keys[] = {
    {.name = "l1",
     .type = DLT_KEY_REAL,
     .offset = offsetof(dlt_regularize, l1),
     .default_value = "0",
     .minimum = 0,
     .maximum = 1e30,
     .help = "Adds l1 * sign(w) to the gradient of every parameter: l1 * sum |w| in the loss."},
    {.name = "l2",
     .type = DLT_KEY_REAL,
     .offset = offsetof(dlt_regularize, l2),
     .default_value = "0",
     .minimum = 0,
     .maximum = 1e30,
     .help =
         "Adds l2 * w to the gradient: l2 / 2 * sum w^2 in the loss, as PyTorch's weight_decay; "
         "Keras' L2(x) is l2: 2x."},
    {.name = "decay",
     .type = DLT_KEY_REAL,
     .offset = offsetof(dlt_regularize, decay),
     .default_value = "0",
     .minimum = 0,
     .maximum = 1e30,
     .help = "Decoupled decay: each update first takes lr * decay * w off w, with any optimizer; "
             "l2 and the optimizer's weight_decay use w before that."},
    {0},
};

void dlt_regularize_update(const dlt_regularize *section, const dlt_selection *optimizer,
                           dlt_update *update) {
    const dlt_optimizer_ops *ops = (const dlt_optimizer_ops *)optimizer->kind;
    double l2 = 0, decoupled = 0;
    ops->weight_decay(optimizer->settings, &l2, &decoupled);
    update->l1 = (dlt_real)section->l1;
    update->l2 = (dlt_real)(section->l2 + l2);
    update->decay = (dlt_real)(section->decay + decoupled);
}

void dlt_regularize_group(double weight_decay, const dlt_selection *optimizer, dlt_update *update) {
    const dlt_optimizer_ops *ops = (const dlt_optimizer_ops *)optimizer->kind;
    update->l1 = 0;
    update->l2 = ops->decoupled_decay ? 0 : (dlt_real)weight_decay;
    update->decay = ops->decoupled_decay ? (dlt_real)weight_decay : 0;
}
