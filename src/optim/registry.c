/* The optimizers that a run file can name, in the order in which `dltrain list` shows them. */
#include "config/registered.h"
#include "optim/optim_internal.h"

#include <stddef.h>

const dlt_registry_entry *const dlt_optimizers[] = {
    &dlt_optimizer_sgd.entry,     &dlt_optimizer_adam.entry,    &dlt_optimizer_adamw.entry,
    &dlt_optimizer_rmsprop.entry, &dlt_optimizer_adagrad.entry, NULL,
};

dlt_status dlt_register_optimizer(const dlt_optimizer_ops *ops) {
    const bool is_whole =
        ops->states != NULL && ops->lr != NULL && ops->weight_decay != NULL && ops->step != NULL;
    return dlt_registry_add(dlt_optimizers, &ops->entry, "optimizer", is_whole);
}
