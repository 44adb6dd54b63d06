/* The optimizers that a run file can name, in the order in which `dltrain list` shows them. */
#include "optim/optim_internal.h"

#include <stddef.h>

const dlt_registry_entry *const dlt_optimizers[] = {
    &dlt_optimizer_sgd.entry,     &dlt_optimizer_adam.entry,    &dlt_optimizer_adamw.entry,
    &dlt_optimizer_rmsprop.entry, &dlt_optimizer_adagrad.entry, NULL,
};
